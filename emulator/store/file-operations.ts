import { asFile, checkFileWritable, fileToChange, keepFile, pathOf, touchOf } from './entry-access.ts';
import { type Content, readContent, resizeContent, sparseContent, writeContent } from './content.ts';
import { checkNotHeld, isDeletionDeferred } from './held-handles.ts';
import { placeFile, unlinkFile } from './hard-links.ts';
import { newNfs } from './nfs.ts';
import { StoreError } from './errors.ts';
import { checkLease, leasePropertiesOf, UNLEASED } from './lease-record.ts';
import { checkedMetadata } from './metadata.ts';
import { type DirectoryNode, type FileNode, filePropertiesOf, newFile, NEW_HEADERS, NO_HEADERS } from './nodes.ts';
import { listFileRanges, rangeWrites } from './range-operations.ts';
import { renameEntry } from './rename.ts';
import { changedOf } from './share-operations.ts';
import { type SmbContext, withSmb } from './smb-input.ts';
import type { ShareState, State } from './state.ts';
import type { CreateFileInput, FileOperations, FileReader, SetFilePropertiesInput } from './store-files.ts';
import type { ContentHeaders, EntryRef, FileProperties } from './store.ts';
import { entryAt, requiredEntry, requiredParent, withEntry } from './tree-walk.ts';

const LARGEST_FILE_BYTES = 4 * 2 ** 40;

export function fileOperations(state: State): Omit<FileOperations, 'createSymbolicLink' | 'createHardLink'> {
  return {
    create: (ref, input) => createFile(state, ref, input),
    getProperties: (ref, options = {}) => openFile(state, ref, options.leaseId).properties,
    open: (ref, options = {}) => openToRead(state, ref, options.leaseId),
    setProperties: (ref, input) => setFileProperties(state, ref, input),
    setMetadata(ref, metadata, options = {}) {
      const change = fileToChange(state, ref, { leaseId: options.leaseId, mayBeReadOnly: true });
      const changeTime = state.switches.setMetadataMovesChangeTime ? change.at : change.node.changeTime;
      return changedOf(keepFile(state, change, { ...change.node, metadata: checkedMetadata(metadata), changeTime }));
    },
    delete(ref, options = {}) {
      const guard = { leaseId: options.leaseId, mayBeReadOnly: false, access: 'Delete' as const };
      const { share, components, node, at } = fileToChange(state, ref, guard);
      if (isDeletionDeferred(share, node.id)) {
        return { linkCount: node.nfs?.linkCount };
      }
      const remaining = unlinkFile(share, components, node, touchOf(state, at));
      return { linkCount: node.nfs === undefined ? undefined : remaining };
    },
    rename(source, destination, input = {}) {
      const { node, parentId } = renameEntry(state, { kind: 'file', source, destination }, input);
      return shownFile(state, state.openForWriting(destination), node as FileNode, parentId);
    },
    ...rangeWrites(state),
    listRanges: (ref, options = {}) => listFileRanges(state, ref, options),
  };
}

export function shownFile(state: State, share: ShareState, node: FileNode, parentId: number): FileProperties {
  const lease = leasePropertiesOf(share.fileLeases.get(node.id), state.moments.nowMs());
  return filePropertiesOf(node, parentId, lease);
}

/** A copy of the headers that are set. */
function checkedHeaders(headers: ContentHeaders | undefined): ContentHeaders {
  const set = Object.entries(headers ?? NO_HEADERS).filter(([, value]) => value !== undefined && value !== '');
  return set.length === 0 ? NO_HEADERS : (Object.fromEntries(set) as ContentHeaders);
}

function newHeaders(headers: ContentHeaders | undefined): ContentHeaders {
  const set = checkedHeaders(headers);
  return set === NO_HEADERS ? NEW_HEADERS : { ...NEW_HEADERS, ...set };
}

export function smbContextOf(
  state: State,
  share: ShareState,
  place: { parent: DirectoryNode; at: string },
): SmbContext {
  const { changeTimeIsSettable } = state.switches;
  return { permissions: share.permissions, parentKey: place.parent.permissionKey, at: place.at, changeTimeIsSettable };
}

function checkedSize(sizeBytes: number): number {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0 || sizeBytes > LARGEST_FILE_BYTES) {
    throw new StoreError('OutOfRangeInput', 'A file holds 0 to 4 TiB.');
  }
  return sizeBytes;
}

export type FilePlace = {
  readonly share: ShareState;
  readonly components: readonly string[];
  readonly parent: DirectoryNode;
  readonly existing: FileNode | undefined;
};

export type PlaceGuard = { readonly leaseId: string | undefined; readonly mayBeReadOnly: boolean };

/** Where a file is to be made or overwritten. @throws ParentNotFound, ResourceTypeMismatch, and what a write throws */
export function placeForFile(state: State, ref: EntryRef, guard: PlaceGuard): FilePlace {
  const share = state.openForWriting(ref);
  const components = pathOf(ref);
  const parent = requiredParent(share.root, components);
  const existing = entryAt(share.root, components)?.node;
  if (existing?.kind === 'directory') {
    throw new StoreError('ResourceTypeMismatch');
  }
  if (existing === undefined) {
    checkLease('file', { record: undefined, nowMs: 0, leaseId: guard.leaseId, writes: true });
  } else {
    checkFileWritable(state, share, { node: existing, guard });
  }
  return { share, components, parent, existing };
}

