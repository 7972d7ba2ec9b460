import { copyOperations } from './copy-operations.ts';
import { directoryOperations } from './directory-operations.ts';
import { handleOperations } from './handle-operations.ts';
import { fileOperations } from './file-operations.ts';
import { treeOperations } from './grow-tree.ts';
import { leaseOperations } from './lease-operations.ts';
import { linkOperations } from './link-operations.ts';
import { permissionOperations } from './permission-operations.ts';
import { accountOperations, shareOperations } from './share-operations.ts';
import { snapshotOperations } from './snapshot-operations.ts';
import { State } from './state.ts';
import type { Store, StoreOptions } from './store.ts';

/** An empty store. */
export function createStore(options: StoreOptions): Store {
  const state = new State(options);
  return {
    switches: state.switches,
    accounts: accountOperations(state),
    shares: shareOperations(state),
    snapshots: snapshotOperations(state),
    leases: leaseOperations(state),
    permissions: permissionOperations(state),
    directories: directoryOperations(state),
    files: { ...fileOperations(state), ...linkOperations(state) },
    copies: copyOperations(state),
    handles: handleOperations(state),
    tree: treeOperations(state),
  };
}
