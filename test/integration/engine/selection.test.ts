import { describe, expect, test } from 'vitest';
import { openLocalState } from '../../../lib/local/index.ts';
import type { JobConfig } from '../../../lib/model/index.ts';
import {
  type EngineProcess,
  expectCountsAddUp,
  expectEqualTrees,
  type ProcessOptions,
  type Scene,
  startProcess,
  startScene,
} from '../../support/engine-fixture.ts';

const guard = { maxDeletedPercent: 100, maxChangedPercent: 100 };
const old = { lastWriteTime: '2020-01-01T00:00:00.0000000Z' };
const recent = { lastWriteTime: '2026-06-01T00:00:00.0000000Z' };
const contentOf = ({ store, destination }: Scene, path: string): string => {
  const reader = store.files.open(destination.at(path));
  return Buffer.from(reader.read(0, reader.properties.sizeBytes)).toString();
};
const pathsOf = ({ store, destination }: Scene, path: string): readonly string[] =>
  store.directories.list(destination.at(path)).entries.map(({ name }) => name);

describe('With changedSince', () => {
  const job = { changedSince: '2026-01-01T00:00:00+01:00', guard };

  test('only files written since then are copied, and all directories', async () => {
    await using scene = await startScene({
      job,
      tree: { 'docs/old.txt': { content: 'o', ...old }, 'docs/new.txt': { content: 'n', ...recent }, 'empty/': {} },
    });

    const report = await scene.engine().run();

    expectCountsAddUp(report);
    expect(report).toMatchObject({ status: 'succeeded', counts: { directories: 2, files: 1, copied: 1, excluded: 1 } });
    expect(pathsOf(scene, 'docs')).toEqual(['new.txt']);
  });

  test('what is older stays at the destination as it is, whatever became of it at the source', async () => {
    await using scene = await startScene({
      job,
      tree: {
        'docs/aged.txt': { content: 'a', ...recent },
        'gone/gone.txt': { content: 'g', ...recent },
        'gone/aged.txt': { content: 'x', ...recent },
      },
    });
    const process = scene.engine();
    await process.run();
    scene.source.write({ 'docs/aged.txt': { content: 'changed', ...old } });
    scene.store.files.delete(scene.source.at('gone/gone.txt'));
    scene.store.files.delete(scene.source.at('gone/aged.txt'));
    scene.store.directories.delete(scene.source.at('gone'));
    scene.store.files.setProperties(scene.destination.at('gone/aged.txt'), { ...old });

    const report = await process.run();

    expect(report).toMatchObject({ status: 'succeeded', counts: { files: 0, excluded: 1, deleted: 1 }, failures: [] });
    expect(contentOf(scene, 'docs/aged.txt')).toBe('a');
    expect(pathsOf(scene, 'gone')).toEqual(['aged.txt']);
  });

  test('directories that stay for what is older are no deletions: the guard asks about them not even once', async () => {
    const dead = Array.from({ length: 12 }, (_, n) => `dead/d${n}`);
    const tree = Object.fromEntries([
      ...dead.map((path) => [`${path}/old.txt`, { content: 'old', ...old }]),
      ...Array.from({ length: 12 }, (_, n) => [`alive/f${n}.txt`, { content: 'new', ...recent }]),
    ]);
    await using scene = await startScene({ job: { changedSince: job.changedSince }, tree });
    const process = scene.engine();
    await process.run();
    scene.destination.write(Object.fromEntries(dead.map((path) => [`${path}/old.txt`, { content: 'old', ...old }])));
    for (const path of dead) scene.store.files.delete(scene.source.at(`${path}/old.txt`));
    for (const path of [...dead, 'dead']) scene.store.directories.delete(scene.source.at(path));

    const told = await process.run({ dryRun: true });
    const report = await process.run();

    expect(told.counts.deleted).toBe(0);
    expect(report).toMatchObject({ status: 'succeeded', counts: { deleted: 0 } });
    expect(contentOf(scene, 'dead/d3/old.txt')).toBe('old');
  });

  test('a source of which nothing was written since then is not an empty one: what was deleted there is deleted', async () => {
    const tree = { 'old.txt': { content: 'o', ...old }, 'new.txt': { content: 'n', ...recent } };
    await using scene = await startScene({ job, tree });
    const process = scene.engine();
    await process.run();
    scene.store.files.delete(scene.source.at('new.txt'));

    const report = await process.run();

    expect(report).toMatchObject({ status: 'succeeded', counts: { files: 0, excluded: 1, deleted: 1 } });
  });

  test('a duration reaches back from the source snapshot', async () => {
    const now = Date.now();
    const daysAgo = (days: number) => ({
      lastWriteTime: new Date(now - days * 86_400_000).toISOString().replace('Z', '0000Z'),
    });
    await using scene = await startScene({
      job: { changedSince: 'P7D', guard },
      tree: { 'a.txt': { content: 'a', ...daysAgo(8) }, 'b.txt': { content: 'b', ...daysAgo(6) } },
    });

    const report = await scene.engine().run();

    expect(report.counts).toMatchObject({ files: 1, copied: 1, excluded: 1 });
    expect(pathsOf(scene, '')).toEqual(['b.txt']);
  });

  test('dated mode collects only what was written since then', async () => {
    await using scene = await startScene({
      job,
      destinations: [{ mode: 'dated' }],
      tree: { 'docs/old.txt': { content: 'o', ...old }, 'docs/new.txt': { content: 'n', ...recent } },
    });

    const report = await scene.engine().run();

    expect(report.counts).toMatchObject({ files: 1, copied: 1, excluded: 1 });
    expect(pathsOf(scene, '')).toEqual(['2026-06-01']);
  });
});

