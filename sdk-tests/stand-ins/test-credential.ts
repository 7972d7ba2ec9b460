import { TestRunner } from 'vitest';
import { NEEDS_HTTPS, SETTING } from '../settings.ts';

type Token = { token: string; expiresOnTimestamp: number };

const LIFETIME_MS = 3_600_000;

/**
 * Stands in for `@azure-tools/test-credential`: unsigned tokens, which the emulator takes, with the audience asked for.
 * @throws over http, where the SDK refuses to send a token
 */
export function createTestCredential() {
  if (process.env[SETTING.protocol] !== 'https') {
    // The mark stays when the test takes the error for a missing account and skips itself.
    const test = TestRunner.getCurrentTest();
    if (test) Object.assign(test.meta, { needsHttps: true });
    throw new Error(NEEDS_HTTPS);
  }
  return {
    getToken: (scopes: string | string[]): Promise<Token> => {
      const scope = Array.isArray(scopes) ? (scopes[0] ?? '') : scopes;
      const expiresOnTimestamp = Date.now() + LIFETIME_MS;
      const claims = {
        aud: scope.replace(/\/\.default$/, ''),
        exp: Math.floor(expiresOnTimestamp / 1000),
        ...PRINCIPAL,
      };
      return Promise.resolve({
        token: `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.`,
        expiresOnTimestamp,
      });
    },
  };
}

const PRINCIPAL = { oid: '11111111-1111-1111-1111-111111111111', tid: '22222222-2222-2222-2222-222222222222' };

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
