import type { StateKeeper } from './state-keeper.ts';
import type { Switches } from './switches.ts';
import type { CopyOperations, FileOperations } from './store-files.ts';
import type { DirectoryOperations, TreeOperations } from './store-directories.ts';
import type { HandleOperations } from './store-handles.ts';
import type {
  AccountOperations,
  LeaseOperations,
  PermissionOperations,
  ShareOperations,
  SnapshotOperations,
} from './store-shares.ts';

/** Time as an input: milliseconds since 1970, UTC. The store adds the four digits below a millisecond itself. */
export type Clock = { nowMs(): number };

export type StoreOptions = {
  readonly clock: Clock;
  readonly switches?: Partial<Switches> | undefined;
  /** Default: the state is in memory and ends with the process. */
  readonly keeper?: StateKeeper | undefined;
};

/** A live share. Accounts come into being when first named; which ones exist is the wire side's business. */
export type ShareRef = { readonly account: string; readonly share: string };

/** A live share, or a snapshot of it named by the service's timestamp. */
export type TreeRef = ShareRef & { readonly snapshot?: string | undefined };

/**
 * An entry. `path` is decoded, `/`-separated, without leading slash; '' is the root directory. Without
 * `allowTrailingDot` dots at the end of each component are dropped, as the service does.
 */
export type EntryRef = TreeRef & { readonly path: string; readonly allowTrailingDot?: boolean | undefined };

/** Bytes `[start, end)`. */
export type ByteRange = { readonly start: number; readonly end: number };

export type Metadata = Readonly<Record<string, string>>;

/** A moment as the service writes it: `2017-05-10T17:52:33.9551861Z`, always 7 fraction digits. */
export type FileTime = string;

export type LeaseProperties = {
  readonly status: 'locked' | 'unlocked';
  readonly state: 'available' | 'leased' | 'expired' | 'breaking' | 'broken';
  readonly duration?: 'infinite' | 'fixed' | undefined;
};

/** The x-ms-content-* properties of a file; absent = never set or cleared. `contentMd5` is base64 as sent. */
export type ContentHeaders = {
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly contentLanguage?: string | undefined;
  readonly cacheControl?: string | undefined;
  readonly contentMd5?: string | undefined;
  readonly contentDisposition?: string | undefined;
};

/** What x-ms-copy-* show. `progress` is `copied/total` bytes. */
export type CopyProperties = {
  readonly id: string;
  readonly source: string;
  readonly status: 'pending' | 'success' | 'aborted' | 'failed';
  readonly progress: string;
  readonly completionTime?: FileTime | undefined;
  readonly statusDescription?: string | undefined;
};

/** What x-ms-file-file-type shows. */
export type NfsFileType = 'Regular' | 'Directory' | 'SymLink';

/** POSIX properties of an entry of an NFS share; `mode` has four octal digits. */
export type NfsProperties = {
  readonly owner: string;
  readonly group: string;
  readonly mode: string;
  readonly fileType: NfsFileType;
  /** Names the file has. */
  readonly linkCount: number;
  /** Where a symbolic link points, as sent. */
  readonly linkText?: string | undefined;
};

/** POSIX properties as sent in headers; only on NFS shares. */
export type NfsInput = {
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
  readonly mode?: string | undefined;
};

/** What both kinds of entry have. `lastModified` has 100 ns here; the REST header shows whole seconds. */
type EntryProperties = {
  /** Name as created (case preserved); '' for the root. */
  readonly name: string;
  readonly fileId: string;
  readonly parentId: string;
  /** With its quotes: `"0x8D…"`. */
  readonly etag: string;
  readonly lastModified: FileTime;
  /** As the service lists them: `Archive`, `ReadOnly | Archive` joined by `|` without blanks, `None`, `Directory`. */
  readonly attributes: string;
  readonly permissionKey: string;
  readonly creationTime: FileTime;
  readonly lastAccessTime: FileTime;
  readonly lastWriteTime: FileTime;
  readonly changeTime: FileTime;
  readonly metadata: Metadata;
  /** Undefined on an SMB share. */
  readonly nfs?: NfsProperties | undefined;
};

export type DirectoryProperties = EntryProperties & { readonly kind: 'directory' };

export type FileProperties = EntryProperties & {
  readonly kind: 'file';
  readonly sizeBytes: number;
  readonly headers: ContentHeaders;
  readonly copy?: CopyProperties | undefined;
  readonly lease: LeaseProperties;
};

/**
 * SMB properties as sent in headers; absent = default (on create) or unchanged (on set). Malformed values throw
 * InvalidHeaderValue (attributes, times), FileInvalidPermission or FileInvalidPermissionKey.
 * - `attributes`: `None` or names joined by `|` (blanks and repeats allowed), or `preserve`.
 * - times: ISO 8601 UTC with up to 7 fraction digits, `now`, or `preserve`.
 * - `permission`: SDDL up to 8 KiB, `inherit` or `preserve`; not together with `permissionKey`; base64 with
 *   `permissionFormat` binary.
 */
export type SmbInput = NfsInput & {
  readonly attributes?: string | undefined;
  readonly creationTime?: string | undefined;
  readonly lastWriteTime?: string | undefined;
  readonly changeTime?: string | undefined;
  readonly permission?: string | undefined;
  readonly permissionKey?: string | undefined;
  readonly permissionFormat?: PermissionFormat | undefined;
};

export type PermissionFormat = 'sddl' | 'binary';

/** The state of all accounts. Every method is synchronous and atomic: it throws a StoreError and changes nothing, or happens. */
export type Store = {
  readonly switches: Switches;
  readonly accounts: AccountOperations;
  readonly shares: ShareOperations;
  readonly snapshots: SnapshotOperations;
  readonly leases: LeaseOperations;
  readonly permissions: PermissionOperations;
  readonly directories: DirectoryOperations;
  readonly files: FileOperations;
  readonly copies: CopyOperations;
  readonly handles: HandleOperations;
  readonly tree: TreeOperations;
};
