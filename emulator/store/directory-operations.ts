import { asDirectory, isReadOnly, pathOf, touchOf } from './entry-access.ts';
import { StoreError } from './errors.ts';
import { listEntries } from './listing.ts';
import { newNfs } from './nfs.ts';
import { isDeletionDeferred } from './held-handles.ts';
import { checkedMetadata } from './metadata.ts';
import { BY_NAME, type DirectoryNode, directoryPropertiesOf, newDirectory } from './nodes.ts';
import { sizeOf, valueOf } from './ordered-map.ts';
import { renameEntry } from './rename.ts';
import { changedOf } from './share-operations.ts';
import { withSmb } from './smb-input.ts';
import type { State } from './state.ts';
import type { DirectoryOperations } from './store-directories.ts';
import type { DirectoryProperties, EntryRef, Metadata, SmbInput } from './store.ts';
import { requiredEntry, requiredParent, withEntry, withoutEntry } from './tree-walk.ts';

export function directoryOperations(state: State): DirectoryOperations {
  return {
    create: (ref, input = {}) => createDirectory(state, ref, input),
    getProperties(ref) {
      const { root, share, snapshot } = state.open(ref);
      const { node, parentId } = asDirectory(state, requiredEntry(root, pathOf(ref)));
      if (node === root && snapshot === undefined && state.switches.rootIsCreatedLate) {
        share.rootSeen = true;
      }
      return directoryPropertiesOf(node, parentId);
    },
    setProperties: (ref, input) => setDirectoryProperties(state, ref, input),
    setMetadata(ref, metadata) {
      const { node, keep, at } = directoryToChange(state, ref);
      const changeTime = state.switches.setMetadataMovesChangeTime ? at : node.changeTime;
      return changedOf(keep({ ...node, metadata: checkedMetadata(metadata), changeTime }));
    },
    delete: (ref) => deleteDirectory(state, ref),
    rename(source, destination, input = {}) {
      const renamed = renameEntry(state, { kind: 'directory', source, destination }, input);
      return directoryPropertiesOf(renamed.node as DirectoryNode, renamed.parentId);
    },
    list: (ref, options = {}) => listEntries(state, ref, options),
  };
}

type CreateInput = SmbInput & { metadata?: Metadata | undefined };

function createDirectory(state: State, ref: EntryRef, input: CreateInput): DirectoryProperties {
  const share = state.openForWriting(ref);
  const components = pathOf(ref);
  const name = components.at(-1);
  if (name === undefined) {
    throw new StoreError('ResourceAlreadyExists');
  }
  const parent = requiredParent(share.root, components);
  const existing = valueOf(parent.children, name, BY_NAME);
  if (existing !== undefined) {
    const isMismatch = existing.kind === 'file' && state.switches.directoryOverFileIsMismatch;
    throw new StoreError(isMismatch ? 'ResourceTypeMismatch' : 'ResourceAlreadyExists');
  }
  const at = state.moments.next();
  const parentKey = parent.permissionKey;
  const version = state.nextNumber();
  const nfs = parent.nfs === undefined ? undefined : newNfs('Directory');
  const fresh = newDirectory({ name, id: state.nextNumber(), version, at, permissionKey: parentKey, nfs });
  const { changeTimeIsSettable } = state.switches;
  const node = {
    ...withSmb(fresh, input, { permissions: share.permissions, parentKey, at, changeTimeIsSettable }),
    metadata: checkedMetadata(input.metadata),
  };
  share.root = withEntry(share.root, components, node, touchOf(state, at));
  return directoryPropertiesOf(node, parent.id);
}

function directoryToChange(state: State, ref: EntryRef) {
  const share = state.openForWriting(ref);
  const components = pathOf(ref);
  if (components.length === 0 && state.switches.rootIsCreatedLate && share.rootSeen !== true) {
    throw new StoreError('ResourceNotFound');
  }
  const found = requiredEntry(share.root, components);
  const { node, parentId } = asDirectory(state, found);
  const at = state.moments.next();
  const keep = (next: DirectoryNode): DirectoryNode => {
    const kept = { ...next, version: state.nextNumber(), lastModified: at };
    share.root = withEntry(share.root, components, kept);
    return kept;
  };
  return { share, node, parentId, parentKey: (found.parent ?? node).permissionKey, at, keep };
}

function setDirectoryProperties(state: State, ref: EntryRef, input: SmbInput): DirectoryProperties {
  const { share, node, parentId, parentKey, at, keep } = directoryToChange(state, ref);
  const { changeTimeIsSettable } = state.switches;
  const context = { permissions: share.permissions, parentKey, at, changeTimeIsSettable };
  return directoryPropertiesOf(keep(withSmb(node, input, context)), parentId);
}

function deleteDirectory(state: State, ref: EntryRef): void {
  const share = state.openForWriting(ref);
  const components = pathOf(ref);
  const { node } = asDirectory(state, requiredEntry(share.root, components));
  if (components.length === 0) {
    throw new StoreError('CannotDeleteFileOrDirectory');
  }
  if (isReadOnly(node)) {
    throw new StoreError('ReadOnlyAttribute');
  }
  if (sizeOf(node.children) > 0) {
    throw new StoreError('DirectoryNotEmpty');
  }
  if (isDeletionDeferred(share, node.id)) {
    return;
  }
  share.root = withoutEntry(share.root, components, touchOf(state, state.moments.next()));
}
