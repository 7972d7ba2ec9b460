import type { DirectoryProperties, EntryRef, FileProperties, Metadata, ShareRef, SmbInput } from './store.ts';
import type { Changed } from './store-shares.ts';

export type RenameInput = SmbInput & {
  readonly replaceIfExists?: boolean | undefined;
  readonly ignoreReadOnly?: boolean | undefined;
  readonly sourceLeaseId?: string | undefined;
  readonly destinationLeaseId?: string | undefined;
  /** Given = replaces the entry's metadata. */
  readonly metadata?: Metadata | undefined;
  /** Files only. */
  readonly contentType?: string | undefined;
};

export type ListEntriesOptions = {
  readonly prefix?: string | undefined;
  /** The opaque `nextMarker` of the page before. */
  readonly marker?: string | undefined;
  /** 1 to 5,000; default 5,000. */
  readonly maxResults?: number | undefined;
};

export type EntriesPage = {
  readonly directoryId: string;
  /** Files and directories intermingled, in the order of the collation. */
  readonly entries: readonly (FileProperties | DirectoryProperties)[];
  /** '' at the end. */
  readonly nextMarker: string;
};

export type DirectoryOperations = {
  create(ref: EntryRef, input?: SmbInput & { metadata?: Metadata | undefined }): DirectoryProperties;
  getProperties(ref: EntryRef): DirectoryProperties;
  setProperties(ref: EntryRef, input: SmbInput): DirectoryProperties;
  setMetadata(ref: EntryRef, metadata: Metadata): Changed;
  delete(ref: EntryRef): void;
  /** `source.path` lies in the same share. @throws ResourceAlreadyExists, InvalidInput (into its own subtree) */
  rename(source: EntryRef, destination: EntryRef, input?: RenameInput): DirectoryProperties;
  /** Costs O(page), wherever the marker stands. */
  list(ref: EntryRef, options?: ListEntriesOptions): EntriesPage;
};

export type TreeSpec = {
  /** Directory that receives the tree; made when missing. */
  readonly path: string;
  readonly files: number;
  readonly filesPerDirectory: number;
  readonly depth: number;
  readonly sizeBytes: number;
  readonly seed: number | string;
};

export type TreeOperations = {
  /** Fills a share with synthetic files (design.md §6, `POST /_emulator/tree`). */
  grow(ref: ShareRef, spec: TreeSpec): { readonly files: number; readonly directories: number; readonly bytes: number };
};
