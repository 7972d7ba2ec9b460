import { sparseContent } from './content.ts';
import { pathOf, touchOf } from './entry-access.ts';
import { StoreError } from './errors.ts';
import { type FilePlace, freshFile, placeForFile, putFile, shownFile, smbContextOf } from './file-operations.ts';
import { linkFile } from './hard-links.ts';
import { checkLease } from './lease-record.ts';
import { checkedMetadata } from './metadata.ts';
import { newNfs } from './nfs.ts';
import { BY_NAME, type DirectoryNode, type FileNode } from './nodes.ts';
import { valueOf } from './ordered-map.ts';
import { withSmb } from './smb-input.ts';
import type { State } from './state.ts';
import type { CreateLinkInput, FileOperations } from './store-files.ts';
import type { EntryRef, FileProperties } from './store.ts';
import { requiredEntry, requiredParent, withEntry } from './tree-walk.ts';

export function linkOperations(state: State): Pick<FileOperations, 'createSymbolicLink' | 'createHardLink'> {
  return {
    createSymbolicLink: (ref, input) => createSymbolicLink(state, ref, input),
    createHardLink: (ref, target, options = {}) => createHardLink(state, { ref, target }, options.leaseId),
  };
}

function requireNfs(parent: DirectoryNode): void {
  if (parent.nfs === undefined) {
    throw new StoreError('UnsupportedHeader', 'Links belong to NFS shares.');
  }
}

function createSymbolicLink(state: State, ref: EntryRef, input: CreateLinkInput): FileProperties {
  const place: FilePlace = placeForFile(state, ref, { leaseId: input.leaseId, mayBeReadOnly: true });
  requireNfs(place.parent);
  if (place.existing !== undefined) {
    throw new StoreError('ResourceAlreadyExists');
  }
  const at = state.moments.next();
  const fresh = freshFile(state, place, { content: sparseContent(0), at });
  const { linkText } = input;
  const link: FileNode = { ...fresh, nfs: { ...newNfs('SymLink'), linkText } };
  const node = {
    ...withSmb(link, input, smbContextOf(state, place.share, { parent: place.parent, at })),
    metadata: checkedMetadata(input.metadata),
  };
  putFile(state, place, node);
  return shownFile(state, place.share, node, place.parent.id);
}

type HardLink = { readonly ref: EntryRef; readonly target: EntryRef };

function createHardLink(state: State, { ref, target }: HardLink, leaseId: string | undefined): FileProperties {
  const share = state.openForWriting(ref);
  if (state.openForWriting(target) !== share) {
    throw new StoreError('InvalidInput', 'A hard link stays within its share.');
  }
  const to = pathOf(ref);
  const parent = requiredParent(share.root, to);
  requireNfs(parent);
  if (to.length === 0 || valueOf(parent.children, to.at(-1) ?? '', BY_NAME) !== undefined) {
    throw new StoreError('ResourceAlreadyExists');
  }
  const from = pathOf(target);
  const { node } = requiredEntry(share.root, from);
  if (node.kind !== 'file') {
    throw new StoreError('ResourceTypeMismatch');
  }
  const record = share.fileLeases.get(node.id);
  checkLease('file', { record, nowMs: state.moments.nowMs(), leaseId, writes: true });
  const at = state.moments.next();
  const changed: FileNode = { ...node, version: state.nextNumber(), lastModified: at, changeTime: at };
  const linked = linkFile(share, { from, to, node: changed });
  share.root = withEntry(share.root, to, { ...linked, name: to.at(-1) ?? '' }, touchOf(state, at));
  return shownFile(state, share, { ...linked, name: to.at(-1) ?? '' }, parent.id);
}