/** A file with nothing but defaults; an overwritten one keeps its id, the case of its name and its permission's parent. */
export function freshFile(state: State, place: FilePlace, of: { content: Content; at: string }): FileNode {
  const { existing, parent, components } = place;
  const name = existing?.name ?? components.at(-1) ?? '';
  const version = state.nextNumber();
  const id = existing?.id ?? state.nextNumber();
  const linkCount = existing?.nfs?.linkCount ?? 1;
  const nfs = parent.nfs === undefined ? undefined : { ...newNfs('Regular'), linkCount };
  return newFile({ name, id, version, at: of.at, permissionKey: parent.permissionKey, nfs }, of.content);
}

/** Puts a made or overwritten file in its place; only a new one touches its directory. */
export function putFile(state: State, place: FilePlace, node: FileNode): void {
  const { share, components } = place;
  const touch = place.existing === undefined ? touchOf(state, node.lastModified) : undefined;
  placeFile(share, components, node, touch);
}

function createFile(state: State, ref: EntryRef, input: CreateFileInput): FileProperties {
  const place = placeForFile(state, ref, { leaseId: input.leaseId, mayBeReadOnly: false });
  let content = sparseContent(checkedSize(input.sizeBytes));
  if (input.content !== undefined) {
    if (input.content.length > content.sizeBytes) {
      throw new StoreError('InvalidHeaderValue', 'More content than the size of the file.');
    }
    content = writeContent(content, 0, input.content, state.nextNumber());
    state.wrote(input.content.length);
  }
  const at = state.moments.next();
  const fresh = freshFile(state, place, { content, at });
  const keepsGeneration = place.existing !== undefined && !state.switches.overwriteIsNewGeneration;
  const node: FileNode = {
    ...withSmb(fresh, input, smbContextOf(state, place.share, { parent: place.parent, at })),
    generation: keepsGeneration ? (place.existing?.generation ?? 0) : fresh.generation,
    headers: newHeaders(input.headers),
    metadata: checkedMetadata(input.metadata),
  };
  putFile(state, place, node);
  return shownFile(state, place.share, node, place.parent.id);
}

/** Reading content asks what SMB clients let others do; reading properties does not. */
function openToRead(state: State, ref: EntryRef, leaseId: string | undefined): FileReader {
  const reader = openFile(state, ref, leaseId);
  if (ref.snapshot === undefined) {
    const { node } = asFile(state, requiredEntry(state.open(ref).root, pathOf(ref)));
    checkNotHeld(state.share(ref), node.id, 'Read');
  }
  return reader;
}

function openFile(state: State, ref: EntryRef, leaseId: string | undefined): FileReader {
  const { share, snapshot, root } = state.open(ref);
  const components = pathOf(ref);
  const { node, parent } = asFile(state, requiredEntry(root, components));
  const nowMs = state.moments.nowMs();
  const record = snapshot === undefined ? share.fileLeases.get(node.id) : undefined;
  checkLease('file', { record, nowMs, leaseId, writes: false });
  const lease = snapshot === undefined ? leasePropertiesOf(record, nowMs) : UNLEASED;
  const read = (start: number, end: number): Uint8Array => {
    if (snapshot === undefined && state.switches.readMovesLastAccessTime) {
      moveLastAccessTime(state, share, { components, id: node.id });
    }
    return readContent(node.content, start, end);
  };
  return { properties: filePropertiesOf(node, parent.id, lease), read };
}

type Accessed = { readonly components: readonly string[]; readonly id: number };

function moveLastAccessTime(state: State, share: ShareState, { components, id }: Accessed): void {
  const node = entryAt(share.root, components)?.node;
  if (node?.id === id) {
    state.touch(share);
    share.root = withEntry(share.root, components, { ...node, lastAccessTime: state.moments.next() });
  }
}

function setFileProperties(state: State, ref: EntryRef, input: SetFilePropertiesInput): FileProperties {
  const isResize = input.sizeBytes !== undefined;
  const change = fileToChange(state, ref, { leaseId: input.leaseId, mayBeReadOnly: !isResize });
  const { share, node, parent, at } = change;
  const changed = withSmb(node, input, smbContextOf(state, share, { parent, at }));
  const content = isResize
    ? resizeContent(node.content, checkedSize(input.sizeBytes), state.nextNumber())
    : node.content;
  const movesWriteTime = isResize && state.switches.resizeMovesLastWriteTime && input.lastWriteTime === undefined;
  const kept = keepFile(state, change, {
    ...changed,
    content,
    headers: checkedHeaders(input.headers),
    lastWriteTime: movesWriteTime ? at : changed.lastWriteTime,
  });
  return shownFile(state, share, kept, parent.id);
}
