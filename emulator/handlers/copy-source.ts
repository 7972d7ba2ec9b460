import type { EntryRef, FileReader } from '../store/index.ts';
import { hasAnyLetter, requireAccess } from '../wire/authorization.ts';
import type { Authorization } from '../wire/authorization.ts';
import { verifyBearer } from '../wire/bearer.ts';
import { ServiceError } from '../wire/errors.ts';
import { allowsTrailingDot, header, invalidHeader, requiredHeader } from '../wire/request.ts';
import type { ServiceRequest } from '../wire/request.ts';
import { refusalOf } from '../wire/respond.ts';
import { hasSas, verifySas } from '../wire/sas.ts';
import { parseTargetUrl } from '../wire/target.ts';
import type { Target } from '../wire/target.ts';
import { hasFeature } from '../wire/versions.ts';
import { accessPolicyOf } from './access-policy.ts';

/** A verified source of a copy. */
export type CopySource = {
  entry: EntryRef;
  reader: FileReader;
  /** The URL without its SAS, as x-ms-copy-source shows it later. */
  shownUrl: string;
};

/** Longest x-ms-copy-source [REST Copy File, Put Range From URL]. */
const MAX_URL_LENGTH = 2048;

/**
 * Opens the file that x-ms-copy-source names. It must lie in an account of this emulator, whichever host form the URL
 * has, and be readable: by its own SAS, by x-ms-copy-source-authorization, or, in the same account, by the caller.
 */
export function openCopySource(request: ServiceRequest): CopySource {
  const url = requiredHeader(request, 'x-ms-copy-source');
  if (url.length > MAX_URL_LENGTH) throw invalidHeader('x-ms-copy-source', `${url.length} characters`);
  const { keyOf, stats, store } = request.surroundings;
  const target = sourceTarget(request, url);
  if (target.path === '') throw unverified(new ServiceError('ResourceNotFound'));
  const key = keyOf(target.account);
  if (!key) throw unverified(new ServiceError('ResourceNotFound'));
  authorizeSource(request, { target, key, protocol: /^https/i.test(url) ? 'https' : 'http' });
  const snapshot = target.query.get('sharesnapshot');
  const entry: EntryRef = {
    account: target.account,
    share: target.share,
    path: target.path,
    snapshot: snapshot === '' ? undefined : snapshot,
    allowTrailingDot: allowsTrailingDot(request, 'x-ms-source-allow-trailing-dot'),
  };
  stats.sourceRead();
  try {
    return { entry, reader: store.files.open(entry), shownUrl: withoutSas(url) };
  } catch (error) {
    throw unverified(error);
  }
}

function sourceTarget(request: ServiceRequest, url: string): Target {
  const { keyOf, port } = request.surroundings;
  const target = parseTargetUrl(url, (name) => keyOf(name) !== undefined);
  if (!target) throw new ServiceError('InvalidHeaderValue', { details: { HeaderName: 'x-ms-copy-source' } });
  const sourcePort = /^https?:\/\/[^/?#]*:(\d+)(?:[/?#]|$)/i.exec(url)?.[1];
  // Another port is another server, which this one does not fetch from.
  if (sourcePort !== undefined && Number(sourcePort) !== port()) throw unverified(new ServiceError('ResourceNotFound'));
  return target;
}

type SourceAccess = { target: Target; key: Buffer; protocol: 'http' | 'https' };

function authorizeSource(request: ServiceRequest, { target, key, protocol }: SourceAccess): void {
  const sent = header(request, 'x-ms-copy-source-authorization');
  const bearer = hasFeature(request, 'copySourceAuthorization') ? sent : undefined;
  try {
    if (bearer !== undefined && request.target.query.get('comp') === 'range') {
      verifyBearer(bearer.replace(/^bearer\s+/i, ''), target.account, request.nowMs);
      return;
    }
    if (hasSas(target)) {
      const policy = accessPolicyOf(request.surroundings.store, target);
      // The reader is this server, so that an address range for clients cannot be met; the service has the same trap.
      const reading = { key, nowMs: request.nowMs, protocol, remoteAddress: '127.0.0.1', policy };
      const grant = verifySas(target, reading);
      requireAccess(readerOf(grant), READ_FILE);
      return;
    }
    if (target.account === request.target.account && isOwner(request.authorization)) return;
    throw new ServiceError('NoAuthenticationInformation');
  } catch (error) {
    throw unverified(error);
  }
}

const READ_FILE = { resourceType: 'o', letters: 'r', serviceSas: true, accountSas: true, bearerOnly: false } as const;

function readerOf(grant: ReturnType<typeof verifySas>): Authorization {
  const { permissions, resourceTypes, overrides } = grant;
  return { kind: `${grant.kind}-sas`, permissions, resourceTypes, overrides };
}

function isOwner(authorization: Authorization): boolean {
  return authorization.permissions === undefined && hasAnyLetter(authorization, 'r');
}

/** CannotVerifyCopySource that tells what the read of the source answered. Missing sources are 404, all others 403. */
function unverified(error: unknown): ServiceError {
  const refusal = refusalOf(error);
  if (!refusal) throw error;
  const { code, message, status } = refusal;
  return new ServiceError('CannotVerifyCopySource', {
    status: status === 404 ? 404 : 403,
    details: {
      CopySourceStatusCode: String(status),
      CopySourceErrorCode: code,
      CopySourceErrorMessage: message,
    },
    headers: { 'x-ms-copy-source-status-code': String(status), 'x-ms-copy-source-error-code': code },
  });
}

function withoutSas(url: string): string {
  const mark = url.indexOf('?');
  if (mark < 0) return url;
  const kept = url
    .slice(mark + 1)
    .split('&')
    .filter((pair) => /^sharesnapshot=/i.test(pair));
  return kept.length === 0 ? url.slice(0, mark) : `${url.slice(0, mark)}?${kept.join('&')}`;
}
