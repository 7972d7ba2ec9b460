import { describe, expect, test } from 'vitest';
import type { Fault } from '../../../emulator/index.ts';
import type { FarshareError } from '../../../lib/errors.ts';
import type { ShareOpener, SharePort } from '../../../lib/run/ports.ts';
import { pathsOf, startBackedUp } from '../../support/backed-up.ts';
import { changingTree } from '../../support/changes.ts';
import { expectEqualTrees, type Scene, startScene } from '../../support/engine-fixture.ts';

const deleteSome = ({ store, source }: Scene) => {
  store.files.delete(source.at('still.txt'));
  store.files.delete(source.at('docs/other.txt'));
};

describe.concurrent('Nothing is deleted, nothing sealed and the run fails', () => {
  const cases: readonly (readonly [string, Fault])[] = [
    [
      'the listing of one source directory is refused',
      { operation: 'ListFilesAndDirectories', path: 'docs/deep', account: 'devstoreaccount1', action: { status: 403 } },
    ],
    [
      'the listing of one destination directory is refused',
      { operation: 'ListFilesAndDirectories', path: 'docs/deep', account: 'devstoreaccount2', action: { status: 403 } },
    ],
    [
      'the copy of one file is refused',
      { operation: 'PutRangeFromURL', path: 'docs/file.txt', action: { status: 403 } },
    ],
    [
      'a permission cannot be resolved',
      { operation: 'GetFilePermission', action: { status: 404, code: 'ResourceNotFound' } },
    ],
    [
      'one file is open without sharing',
      { operation: 'GetFileProperties', path: 'docs/file.txt', action: { status: 409, code: 'SharingViolation' } },
    ],
    [
      'one directory of the source stays throttled',
      { operation: 'ListFilesAndDirectories', path: 'docs/deep', account: 'devstoreaccount1', action: { status: 503 } },
    ],
  ];

  test.each(cases)('when %s', async (_, fault) => {
    const { scene, process } = await startBackedUp({ job: { copyMethod: 'ranges' } });
    await using _scene = scene;
    deleteSome(scene);
    const sddl = 'O:BAG:SYD:(A;;FA;;;WD)';
    scene.source.write({ 'docs/file.txt': { content: 'changed', sddl }, 'docs/deep/er/leaf.txt': 'changed too' });
    const points = scene.destination.snapshots().length;

    const report = await scene.withFaults([fault], () => process.run());

    expect(report).toMatchObject({ status: 'failed', restorePoint: null, counts: { deleted: 0 } });
    expect(report.failures.length).toBeGreaterThan(0);
    expect(pathsOf(scene)).toEqual(expect.arrayContaining(['still.txt', 'docs/other.txt']));
    expect(scene.destination.snapshots()).toHaveLength(points);
    expect(scene.destination.metadata()['farshare_state']).toBe('writing');
    const counted = scene.counted().destination;
    expect(counted['DeleteFile'] ?? 0).toBe(0);
    await expectEqualTrees(scene, await process.run());
  });
});

/** The engine sees listings of a snapshot without some of their entries. */
const dropping =
  (names: readonly string[]) =>
  (shares: ShareOpener): ShareOpener => ({
    open(ref, access) {
      const port = shares.open(ref, access);
      const list: SharePort['list'] = async (directory, options) => {
        const page = await port.list(directory, options);
        if (page === undefined || options.snapshot === undefined) return page;
        return { ...page, entries: page.entries.filter(({ name }) => !names.includes(name)) };
      };
      return { ...port, list };
    },
  });

test.concurrent('An entry that the source listing leaves out is not deleted, because the source has it', async () => {
  const { scene } = await startBackedUp();
  await using _scene = scene;
  const blind = scene.engine({ wrapShares: dropping(['other.txt', 'er']) });

  const report = await blind.run();

  expect(report).toMatchObject({ status: 'failed', restorePoint: null, counts: { deleted: 0 } });
  expect(report.failures.map(({ path, code }) => `${path} ${code}`).toSorted()).toEqual([
    'docs/deep/er AbsenceNotProved',
    'docs/other.txt AbsenceNotProved',
  ]);
  expect(pathsOf(scene)).toEqual(expect.arrayContaining(['docs/other.txt', 'docs/deep/er/leaf.txt']));
});

test.concurrent('A file that somebody else writes to the destination after the start is not deleted', async () => {
  const { scene } = await startBackedUp();
  await using _scene = scene;
  let written = false;
  const process = scene.engine({
    wrapShares: (shares) => ({
      open(ref, access) {
        const port = shares.open(ref, access);
        const list: SharePort['list'] = (directory, options) => {
          if (!written && directory === 'docs' && options.snapshot === undefined) {
            written = true;
            scene.destination.write({ 'docs/foreign.txt': 'somebody else was here' });
          }
          return port.list(directory, options);
        };
        return { ...port, list };
      },
    }),
  });

  const report = await process.run();

  expect(report).toMatchObject({ status: 'failed', counts: { deleted: 0 } });
  expect(report.failures).toMatchObject([{ path: 'docs/foreign.txt', code: 'DestinationChanged' }]);
  expect(pathsOf(scene)).toContain('docs/foreign.txt');
});

