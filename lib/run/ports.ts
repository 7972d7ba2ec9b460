/** What the steps need from the world. Implementations: lib/azure (the service), lib/local (in-process). */
import type {
  AccountSettings,
  ByteRange,
  CopyState,
  DirectoryProperties,
  Entry,
  EntryTimes,
  FileProperties,
  HttpHeaders,
  Metadata,
  SettingsUnknown,
  SharePath,
  Webhook,
} from '../model/index.ts';

export interface Clock {
  /** Wall clock, epoch milliseconds. */
  now(): number;
  /** A clock that never steps, in milliseconds from an arbitrary origin. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Counts every attempt of every request as it goes out, by the operation's name in the storage logs. */
export interface RequestMeter {
  record(operation: string): void;
}

/**
 * How a worker is let to its share. `beforeWrite` is called as each attempt of each request that changes the share goes out
 * (in-place retries included; by the HTTP port in the moment in which a connected socket takes it) and throws ShardLeaseLostError once the worker may no longer write.
 */
export interface ShareAccess {
  readonly meter: RequestMeter;
  readonly beforeWrite?: () => void;
  /** Awaited before each attempt of each request, so that limits of the job hold. */
  readonly pace?: () => Promise<void>;
  readonly signal?: AbortSignal;
}

export interface ShareRef {
  /** The account's name in the configuration. */
  readonly account: string;
  readonly share: string;
}

export interface ListingPage {
  readonly entries: readonly Entry[];
  /** `''` when the listing is complete. */
  readonly nextMarker: string;
}

export interface ShareProperties {
  readonly metadata: Metadata;
  readonly quotaGib: number;
  /** `SMB` or `NFS`. */
  readonly protocol: string;
  /** The service's clock when it answered, epoch ms, whole seconds (the Date header). */
  readonly serviceTimeMs: number;
}

export interface SnapshotInfo {
  /** The service's string, verbatim: `2026-11-20T03:00:00.0000000Z`. */
  readonly snapshot: string;
  readonly metadata: Metadata;
  /** Absent: the listing does not tell [M]. */
  readonly isLeased?: boolean | undefined;
}

/** Everything that Set Properties, Create and Copy File can carry. An absent header is *cleared* by Set Properties. */
export interface EntrySettings {
  readonly times: EntryTimes;
  readonly attributes: string;
  /** Key in the destination share; absent = left as it is (set) or inherited (create). */
  readonly permissionKey?: string;
}

/** What Put Range From URL did: `crc64` is base64 of 8 bytes, of the source's range; `''` where the service named none. */
export interface RangeAnswer {
  readonly moved: boolean;
  readonly crc64: string;
}

export interface ReadOptions {
  readonly snapshot?: string | undefined;
}

/**
 * One share, for one worker. Rules for all methods:
 * - "not found" (404 ResourceNotFound, ParentNotFound) of the addressed entry is a value (`undefined`, `false`) where the
 *   signature has one, and otherwise a FarshareError with that code. 404 ShareNotFound and ShareSnapshotNotFound always throw.
 * - Transient answers (500, 503, 429, timeouts, broken connections) are retried in place with back-off that honours
 *   Retry-After; what is thrown after that has disposition `retry`. Each attempt is metered.
 * - Each write may be repeated after an unclear answer, except createSnapshot, which is never retried.
 * - Trailing dots are always allowed and kept, on both sides.
 */
export interface SharePort {
  readonly ref: ShareRef;

  // Share
  /** `undefined` when the share does not exist. */
  getShare(): Promise<ShareProperties | undefined>;
  /** Answers false when it exists already. */
  createShare(options: { quotaGib?: number; metadata?: Metadata }): Promise<boolean>;
  /** Replaces the live share's metadata. Answers the service's clock, epoch ms. */
  setShareMetadata(metadata: Metadata, leaseId?: string): Promise<{ serviceTimeMs: number }>;
  /** Never retried: after an unclear answer, list and look for the one with your metadata. */
  createSnapshot(metadata: Metadata): Promise<string>;
  /** Of this share only, oldest first. */
  listSnapshots(): Promise<readonly SnapshotInfo[]>;
  /** Answers false when it is gone already. */
  deleteSnapshot(snapshot: string, leaseId?: string): Promise<boolean>;
  /** Seconds 15–60, or -1 for infinite; re-acquiring with the same id renews. `busy` = leased under another id. */
  acquireLease(options: { leaseId: string; seconds: number; snapshot?: string }): Promise<'acquired' | 'busy'>;
  /** False when the lease is no longer ours. */
  renewLease(leaseId: string): Promise<boolean>;
  /** Puts a snapshot's lease under another id without letting go of it. False when it was not under the first. */
  changeLease(snapshot: string, from: string, to: string): Promise<boolean>;
  /** False when it was not ours. */
  releaseLease(leaseId: string, snapshot?: string): Promise<boolean>;

