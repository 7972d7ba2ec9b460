import { expect, test } from 'vitest';
import type { Finding } from '../../../lib/model/index.ts';
import { cli, fakeEngine } from './fake-engine.ts';

const finding = (severity: Finding['severity']): Finding => ({
  severity,
  code: 'SoftDeleteOff',
  message: 'Soft delete is off.',
  fix: 'az storage …',
});

test.each<[Finding['severity'][], number]>([
  [[], 0],
  [['info', 'warning'], 0],
  [['warning', 'error'], 1],
])('check exits by errors alone: %j is %d', async (severities, code) => {
  const findings = severities.map(finding);

  const outcome = await cli(['check', '--json'], fakeEngine({ findings }));

  expect(outcome.code).toBe(code);
  expect(JSON.parse(outcome.stdout)).toEqual({ findings });
});

test('People read each finding with what mends it', async () => {
  const { stdout } = await cli(['check'], fakeEngine({ findings: [finding('warning')] }));

  expect(stdout).toBe('warning  SoftDeleteOff: Soft delete is off.\n         fix: az storage …\n');
  expect((await cli(['check'])).stdout).toBe('Nothing found.\n');
});

test('The subscription to look in is handed on', async () => {
  const engine = fakeEngine();

  await cli(['check', '--subscription', 'one'], engine);

  expect(engine.checked).toEqual([{ subscription: 'one' }]);
});
