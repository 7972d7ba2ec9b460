import { expect, test } from 'vitest';
import { isAllowed } from '../../../local-host/keys.ts';

const keys = { functionKey: 'function-key', masterKey: 'master-key' };

test.each([
  ['anonymous', undefined, true],
  ['function', undefined, false],
  ['function', '', false],
  ['function', 'function-keys', false],
  ['function', 'function-key', true],
  ['function', 'master-key', true],
  ['admin', 'function-key', false],
  ['admin', 'master-key', true],
] as const)('level %s with key %s is allowed: %s', (level, shown, allowed) => {
  expect(isAllowed(keys, level, shown)).toBe(allowed);
});
