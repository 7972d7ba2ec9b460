import type { EntryRef, FileTime, LeaseProperties, Metadata, PermissionFormat, ShareRef, TreeRef } from './store.ts';

/** Settings of a share that the store keeps and gives back without acting on them, by their header's name. */
export type ShareSettings = Readonly<Record<string, string>>;

export type ShareProperties = {
  readonly share: string;
  readonly snapshot?: string | undefined;
  readonly etag: string;
  readonly lastModified: FileTime;
  /** GiB. */
  readonly quota: number;
  readonly settings: ShareSettings;
  readonly metadata: Metadata;
  readonly lease: LeaseProperties;
  /** Of a soft-deleted share: what List Shares shows beside the rest. */
  readonly deleted?: DeletedProperties | undefined;
};

export type DeletedProperties = {
  readonly version: string;
  readonly deletedTime: FileTime;
  readonly remainingRetentionDays: number;
};

/** Service properties, opaque to the store: a document of texts, objects and arrays. */
export type ServiceProperties = Readonly<Record<string, unknown>>;

export type AccountOperations = {
  getServiceProperties(account: string): ServiceProperties;
  setServiceProperties(account: string, properties: ServiceProperties): void;
};

/** `etag` and `lastModified` of what an operation changed. */
export type Changed = { readonly etag: string; readonly lastModified: FileTime };

export type ShareOperations = {
  /** @throws ShareAlreadyExists, ShareBeingDeleted, InvalidResourceName */
  create(
    ref: ShareRef,
    options?: { quota?: number | undefined; settings?: ShareSettings | undefined; metadata?: Metadata | undefined },
  ): Changed & { readonly quota: number };
  getProperties(ref: TreeRef, options?: { leaseId?: string | undefined }): ShareProperties;
  /** Settings given are merged over the ones kept. */
  setProperties(
    ref: ShareRef,
    options: { quota?: number | undefined; settings?: ShareSettings | undefined; leaseId?: string | undefined },
  ): Changed & { readonly quota: number };
  setMetadata(ref: ShareRef, metadata: Metadata, options?: { leaseId?: string | undefined }): Changed;
  /** Deletes the share, or with `ref.snapshot` one snapshot. @throws ShareHasSnapshots, DeleteShareWhenSnapshotLeased, LeaseIdMissing */
  delete(
    ref: TreeRef,
    options?: { deleteSnapshots?: 'include' | 'include-leased' | undefined; leaseId?: string | undefined },
  ): { readonly usageBytes: number; readonly snapshotUsageBytes: number };
  /** Brings a soft-deleted share back, its snapshots included. @throws ShareNotFound, ShareAlreadyExists */
  restore(ref: ShareRef, version: string): Changed & { readonly quota: number };
  list(
    account: string,
    options?: ListSharesOptions,
  ): { readonly shares: readonly ShareProperties[]; readonly nextMarker: string };
  /** Bytes of all files of the live share, sparse ones at their allocated size. */
  usageBytes(ref: ShareRef): number;
  /** The stored access policies, opaque to the store. */
  getAccessPolicies(
    ref: ShareRef,
    options?: { leaseId?: string | undefined },
  ): Changed & { readonly policies: readonly AccessPolicy[] };
  setAccessPolicies(
    ref: ShareRef,
    policies: readonly AccessPolicy[],
    options?: { leaseId?: string | undefined },
  ): Changed;
};

export type AccessPolicy = {
  readonly id: string;
  readonly startsOn?: string | undefined;
  readonly expiresOn?: string | undefined;
  readonly permissions?: string | undefined;
};

type ListSharesOptions = {
  readonly prefix?: string | undefined;
  readonly marker?: string | undefined;
  /** 1 to 5,000; default 5,000. */
  readonly maxResults?: number | undefined;
  readonly includeSnapshots?: boolean | undefined;
  readonly includeDeleted?: boolean | undefined;
};

export type SnapshotOperations = {
  /** Costs O(1). Metadata given replaces the share's in the snapshot. @throws ShareSnapshotCountExceeded */
  create(ref: ShareRef, options?: { metadata?: Metadata | undefined }): Changed & { readonly snapshot: string };
  /** Ascending. */
  list(ref: ShareRef): readonly string[];
};

type LeaseAnswer = Changed & { readonly leaseId: string };

/** What is leased: a file (`path` given), a share, or a snapshot. */
export type LeaseTarget = TreeRef | EntryRef;

/** Names of codes: azure-files-facts.md §5. Lease ids are compared without case. */
export type LeaseOperations = {
  /** `durationSeconds` -1 (infinite; the only one for files) or 15 to 60. Acquiring again with the same id is allowed. */
  acquire(target: LeaseTarget, options: { durationSeconds: number; proposedLeaseId?: string | undefined }): LeaseAnswer;
  /** An expired lease is renewed if nobody took it meanwhile. Not for files. */
  renew(target: LeaseTarget, leaseId: string): LeaseAnswer;
  change(target: LeaseTarget, leaseId: string, proposedLeaseId: string): LeaseAnswer;
  release(target: LeaseTarget, leaseId: string): Changed;
  /** `remainingSeconds` until the lease is broken, 0 at once. */
  break(
    target: LeaseTarget,
    options?: { breakPeriodSeconds?: number | undefined; leaseId?: string | undefined },
  ): Changed & { readonly remainingSeconds: number };
};

export type PermissionOperations = {
  /** The same permission has the same key. The key holds in this share only. @throws FileInvalidPermission */
  create(ref: ShareRef, permission: string, format?: PermissionFormat): { readonly permissionKey: string };
  /** Works on the live share only, also for keys seen in snapshots. @throws ShareSnapshotOperationNotSupported, ResourceNotFound */
  get(ref: TreeRef, permissionKey: string, format?: PermissionFormat): { readonly permission: string };
};
