import { deletedShares, remainingDays, restoredShare, retireShare } from './deleted-shares.ts';
import { StoreError } from './errors.ts';
import { checkLease, isLocked, leasePropertiesOf } from './lease-record.ts';
import { decodeMarker, encodeMarker, pageSizeOf } from './markers.ts';
import { checkedMetadata } from './metadata.ts';
import { checkShareName } from './names.ts';
import { type EntryNode, formatEtag } from './nodes.ts';
import { type DeletedShare, type ShareFace, type ShareState, type SnapshotState, type State } from './state.ts';
import type { AccountOperations, Changed, ShareOperations, ShareProperties } from './store-shares.ts';
import type { Metadata, ShareRef, TreeRef } from './store.ts';
import { usageOf } from './usage.ts';

const DEFAULT_QUOTA_GIB = 5120;
const LARGEST_QUOTA_GIB = 262_144;
const MOST_POLICIES = 5;

/** What belongs to an account as a whole. */
export function accountOperations(state: State): AccountOperations {
  return {
    getServiceProperties: (account) => state.account(account).serviceProperties,
    setServiceProperties(account, properties) {
      state.account(account).serviceProperties = properties;
    },
  };
}

export function shareOperations(state: State): ShareOperations {
  return {
    create: (ref, options = {}) => createShare(state, ref, options),
    getProperties(ref, options = {}) {
      const { share, snapshot } = state.open(ref);
      checkShareLease(state, snapshot ?? share, { leaseId: options.leaseId, writes: false });
      return sharePropertiesOf(state, share, snapshot);
    },
    setProperties(ref, options) {
      const share = shareToSet(state, ref, options.leaseId);
      const quota = checkedQuota(options.quota ?? share.quota);
      share.quota = quota;
      share.settings = { ...share.settings, ...options.settings };
      return { ...touched(state, share), quota };
    },
    setMetadata(ref, metadata, options = {}) {
      const share = shareToSet(state, ref, options.leaseId);
      share.metadata = checkedMetadata(metadata);
      return touched(state, share);
    },
    delete: (ref, options = {}) => deleteShare(state, ref, options),
    restore(ref, version) {
      checkShareName(ref.share);
      const share = restoredShare(state, { account: state.account(ref.account), name: ref.share, version });
      return { ...touched(state, share), quota: share.quota };
    },
    list: (account, options = {}) => listShares(state, account, options),
    usageBytes: (ref) => usageOf(state.share(ref).root),
    getAccessPolicies(ref, options = {}) {
      const share = state.share(ref);
      checkShareLease(state, share, { leaseId: options.leaseId, writes: false });
      return { ...changedOf(share), policies: share.policies };
    },
    setAccessPolicies(ref, policies, options = {}) {
      const share = shareToSet(state, ref, options.leaseId);
      if (policies.length > MOST_POLICIES) {
        throw new StoreError('InvalidInput', 'At most 5 stored access policies.');
      }
      share.policies = [...policies];
      return touched(state, share);
    },
  };
}

/** ETag and Last-Modified as they stand. */
export function changedOf(face: Pick<ShareFace, 'version' | 'lastModified'>): Changed {
  return { etag: formatEtag(face.version), lastModified: face.lastModified };
}

function touched(state: State, face: ShareFace): Changed {
  face.version = state.nextNumber();
  face.lastModified = state.moments.next();
  return changedOf(face);
}

type LeaseUse = { readonly leaseId: string | undefined; readonly writes: boolean };

function checkShareLease(state: State, face: ShareFace, use: LeaseUse): void {
  checkLease('share', { record: face.lease, nowMs: state.moments.nowMs(), ...use });
}

function shareToSet(state: State, ref: ShareRef, leaseId: string | undefined): ShareState {
  const share = state.openForWriting(ref);
  checkShareLease(state, share, { leaseId, writes: state.switches.shareLeaseGuardsSets });
  return share;
}

function checkedQuota(quota: number): number {
  if (!Number.isInteger(quota) || quota < 1 || quota > LARGEST_QUOTA_GIB) {
    throw new StoreError('InvalidHeaderValue', 'The quota is out of range.');
  }
  return quota;
}

type CreateOptions = NonNullable<Parameters<ShareOperations['create']>[1]>;

function createShare(state: State, ref: ShareRef, options: CreateOptions): Changed & { quota: number } {
  checkShareName(ref.share);
  const account = state.account(ref.account);
  if (account.shares.has(ref.share)) {
    throw new StoreError('ShareAlreadyExists');
  }
  if (state.moments.nowMs() < (account.beingDeletedUntilMs.get(ref.share) ?? 0)) {
    throw new StoreError('ShareBeingDeleted');
  }
  const quota = checkedQuota(options.quota ?? DEFAULT_QUOTA_GIB);
  const metadata = checkedMetadata(options.metadata);
  const share = state.newShare(ref.share, { quota, settings: { ...options.settings }, metadata });
  account.shares.set(ref.share, share);
  account.beingDeletedUntilMs.delete(ref.share);
  return { ...changedOf(share), quota };
}

