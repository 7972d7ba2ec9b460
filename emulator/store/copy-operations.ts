import { randomUUID } from 'node:crypto';
import { ARCHIVE } from './attributes.ts';
import { type Content, sparseContent } from './content.ts';
import { asFile, pathOf } from './entry-access.ts';
import { StoreError } from './errors.ts';
import { type FilePlace, freshFile, placeForFile, putFile, smbContextOf } from './file-operations.ts';
import { checkLease } from './lease-record.ts';
import { checkedMetadata } from './metadata.ts';
import type { FileNode } from './nodes.ts';
import { copySourceOf } from './range-operations.ts';
import { placeFile } from './hard-links.ts';
import { changedOf } from './share-operations.ts';
import { withSmb } from './smb-input.ts';
import type { State } from './state.ts';
import type { CopyInput, CopyOperations } from './store-files.ts';
import type { CopyProperties, EntryRef, FileTime, NfsInput, SmbInput } from './store.ts';
import { requiredEntry } from './tree-walk.ts';

export function copyOperations(state: State): CopyOperations {
  return {
    start: (destination, source, input) => startCopy(state, { destination, source }, input),
    abort: (ref, copyId, options = {}) => abortCopy(state, { ref, copyId }, options.leaseId),
  };
}

type Ends = { readonly destination: EntryRef; readonly source: EntryRef };

function startCopy(state: State, ends: Ends, input: CopyInput): ReturnType<CopyOperations['start']> {
  const source = copySourceOf(state, ends.source);
  const guard = { leaseId: input.leaseId, mayBeReadOnly: input.ignoreReadOnly === true };
  const place = placeForFile(state, ends.destination, guard);
  const at = state.moments.next();
  const pendingMs = input.pendingMs ?? usualPendingMs(state, ends);
  const isPending = pendingMs > 0;
  const copyId = randomUUID();
  const bytes = source.content.sizeBytes;
  const showsFullSize = input.pendingShowsFullSize ?? state.switches.pendingCopyShowsFullSize;
  const pendingContent = sparseContent(showsFullSize ? bytes : 0);
  const copy: CopyProperties = {
    id: copyId,
    source: input.sourceUrl,
    status: isPending ? 'pending' : 'success',
    progress: `${isPending ? 0 : bytes}/${bytes}`,
    completionTime: isPending ? undefined : at,
  };
  const content = isPending ? pendingContent : source.content;
  const node = copiedFile(state, place, { ends, source, input, content, copy, at });
  putFile(state, place, node);
  if (isPending) {
    place.share.pendingCopies.set(node.id, {
      fileId: node.id,
      copyId,
      components: place.components,
      dueAtMs: state.moments.nowMs() + pendingMs,
      outcome: input.outcome ?? 'success',
      content: source.content,
      source: ends.source,
      sourceVersion: source.version,
    });
  }
  return { ...changedOf(node), copyId, status: isPending ? 'pending' : 'success', bytes };
}

function usualPendingMs({ switches }: State, { destination, source }: Ends): number {
  return destination.account === source.account ? 0 : switches.crossAccountCopyPendingMs;
}

type Copied = {
  readonly ends: Ends;
  readonly source: FileNode;
  readonly input: CopyInput;
  readonly content: Content;
  readonly copy: CopyProperties;
  readonly at: FileTime;
};

/** The destination's new node: headers from the source, metadata and SMB properties as the request says. */
function copiedFile(state: State, place: FilePlace, of: Copied): FileNode {
  const { input, source, at } = of;
  const fresh = freshFile(state, place, { content: of.content, at });
  const smb: SmbInput = {
    attributes: undefined,
    creationTime: fromSource(input.creationTime, source.creationTime),
    lastWriteTime: fromSource(input.lastWriteTime, source.lastWriteTime),
    changeTime: fromSource(input.changeTime, source.changeTime),
    ...permissionInput(state, of),
    ...posixInput(of),
  };
  const withTimes = withSmb(fresh, smb, smbContextOf(state, place.share, { parent: place.parent, at }));
  const given = checkedMetadata(input.metadata);
  return {
    ...withTimes,
    attributes: attributesOf(state, place, of),
    headers: source.headers,
    metadata: Object.keys(given).length > 0 ? given : source.metadata,
    copy: of.copy,
  };
}

const isSource = (value: string | undefined): boolean => value?.toLowerCase() === 'source';

function fromSource(sent: string | undefined, sourceTime: FileTime): string | undefined {
  return isSource(sent) ? sourceTime : sent;
}

/** Explicit attributes and `source` get Archive too unless set-archive is false [CPP CopyWithSmbPropertyFlags]. */
function attributesOf(state: State, place: FilePlace, { input, source, at, content }: Copied): number {
  const archive = input.setArchive === false ? 0 : ARCHIVE;
  if (input.attributes === undefined) {
    return ARCHIVE;
  }
  if (isSource(input.attributes)) {
    return source.attributes | archive;
  }
  const fresh = freshFile(state, place, { content, at });
  const context = smbContextOf(state, place.share, { parent: place.parent, at });
  return withSmb(fresh, { attributes: input.attributes }, context).attributes | archive;
}

/** A permission of the source is carried as SDDL into the destination share's table, also across accounts [M]. */
function permissionInput(
  state: State,
  { input, ends, source }: Copied,
): Pick<SmbInput, 'permission' | 'permissionKey' | 'permissionFormat'> {
  if (input.permissionCopyMode !== 'source') {
    return {
      permission: input.permission,
      permissionKey: input.permissionKey,
      permissionFormat: input.permissionFormat,
    };
  }
  if (input.permission !== undefined || input.permissionKey !== undefined) {
    throw new StoreError('InvalidHeaderValue', 'A permission needs x-ms-file-permission-copy-mode: override.');
  }
  if (ends.source.account !== ends.destination.account && !state.switches.permissionCopiesAcrossAccounts) {
    throw new StoreError('InvalidHeaderValue', 'The permission of another account is not copied.');
  }
  const sddl = state.share(ends.source).permissions.permissionOf(source.permissionKey);
  return { permissionKey: state.share(ends.destination).permissions.keyFor(sddl) };
}

/** Owner and mode follow the source only when asked; without a word the destination has the defaults. */
function posixInput({ input, source }: Copied): NfsInput {
  const ofSource = source.nfs;
  const { owner, group, mode } = input;
  const takesOwner = input.ownerCopyMode === 'source' && ofSource !== undefined;
  const takesMode = input.modeCopyMode === 'source' && ofSource !== undefined;
  return {
    owner: takesOwner ? ofSource.owner : owner,
    group: takesOwner ? ofSource.group : group,
    mode: takesMode ? ofSource.mode : mode,
  };
}

type Aborted = { readonly ref: EntryRef; readonly copyId: string };

function abortCopy(state: State, { ref, copyId }: Aborted, leaseId: string | undefined): void {
  const share = state.openForWriting(ref);
  const components = pathOf(ref);
  const { node } = asFile(state, requiredEntry(share.root, components));
  const record = share.fileLeases.get(node.id);
  checkLease('file', { record, nowMs: state.moments.nowMs(), leaseId, writes: true });
  if (node.copy?.status !== 'pending') {
    throw new StoreError('NoPendingCopyOperation');
  }
  if (node.copy.id !== copyId) {
    throw new StoreError('CopyIdMismatch');
  }
  const at = state.moments.next();
  share.pendingCopies.delete(node.id);
  const copy: CopyProperties = { ...node.copy, status: 'aborted', completionTime: at };
  const aborted = { ...node, version: state.nextNumber(), lastModified: at, content: sparseContent(0), copy };
  placeFile(share, components, aborted);
}
