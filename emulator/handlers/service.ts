import type { ShareProperties } from '../store/index.ts';
import { deriveDelegationKey } from '../wire/user-delegation.ts';
import { ServiceError } from '../wire/errors.ts';
import { countParameter } from '../wire/request.ts';
import type { Answer, ServiceRequest } from '../wire/request.ts';
import { httpDate } from '../wire/times.ts';
import { requireFeature } from '../wire/versions.ts';
import { childText, escapeXml, optionalElement, parseXml, XML_DECLARATION } from '../wire/xml.ts';
import { MAX_PAGE, nextMarker } from './listing.ts';
import { shownSettings } from './share-settings.ts';

const XML = { 'Content-Type': 'application/xml' };

export function listShares(request: ServiceRequest): Answer {
  const { account, query } = request.target;
  const include = includedOf(query.get('include'));
  const prefix = query.get('prefix') || undefined;
  const marker = query.get('marker') || undefined;
  const maxResults = countParameter(request, 'maxresults', MAX_PAGE);
  const page = request.surroundings.store.shares.list(account, {
    prefix,
    marker,
    maxResults,
    includeSnapshots: include.includes('snapshots'),
    includeDeleted: include.includes('deleted'),
  });
  const endpoint = escapeXml(`${request.protocol}://${request.headers.host ?? ''}/${account}/`);
  let body = `${XML_DECLARATION}<EnumerationResults ServiceEndpoint="${endpoint}">`;
  body += optionalElement('Prefix', prefix) + optionalElement('Marker', marker);
  body += `${optionalElement('MaxResults', maxResults)}<Shares>`;
  for (const share of page.shares) body += shareElement(share, request.nowMs, include.includes('metadata'));
  return { status: 200, headers: XML, body: `${body}</Shares>${nextMarker(page.nextMarker)}</EnumerationResults>` };
}

function includedOf(include = ''): readonly string[] {
  const words = include
    .toLowerCase()
    .split(',')
    .map((word) => word.trim());
  if (words.every((word) => ['', 'snapshots', 'metadata', 'deleted'].includes(word))) return words;
  throw new ServiceError('InvalidQueryParameterValue', {
    details: { QueryParameterName: 'include', QueryParameterValue: include },
  });
}

const SETTING_ELEMENTS = [
  ['AccessTier', 'x-ms-access-tier'],
  ['AccessTierChangeTime', 'x-ms-access-tier-change-time'],
  ['EnabledProtocols', 'x-ms-enabled-protocols'],
  ['RootSquash', 'x-ms-root-squash'],
  ['EnableSnapshotVirtualDirectoryAccess', 'x-ms-enable-snapshot-virtual-directory-access'],
  ['ProvisionedIops', 'x-ms-share-provisioned-iops'],
  ['ProvisionedBandwidthMiBps', 'x-ms-share-provisioned-bandwidth-mibps'],
  ['IncludedBurstIops', 'x-ms-share-included-burst-iops'],
  ['MaxBurstCreditsForIops', 'x-ms-share-max-burst-credits-for-iops'],
  ['NextAllowedQuotaDowngradeTime', 'x-ms-share-next-allowed-quota-downgrade-time'],
  ['NextAllowedProvisionedIopsDowngradeTime', 'x-ms-share-next-allowed-provisioned-iops-downgrade-time'],
  ['NextAllowedProvisionedBandwidthDowngradeTime', 'x-ms-share-next-allowed-provisioned-bandwidth-downgrade-time'],
  ['PaidBurstingEnabled', 'x-ms-share-paid-bursting-enabled'],
  ['PaidBurstingMaxIops', 'x-ms-share-paid-bursting-max-iops'],
  ['PaidBurstingMaxBandwidthMibps', 'x-ms-share-paid-bursting-max-bandwidth-mibps'],
] as const;

function shareElement(share: ShareProperties, nowMs: number, includeMetadata: boolean): string {
  let text = `<Share><Name>${escapeXml(share.share)}</Name>${optionalElement('Snapshot', share.snapshot)}`;
  const { deleted } = share;
  if (deleted !== undefined) text += `<Deleted>true</Deleted><Version>${deleted.version}</Version>`;
  text += '<Properties>';
  text += `<Last-Modified>${httpDate(share.lastModified)}</Last-Modified><Etag>${share.etag}</Etag>`;
  text += `<Quota>${share.quota}</Quota>`;
  if (deleted !== undefined) {
    text += `<DeletedTime>${httpDate(deleted.deletedTime)}</DeletedTime>`;
    text += `<RemainingRetentionDays>${deleted.remainingRetentionDays}</RemainingRetentionDays>`;
  }
  const settings = shownSettings(share, nowMs);
  for (const [tag, name] of SETTING_ELEMENTS) text += optionalElement(tag, settings[name]);
  text += `<LeaseStatus>${share.lease.status}</LeaseStatus><LeaseState>${share.lease.state}</LeaseState>`;
  text += `${optionalElement('LeaseDuration', share.lease.duration)}</Properties>`;
  if (includeMetadata && Object.keys(share.metadata).length > 0) {
    text += '<Metadata>';
    for (const name in share.metadata) text += `<${name}>${escapeXml(share.metadata[name] ?? '')}</${name}>`;
    text += '</Metadata>';
  }
  return `${text}</Share>`;
}

/** Longest life of a user delegation key [M]. */
const MAX_KEY_LIFE_MS = 7 * 24 * 3600_000;

export function getUserDelegationKey(request: ServiceRequest): Answer {
  requireFeature(request, 'delegationKey');
  const { keyOf } = request.surroundings;
  const info = parseXml(request.body.toString('utf8'), 'KeyInfo');
  const startsOn = keyTime(childText(info, 'Start') ?? new Date(request.nowMs).toISOString(), 'Start');
  const expiresOn = keyTime(childText(info, 'Expiry'), 'Expiry');
  const lifeMs = Date.parse(expiresOn) - Math.max(Date.parse(startsOn), request.nowMs);
  if (lifeMs <= 0 || lifeMs > MAX_KEY_LIFE_MS + 60_000) throw invalidNode('Expiry');
  const fields = {
    objectId: request.authorization.objectId ?? '',
    tenantId: request.authorization.tenantId ?? '',
    startsOn,
    expiresOn,
    service: 'f',
    version: request.version,
    delegatedTenantId: childText(info, 'DelegatedUserTid') ?? '',
  };
  const key = deriveDelegationKey(keyOf(request.target.account) ?? Buffer.alloc(0), fields);
  let body = `${XML_DECLARATION}<UserDelegationKey>${optionalElement('SignedOid', fields.objectId)}`;
  body += optionalElement('SignedTid', fields.tenantId) + optionalElement('SignedStart', startsOn);
  body += optionalElement('SignedExpiry', expiresOn) + optionalElement('SignedService', fields.service);
  body += optionalElement('SignedVersion', fields.version);
  if (fields.delegatedTenantId !== '') body += optionalElement('SignedDelegatedUserTid', fields.delegatedTenantId);
  body += `<Value>${key.toString('base64')}</Value></UserDelegationKey>`;
  return { status: 200, headers: XML, body };
}

/** Whole seconds, as the SDKs write the times of the key into each SAS. */
function keyTime(text: string | undefined, node: string): string {
  const ms = Date.parse(text ?? '');
  if (Number.isNaN(ms)) throw invalidNode(node);
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

function invalidNode(name: string): ServiceError {
  return new ServiceError('InvalidXmlNodeValue', { details: { XmlNodeName: name } });
}
