/** Requests about the share itself, its snapshots and its leases. Contracts: SharePort. */
import type { Metadata } from '../model/index.ts';
import type { ShareProperties, SnapshotInfo } from '../run/ports.ts';
import { RequestError, unlessRefused } from './errors.ts';
import { metadataHeaders, readMetadata, readServiceTime } from './headers.ts';
import { parseSize } from './listing.ts';
import { sendRequest } from './requests.ts';
import { sendToShare, type ShareClient } from './share-client.ts';
import { childrenOf, parseXml, textOf } from './xml.ts';

export function getShare(client: ShareClient): Promise<ShareProperties | undefined> {
  const properties = sendToShare<ShareProperties>(client, {
    operation: 'GetShareProperties',
    method: 'GET',
    query: { restype: 'share' },
    read: (answer) => ({
      metadata: readMetadata(answer),
      quotaGib: parseSize(answer.required('x-ms-share-quota')),
      protocol: answer.header('x-ms-enabled-protocols') ?? 'SMB',
      serviceTimeMs: readServiceTime(answer),
    }),
  });
  return unlessRefused(['ShareNotFound'], properties);
}

export function getUsedBytes(client: ShareClient): Promise<number> {
  return sendToShare(client, {
    operation: 'GetShareStats',
    method: 'GET',
    query: { restype: 'share', comp: 'stats' },
    read: ({ body }) => parseSize(textOf(parseXml(body), 'ShareUsageBytes') ?? ''),
  });
}

export async function createShare(
  client: ShareClient,
  { quotaGib, metadata = {} }: { quotaGib?: number; metadata?: Metadata },
): Promise<boolean> {
  const created = sendToShare(client, {
    operation: 'CreateShare',
    method: 'PUT',
    query: { restype: 'share' },
    headers: { 'x-ms-share-quota': quotaGib?.toString(), ...metadataHeaders(metadata) },
    read: () => true,
  });
  return onceOrAgain('ShareAlreadyExists', created);
}

/** False when refused with the code, unless an earlier attempt of the same request may have brought that about. */
async function onceOrAgain(code: string, work: Promise<boolean>): Promise<boolean> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RequestError && error.code === code) return error.afterUnclearAttempt;
    throw error;
  }
}

export function setShareMetadata(
  client: ShareClient,
  metadata: Metadata,
  leaseId?: string,
): Promise<{ serviceTimeMs: number }> {
  return sendToShare(client, {
    operation: 'SetShareMetadata',
    method: 'PUT',
    query: { restype: 'share', comp: 'metadata' },
    headers: { ...metadataHeaders(metadata), 'x-ms-lease-id': leaseId },
    read: (answer) => ({ serviceTimeMs: readServiceTime(answer) }),
  });
}

export function createSnapshot(client: ShareClient, metadata: Metadata): Promise<string> {
  return sendToShare(client, {
    operation: 'SnapshotShare',
    method: 'PUT',
    query: { restype: 'share', comp: 'snapshot' },
    headers: metadataHeaders(metadata),
    once: true,
    read: (answer) => answer.required('x-ms-snapshot'),
  });
}

/** List Shares by prefix: it is the only request that shows snapshots, and it shows those of `finance2` for `finance`. */
export async function listSnapshots(client: ShareClient): Promise<readonly SnapshotInfo[]> {
  const snapshots: SnapshotInfo[] = [];
  let marker = '';
  do {
    const page = await listSharesPage(client, marker);
    snapshots.push(...page.snapshots);
    if (page.nextMarker !== '' && page.nextMarker === marker) {
      throw new RequestError('MalformedAnswer', 'ListShares answered the same page twice', {
        disposition: 'retry',
        operation: 'ListShares',
      });
    }
    marker = page.nextMarker;
  } while (marker !== '');
  return snapshots.toSorted((a, b) => (a.snapshot < b.snapshot ? -1 : 1));
}

function listSharesPage(
  { connection, access, ref }: ShareClient,
  marker: string,
): Promise<{ snapshots: SnapshotInfo[]; nextMarker: string }> {
  return sendRequest(connection, access, {
    operation: 'ListShares',
    method: 'GET',
    path: '/',
    query: { comp: 'list', prefix: ref.share, include: 'snapshots,metadata', marker },
    read: ({ body }) => {
      const root = parseXml(body);
      const shares = childrenOf(root, 'Shares')[0];
      const nextMarker = textOf(root, 'NextMarker');
      if (shares === undefined || nextMarker === undefined)
        throw new SyntaxError('a list without Shares or NextMarker');
      const snapshots = childrenOf(shares, 'Share').flatMap((share) => {
        const snapshot = textOf(share, 'Snapshot') ?? '';
        if (textOf(share, 'Name') !== ref.share || snapshot === '' || textOf(share, 'Deleted') === 'true') return [];
        const metadata = (childrenOf(share, 'Metadata')[0]?.children ?? []).map(
          ({ name, text }) => [name.toLowerCase(), text] as const,
        );
        const lease = textOf(childrenOf(share, 'Properties')[0], 'LeaseStatus');
        const isLeased = lease === undefined ? undefined : lease === 'locked';
        return [{ snapshot, metadata: Object.fromEntries(metadata), isLeased }];
      });
      return { snapshots, nextMarker };
    },
  });
}

