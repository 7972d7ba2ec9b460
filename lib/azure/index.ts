export type { AccountAccess } from './account-access.ts';
export type { ManagementOptions } from './account-inspector.ts';
export { createAccountKnowledge } from './account-knowledge.ts';
export { createShareOpener } from './share-opener.ts';
export { createStorageQueues } from './storage-queues.ts';
export { createTableStateStore } from './table-state-store.ts';