  /** What the live share’s files take up, bytes. Its snapshots are not counted. */
  getUsedBytes(): Promise<number>;

  // Listing and properties
  /** One page, in the service's order. `undefined` when the directory does not exist. Always with every `include`. */
  list(directory: SharePath, options: ReadOptions & { marker?: string }): Promise<ListingPage | undefined>;
  getFile(path: SharePath, options: ReadOptions): Promise<FileProperties | undefined>;
  getDirectory(path: SharePath, options: ReadOptions): Promise<DirectoryProperties | undefined>;
  /** Allocated ranges, or, with `previousSnapshot`, the ranges changed (written or cleared) since it. */
  listRanges(path: SharePath, options: ReadOptions & { previousSnapshot?: string }): Promise<readonly ByteRange[]>;
  /** At most 4 MiB that lie within the file; `undefined` when there is no such file. For the same two purposes. */
  getBytes(path: SharePath, options: ReadOptions & { range: ByteRange }): Promise<Uint8Array | undefined>;
  /** The SDDL of a key, asked of the live share. */
  getPermission(permissionKey: string): Promise<string>;
  createPermission(sddl: string): Promise<string>;

  /**
   * A URL that the destination's service can read `path` by, with a read-only SAS where one is needed. `renew` asks for a
   * new SAS, once, after a 403. Never log it.
   */
  copySource(path: SharePath, options: ReadOptions & { renew?: boolean }): Promise<CopySource>;

