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