function isBeingDeleted(state: State, ref: ShareRef): boolean {
  const account = state.account(ref.account);
  const untilMs = account.beingDeletedUntilMs.get(ref.share) ?? 0;
  return !account.shares.has(ref.share) && state.moments.nowMs() < untilMs;
}

type DeleteOptions = NonNullable<Parameters<ShareOperations['delete']>[1]>;

function deleteShare(state: State, ref: TreeRef, options: DeleteOptions): ReturnType<ShareOperations['delete']> {
  // The service takes a delete that is repeated while the first is under way [JST leaseclient.spec: delete share].
  if (ref.snapshot === undefined && isBeingDeleted(state, ref)) return { usageBytes: 0, snapshotUsageBytes: 0 };
  const { share, snapshot, root } = state.open(ref);
  checkShareLease(state, snapshot ?? share, { leaseId: options.leaseId, writes: true });
  if (snapshot !== undefined) {
    if (options.deleteSnapshots !== undefined) {
      throw new StoreError('InvalidQueryParameterValue', 'x-ms-delete-snapshots does not go with sharesnapshot.');
    }
    share.snapshots = share.snapshots.filter((other) => other !== snapshot);
    return { usageBytes: 0, snapshotUsageBytes: 0 };
  }
  checkSnapshotsGoToo(state, share, options.deleteSnapshots);
  retireShare(state, ref.account, share);
  // Snapshots share with the live tree all that did not change, so that only the rest is looked at and counted.
  const seen = new Set<EntryNode>();
  const usageBytes = usageOf(root, seen);
  const snapshotUsageBytes = share.snapshots.reduce((sum, each) => sum + usageOf(each.root, seen), 0);
  return { usageBytes, snapshotUsageBytes };
}

function checkSnapshotsGoToo(state: State, share: ShareState, mode: DeleteOptions['deleteSnapshots']): void {
  if (share.snapshots.length > 0 && mode === undefined) {
    throw new StoreError('ShareHasSnapshots');
  }
  const nowMs = state.moments.nowMs();
  if (mode === 'include' && share.snapshots.some((snapshot) => isLocked(snapshot.lease, nowMs))) {
    throw new StoreError('DeleteShareWhenSnapshotLeased');
  }
}

function sharePropertiesOf(state: State, share: ShareState, snapshot?: SnapshotState): ShareProperties {
  const face = snapshot ?? share;
  return {
    share: share.name,
    snapshot: snapshot?.at,
    ...changedOf(face),
    quota: face.quota,
    settings: face.settings,
    metadata: face.metadata as Metadata,
    lease: leasePropertiesOf(face.lease, state.moments.nowMs()),
  };
}

/** Sorts a share's snapshots, ascending, before the share itself. */
const LIVE = '~';

type ListOptions = NonNullable<Parameters<ShareOperations['list']>[1]>;
type Listed = {
  readonly key: string;
  readonly share: ShareState;
  readonly snapshot: SnapshotState | undefined;
  readonly deleted?: DeletedShare;
};

function listShares(state: State, account: string, options: ListOptions): ReturnType<ShareOperations['list']> {
  const size = pageSizeOf(options.maxResults);
  const after = options.marker ? decodeMarker(options.marker) : '';
  const items = liveItems(state, account, options);
  if (options.includeDeleted === true) {
    items.push(...deletedItems(state, account, options.prefix ?? ''));
  }
  const rest = items.filter((item) => item.key > after).toSorted((left, right) => (left.key < right.key ? -1 : 1));
  const page = rest.slice(0, size);
  return {
    shares: page.map((item) => listedProperties(state, item)),
    nextMarker: rest.length > size ? encodeMarker(page.at(-1)?.key ?? '') : '',
  };
}

function liveItems(state: State, account: string, options: ListOptions): Listed[] {
  const items: Listed[] = [];
  for (const share of state.account(account).shares.values()) {
    if (share.name.startsWith(options.prefix ?? '')) {
      const snapshots = options.includeSnapshots === true ? share.snapshots : [];
      for (const snapshot of [...snapshots, undefined]) {
        items.push({ key: `${share.name}\u0000${snapshot?.at ?? LIVE}`, share, snapshot });
      }
    }
  }
  return items;
}

/** Deleted shares stand behind the live one of their name, in the order of their deletion. */
function deletedItems(state: State, account: string, prefix: string): Listed[] {
  return deletedShares(state, state.account(account))
    .filter(({ share }) => share.name.startsWith(prefix))
    .map((deleted) => ({
      key: `${deleted.share.name}\u0000${LIVE}${deleted.version}`,
      share: deleted.share,
      snapshot: undefined,
      deleted,
    }));
}

function listedProperties(state: State, { share, snapshot, deleted }: Listed): ShareProperties {
  const properties = sharePropertiesOf(state, share, snapshot);
  if (deleted === undefined) {
    return properties;
  }
  const { version, deletedAt } = deleted;
  const remainingRetentionDays = remainingDays(state, deleted);
  return { ...properties, deleted: { version, deletedTime: deletedAt, remainingRetentionDays } };
}
