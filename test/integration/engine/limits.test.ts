import { expect, test } from 'vitest';
import type { ShareOpener } from '../../../lib/run/ports.ts';
import { expectEqualTrees, startScene } from '../../support/engine-fixture.ts';

/** How many copies were under way at the same time. */
function countingCopies() {
  const seen = { most: 0 };
  let underWay = 0;
  const wrapShares = (shares: ShareOpener): ShareOpener => ({
    open(ref, access) {
      const port = shares.open(ref, access);
      return {
        ...port,
        copyFile: async (...of) => {
          underWay += 1;
          seen.most = Math.max(seen.most, underWay);
          try {
            return await port.copyFile(...of);
          } finally {
            underWay -= 1;
          }
        },
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
