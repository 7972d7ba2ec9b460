import { StoreError } from './errors.ts';
import type { HeldHandle } from './held-handles.ts';
import type { LeaseRecord } from './lease-record.ts';
import { newNfs } from './nfs.ts';
import { type DirectoryNode, newDirectory, ROOT_ID } from './nodes.ts';
import { settleCopies, type PendingCopy } from './pending-copies.ts';
import { PermissionTable } from './permission-table.ts';
import type { SavedState, StateKeeper } from './state-keeper.ts';
import type { AccessPolicy, ServiceProperties, ShareSettings } from './store-shares.ts';
import type { FileTime, Metadata, ShareRef, StoreOptions, TreeRef } from './store.ts';
import { DEFAULT_SWITCHES, type Switches } from './switches.ts';
import { Moments } from './times.ts';

/** The setting that tells an NFS share; it is fixed when the share is made. */
const PROTOCOLS = 'x-ms-enabled-protocols';

/** What a share and a snapshot have in common. */
export type ShareFace = {
  quota: number;
  settings: ShareSettings;
  metadata: Metadata;
  version: number;
  lastModified: FileTime;
  lease: LeaseRecord | undefined;
};

/** A snapshot holds the root of its moment; nodes never change, so nothing done later reaches it. */
export type SnapshotState = ShareFace & {
  readonly at: string;
  readonly root: DirectoryNode;
  /** Number of the last change it contains. */
  readonly sequence: number;
};

export type ShareState = ShareFace & {
  readonly name: string;
  root: DirectoryNode;
  /** Ascending by `at`. */
  snapshots: readonly SnapshotState[];
  policies: readonly AccessPolicy[];
  readonly permissions: PermissionTable;
  /** By file id; kept out of the nodes, so that snapshots show no lease. */
  readonly fileLeases: Map<number, LeaseRecord>;
  /** By file id. */
  readonly pendingCopies: Map<number, PendingCopy>;
  /** All paths of each file that has more than one, by file id; of the live share only. */
  readonly hardLinks: Map<number, readonly (readonly string[])[]>;
  /** Whether the root's properties have been read (switch rootIsCreatedLate). */
  rootSeen?: boolean;
  /** What pretended SMB clients hold open, by handle id. Not kept when the process ends. */
  readonly handles: Map<string, HeldHandle>;
};

/** A share that can still be restored, with its snapshots as they were. */
export type DeletedShare = {
  readonly share: ShareState;
  readonly version: string;
  readonly deletedAt: FileTime;
  /** When it goes for good, milliseconds. */
  readonly purgedAtMs: number;
};

export type AccountState = {
  readonly shares: Map<string, ShareState>;
  /** Until when a deleted share's name is taken, milliseconds. */
  readonly beingDeletedUntilMs: Map<string, number>;
  /** Soft-deleted shares, oldest deletion first. */
  deletedShares: readonly DeletedShare[];
  /** Service properties as last set; opaque to the store. */
  serviceProperties: ServiceProperties;
};

/** A share and, when named, one of its snapshots. */
export type OpenTree = {
  readonly share: ShareState;
  readonly snapshot: SnapshotState | undefined;
  readonly root: DirectoryNode;
};

/** Everything the store holds, and the two sources of order: moments and numbers. */
export class State {
  readonly switches: Switches;
  readonly moments: Moments;
  private readonly keeper: StateKeeper | undefined;
  private readonly accounts: Map<string, AccountState>;
  private lastNumber: number;

  constructor(options: StoreOptions) {
    this.switches = { ...DEFAULT_SWITCHES, ...options.switches };
    this.keeper = options.keeper;
    const restored = options.keeper?.restored;
    this.moments = new Moments(options.clock, restored?.lastMoment);
    this.accounts = new Map(restored?.accounts);
    this.lastNumber = restored?.lastNumber ?? ROOT_ID;
    options.keeper?.attach(() => this.toSave());
  }

  private toSave(): SavedState {
    return { lastNumber: this.lastNumber, lastMoment: this.moments.last, accounts: this.accounts };
  }

  /** To be called before a share changes that was not reached by `share`, `open` or `openForWriting`. */
  touch(share: ShareState): void {
    this.keeper?.touch(share);
  }

  /** Content was written that is to be kept soon. */
  wrote(bytes: number): void {
    this.keeper?.wrote(bytes);
  }

  /** Has everything kept before the operation is answered. */
  flush(): void {
    this.keeper?.flush();
  }

  /** The next number: versions, ids, stamps and generations are all drawn from one series. */
  nextNumber(): number {
    this.lastNumber += 1;
    return this.lastNumber;
  }

  /** The number drawn last. */
  get sequence(): number {
    return this.lastNumber;
  }

  account(name: string): AccountState {
    this.keeper?.touch();
    let account = this.accounts.get(name);
    if (account === undefined) {
      account = { shares: new Map(), beingDeletedUntilMs: new Map(), deletedShares: [], serviceProperties: {} };
      this.accounts.set(name, account);
    }
    return account;
  }

  /** The live share, its due copies done. @throws ShareNotFound */
  share(ref: ShareRef): ShareState {
    const account = this.account(ref.account);
    const share = account.shares.get(ref.share);
    if (share === undefined) {
      // While it is being deleted, too: only a creation meets ShareBeingDeleted [JST createShare and deleteShare].
      throw new StoreError('ShareNotFound');
    }
    this.touch(share);
    settleCopies(this, share);
    return share;
  }

  /** @throws ShareSnapshotNotFound */
  open(ref: TreeRef): OpenTree {
    const share = this.share(ref);
    if (ref.snapshot === undefined) {
      return { share, snapshot: undefined, root: share.root };
    }
    const snapshot = snapshotOf(share, ref.snapshot);
    if (snapshot === undefined) {
      throw new StoreError('ShareSnapshotNotFound');
    }
    return { share, snapshot, root: snapshot.root };
  }

  /** @throws ShareSnapshotOperationNotSupported if a snapshot is named */
  openForWriting(ref: TreeRef): ShareState {
    if (ref.snapshot !== undefined) {
      throw new StoreError('ShareSnapshotOperationNotSupported');
    }
    return this.share(ref);
  }

  newShare(name: string, face: Pick<ShareFace, 'quota' | 'settings' | 'metadata'>): ShareState {
    const version = this.nextNumber();
    const at = this.moments.next();
    const permissions = new PermissionTable(version);
    const nfs = face.settings[PROTOCOLS] === 'NFS' ? newNfs('Directory') : undefined;
    const root = newDirectory({ name: '', id: ROOT_ID, version, at, permissionKey: permissions.defaultKey, nfs });
    return {
      ...face,
      name,
      version,
      lastModified: at,
      lease: undefined,
      root,
      snapshots: [],
      policies: [],
      permissions,
      fileLeases: new Map(),
      pendingCopies: new Map(),
      hardLinks: new Map(),
      handles: new Map(),
    };
  }
}

/** The snapshot of exactly that timestamp. */
export function snapshotOf(share: ShareState, at: string): SnapshotState | undefined {
  return share.snapshots.find((snapshot) => snapshot.at === at);
}
