export type { AccountAccess } from './account-access.ts';
export { createShareOpener, type ShareOpenerOptions } from './share-opener.ts';
export { createStorageQueues, type QueueAccess } from './storage-queues.ts';
export { createTableStateStore, type TableAccess } from './table-state-store.ts';
