import { createHmac } from 'node:crypto';
import { ServiceError } from './errors.ts';
import type { Target } from './target.ts';
import { deriveDelegationKey } from './user-delegation.ts';

/** What a verified SAS allows, before the operation is looked at. */
export type SasGrant = {
  kind: 'account' | 'service' | 'delegation';
  permissions: string;
  /** Letters of `srt` (s, c, o) of an account SAS; undefined for the others, which name a resource themselves. */
  resourceTypes: string | undefined;
  /** Answer headers the SAS overrides (rscc, rscd, …). */
  overrides: Record<string, string>;
};

/** A stored access policy as far as a SAS can draw on it. */
export type AccessPolicy = {
  startsOn?: string | undefined;
  expiresOn?: string | undefined;
  permissions?: string | undefined;
};

/** What the check of a SAS needs to know beside the request. */
export type SasSurroundings = {
  key: Buffer;
  nowMs: number;
  protocol: 'http' | 'https';
  remoteAddress: string;
  /** Looks a stored access policy of the share up; undefined when the share or the policy is missing. */
  policy: (identifier: string) => AccessPolicy | undefined;
};

/** True when the query carries a shared access signature, complete or not. */
export function hasSas(target: Target): boolean {
  return target.query.has('sig') || target.query.has('sv');
}

/** Checks signature, time, protocol and address of the SAS in the target's query. Permission letters come later. */
export function verifySas(target: Target, surroundings: SasSurroundings): SasGrant {
  const field = (name: string) => target.query.get(name) ?? '';
  if (field('sig') === '' || field('sv') === '') throw failed('Signature or version is missing from the SAS.');
  const grant = field('sr') === '' ? accountGrant(target, surroundings) : serviceGrant(target, surroundings);
  const policy = policyOf(target, surroundings);
  verifyTimes(policy.startsOn ?? field('st'), policy.expiresOn ?? field('se'), surroundings.nowMs);
  verifyProtocol(field('spr'), surroundings.protocol);
  verifyAddress(field('sip'), surroundings.remoteAddress);
  return { ...grant, permissions: policy.permissions ?? grant.permissions };
}

/** Source: @azure/storage-file-share AccountSASSignatureValues. */
function accountGrant(target: Target, { key }: SasSurroundings): SasGrant {
  const field = (name: string) => target.query.get(name) ?? '';
  const lines = [target.account, field('sp'), field('ss'), field('srt'), field('st'), field('se'), field('sip')];
  lines.push(field('spr'), field('sv'));
  // The line of the encryption scope (blobs only) came with this version.
  if (field('sv') >= '2020-12-06') lines.push(field('ses'));
  verifySignature(`${lines.join('\n')}\n`, key, field('sig'));
  if (!field('ss').includes('f')) throw new ServiceError('AuthorizationServiceMismatch');
  return { kind: 'account', permissions: field('sp'), resourceTypes: field('srt'), overrides: {} };
}

/** Source: @azure/storage-file-share FileSASSignatureValues, with an account key or with a user delegation key. */
function serviceGrant(target: Target, { key }: SasSurroundings): SasGrant {
  const field = (name: string) => target.query.get(name) ?? '';
  const resource = field('sr');
  if (resource !== 's' && resource !== 'f') throw failed(`sr is not valid: '${resource}'.`);
  const delegated = field('skoid') !== '';
  if (delegated && (field('sv') < OLDEST_DELEGATION || field('sks') !== 'f')) {
    throw failed(`A user delegation SAS for files needs sv of ${OLDEST_DELEGATION} or later, and sks=f.`);
  }
  const name = `/file/${target.account}/${target.share}${resource === 'f' ? `/${target.path}` : ''}`;
  const lines = [field('sp'), field('st'), field('se'), name];
  if (delegated) lines.push(...DELEGATION_FIELDS.map(field));
  else lines.push(field('si'));
  lines.push(field('sip'), field('spr'), field('sv'), ...OVERRIDES.map(([parameter]) => field(parameter)));
  verifySignature(lines.join('\n'), delegated ? delegationKey(target, key) : key, field('sig'));
  const overrides: Record<string, string> = {};
  for (const [parameter, header] of OVERRIDES) if (field(parameter) !== '') overrides[header] = field(parameter);
  return {
    kind: delegated ? 'delegation' : 'service',
    permissions: field('sp'),
    resourceTypes: undefined,
    overrides,
  };
}

