import { READ_ONLY } from './attributes.ts';
import { StoreError } from './errors.ts';
import { checkNotHeld } from './held-handles.ts';
import { placeFile } from './hard-links.ts';
import { checkLease } from './lease-record.ts';
import { componentsOf } from './names.ts';
import type { DirectoryNode, EntryNode, FileNode } from './nodes.ts';
import type { ShareState, State } from './state.ts';
import type { EntryRef, FileTime } from './store.ts';
import { type FoundEntry, parentIdOf, requiredEntry } from './tree-walk.ts';

export function pathOf(ref: EntryRef): readonly string[] {
  return componentsOf(ref.path, ref.allowTrailingDot === true);
}

export type FoundFile = { readonly node: FileNode; readonly parent: DirectoryNode };

/** @throws ResourceTypeMismatch, or ResourceNotFound by the switch otherKindIsNotFound */
export function asFile(state: State, found: FoundEntry): FoundFile {
  if (found.node.kind !== 'file' || found.parent === undefined) {
    throw kindMismatch(state);
  }
  return { node: found.node, parent: found.parent };
}

/** As `asFile`. */
export function asDirectory(state: State, found: FoundEntry): { node: DirectoryNode; parentId: number } {
  if (found.node.kind !== 'directory') {
    throw kindMismatch(state);
  }
  return { node: found.node, parentId: parentIdOf(found) };
}

function kindMismatch(state: State): StoreError {
  return new StoreError(state.switches.otherKindIsNotFound ? 'ResourceNotFound' : 'ResourceTypeMismatch');
}

/** A file that is about to change: what must hold is checked, what the change needs is at hand. */
export type FileChange = FoundFile & {
  readonly share: ShareState;
  readonly components: readonly string[];
  readonly at: FileTime;
};

export type FileGuard = {
  readonly leaseId?: string | undefined;
  readonly mayBeReadOnly: boolean;
  /** What an SMB client that holds the file open must let others do; default Write. */
  readonly access?: 'Write' | 'Delete' | undefined;
};

/** Opens an existing file for a change. @throws what `checkFileWritable` throws, and what is said of a missing file */
export function fileToChange(state: State, ref: EntryRef, guard: FileGuard): FileChange {
  const share = state.openForWriting(ref);
  const components = pathOf(ref);
  const found = asFile(state, requiredEntry(share.root, components));
  checkFileWritable(state, share, { node: found.node, guard });
  return { ...found, share, components, at: state.moments.next() };
}

/** @throws 412 lease codes, SharingViolation, DeletePending, PendingCopyOperation, ReadOnlyAttribute */
export function checkFileWritable(state: State, share: ShareState, of: { node: FileNode; guard: FileGuard }): void {
  const { node, guard } = of;
  const record = share.fileLeases.get(node.id);
  checkLease('file', { record, nowMs: state.moments.nowMs(), leaseId: guard.leaseId, writes: true });
  checkNotHeld(share, node.id, guard.access ?? 'Write');
  if (node.copy?.status === 'pending') {
    throw new StoreError('PendingCopyOperation');
  }
  if (!guard.mayBeReadOnly && isReadOnly(node)) {
    throw new StoreError('ReadOnlyAttribute');
  }
}

export function isReadOnly(node: EntryNode): boolean {
  return (node.attributes & READ_ONLY) !== 0;
}

/** What a change of its children does to a directory (switch childChangeMovesDirectoryTimes). */
export function touchOf(state: State, at: FileTime): (directory: DirectoryNode) => DirectoryNode {
  return state.switches.childChangeMovesDirectoryTimes
    ? (directory) => ({ ...directory, lastWriteTime: at, changeTime: at })
    : (directory) => directory;
}

/** Puts a changed file in its place; its ETag and Last-Modified move. */
export function keepFile(state: State, change: FileChange, next: FileNode): FileNode {
  const kept = { ...next, version: state.nextNumber(), lastModified: change.at };
  placeFile(change.share, change.components, kept);
  return kept;
}
