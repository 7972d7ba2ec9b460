import { expect, test } from 'vitest';
import { expectCountsAddUp, expectEqualTrees, expectExactRequests, startScene } from '../../support/engine-fixture.ts';
import { oddTree } from '../../support/odd-tree.ts';

const entriesOf = (tree: object) => {
  const directories = new Set<string>();
  const files = Object.keys(tree).filter((path) => !path.endsWith('/'));
  for (const path of Object.keys(tree)) {
    const parts = path.split('/').slice(0, -1);
    parts.forEach((_, index) => directories.add(parts.slice(0, index + 1).join('/')));
  }
  directories.delete('');
  return { files: files.length, directories: directories.size };
};

test('A first run makes a restore point that equals the source snapshot, and counts every request', async () => {
  await using scene = await startScene({
    tree: { 'docs/a.txt': 'alpha', 'docs/deep/b.txt': 'beta', 'c.txt': 'gamma' },
  });

  const report = await scene.engine().run();

  expectExactRequests(scene, report);
  expectCountsAddUp(report);
  await expectEqualTrees(scene, report);
  expect(report.counts).toMatchObject({ directories: 2, files: 3, copied: 3, directoriesMade: 2, deleted: 0 });
});

test.each(['auto', 'ranges'])('A first run by %s carries over all that an entry can have', async (copyMethod) => {
  await using scene = await startScene({ tree: oddTree, job: { copyMethod } });
  const { files, directories } = entriesOf(oddTree);

  const report = await scene.engine().run();

  expectExactRequests(scene, report);
  await expectEqualTrees(scene, report);
  expect(report.counts).toEqual({
    ...{ directories, files, unchanged: 0, copied: files, rangeCopied: 0, propertiesSet: 0 },
    ...{ directoriesMade: directories, deleted: 0, excluded: 0, streamed: 0, failed: 0 },
  });
});

test('A first run to a share that does not exist makes it, with the quota of the source', async () => {
  await using scene = await startScene({ tree: { 'a.txt': 'a' } });

  await scene.engine().run();

  expect(scene.store.shares.getProperties(scene.destination).quota).toBe(100);
});

test('A first run of an empty share seals an empty restore point', async () => {
  await using scene = await startScene();

  const report = await scene.engine().run();

  await expectEqualTrees(scene, report);
  expect(report.counts).toMatchObject({ directories: 0, files: 0, copied: 0 });
});

test('A first run of a directory to another directory moves only what is beneath it', async () => {
  await using scene = await startScene({
    tree: { 'Teams/Finance/2026/a.txt': 'a', 'Teams/Finance/b.txt': 'b', 'Teams/other.txt': 'no', 'top.txt': 'no' },
    source: { path: '/Teams/Finance' },
    destinations: [{ path: '/copies/finance/' }],
  });

  const report = await scene.engine().run();

  expectExactRequests(scene, report);
  await expectEqualTrees(scene, report);
  expect(report.counts).toMatchObject({ directories: 1, files: 2, copied: 2 });
});

test('A run copies a directory of ten thousand files, and the next one lists it without touching them', async () => {
  await using scene = await startScene({ job: { verify: { samplePercent: 0 } } });
  const size = { files: 10_000, filesPerDirectory: 10_000, depth: 1, sizeBytes: 100, seed: 1 };
  scene.store.tree.grow(scene.source, { path: 'many', ...size });
  const process = scene.engine({ margins: { shardEntries: 3_000 } });

  const first = await process.run();
  scene.emulator.stats.reset();
  const second = await process.run();

  expectExactRequests(scene, second);
  expect(first.counts).toMatchObject({ files: 10_000, copied: 10_000, failed: 0 });
  expect(second.counts).toMatchObject({ files: 10_000, unchanged: 10_000, copied: 0 });
  expect(second.requests.total).toBeLessThan(60);
});
