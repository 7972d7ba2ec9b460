import { expect, test } from 'vitest';
import { systemClock } from '../../../lib/local/index.ts';
import { tellPreflight } from '../../../lib/run/index.ts';
import { startScene } from '../../support/engine-fixture.ts';

const hourMs = 3_600_000;

test('The check is told once for all instances that start together, and again a day later', async () => {
  await using scene = await startScene();
  let aheadMs = 0;
  const clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
  const first = scene.engine({ clock });
  const second = scene.engine({ clock, state: first.context.state });
  const told = () =>
    [first, second].map(({ events }) => events.filter(({ name }) => name === 'backup.preflight.completed').length);
  const { jobs } = scene.loaded.config;

  await tellPreflight(first.context, jobs);
  await tellPreflight(first.context, jobs);
  await tellPreflight(second.context, jobs);
  expect(told()).toEqual([1, 0]);

  aheadMs = 23 * hourMs;
  await tellPreflight(first.context, jobs);
  expect(told()).toEqual([1, 0]);

  aheadMs = 25 * hourMs;
  await tellPreflight(first.context, jobs);
  await tellPreflight(second.context, jobs);
  expect(told()).toEqual([2, 0]);
  expect(first.events.filter(({ name }) => name === 'backup.preflight.finding')[0]?.properties).toMatchObject({
    severity: 'warning',
    code: 'KeepsAll',
    fix: expect.stringContaining('"keep"'),
  });
});

test('What it meets is told, never thrown', async () => {
  await using scene = await startScene();
  const broken = scene.engine({
    wrapState: (state) => ({ ...state, get: () => Promise.reject(new Error('the table is gone')) }),
  });

  await tellPreflight(broken.context, scene.loaded.config.jobs);

  expect(broken.events.map(({ properties }) => properties['code'])).toEqual(['CheckFailed']);
});
