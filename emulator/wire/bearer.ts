import { ServiceError } from './errors.ts';

/** The principal of an accepted token. */
export type BearerPrincipal = { objectId: string; tenantId: string };

const AUDIENCES = ['https://storage.azure.com', 'https://storage.azure.com/'];
const UNKNOWN_PRINCIPAL = '00000000-0000-0000-0000-000000000000';

/**
 * Accepts any well-formed JWT for the storage audience that has not expired; nobody signs tokens for an emulator, so
 * the signature is not looked at. @param nowMs the service's clock
 */
export function verifyBearer(token: string, account: string, nowMs: number): BearerPrincipal {
  const claims = claimsOf(token);
  const audience = typeof claims['aud'] === 'string' ? claims['aud'] : '';
  const own = `https://${account}.file.core.windows.net`;
  if (!AUDIENCES.includes(audience) && audience !== own && audience !== `${own}/`) {
    throw refused('Audience validation failed. Audience did not match.');
  }
  const seconds = nowMs / 1000;
  if (typeof claims['exp'] !== 'number' || claims['exp'] <= seconds) throw refused('Lifetime validation failed.');
  if (typeof claims['nbf'] === 'number' && claims['nbf'] > seconds + 300) throw refused('Lifetime validation failed.');
  return { objectId: claimText(claims['oid']), tenantId: claimText(claims['tid']) };
}

function claimText(value: unknown): string {
  return typeof value === 'string' ? value : UNKNOWN_PRINCIPAL;
}

function claimsOf(token: string): Record<string, unknown> {
  const parts = token.split('.');
  if (parts.length !== 3) throw refused('The token is not a JSON Web Token.');
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString('utf8'));
    if (typeof claims === 'object' && claims !== null) return claims as Record<string, unknown>;
  } catch {
    // Falls through to the same refusal: the text is of no use to the caller.
  }
  throw refused('The token is not a JSON Web Token.');
}

function refused(detail: string): ServiceError {
  return new ServiceError('InvalidAuthenticationInfo', {
    status: 401,
    message:
      'Server failed to authenticate the request. Please refer to the information in the www-authenticate header.',
    details: { AuthenticationErrorDetail: detail },
    headers: BEARER_CHALLENGE,
  });
}

/** Sent with each 401, so that a client can learn tenant and audience. */
export const BEARER_CHALLENGE = {
  'www-authenticate': `Bearer authorization_uri=https://login.microsoftonline.com/${UNKNOWN_PRINCIPAL}/oauth2/authorize resource_id=https://storage.azure.com`,
};