  // Writing
  /** One request: content, headers, metadata, times, attributes, permission. Overwrites, also ReadOnly files. */
  copyFile(path: SharePath, source: CopySource, settings: EntrySettings): Promise<CopyState>;
  abortCopy(path: SharePath, copyId: string): Promise<void>;
  /** Creates or overwrites an empty file of the size, without ReadOnly, and without times but perhaps that of creation. */
  createFile(
    path: SharePath,
    options: { sizeBytes: number; metadata: Metadata; headers: HttpHeaders; creationTime?: string },
  ): Promise<void>;
  /**
   * At most 4 MiB; the same range of source and destination. With `unlessCrc64`, nothing is moved when the source's range
   * has that CRC-64.
   */
  putRangeFromUrl(
    path: SharePath,
    source: CopySource,
    options: { range: ByteRange; unlessCrc64?: string | undefined },
  ): Promise<RangeAnswer>;
  /** Zeroes a range, freeing its whole pages. */
  clearRange(path: SharePath, range: ByteRange): Promise<void>;
  /**
   * At most 4 MiB, into an existing file that is long enough. For Farshare's own files, and for content that no server-side
   * copy can address.
   */
  putBytes(path: SharePath, start: number, bytes: Uint8Array): Promise<void>;
  setFileProperties(
    path: SharePath,
    settings: EntrySettings & { headers: HttpHeaders; sizeBytes?: number },
  ): Promise<void>;
  setFileMetadata(path: SharePath, metadata: Metadata): Promise<void>;
  /** False when it exists already as a directory. */
  createDirectory(path: SharePath, settings: Partial<EntrySettings> & { metadata: Metadata }): Promise<boolean>;
  setDirectoryProperties(path: SharePath, settings: Partial<EntrySettings>): Promise<void>;
  setDirectoryMetadata(path: SharePath, metadata: Metadata): Promise<void>;
  /** False when gone already. Throws `ReadOnlyAttribute`, `DirectoryNotEmpty` and the like with disposition `entry`. */
  deleteFile(path: SharePath): Promise<boolean>;
  deleteDirectory(path: SharePath): Promise<boolean>;
  /** Renames within the share; for case-only renames. */
  renameEntry(kind: 'file' | 'directory', from: SharePath, to: SharePath): Promise<void>;
}

/** Where the destination's service reads from; holds a secret, so it has no useful JSON or text form. */
export interface CopySource {
  /** The whole URL, at most 2 KiB or the service refuses it. */
  readonly url: () => string;
  /** For Put Range From URL without a SAS: `Bearer …`. */
  readonly authorization?: () => string;
}

/** Opens shares of configured accounts. One per process: holds credentials, connections, limiters. */
export interface ShareOpener {
  open(ref: ShareRef, access: ShareAccess): SharePort;
}

/** What Azure Resource Manager knows of configured accounts. Never throws: what cannot be asked is unknown, with the reason. */
export interface AccountInspector {
  /** Without a resource id, the account is looked for in the subscription, by its file endpoint. */
  settingsOf(account: string, subscription?: string): Promise<AccountSettings | SettingsUnknown>;
}

/** A row of the run state. `value` is JSON data up to about 400,000 characters. */
export interface StateRow<T = unknown> {
  readonly key: string;
  /** Changes on every write of the row. */
  readonly etag: string;
  readonly value: T;
}

export type StateOperation =
  | { readonly kind: 'insert'; readonly key: string; readonly value: unknown }
  /** Replaces the row only while its ETag is the given one. */
  | { readonly kind: 'update'; readonly key: string; readonly value: unknown; readonly etag: string }
  | { readonly kind: 'upsert'; readonly key: string; readonly value: unknown }
  /** Unconditional; the row must exist, or the whole transaction is refused. */
  | { readonly kind: 'delete'; readonly key: string };

/**
 * Rows in partitions. A partition's rows are ordered by key (ASCII order). Keys and partitions match `[A-Za-z0-9._-]{1,200}`.
 */
export interface StateStore {
  get<T>(partition: string, key: string): Promise<StateRow<T> | undefined>;
  /** Rows with `from` <= key < `to`, ascending, to the end of the continuation (a page may be empty and go on). */
  list<T>(partition: string, range: { from: string; to: string }): AsyncIterable<StateRow<T>>;
  /** The first row of that range, if any. */
  first<T>(partition: string, range: { from: string; to: string }): Promise<StateRow<T> | undefined>;
  /**
   * All or nothing, at most 100 operations on distinct keys. Throws StateConflictError when an inserted row exists, an ETag
   * does not match, or a row to update or delete is gone. Answers the new ETag of each written key. After an unclear answer
   * it throws disposition `retry`; the caller reads to find out.
   */
  transact(partition: string, operations: readonly StateOperation[]): Promise<ReadonlyMap<string, string>>;
}

export type QueueName = 'shards' | 'transfers' | 'finalize' | 'webhooks';

/** Messages out. They carry only `{v, run, shard, epoch}` or `{v, delivery}`, never expire, and may arrive twice, late and out of order. */
export interface MessageQueues {
  send(queue: QueueName, message: unknown, delayMs?: number): Promise<void>;
}

/** Business events and metrics; the names are listed in lib/telemetry. Never throws. */
export interface Telemetry {
  event(name: string, properties: Readonly<Record<string, string | number | boolean>>): void;
  metric(name: string, value: number, properties: Readonly<Record<string, string | number | boolean>>): void;
  /** Resolves when what was told has been sent, or after some seconds. */
  flush(): Promise<void>;
}

/** One message to a webhook, as Standard Webhooks has it. */
export interface WebhookMessage {
  /** The same at each try, so that the receiver can tell a repetition. */
  readonly id: string;
  readonly atMs: number;
  /** JSON. */
  readonly body: string;
}

export type WebhookAnswer =
  | { readonly kind: 'taken' }
  /** `reason` holds nothing of the address. `isFinal`: the receiver wants no more of them. */
  | {
      readonly kind: 'refused';
      readonly reason: string;
      readonly mayRetry: boolean;
      readonly isFinal: boolean;
      readonly retryAfterMs: number;
    };

/** The configured webhooks. Addresses and secrets stay inside. */
export interface WebhookSender {
  readonly webhooks: readonly Webhook[];
  /** One signed POST within the webhook's timeout; never throws. */
  post(webhook: Webhook, message: WebhookMessage, signal?: AbortSignal): Promise<WebhookAnswer>;
}

/** What a folder on this machine has of a name. */
export interface HeldFile {
  readonly isFile: boolean;
  readonly sizeBytes: number;
  /** Whole milliseconds: not every file system keeps more. */
  readonly lastWriteMs: number;
}

export interface NewFile {
  readonly sizeBytes: number;
  readonly lastWriteMs: number;
  /** What lies between is a hole. */
  readonly pieces: AsyncIterable<{ readonly start: number; readonly bytes: Uint8Array }>;
}

/** A folder on this machine. Paths are the names from it on, as Azure Files has them; nothing outside of it is touched. */
export interface LocalFolder {
  makeDirectory(path: readonly string[]): Promise<void>;
  look(path: readonly string[]): Promise<HeldFile | undefined>;
  /** Makes the directories above; whole or not at all. */
  write(path: readonly string[], file: NewFile): Promise<void>;
  setTimes(path: readonly string[], lastWriteMs: number): Promise<void>;
}
