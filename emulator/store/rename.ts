import { checkFileWritable, isReadOnly, pathOf, touchOf } from './entry-access.ts';
import { checkNotHeld } from './held-handles.ts';
import { forgetName, moveNames, placeFile } from './hard-links.ts';
import { StoreError } from './errors.ts';
import { compareNames } from './collation.ts';
import { checkedMetadata } from './metadata.ts';
import { type DirectoryNode, type EntryNode, ownText } from './nodes.ts';
import { withSmb } from './smb-input.ts';
import type { ShareState, State } from './state.ts';
import type { RenameInput } from './store-directories.ts';
import type { EntryRef, FileTime } from './store.ts';
import { entryAt, requiredEntry, requiredParent, withEntry, withoutEntry } from './tree-walk.ts';

export type Renaming = {
  readonly kind: 'file' | 'directory';
  readonly source: EntryRef;
  readonly destination: EntryRef;
};

/**
 * Moves an entry, a directory with all beneath it, within a share. Ids stay, so a case-only rename of an entry onto itself
 * is a rename like any other. LastWriteTime stays.
 */
export function renameEntry(
  state: State,
  renaming: Renaming,
  input: RenameInput,
): { node: EntryNode; parentId: number } {
  const share = state.openForWriting(renaming.destination);
  if (state.openForWriting(renaming.source) !== share) {
    throw new StoreError('InvalidInput', 'A rename stays within its share.');
  }
  const from = pathOf(renaming.source);
  const to = pathOf(renaming.destination);
  const node = sourceOf(state, share, { from, kind: renaming.kind, input });
  const name = to.at(-1);
  if (name === undefined) {
    throw new StoreError('ResourceAlreadyExists');
  }
  if (to.length > from.length && isBeneath(to, from)) {
    throw new StoreError('InvalidInput', 'A directory cannot be moved into itself.');
  }
  const parent = requiredParent(share.root, to);
  const victim = victimOf(state, share, { to, node, input });
  checkNotHeld(share, node.id, 'Delete');
  const at = state.moments.next();
  const context = { share, parent, at, name };
  const renamed = renamedNode(state, node, { ...context, input });
  const touch = touchOf(state, at);
  share.root = withEntry(withoutEntry(share.root, from, touch), to, renamed, touch);
  moveNames(share, from, to);
  if (victim?.kind === 'file') {
    forgetName(share, to, victim);
  }
  if (renamed.kind === 'file') {
    placeFile(share, to, renamed);
  }
  movePendingCopies(share, from, to);
  return { node: renamed, parentId: parent.id };
}

function isBeneath(path: readonly string[], ancestor: readonly string[]): boolean {
  return ancestor.every((name, index) => compareNames(name, path[index] ?? '') === 0);
}

type SourceLookup = { from: readonly string[]; kind: Renaming['kind']; input: RenameInput };

function sourceOf(state: State, share: ShareState, { from, kind, input }: SourceLookup): EntryNode {
  const { node, parent } = requiredEntry(share.root, from);
  if (parent === undefined || node.kind !== kind) {
    throw new StoreError('ResourceTypeMismatch');
  }
  if (node.kind === 'file') {
    checkFileWritable(state, share, { node, guard: { leaseId: input.sourceLeaseId, mayBeReadOnly: true } });
  }
  return node;
}

type VictimLookup = { to: readonly string[]; node: EntryNode; input: RenameInput };

/** The file that the rename replaces. */
function victimOf(state: State, share: ShareState, { to, node, input }: VictimLookup): EntryNode | undefined {
  const victim = entryAt(share.root, to)?.node;
  if (victim === undefined || victim.id === node.id) {
    return undefined;
  }
  if (input.replaceIfExists !== true || victim.kind === 'directory') {
    throw new StoreError('ResourceAlreadyExists');
  }
  const guard = { leaseId: input.destinationLeaseId, mayBeReadOnly: true, access: 'Delete' as const };
  checkFileWritable(state, share, { node: victim, guard });
  if (isReadOnly(victim) && input.ignoreReadOnly !== true) {
    throw new StoreError('ReadOnlyAttribute');
  }
  return victim;
}

type NewPlace = { share: ShareState; parent: DirectoryNode; at: FileTime; name: string; input: RenameInput };

function renamedNode(state: State, node: EntryNode, place: NewPlace): EntryNode {
  const { input, at } = place;
  const { changeTimeIsSettable, renameMovesChangeTime } = state.switches;
  const { permissions } = place.share;
  const context = { permissions, parentKey: place.parent.permissionKey, at, changeTimeIsSettable };
  const changed = withSmb(node, input, context);
  const keepsChangeTime = !renameMovesChangeTime && input.changeTime === undefined;
  const renamed = {
    ...changed,
    name: ownText(place.name),
    version: state.nextNumber(),
    lastModified: at,
    changeTime: keepsChangeTime ? node.changeTime : changed.changeTime,
    metadata: input.metadata === undefined ? node.metadata : checkedMetadata(input.metadata),
  };
  return renamed.kind === 'file' && input.contentType !== undefined
    ? { ...renamed, headers: { ...renamed.headers, contentType: input.contentType } }
    : renamed;
}

function movePendingCopies(share: ShareState, from: readonly string[], to: readonly string[]): void {
  for (const copy of share.pendingCopies.values()) {
    if (copy.components.length > from.length && isBeneath(copy.components, from)) {
      const components = [...to, ...copy.components.slice(from.length)];
      share.pendingCopies.set(copy.fileId, { ...copy, components });
    }
  }
}
