import type { AccessPolicy } from '../store/index.ts';
import { addLeaseHeaders } from '../wire/entry-headers.ts';
import { ServiceError } from '../wire/errors.ts';
import { addMetadata, requestMetadata } from '../wire/metadata.ts';
import {
  header,
  invalidHeader,
  liveShare,
  numberHeader,
  requiredHeader,
  shareOrSnapshot,
  wordHeader,
} from '../wire/request.ts';
import type { Answer, ServiceRequest } from '../wire/request.ts';
import { httpDate } from '../wire/times.ts';
import {
  childNode,
  childNodes,
  childText,
  escapeXml,
  optionalElement,
  parseXml,
  XML_DECLARATION,
} from '../wire/xml.ts';
import { changedSettings, createSettings, provisionedSettings, shownSettings } from './share-settings.ts';

/** Largest share in GiB: 256 TiB (provisioned v2) [M]. */
const MAX_QUOTA_GIB = 262_144;

function quotaOf(request: ServiceRequest): number | undefined {
  const quota = numberHeader(request, 'x-ms-share-quota', 1);
  if (quota !== undefined && quota > MAX_QUOTA_GIB) throw invalidHeader('x-ms-share-quota', String(quota));
  return quota;
}

type Changed = { etag: string; lastModified: string };

function changedHeaders(changed: Changed): Record<string, string | number> {
  return { ETag: changed.etag, 'Last-Modified': httpDate(changed.lastModified) };
}

export function createShare(request: ServiceRequest): Answer {
  const settings = createSettings(request);
  const created = request.surroundings.store.shares.create(liveShare(request), {
    quota: quotaOf(request),
    settings,
    metadata: requestMetadata(request),
  });
  const headers = { ...changedHeaders(created), 'x-ms-share-quota': created.quota, ...provisionedSettings(settings) };
  return { status: 201, headers };
}

export function getShareProperties(request: ServiceRequest): Answer {
  const leaseId = header(request, 'x-ms-lease-id');
  const share = request.surroundings.store.shares.getProperties(shareOrSnapshot(request), { leaseId });
  const headers = { ...changedHeaders(share), 'x-ms-share-quota': share.quota, ...shownSettings(share, request.nowMs) };
  if (share.snapshot === undefined) addLeaseHeaders(headers, share.lease);
  else if (share.lease.status === 'locked') addLeaseHeaders(headers, share.lease);
  addMetadata(headers, share.metadata);
  return { status: 200, headers };
}

export function getShareMetadata(request: ServiceRequest): Answer {
  const share = request.surroundings.store.shares.getProperties(shareOrSnapshot(request));
  const headers = changedHeaders(share);
  addMetadata(headers, share.metadata);
  return { status: 200, headers };
}

export function setShareProperties(request: ServiceRequest): Answer {
  const ref = liveShare(request);
  const { shares } = request.surroundings.store;
  const leaseId = header(request, 'x-ms-lease-id');
  const before = shares.getProperties(ref).settings;
  const settings = changedSettings(request, before);
  const changed = shares.setProperties(ref, { quota: quotaOf(request), settings, leaseId });
  const provisioned = provisionedSettings({ ...before, ...settings });
  return { status: 200, headers: { ...changedHeaders(changed), 'x-ms-share-quota': changed.quota, ...provisioned } };
}

export function setShareMetadata(request: ServiceRequest): Answer {
  const metadata = requestMetadata(request) ?? {};
  const leaseId = header(request, 'x-ms-lease-id');
  const changed = request.surroundings.store.shares.setMetadata(liveShare(request), metadata, { leaseId });
  return { status: 200, headers: changedHeaders(changed) };
}

export function deleteShare(request: ServiceRequest): Answer {
  const deleted = request.surroundings.store.shares.delete(shareOrSnapshot(request), {
    deleteSnapshots: wordHeader(request, 'x-ms-delete-snapshots', ['include', 'include-leased']),
    leaseId: header(request, 'x-ms-lease-id'),
  });
  return {
    status: 202,
    headers: {
      'x-ms-file-share-usage-bytes': deleted.usageBytes,
      'x-ms-file-share-snapshot-usage-bytes': deleted.snapshotUsageBytes,
    },
  };
}