export async function deleteSnapshot(client: ShareClient, snapshot: string, leaseId?: string): Promise<boolean> {
  if (snapshot === '') throw new TypeError('an empty snapshot would delete the share');
  const deleted = sendToShare(client, {
    operation: 'DeleteShare',
    method: 'DELETE',
    query: { restype: 'share', sharesnapshot: snapshot },
    headers: { 'x-ms-lease-id': leaseId },
    read: () => true,
  });
  return onceOrAgain('ShareSnapshotNotFound', deleted);
}

export async function acquireLease(
  client: ShareClient,
  { leaseId, seconds, snapshot }: { leaseId: string; seconds: number; snapshot?: string },
): Promise<'acquired' | 'busy'> {
  const acquired = sendToShare(client, {
    operation: 'AcquireShareLease',
    method: 'PUT',
    query: { restype: 'share', comp: 'lease', sharesnapshot: snapshot },
    headers: {
      'x-ms-lease-action': 'acquire',
      'x-ms-lease-duration': String(seconds),
      'x-ms-proposed-lease-id': leaseId,
    },
    read: () => 'acquired' as const,
  });
  return (await unlessRefused(['LeaseAlreadyPresent', 'LeaseIsBreakingAndCannotBeAcquired'], acquired)) ?? 'busy';
}

/** Refusals that mean: the lease is not (or no longer) under this id. */
const notOurLease = [
  'LeaseIdMismatchWithLeaseOperation',
  'LeaseIdMismatchWithShareOperation',
  'LeaseNotPresentWithLeaseOperation',
  'LeaseAlreadyBroken',
  'LeaseIsBrokenAndCannotBeRenewed',
  'LeaseIsBreakingAndCannotBeAcquired',
  'LeaseLost',
];

export async function renewLease(client: ShareClient, leaseId: string): Promise<boolean> {
  const renewed = sendToShare(client, {
    operation: 'RenewShareLease',
    method: 'PUT',
    query: { restype: 'share', comp: 'lease' },
    headers: { 'x-ms-lease-action': 'renew', 'x-ms-lease-id': leaseId },
    read: () => true,
  });
  return (await unlessRefused(notOurLease, renewed)) ?? false;
}

/** False also where the leased snapshot is gone. */
export async function changeLease(
  client: ShareClient,
  snapshot: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<boolean> {
  const changed = sendToShare(client, {
    operation: 'ChangeShareLease',
    method: 'PUT',
    query: { restype: 'share', comp: 'lease', sharesnapshot: snapshot },
    headers: { 'x-ms-lease-action': 'change', 'x-ms-lease-id': from, 'x-ms-proposed-lease-id': to },
    read: () => true,
  });
  return (await unlessRefused([...notOurLease, 'ShareSnapshotNotFound'], changed)) ?? false;
}

/** False also where the leased snapshot is gone. */
export async function releaseLease(client: ShareClient, leaseId: string, snapshot?: string): Promise<boolean> {
  const released = sendToShare(client, {
    operation: 'ReleaseShareLease',
    method: 'PUT',
    query: { restype: 'share', comp: 'lease', sharesnapshot: snapshot },
    headers: { 'x-ms-lease-action': 'release', 'x-ms-lease-id': leaseId },
    read: () => true,
  });
  const refusals = snapshot === undefined ? notOurLease : [...notOurLease, 'ShareSnapshotNotFound'];
  return (await unlessRefused(refusals, released)) ?? false;
}

export function getPermission(client: ShareClient, permissionKey: string): Promise<string> {
  return sendToShare(client, {
    operation: 'GetFilePermission',
    method: 'GET',
    query: { restype: 'share', comp: 'filepermission' },
    headers: { 'x-ms-file-permission-key': permissionKey },
    read: ({ body }) => {
      const answer: unknown = JSON.parse(body);
      if (typeof answer === 'object' && answer !== null && 'permission' in answer) {
        if (typeof answer.permission === 'string') return answer.permission;
      }
      throw new SyntaxError('no permission in the answer');
    },
  });
}

export function createPermission(client: ShareClient, sddl: string): Promise<string> {
  return sendToShare(client, {
    operation: 'CreateFilePermission',
    method: 'PUT',
    query: { restype: 'share', comp: 'filepermission' },
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ permission: sddl }),
    read: (answer) => answer.required('x-ms-file-permission-key'),
  });
}
