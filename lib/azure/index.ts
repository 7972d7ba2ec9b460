export type { AccountAccess } from './account-access.ts';
export { createShareOpener } from './share-opener.ts';
export { createStorageQueues } from './storage-queues.ts';
export { createTableStateStore } from './table-state-store.ts';
