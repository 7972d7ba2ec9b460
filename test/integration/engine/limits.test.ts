import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { ShareOpener } from '../../../lib/run/ports.ts';
import { expectEqualTrees, startScene } from '../../support/engine-fixture.ts';

/** How many copies were under way at the same time. */
function countingCopies() {
  const seen = { most: 0 };
  let underWay = 0;
  const counted = async <T>(copy: () => Promise<T>): Promise<T> => {
    underWay += 1;
    seen.most = Math.max(seen.most, underWay);
    try {
      // Long enough for others to begin beside it.
      await setTimeout(5);
      return await copy();
    } finally {
      underWay -= 1;
    }
  };
  const wrapShares = (shares: ShareOpener): ShareOpener => ({
    open(ref, access) {
      const port = shares.open(ref, access);
      return {
        ...port,
        copyFile: (...of) => counted(() => port.copyFile(...of)),
        putRangeFromUrl: (...of) => counted(() => port.putRangeFromUrl(...of)),
      };
    },
  });
  return { seen, wrapShares };
}

test.concurrent.each([
  ['concurrentCopies', { concurrentCopies: 3 }],
  ['a window of it', { windows: [{ from: '00:00', to: '00:00', concurrentCopies: 3 }] }],
])('No more files are copied at once than %s says', async (_, limits) => {
  const tree = Object.fromEntries(Array.from({ length: 40 }, (__, n) => [`f${n}.txt`, `content ${n}`]));
  await using scene = await startScene({ tree, job: { copyMethod: 'copy-file', limits } });
  const { seen, wrapShares } = countingCopies();

  const report = await scene.engine({ wrapShares }).run();

  expect(seen.most).toBe(3);
  await expectEqualTrees(scene, report);
});

test.concurrent('Large files, ranges of them and other destinations are under the same limit of copies', async () => {
  const mebi = 1024 * 1024;
  const pieces = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [n * 8 * mebi, 'x']));
  const large = Object.fromEntries(
    Array.from({ length: 3 }, (_, n) => [`f${n}.bin`, { sizeBytes: 80 * mebi, pieces }]),
  );
  const tree = { ...large, 'docs/a.txt': 'alpha', 'docs/b.txt': 'beta' };
  const job = { limits: { concurrentCopies: 3 }, verify: { samplePercent: 0 } };
  await using scene = await startScene({ tree, job, destinations: [{}, {}] });
  const { seen, wrapShares } = countingCopies();

  const reports = await scene.engine({ wrapShares }).runAll();

  expect(seen.most).toBe(3);
  for (const [index, report] of reports.entries()) await expectEqualTrees(scene, report, { index });
});
