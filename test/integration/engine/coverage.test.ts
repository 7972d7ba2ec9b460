import { expect, test } from 'vitest';
import { startScene } from '../../support/engine-fixture.ts';

const tree = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`f${index}.txt`, `content ${index}`]));

test('A turn of verification in which a file could not be read is made up for before all counts as covered', async () => {
  await using scene = await startScene({ tree, job: { verify: { samplePercent: 34 } } });
  const process = scene.engine();
  const coverage = async () => (await process.run()).verification?.coveredPercent;
  const action = { status: 403, code: 'AuthorizationFailure' };

  const first = await coverage();
  const missed = await scene.withFaults([{ operation: 'GetFile', action }], coverage);
  const after = [await coverage(), await coverage(), await coverage()];

  expect([first, missed, ...after]).toEqual([33.3, 33.3, 33.3, 66.7, 100]);
});

test('What was compared in a destination share that is gone does not count for the one made in its place', async () => {
  await using scene = await startScene({ tree, job: { verify: { samplePercent: 50 } } });
  const process = scene.engine();
  const coverage = async () => (await process.run()).verification?.coveredPercent;

  const before = [await coverage(), await coverage()];
  scene.store.shares.delete(scene.destination, { deleteSnapshots: 'include-leased' });
  const after = await coverage();

  expect([before, after]).toEqual([[50, 100], 50]);
});