test.concurrent('A file that somebody else wrote to the destination before the start is deleted', async () => {
  const { scene, process } = await startBackedUp();
  await using _scene = scene;
  scene.destination.write({
    'docs/foreign.txt': 'foreign',
    'foreign/deep/x.txt': { content: 'x', attributes: 'ReadOnly' },
  });

  const report = await process.run();

  expect(report.counts).toMatchObject({ deleted: 4 });
  await expectEqualTrees(scene, report);
});

describe.concurrent('What the patterns exclude', () => {
  const job = { exclude: ['**/*.tmp', 'private'], guard: { maxDeletedPercent: 100 } };
  const tree = { ...changingTree, 'docs/a.tmp': 'no', 'private/x.txt': 'no', 'private/deep/y.txt': 'no' };

  test('is not copied, and is counted', async () => {
    await using scene = await startScene({ tree, job });

    const report = await scene.engine().run();

    expect(report.counts).toMatchObject({ files: 6, copied: 6, excluded: 2 });
    expect(pathsOf(scene)).not.toContain('private');
    expect(pathsOf(scene)).not.toContain('docs/a.tmp');
  });

  test('is protected at the destination, also within a directory that is otherwise deleted', async () => {
    const { scene, process } = await startBackedUp({ tree, job });
    await using _scene = scene;
    scene.destination.write({
      'private/kept.txt': 'kept',
      'gone/deep/kept.tmp': 'kept',
      'gone/deep/extra.txt': 'extra',
      'gone/empty/': {},
      'extra.txt': 'extra',
      'extra.tmp': 'kept',
    });

    const report = await process.run();

    expect(report).toMatchObject({ status: 'succeeded', counts: { deleted: 3 } });
    const paths = pathsOf(scene);
    expect(paths).toEqual(expect.arrayContaining(['private/kept.txt', 'gone/deep/kept.tmp', 'extra.tmp']));
    for (const path of ['gone/deep/extra.txt', 'gone/empty', 'extra.txt']) expect(paths).not.toContain(path);
  });
});

test.concurrent('With deletions kept, what the source no longer has stays', async () => {
  const { scene, process } = await startBackedUp({ job: { deletions: 'keep' } });
  await using _scene = scene;
  deleteSome(scene);
  scene.source.write({ 'docs/file.txt': 'changed' });

  const report = await process.run();

  expect(report).toMatchObject({ status: 'succeeded', counts: { deleted: 0, copied: 1 } });
  expect(pathsOf(scene)).toEqual(expect.arrayContaining(['still.txt', 'docs/other.txt']));
});

test.concurrent('A dry run says what it would do and changes nothing anywhere', async () => {
  const { scene, process } = await startBackedUp();
  await using _scene = scene;
  deleteSome(scene);
  scene.source.write({ 'docs/file.txt': 'changed', 'fresh/new.txt': 'new' });
  const [before, metadata] = [pathsOf(scene), scene.destination.metadata()];
  scene.emulator.stats.reset();

  const report = await process.run({ dryRun: true });

  const actions = [];
  for await (const { kind, path } of process.engine.actions(report.runId)) actions.push(`${kind} ${path}`);
  expect(actions.toSorted()).toEqual([
    'copy docs/file.txt',
    'copy fresh/new.txt',
    'delete docs/other.txt',
    'delete still.txt',
    'enter-directory docs',
    'make-directory fresh',
  ]);
  expect(report.counts).toMatchObject({ copied: 2, deleted: 2, directoriesMade: 1 });
  expect(pathsOf(scene)).toEqual(before);
  expect(scene.destination.metadata()).toEqual(metadata);
  const writes = /^(Copy|Create|Put|Set|Delete|Snapshot|Acquire|Rename)/u;
  const { source, destination } = scene.counted();
  expect(Object.keys({ ...source, ...destination }).filter((name) => writes.test(name))).toEqual([]);
});

test.concurrent('A job that is not in the configuration is refused by name', async () => {
  await using scene = await startScene();

  const starting = scene.engine().engine.startRuns('nothing', {});

  await expect(starting).rejects.toMatchObject({ code: 'JobNotFound' } satisfies Partial<FarshareError>);
});

test('A file whose name a directory keeps that holds what is excluded fails, and says why', async () => {
  const guard = { maxDeletedPercent: 100, maxChangedPercent: 100 };
  await using scene = await startScene({ job: { exclude: ['**/*.tmp'], guard }, tree: { 'name/in.txt': 'in' } });
  const process = scene.engine();
  await process.run();
  scene.destination.write({ 'name/kept.tmp': 'kept' });
  scene.store.files.delete(scene.source.at('name/in.txt'));
  scene.store.directories.delete(scene.source.at('name'));
  scene.source.write({ name: 'a file now' });

  const report = await process.run();

  expect(report).toMatchObject({ status: 'failed', restorePoint: null, failures: [{ path: 'name' }] });
  expect(report.failures[0]?.message).toContain('entries in it are not selected and so never deleted');
  expect(pathsOf(scene)).toContain('name/kept.tmp');
});
