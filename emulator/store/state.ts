import { StoreError } from './errors.ts';
import type { LeaseRecord } from './lease-record.ts';
import { type DirectoryNode, newDirectory, ROOT_ID } from './nodes.ts';
import { settleCopies, type PendingCopy } from './pending-copies.ts';
import { PermissionTable } from './permission-table.ts';
import type { AccessPolicy, ShareSettings } from './store-shares.ts';
import type { FileTime, Metadata, ShareRef, StoreOptions, TreeRef } from './store.ts';
import { DEFAULT_SWITCHES, type Switches } from './switches.ts';
import { Moments } from './times.ts';

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
};

export type AccountState = {
  readonly shares: Map<string, ShareState>;
  /** Until when a deleted share's name is taken, milliseconds. */
  readonly beingDeletedUntilMs: Map<string, number>;
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
  private readonly accounts = new Map<string, AccountState>();
  private lastNumber = ROOT_ID;

  constructor(options: StoreOptions) {
    this.switches = { ...DEFAULT_SWITCHES, ...options.switches };
    this.moments = new Moments(options.clock);
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
    let account = this.accounts.get(name);
    if (account === undefined) {
      account = { shares: new Map(), beingDeletedUntilMs: new Map() };
      this.accounts.set(name, account);
    }
    return account;
  }

  /** The live share, its due copies done. @throws ShareNotFound, ShareBeingDeleted */
  share(ref: ShareRef): ShareState {
    const account = this.account(ref.account);
    const share = account.shares.get(ref.share);
    if (share === undefined) {
      const until = account.beingDeletedUntilMs.get(ref.share) ?? 0;
      throw new StoreError(this.moments.nowMs() < until ? 'ShareBeingDeleted' : 'ShareNotFound');
    }
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
    const root = newDirectory({ name: '', id: ROOT_ID, version, at, permissionKey: permissions.defaultKey });
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
    };
  }
}

/** The snapshot of exactly that timestamp. */
export function snapshotOf(share: ShareState, at: string): SnapshotState | undefined {
  return share.snapshots.find((snapshot) => snapshot.at === at);
}