describe('With archiveOnly', () => {
  const job = { archiveOnly: true, guard };

  test('only files with the attribute are copied, and it is cleared on neither side', async () => {
    await using scene = await startScene({
      job,
      tree: { 'a.txt': { content: 'a', attributes: 'Archive|Hidden' }, 'b.txt': { content: 'b', attributes: 'None' } },
    });

    const report = await scene.engine().run();

    expect(report.counts).toMatchObject({ files: 1, copied: 1, excluded: 1 });
    for (const place of [scene.source, scene.destination]) {
      expect(scene.store.files.getProperties(place.at('a.txt')).attributes).toContain('Archive');
    }
  });

  test.each([
    ['a file', 3],
    ['a large file', 70 * 1024 * 1024],
  ])(
    '%s written to while it was left out, its times put back, is copied when it is selected again',
    async (_, size) => {
      const times = { creationTime: old.lastWriteTime, ...recent, changeTime: '2026-06-01T00:00:00.0000000Z' };
      const tree = { 'a.bin': { sizeBytes: size, content: 'one', attributes: 'Archive', ...times } };
      await using scene = await startScene({ job: { ...job, verify: { samplePercent: 0 } }, tree });
      const process = scene.engine();
      const at = scene.source.at('a.bin');
      const look = (attributes: string) => scene.store.files.setProperties(at, { headers: {}, attributes, ...times });
      await process.run();
      scene.store.files.putRange(at, 0, new Uint8Array(Buffer.from('two')));
      look('None');
      const without = await process.run();
      // Also the LastWriteTime may stay, or be moved with the next write.
      if (size > 3) scene.store.files.putRange(at, size - 1, new Uint8Array(Buffer.from('.')));
      if (size > 3) scene.store.files.setProperties(at, { headers: {}, attributes: 'Archive' });
      else look('Archive');

      const report = await process.run();

      expect(without.counts).toMatchObject({ files: 0, excluded: 1 });
      expect(report.counts).toMatchObject({ copied: 1, rangeCopied: 0, propertiesSet: 0 });
      await expectEqualTrees(scene, report);
    },
  );

  test('a file that was left out for some time is copied as it is when it is selected again', async () => {
    const times = { creationTime: old.lastWriteTime, ...recent };
    const stage = (content: string, attributes: string, changeTime: string) => ({
      'a.txt': { content, attributes, changeTime, ...times },
    });
    await using scene = await startScene({ job, tree: stage('one', 'Archive', '2026-06-01T00:00:00.0000000Z') });
    const process = scene.engine();
    await process.run();
    scene.source.write(stage('two', 'None', '2026-06-02T00:00:00.0000000Z'));
    await process.run();
    // Content is left alone here: the base holds it, the destination does not.
    scene.store.files.setProperties(scene.source.at('a.txt'), {
      attributes: 'Archive',
      changeTime: '2026-06-03T00:00:00.0000000Z',
      ...times,
    });

    const report = await process.run();

    await expectEqualTrees(scene, report);
    expect(contentOf(scene, 'a.txt')).toBe('two');
  });
});

