import type { ByteRange, ContentHeaders, EntryRef, FileProperties, FileTime, Metadata, SmbInput } from './store.ts';
import type { RenameInput } from './store-directories.ts';
import type { Changed } from './store-shares.ts';

export type CreateFileInput = SmbInput & {
  readonly sizeBytes: number;
  readonly headers?: ContentHeaders | undefined;
  readonly metadata?: Metadata | undefined;
  readonly leaseId?: string | undefined;
  /** Content sent with the creation (service version 2026-06-06), at most `sizeBytes`. */
  readonly content?: Uint8Array | undefined;
};

/** A symbolic link; its text is kept as sent and never followed. */
export type CreateLinkInput = SmbInput & {
  readonly linkText: string;
  readonly metadata?: Metadata | undefined;
  readonly leaseId?: string | undefined;
};

export type SetFilePropertiesInput = SmbInput & {
  /** All of them: what is left out is cleared. Undefined as a whole clears all six. */
  readonly headers?: ContentHeaders | undefined;
  /** New size. */
  readonly sizeBytes?: number | undefined;
  readonly leaseId?: string | undefined;
};

export type WriteOptions = {
  readonly leaseId?: string | undefined;
  /** x-ms-file-last-write-time of Put Range; default `now`. */
  readonly lastWriteTime?: 'now' | 'preserve' | undefined;
};

/** `etag` and times after a write of content. */
export type Written = Changed & { readonly lastWriteTime: FileTime };

export type RangeList = Changed & {
  readonly sizeBytes: number;
  readonly ranges: readonly ByteRange[];
  /** Only in a diff: allocated at the previous snapshot, not any more. */
  readonly clearRanges: readonly ByteRange[];
};

export type FileOperations = {
  /** Overwrites a file. @throws ParentNotFound, ResourceTypeMismatch, ReadOnlyAttribute, PendingCopyOperation, LeaseIdMissing … */
  create(ref: EntryRef, input: CreateFileInput): FileProperties;
  getProperties(ref: EntryRef, options?: { leaseId?: string | undefined }): FileProperties;
  /**
   * Properties now and a reader of that state: `read` may be called later, piecewise, and is not touched by later changes.
   * `read(start, end)` returns at most a file's bytes in `[start, end)`; ask for pieces of some MiB.
   */
  open(ref: EntryRef, options?: { leaseId?: string | undefined }): FileReader;
  setProperties(ref: EntryRef, input: SetFilePropertiesInput): FileProperties;
  setMetadata(ref: EntryRef, metadata: Metadata, options?: { leaseId?: string | undefined }): Changed;
  /** `linkCount`: names that remain, on NFS shares. A file that SMB clients hold open goes with their last handle. */
  delete(ref: EntryRef, options?: { leaseId?: string | undefined }): { readonly linkCount?: number | undefined };
  /** NFS shares only. @throws ResourceAlreadyExists, ParentNotFound, UnsupportedHeader on an SMB share */
  createSymbolicLink(ref: EntryRef, input: CreateLinkInput): FileProperties;
  /** Gives the file at `target` one more name; both answer alike from then on. NFS shares only. */
  createHardLink(ref: EntryRef, target: EntryRef, options?: { leaseId?: string | undefined }): FileProperties;
  rename(source: EntryRef, destination: EntryRef, input?: RenameInput): FileProperties;
  /** The bytes are handed over: the caller must not change them afterwards. @throws InvalidRange beyond the size */
  putRange(ref: EntryRef, start: number, bytes: Uint8Array, options?: WriteOptions): Written;
  /** Frees whole 512-byte pages and writes zeros to partial ones. */
  clearRange(ref: EntryRef, range: ByteRange, options?: WriteOptions): Written;
  /**
   * The store's half of Put Range From URL for a source within this process. The wire side reads the source bytes first
   * (`open(source).read`) to check CRCs, and calls `putRange` if the source is foreign; this keeps synthetic content synthetic.
   * The two ranges are of equal length (the wire answers 400 otherwise); the source range must lie within its size (416).
   */
  putRangeFromFile(
    ref: EntryRef,
    range: ByteRange,
    source: EntryRef,
    sourceStart: number,
    options?: WriteOptions,
  ): Written;
  /** 512-byte pages, ascending, cut at the size. With `previousSnapshot` a diff. */
  listRanges(ref: EntryRef, options?: ListRangesOptions): RangeList;
};

export type ListRangesOptions = {
  readonly range?: ByteRange | undefined;
  readonly previousSnapshot?: string | undefined;
  readonly supportRename?: boolean | undefined;
  readonly leaseId?: string | undefined;
};

export type FileReader = {
  readonly properties: FileProperties;
  read(start: number, end: number): Uint8Array;
};

/**
 * Copy File. `attributes`: `source`, `none` or a list; times: `source` or a time (absent: now). `permissionCopyMode` source
 * takes the source's permission, override (default) takes `permission`, `permissionKey` or `inherit`.
 */
export type CopyInput = SmbInput & {
  readonly modeCopyMode?: 'source' | 'override' | undefined;
  readonly ownerCopyMode?: 'source' | 'override' | undefined;
  readonly permissionCopyMode?: 'source' | 'override' | undefined;
  readonly ignoreReadOnly?: boolean | undefined;
  /** Default true: Archive is set whatever the attributes say. */
  readonly setArchive?: boolean | undefined;
  /** Given (also empty = absent on the wire) and non-empty: replaces the source's. */
  readonly metadata?: Metadata | undefined;
  readonly leaseId?: string | undefined;
  /** URL to show as x-ms-copy-source, without its SAS signature. */
  readonly sourceUrl: string;
  /** Milliseconds the copy stays pending; absent or 0: done at once. */
  readonly pendingMs?: number | undefined;
  /** What becomes of it when due; `torn` = failed, full size, the first half of the content. Default success. */
  readonly outcome?: 'success' | 'failed' | 'aborted' | 'torn' | undefined;
  /** Overrides the switch of that name for this copy. */
  readonly pendingShowsFullSize?: boolean | undefined;
};

export type CopyOperations = {
  /** Source: any entry of any account, share or snapshot of this store. `bytes` is the size of what is (to be) copied. */
  start(
    destination: EntryRef,
    source: EntryRef,
    input: CopyInput,
  ): Changed & { readonly copyId: string; readonly status: 'success' | 'pending'; readonly bytes: number };
  /** Leaves a file of zero length. @throws NoPendingCopyOperation, CopyIdMismatch */
  abort(ref: EntryRef, copyId: string, options?: { leaseId?: string | undefined }): void;
};
