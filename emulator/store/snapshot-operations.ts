import { StoreError } from './errors.ts';
import { checkedMetadata } from './metadata.ts';
import { changedOf } from './share-operations.ts';
import type { SnapshotState, State } from './state.ts';
import type { Changed, SnapshotOperations } from './store-shares.ts';
import type { Metadata, TreeRef } from './store.ts';

export function snapshotOperations(state: State): SnapshotOperations {
  return {
    create: (ref, options = {}) => createSnapshot(state, ref, options.metadata),
    list: (ref) => state.share(ref).snapshots.map((snapshot) => snapshot.at),
  };
}

/** Takes a snapshot: keeps the root, nothing more. @throws ShareSnapshotCountExceeded */
function createSnapshot(state: State, ref: TreeRef, metadata?: Metadata): Changed & { snapshot: string } {
  const share = state.openForWriting(ref);
  if (share.snapshots.length >= state.switches.snapshotLimit) {
    throw new StoreError('ShareSnapshotCountExceeded');
  }
  const own = checkedMetadata(metadata);
  const isOwn = Object.keys(own).length > 0;
  const merged = state.switches.snapshotMetadataReplaces ? own : checkedMetadata({ ...share.metadata, ...own });
  const sequence = state.sequence;
  const at = state.moments.next();
  const snapshot: SnapshotState = {
    at,
    root: share.root,
    sequence,
    quota: share.quota,
    settings: share.settings,
    metadata: isOwn ? merged : share.metadata,
    version: state.nextNumber(),
    lastModified: at,
    lease: undefined,
  };
  share.snapshots = [...share.snapshots, snapshot];
  return { ...changedOf(snapshot), snapshot: at };
}