/** Oldest version of a user delegation SAS for files [SDK]. */
const OLDEST_DELEGATION = '2025-07-05';

const DELEGATION_FIELDS = ['skoid', 'sktid', 'skt', 'ske', 'sks', 'skv', 'skdutid', 'sduoid'];
const OVERRIDES = [
  ['rscc', 'Cache-Control'],
  ['rscd', 'Content-Disposition'],
  ['rsce', 'Content-Encoding'],
  ['rscl', 'Content-Language'],
  ['rsct', 'Content-Type'],
] as const;

function delegationKey(target: Target, accountKey: Buffer): Buffer {
  const field = (name: string) => target.query.get(name) ?? '';
  return deriveDelegationKey(accountKey, {
    objectId: field('skoid'),
    tenantId: field('sktid'),
    startsOn: field('skt'),
    expiresOn: field('ske'),
    service: field('sks'),
    version: field('skv'),
    delegatedTenantId: field('skdutid'),
  });
}

function policyOf(target: Target, { policy, nowMs }: SasSurroundings): AccessPolicy {
  const identifier = target.query.get('si') ?? '';
  if (target.query.has('skoid')) {
    verifyTimes(target.query.get('skt') ?? '', target.query.get('ske') ?? '', nowMs);
    return {};
  }
  if (identifier === '' || target.query.has('ss')) return {};
  const found = policy(identifier);
  if (!found) throw failed(`Access policy '${identifier}' does not exist.`);
  return {
    startsOn: orUndefined(found.startsOn),
    expiresOn: orUndefined(found.expiresOn),
    permissions: orUndefined(found.permissions),
  };
}

function orUndefined(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function failed(detail: string): ServiceError {
  return new ServiceError('AuthenticationFailed', { details: { AuthenticationErrorDetail: detail } });
}

function verifySignature(stringToSign: string, key: Buffer, signature: string): void {
  if (createHmac('sha256', key).update(stringToSign).digest('base64') === signature) return;
  throw failed(`Signature did not match. String to sign used was ${stringToSign}`);
}

function verifyTimes(startsOn: string, expiresOn: string, nowMs: number): void {
  const expiry = Date.parse(expiresOn);
  if (Number.isNaN(expiry)) throw failed(`se is missing or not a time: '${expiresOn}'.`);
  const start = startsOn === '' ? nowMs : Date.parse(startsOn);
  if (expiry <= start) {
    // A SAS without a start begins with the request.
    const [end, begin] = [new Date(expiry).toUTCString(), new Date(start).toUTCString()];
    throw failed(`Signed expiry time [${end}] must be after signed start time [${begin}]`);
  }
  if (nowMs >= start && nowMs < expiry) return;
  const times = `Start [${startsOn}] - Expiry [${expiresOn}] - Current [${new Date(nowMs).toUTCString()}]`;
  throw failed(`Signature not valid in the specified time frame: ${times}`);
}

function verifyProtocol(allowed: string, protocol: string): void {
  if (allowed === '' || allowed.split(',').includes(protocol)) return;
  throw new ServiceError('AuthorizationProtocolMismatch');
}

function verifyAddress(range: string, remoteAddress: string): void {
  if (range === '') return;
  const [first, last = first] = range.split('-');
  const address = addressNumber(remoteAddress.replace(/^::ffff:/i, ''));
  const low = addressNumber(first ?? '');
  const high = addressNumber(last ?? '');
  if (address !== undefined && low !== undefined && high !== undefined && low <= address && address <= high) return;
  throw new ServiceError('AuthorizationSourceIPMismatch', {
    message: `This request is not authorized to perform this operation using this source IP ${remoteAddress}.`,
  });
}

function addressNumber(address: string): number | undefined {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255))) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}
