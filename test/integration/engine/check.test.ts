/** The check of a restore point: what it asks for, and what it finds in the directories that the run wrote. */
import { describe, expect, test } from 'vitest';
import type { ShareOpener, SharePort } from '../../../lib/run/ports.ts';
import {
  type EngineProcess,
  expectEqualTrees,
  expectExactRequests,
  type Scene,
  type SceneOptions,
  startScene,
} from '../../support/engine-fixture.ts';

const guard = { maxDeletedPercent: 100, maxChangedPercent: 100 };
const tree = {
  'docs/a.txt': 'a',
  'docs/b.txt': 'b',
  'docs/sub/x.txt': 'x',
  'more/m.txt': 'm',
  'still/s.txt': 's',
};

async function startBackedUp(options: SceneOptions = {}) {
  const scene = await startScene({ tree, ...options, job: { guard, ...options.job } });
  const first = await scene.engine().run();
  expect(first).toMatchObject({ status: 'succeeded', failures: [] });
  return scene;
}

/** Somebody writes to the destination right before it is sealed, in the first pass only. */
const meddling = (meddle: () => void) => {
  let isDone = false;
  return (shares: ShareOpener): ShareOpener => ({
    open(ref, access) {
      const port = shares.open(ref, access);
      const createSnapshot: SharePort['createSnapshot'] = (metadata) => {
        if (metadata['farshare_role'] === 'point' && !isDone) {
          isDone = true;
          meddle();
        }
        return port.createSnapshot(metadata);
      };
      return { ...port, createSnapshot };
    },
  });
};

const overwriteSome = ({ source }: Scene): void => source.write({ 'docs/a.txt': 'other', 'more/m.txt': 'other' });

/** Also of a pass that another one has followed. */
async function failedPaths({ context }: EngineProcess, runId: string): Promise<string[]> {
  const rows = context.state.list<{ path: string }[]>(`run.${runId}`, { from: 'n-failure-', to: 'n-failure-~' });
  const paths: string[] = [];
  for await (const { value } of rows) paths.push(...value.map(({ path }) => path));
  return paths;
}

const listings = (scene: Scene) => {
  const { source, destination } = scene.counted();
  return { source: source['ListFilesAndDirectories'], destination: destination['ListFilesAndDirectories'] };
};

/** What the next run lists, which succeeds and finds nothing wrong. */
async function listedBySoundRun(scene: Scene): Promise<ReturnType<typeof listings>> {
  scene.emulator.stats.reset();
  const process = scene.engine();
  const report = await process.run();
  expect(report.status).toBe('succeeded');
  expect(process.events.map(({ name }) => name)).not.toContain('backup.check.mismatch');
  return listings(scene);
}

/** The root, docs, docs/sub, more, still. */
const directories = 5;

test.concurrent('The check lists what was written in the restore point, and the source not once more', async () => {
  await using scene = await startBackedUp();
  overwriteSome(scene);
  scene.source.write({ 'still/new.txt': 'new' });
  scene.emulator.stats.reset();

  const report = await scene.engine().run();

  // Besides: the root, docs, more, still in the restore point; and the catalog's own.
  expect(listings(scene)).toEqual({ source: directories, destination: directories + 4 + 1 });
  expectExactRequests(scene, report);
  await expectEqualTrees(scene, report);
});

describe.concurrent('In a directory that the run wrote, the check finds', () => {
  const set = ({ store, destination }: Scene, path: string, change: Record<string, string | number>): void => {
    const { headers } = store.files.getProperties(destination.at(path));
    store.files.setProperties(destination.at(path), { headers, ...change });
  };
  const cases: readonly (readonly [string, (scene: Scene) => void, string])[] = [
    ['an extra file', ({ destination }) => destination.write({ 'docs/extra.txt': 'x' }), 'docs/extra.txt'],
    ['an extra directory', ({ destination }) => destination.write({ 'docs/extra/': {} }), 'docs/extra'],
    ['a missing file', ({ store, destination }) => store.files.delete(destination.at('docs/b.txt')), 'docs/b.txt'],
    ['another size', (scene) => set(scene, 'docs/b.txt', { size: 3 }), 'docs/b.txt'],
    [
      'another time',
      (scene) => set(scene, 'docs/b.txt', { creationTime: '2012-03-04T05:06:07.8901234Z' }),
      'docs/b.txt',
    ],
    ['another attribute', (scene) => set(scene, 'docs/b.txt', { attributes: 'Hidden' }), 'docs/b.txt'],
    [
      'a directory with other times',
      ({ store, destination }) =>
        store.directories.setProperties(destination.at('docs/sub'), { creationTime: '2012-03-04T05:06:07.8901234Z' }),
      'docs/sub',
    ],
  ];

  test.each(cases)('%s', async (_, meddle, path) => {
    await using scene = await startBackedUp();
    overwriteSome(scene);
    const process = scene.engine({ wrapShares: meddling(() => meddle(scene)) });

    const [report] = await process.runAll();

    expect(process.events.filter(({ name }) => name === 'backup.check.mismatch')).toHaveLength(1);
    expect(await failedPaths(process, report?.runId ?? '')).toContain(path);
    // What somebody wrote since the start is not deleted: then there is no restore point.
    expect(report?.status).toBe(path === 'docs/extra.txt' ? 'failed' : 'succeeded');
    if (report?.restorePoint != null) await expectEqualTrees(scene, report);
  });
});

describe.concurrent('The source is listed once more in a check', () => {
  test('of a first run: nothing else would catch what a listing of a new directory left out', async () => {
    await using scene = await startScene({ tree });

    await scene.engine().run();

    expect(listings(scene).source).toBe(2 * directories);
  });

  test('of a directory that the run made, and of no other', async () => {
    await using scene = await startBackedUp();
    scene.source.write({ 'docs/new/y.txt': 'y', 'more/m.txt': 'other' });
    scene.emulator.stats.reset();

    await scene.engine().run();

    expect(listings(scene).source).toBe(directories + 1 + 1);
  });

  test('where extra entries may stay, and none of them is found wrong', async () => {
    await using scene = await startBackedUp({ job: { deletions: 'keep' } });
    scene.store.files.delete(scene.source.at('docs/b.txt'));
    overwriteSome(scene);

    const listed = await listedBySoundRun(scene);

    expect(listed.source).toBeGreaterThan(directories);
  });

  test('of a directory that stays for the sake of what the patterns exclude, and not of one beside it', async () => {
    await using scene = await startBackedUp({ job: { exclude: ['**/*.tmp'] } });
    scene.destination.write({ 'docs/mine.tmp': 'kept', 'more/only/mine.tmp': 'kept' });
    overwriteSome(scene);

    const listed = await listedBySoundRun(scene);

    // More holds a directory that the source does not have.
    expect(listed.source).toBe(directories + 1);
  });
});

test.concurrent('A destination that does not keep ChangeTime is checked by what is compared there', async () => {
  await using scene = await startBackedUp({ switches: { changeTimeIsSettable: false } });
  overwriteSome(scene);

  const listed = await listedBySoundRun(scene);

  expect(listed.source).toBe(directories);
});
