import { randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The host's two keys: `functionKey` opens functions of authLevel function, `masterKey` those and admin. */
export interface Keys {
  functionKey: string;
  masterKey: string;
}

/** Reads STATE/keys.json, or makes it with random keys, readable by its owner only; hosts sharing STATE share keys. */
export function loadKeys(stateDirectory: string): Keys {
  const file = join(stateDirectory, 'keys.json');
  mkdirSync(stateDirectory, { recursive: true });
  const made: Keys = { functionKey: randomKey(), masterKey: randomKey() };
  try {
    writeFileSync(file, JSON.stringify(made, undefined, 2), { flag: 'wx', mode: 0o600 });
    return made;
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
    return JSON.parse(readFileSync(file, 'utf8')) as Keys;
  }
}

function randomKey(): string {
  return randomBytes(40).toString('base64url');
}

/** Whether a request that shows `shown` may pass. */
export function isAllowed(
  keys: Keys,
  authLevel: 'anonymous' | 'function' | 'admin',
  shown: string | undefined,
): boolean {
  if (authLevel === 'anonymous') return true;
  if (shown === undefined) return false;
  return isSame(shown, keys.masterKey) || (authLevel === 'function' && isSame(shown, keys.functionKey));
}

function isSame(shown: string, key: string): boolean {
  const [a, b] = [Buffer.from(shown), Buffer.from(key)];
  return a.length === b.length && timingSafeEqual(a, b);
}
