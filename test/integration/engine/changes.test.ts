import { describe, expect, test } from 'vitest';
import type { Fault, FilesEmulatorOptions } from '../../../emulator/index.ts';
import { changes, changingTree } from '../../support/changes.ts';
import { expectCountsAddUp, expectEqualTrees, expectExactRequests, startScene } from '../../support/engine-fixture.ts';

const guard = { maxDeletedPercent: 100, maxChangedPercent: 100 };

test('A second run without changes makes no copy and no request for a file, and seals all the same', async () => {
  await using scene = await startScene({ tree: changingTree });
  const process = scene.engine();
  const first = await process.run();
  scene.emulator.stats.reset();

  const second = await process.run();

  expectExactRequests(scene, second);
  const counted = scene.counted();
  const operations = Object.keys({ ...counted.source, ...counted.destination });
  for (const operation of ['CopyFile', 'PutRangeFromURL', 'GetFileProperties', 'ListFileRanges']) {
    expect(operations).not.toContain(operation);
  }
  // In the catalog: its report, and what was verified.
  expect(counted.destination['CreateFile']).toBe(2);
  expect(second.restorePoint).not.toBe(first.restorePoint);
  expect(second.counts).toMatchObject({ files: 6, unchanged: 6, copied: 0, propertiesSet: 0, deleted: 0 });
  await expectEqualTrees(scene, second);
});

test('A file that takes a second look is noted for its own directory, wherever the walk has come to', async () => {
  await using scene = await startScene({ tree: changingTree, job: { guard } });
  const process = scene.engine();
  await process.run();
  const { store, source } = scene;
  store.files.setMetadata(source.at('docs/other.txt'), { described: 'yes' });
  store.files.delete(source.at('docs/deep/er/leaf.txt'));
  store.directories.delete(source.at('docs/deep/er'));
  source.write({ 'docs/deep/er': 'was a directory' });
  const slow = { operation: 'GetFileProperties', path: 'docs/other.txt', action: { delayMs: 300 } };

  const report = await scene.withFaults([slow], () => process.run());

  expect(process.events.map(({ name }) => name)).not.toContain('backup.check.mismatch');
  expectCountsAddUp(report);
  await expectEqualTrees(scene, report);
});

type Switches = NonNullable<FilesEmulatorOptions['switches']>;
/** Each behaviour of the service that nobody has seen, with the changes that it can concern. */
const behaviours: readonly { readonly behaviour: string; readonly switches: Switches; readonly of: RegExp }[] = [
  { behaviour: 'as the facts hold likelier', switches: {}, of: /./u },
  {
    behaviour: 'where Set Metadata leaves ChangeTime',
    switches: { setMetadataMovesChangeTime: false },
    of: /metadata/u,
  },
  {
    behaviour: 'where children leave the times of directories',
    switches: { childChangeMovesDirectoryTimes: false },
    of: /new|delete|became|name|put back/u,
  },
  { behaviour: 'where another kind is not found', switches: { otherKindIsNotFound: true }, of: /became|deleted/u },
  { behaviour: 'where a rename leaves ChangeTime', switches: { renameMovesChangeTime: false }, of: /name/u },
  { behaviour: 'where resizing moves LastWriteTime', switches: { resizeMovesLastWriteTime: true }, of: /size/u },
];

describe.concurrent.each(behaviours)('At a service $behaviour', ({ switches, of }) => {
  test.each(changes.filter(({ name }) => of.test(name)))(
    '$name reaches the restore point',
    async ({ make, counts }) => {
      await using scene = await startScene({ tree: changingTree, job: { guard }, switches });
      const process = scene.engine();
      await process.run();
      make(scene);
      scene.emulator.stats.reset();

      const report = await process.run();

      expectExactRequests(scene, report);
      await expectEqualTrees(scene, report);
      expectCountsAddUp(report);
      expect(report.counts).toMatchObject(counts ?? {});
      expect(process.events.map(({ name }) => name)).not.toContain('backup.check.mismatch');
    },
  );
});

describe.concurrent('At a service that does not keep ChangeTime as sent', () => {
  test.each(changes)('$name reaches the restore point all the same', async ({ make }) => {
    await using scene = await startScene({
      tree: changingTree,
      job: { guard },
      switches: { changeTimeIsSettable: false },
    });
    const process = scene.engine();
    await process.run();
    make(scene);

    const report = await process.run();

    await expectEqualTrees(scene, report, { except: 'changeTime' });
    expectCountsAddUp(report);
    expect(scene.destination.metadata()['farshare_changetime']).toBe('lost');
  });

  test('a run without changes still asks nothing about its files', async () => {
    await using scene = await startScene({ tree: changingTree, switches: { changeTimeIsSettable: false } });
    await scene.engine().run();
    scene.emulator.stats.reset();

    const report = await scene.engine().run();

    expect(report).toMatchObject({ status: 'succeeded', counts: { unchanged: 6, copied: 0, propertiesSet: 0 } });
    const { source, destination } = scene.counted();
    for (const operation of ['GetFileProperties', 'ListFileRanges']) {
      expect(Object.keys({ ...source, ...destination })).not.toContain(operation);
    }
  });
});

test('A directory that its listing left out loses its metadata with the source all the same', async () => {
  await using scene = await startScene({ tree: { 'd/': { metadata: { of: 'old' } }, 'd/file.txt': 'x' } });
  const process = scene.engine();
  await process.run();
  scene.store.directories.setMetadata(scene.source.at('d'), {});
  const lie: Fault = {
    operation: 'ListFilesAndDirectories',
    account: scene.destination.account,
    times: 1,
    action: { listing: 'dropEntries', count: 1 },
  };

  const report = await scene.withFaults([lie], () => process.run());

  expect(report).toMatchObject({ status: 'succeeded', failures: [] });
  expect(scene.store.directories.getProperties(scene.destination.at('d')).metadata).toEqual({});
});