/** A process with the job configured otherwise. */
function processWith(scene: Scene, change: Partial<JobConfig>, options: ProcessOptions = {}): EngineProcess {
  const job = { ...scene.job, ...change };
  return startProcess({ ...scene.loaded, config: { ...scene.loaded.config, jobs: [job] } }, job, options);
}

describe('After the selection was another', () => {
  const times = {
    creationTime: old.lastWriteTime,
    ...recent,
    changeTime: '2026-06-01T00:00:00.0000000Z',
  };

  test.each([
    ['a file', 3, true],
    ['a file, where ChangeTime cannot be set,', 3, false],
    ['a large file', 70 * 1024 * 1024, true],
  ])('%s written to while it was excluded, its times put back, is copied', async (_, size, changeTimeIsSettable) => {
    await using scene = await startScene({
      job: { guard, verify: { samplePercent: 0 } },
      tree: { 'a.bin': { sizeBytes: size, content: 'one', ...times }, 'b.txt': 'b' },
      switches: { changeTimeIsSettable },
    });
    const process = scene.engine();
    const at = scene.source.at('a.bin');
    await process.run();
    scene.store.files.putRange(at, 0, new Uint8Array(Buffer.from('two')));
    scene.store.files.setProperties(at, { headers: {}, ...times });
    const without = await processWith(scene, { exclude: ['a.bin'] }).run();
    if (size > 3) scene.store.files.putRange(at, size - 1, new Uint8Array(Buffer.from('.')));

    const planned = await process.run({ dryRun: true });
    const report = await process.run();
    const again = await process.run();

    expect(without.counts).toMatchObject({ files: 1, excluded: 1 });
    expect(planned.counts).toMatchObject({ copied: 1, unchanged: 1 });
    expect(report.counts).toMatchObject({ copied: 1, rangeCopied: 0, unchanged: 1 });
    expect(again.counts).toMatchObject({ copied: 0, unchanged: 2 });
    await expectEqualTrees(scene, report, changeTimeIsSettable ? {} : { except: 'changeTime' });
  });

  test('a file that a verification found spoilt before it was excluded is copied', async () => {
    await using scene = await startScene({
      job: { guard, verify: { samplePercent: 0 } },
      tree: { 'x/a.txt': 'abc', 'b.txt': 'b' },
    });
    const state = openLocalState(':memory:');
    const process = scene.engine({ state });
    await process.run();
    const at = scene.destination.at('x/a.txt');
    const { headers, creationTime, lastWriteTime, changeTime } = scene.store.files.getProperties(at);
    scene.store.files.putRange(at, 0, new Uint8Array(Buffer.from('???')));
    scene.store.files.setProperties(at, { headers, creationTime, lastWriteTime, changeTime });
    await process.drive(await process.engine.startVerify('docs', { all: true }));
    await processWith(scene, { exclude: ['x'] }, { state }).run();

    const report = await process.run();

    expect(report.counts).toMatchObject({ copied: 1, unchanged: 1 });
    await expectEqualTrees(scene, report);
  });

  test('what is not excluded any more is not copied again where it was not excluded before either', async () => {
    await using scene = await startScene({ job: { guard }, tree: { 'a.txt': 'a', 'b.txt': 'b' } });
    const process = scene.engine();
    await process.run();
    await processWith(scene, { exclude: ['c.txt'] }).run();

    const report = await process.run();

    expect(report.counts).toMatchObject({ copied: 0, unchanged: 2 });
  });

  test.each([
    ['a mirror', 'mirror'],
    ['a dated destination', 'dated'],
  ])('a verification of %s does not miss what its restore point left out', async (_, mode) => {
    const tree = { 'x/a.txt': { content: 'a', ...old }, 'b.txt': { content: 'b', ...recent } };
    await using scene = await startScene({ job: { guard }, destinations: [{ mode }], tree });
    await processWith(scene, { exclude: ['x'] }).run();
    const process = scene.engine();

    const [report] = await process.drive(await process.engine.startVerify('docs', { all: true }));

    expect(report).toMatchObject({ status: 'succeeded', failures: [], counts: { files: 1, unchanged: 1 } });
  });
});
