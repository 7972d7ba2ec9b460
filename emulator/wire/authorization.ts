import type { IncomingHttpHeaders } from 'node:http';
import { BEARER_CHALLENGE, verifyBearer } from './bearer.ts';
import { ServiceError } from './errors.ts';
import { hasSas, verifySas } from './sas.ts';
import type { AccessPolicy } from './sas.ts';
import { verifySharedKey, verifySharedKeyLite } from './shared-key.ts';
import type { Target } from './target.ts';

/** Who is asking and how much that allows. */
export type Authorization = {
  /** `anonymous`: a preflight, the only request without credentials. */
  kind: 'anonymous' | 'shared-key' | 'bearer' | 'account-sas' | 'service-sas' | 'delegation-sas';
  /** SAS permission letters; undefined means everything is allowed. */
  permissions: string | undefined;
  resourceTypes: string | undefined;
  overrides: Record<string, string>;
  objectId?: string;
  tenantId?: string;
};

/** What an operation asks of a SAS. Any one of the letters suffices. */
export type RequiredAccess = {
  /** `s` service, `c` share, `o` directory or file: letters of `srt`. */
  resourceType: 's' | 'c' | 'o';
  letters: string;
  /** False for what only an account SAS or the account's owner may do. */
  serviceSas: boolean;
  /** False for what no SAS may do. */
  accountSas: boolean;
  /** True where only a token will do (Get User Delegation Key). */
  bearerOnly: boolean;
};

/** The request as far as authorisation looks at it. */
export type AuthorizationRequest = {
  method: string;
  headers: IncomingHttpHeaders;
  target: Target;
  protocol: 'http' | 'https';
  remoteAddress: string;
};

/** The server's side of authorisation. */
export type AuthorizationServer = {
  nowMs: number;
  key: Buffer;
  policy: (identifier: string) => AccessPolicy | undefined;
};

/** Verifies who asks; what they may do is `requireAccess`. */
export function authorize(request: AuthorizationRequest, server: AuthorizationServer): Authorization {
  const header = request.headers.authorization;
  if (hasSas(request.target) && request.target.query.get('sduoid')) return authorizeBoundSas(request, server);
  if (header !== undefined) return authorizeHeader(request, header, server);
  if (hasSas(request.target)) return authorizeSas(request, server);
  throw new ServiceError('NoAuthenticationInformation', { headers: BEARER_CHALLENGE });
}

/** Refuses an operation that the SAS does not cover. */
export function requireAccess(authorization: Authorization, access: RequiredAccess): void {
  if (access.bearerOnly && authorization.kind !== 'bearer') throw new ServiceError('AuthorizationFailure');
  if (authorization.permissions === undefined) return;
  const isAccountSas = authorization.kind === 'account-sas';
  if (isAccountSas ? !access.accountSas : !access.serviceSas) throw new ServiceError('AuthorizationFailure');
  if (isAccountSas && !authorization.resourceTypes?.includes(access.resourceType)) {
    throw new ServiceError('AuthorizationResourceTypeMismatch');
  }
  if (!hasAnyLetter(authorization, access.letters)) throw new ServiceError('AuthorizationPermissionMismatch');
}

/** True when no SAS limits the caller or it has one of the letters. */
export function hasAnyLetter(authorization: Authorization, letters: string): boolean {
  const { permissions } = authorization;
  if (permissions === undefined) return true;
  for (const letter of letters) if (permissions.includes(letter)) return true;
  return false;
}

function authorizeSas(request: AuthorizationRequest, server: AuthorizationServer): Authorization {
  const { key, nowMs, policy } = server;
  const { protocol, remoteAddress, target } = request;
  const grant = verifySas(target, { key, nowMs, policy, protocol, remoteAddress });
  const { permissions, resourceTypes, overrides } = grant;
  return { kind: `${grant.kind}-sas`, permissions, resourceTypes, overrides };
}

/** A user delegation SAS bound to a principal works in the hands of that principal only, who shows a token beside it. */
function authorizeBoundSas(request: AuthorizationRequest, server: AuthorizationServer): Authorization {
  const authorization = authorizeSas(request, server);
  const { query, account } = request.target;
  const [scheme = '', token = ''] = (request.headers.authorization ?? '').split(' ');
  if (scheme.toLowerCase() !== 'bearer')
    throw notBound('The signature is bound to a principal, whose token is missing.');
  const principal = verifyBearer(token, account, server.nowMs);
  const tenant = query.get('skdutid') ?? '';
  if (principal.objectId !== query.get('sduoid') || (tenant !== '' && principal.tenantId !== tenant)) {
    throw notBound('The signature is bound to another principal.');
  }
  return { ...authorization, ...principal };
}

function notBound(detail: string): ServiceError {
  return new ServiceError('AuthenticationFailed', { details: { AuthenticationErrorDetail: detail } });
}

function authorizeHeader(request: AuthorizationRequest, header: string, server: AuthorizationServer): Authorization {
  const space = header.indexOf(' ');
  const scheme = header.slice(0, Math.max(space, 0)).toLowerCase();
  const credentials = header.slice(space + 1);
  const unlimited = { permissions: undefined, resourceTypes: undefined, overrides: {} };
  if (scheme === 'sharedkey') {
    verifySharedKey(request, credentials, server.key, server.nowMs);
    return { kind: 'shared-key', ...unlimited };
  }
  if (scheme === 'sharedkeylite') {
    verifySharedKeyLite(request, credentials, server.key, server.nowMs);
    return { kind: 'shared-key', ...unlimited };
  }
  if (scheme === 'bearer') {
    const principal = verifyBearer(credentials.trim(), request.target.account, server.nowMs);
    verifyIntent(request);
    return { kind: 'bearer', ...unlimited, ...principal };
  }
  throw new ServiceError('InvalidAuthenticationInfo');
}

/** Files takes tokens only from callers that say they work as a backup does, past the files' own permissions. */
function verifyIntent(request: AuthorizationRequest): void {
  const intent = request.headers['x-ms-file-request-intent'];
  if (intent === undefined && needsNoIntent(request)) return;
  if (intent === undefined) {
    throw new ServiceError('MissingRequiredHeader', { details: { HeaderName: 'x-ms-file-request-intent' } });
  }
  if (String(intent).toLowerCase() !== 'backup') {
    throw new ServiceError('InvalidHeaderValue', {
      details: { HeaderName: 'x-ms-file-request-intent', HeaderValue: String(intent) },
    });
  }
}

/**
 * Get User Delegation Key, and Get Share Properties: the SDK 12.33 sends no intent with either [its Clients.js], and its
 * suite reads share properties with a token.
 */
function needsNoIntent({ method, target: { query, path } }: AuthorizationRequest): boolean {
  const comp = query.get('comp') ?? '';
  if (comp === 'userdelegationkey') return true;
  return comp === '' && path === '' && query.get('restype') === 'share' && (method === 'GET' || method === 'HEAD');
}
