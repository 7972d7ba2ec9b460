import { expect, test } from 'vitest';
import { expectCountsAddUp, expectEqualTrees, expectExactRequests, startScene } from '../../support/engine-fixture.ts';

test('A first run makes a restore point that equals the source snapshot, and counts every request', async () => {
  await using scene = await startScene({ tree: { 'docs/a.txt': 'alpha', 'docs/deep/b.txt': 'beta', 'c.txt': 'gamma' } });

  const report = await scene.engine().run();

  expectExactRequests(scene, report);
  expectCountsAddUp(report);
  await expectEqualTrees(scene, report);
  expect(report.counts).toMatchObject({ directories: 2, files: 3, copied: 3, directoriesMade: 2, deleted: 0 });
});
