import { copyOperations } from './copy-operations.ts';
import { directoryOperations } from './directory-operations.ts';
import { fileOperations } from './file-operations.ts';
import { treeOperations } from './grow-tree.ts';
import { leaseOperations } from './lease-operations.ts';
import { permissionOperations } from './permission-operations.ts';
import { shareOperations } from './share-operations.ts';
import { snapshotOperations } from './snapshot-operations.ts';
import { State } from './state.ts';
import type { Store, StoreOptions } from './store.ts';

/** An empty store. */
export function createStore(options: StoreOptions): Store {
  const state = new State(options);
  return {
    switches: state.switches,
    shares: shareOperations(state),
    snapshots: snapshotOperations(state),
    leases: leaseOperations(state),
    permissions: permissionOperations(state),
    directories: directoryOperations(state),
    files: fileOperations(state),
    copies: copyOperations(state),
    tree: treeOperations(state),
  };
}
