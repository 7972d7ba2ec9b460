import { StoreError } from './errors.ts';
import type { ShareState } from './state.ts';
import type { AccessRight, OpenHandle } from './store-handles.ts';

/** An open handle and the entry it holds. Handles are of the moment: they are no part of what is kept. */
export type HeldHandle = {
  readonly handle: OpenHandle;
  readonly entryId: number;
  readonly components: readonly string[];
  readonly sharing: readonly AccessRight[];
  deletePending: boolean;
};

/** Whether an open handle lets REST do this. @throws DeletePending, SharingViolation */
export function checkNotHeld(share: ShareState, entryId: number, access: AccessRight): void {
  if (share.handles.size === 0) {
    return;
  }
  const held = [...share.handles.values()].filter((each) => each.entryId === entryId);
  if (held.some(({ deletePending }) => deletePending)) {
    throw new StoreError('DeletePending');
  }
  if (held.some(({ sharing }) => !sharing.includes(access))) {
    throw new StoreError('SharingViolation');
  }
}

/** True when a deletion must wait: the entry is open, and all who hold it share deletion. It is marked then. */
export function isDeletionDeferred(share: ShareState, entryId: number): boolean {
  checkNotHeld(share, entryId, 'Delete');
  const held = [...share.handles.values()].filter((each) => each.entryId === entryId);
  for (const each of held) {
    each.deletePending = true;
  }
  return held.length > 0;
}