/** Brings a soft-deleted share back under its own name, which must be free. */
export function restoreShare(request: ServiceRequest): Answer {
  const ref = liveShare(request);
  const name = requiredHeader(request, 'x-ms-deleted-share-name');
  if (name !== ref.share) throw invalidHeader('x-ms-deleted-share-name', name);
  const { shares } = request.surroundings.store;
  const restored = shares.restore(ref, requiredHeader(request, 'x-ms-deleted-share-version'));
  const provisioned = provisionedSettings(shares.getProperties(ref).settings);
  return { status: 201, headers: { ...changedHeaders(restored), 'x-ms-share-quota': restored.quota, ...provisioned } };
}

export function snapshotShare(request: ServiceRequest): Answer {
  const share = liveShare(request);
  const made = request.surroundings.store.snapshots.create(share, { metadata: requestMetadata(request) });
  return { status: 201, headers: { ...changedHeaders(made), 'x-ms-snapshot': made.snapshot } };
}

export function getShareStats(request: ServiceRequest): Answer {
  const ref = liveShare(request);
  const { shares } = request.surroundings.store;
  const share = shares.getProperties(ref, { leaseId: header(request, 'x-ms-lease-id') });
  const usage = shares.usageBytes(ref);
  return {
    status: 200,
    headers: { ...changedHeaders(share), 'Content-Type': 'application/xml' },
    body: `${XML_DECLARATION}<ShareStats><ShareUsageBytes>${usage}</ShareUsageBytes></ShareStats>`,
  };
}

export function getShareAcl(request: ServiceRequest): Answer {
  const leaseId = header(request, 'x-ms-lease-id');
  const found = request.surroundings.store.shares.getAccessPolicies(liveShare(request), { leaseId });
  let body = `${XML_DECLARATION}<SignedIdentifiers>`;
  for (const policy of found.policies) {
    const times = optionalElement('Start', policy.startsOn) + optionalElement('Expiry', policy.expiresOn);
    const members = times + optionalElement('Permission', policy.permissions);
    // A policy with nothing in it has no AccessPolicy at all [JST].
    const accessPolicy = members === '' ? '' : `<AccessPolicy>${members}</AccessPolicy>`;
    body += `<SignedIdentifier><Id>${escapeXml(policy.id)}</Id>${accessPolicy}</SignedIdentifier>`;
  }
  const headers = { ...changedHeaders(found), 'Content-Type': 'application/xml' };
  return { status: 200, headers, body: `${body}</SignedIdentifiers>` };
}

/** Stored access policies of a share [REST Set Share ACL]. */
const MAX_POLICIES = 5;

export function setShareAcl(request: ServiceRequest): Answer {
  const text = request.body.toString('utf8');
  const policies: AccessPolicy[] = [];
  if (text.trim() !== '') {
    for (const node of childNodes(parseXml(text, 'SignedIdentifiers'), 'SignedIdentifier')) {
      const id = childText(node, 'Id') ?? '';
      if (id === '' || id.length > 64)
        throw new ServiceError('InvalidXmlNodeValue', { details: { XmlNodeName: 'Id' } });
      const policy = childNode(node, 'AccessPolicy');
      policies.push({
        id,
        startsOn: policyTime(childText(policy, 'Start')),
        expiresOn: policyTime(childText(policy, 'Expiry')),
        permissions: childText(policy, 'Permission') || undefined,
      });
    }
  }
  if (policies.length > MAX_POLICIES) throw new ServiceError('InvalidXmlDocument');
  const leaseId = header(request, 'x-ms-lease-id');
  const changed = request.surroundings.store.shares.setAccessPolicies(liveShare(request), policies, { leaseId });
  return { status: 200, headers: changedHeaders(changed) };
}

/** The service answers the times of a policy with 7 fraction digits, whatever it was sent. */
function policyTime(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  const match = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,7}))?)?Z)?$/.exec(text);
  if (!match) throw new ServiceError('InvalidXmlNodeValue');
  const [, day, minute = '00:00', second = '00', fraction = ''] = match;
  return `${day}T${minute}:${second}.${fraction.padEnd(7, '0')}Z`;
}
