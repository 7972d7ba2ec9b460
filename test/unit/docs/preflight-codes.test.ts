import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** Words of the service and of Azure Resource Manager that are no codes of findings. */
const others = new Set([
  'FileStorage',
  'PrivateLink',
  'AuthorizationFailure',
  'AuthorizationSourceIPMismatch',
  'AuthorizationPermissionMismatch',
  'InvalidHeaderValue',
  'SecuredByPerimeter',
]);

test('The findings of check are those that docs/operations.md lists', () => {
  const sources = readdirSync(new URL('lib/plan/', root)).filter((name) => name.startsWith('preflight-'));
  const text = sources.map((name) => read(`lib/plan/${name}`)).join('\n');
  const sent = new Set([...text.matchAll(/'([A-Z][a-z]+(?:[A-Z][a-z]+)+)'/gu)].map(([, code = '']) => code));
  const [, section = ''] = read('docs/operations.md').split('## Before runs: check');
  const [table = ''] = section.split('\n## ');
  const listed = new Set([...table.matchAll(/`([A-Z][a-z]+(?:[A-Z][a-z]+)+)`/gu)].map(([, code = '']) => code));

  expect([...sent].filter((code) => !others.has(code)).toSorted()).toEqual([...listed].toSorted());
});
