import { describe, expect, test } from 'vitest';
import type { SharePort } from '../../../lib/run/ports.ts';
import type { RunReport } from '../../../lib/model/index.ts';
import type { VerifyOptions } from '../../../lib/engine.ts';
import { runSchedule } from '../../../lib/run/index.ts';
import { clockAhead } from '../../support/mortal-process.ts';
import {
  type EngineProcess,
  expectCountsAddUp,
  expectEqualTrees,
  expectExactRequests,
  type Scene,
  startScene,
} from '../../support/engine-fixture.ts';

const mebi = 1024 * 1024;
const guard = { maxDeletedPercent: 100, maxChangedPercent: 100 };
const everything = { samplePercent: 100 };
const letters = (letter: string, length = 4096): Uint8Array => new Uint8Array(Buffer.alloc(length, letter));
const files = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`d${index % 5}/f${index}.txt`, `content ${index}`]));

/** Changes a file of the destination behind everybody's back: its listing stays as it was. */
function rot(scene: Scene, path: string, offset: number, bytes: Uint8Array): void {
  const at = scene.destination.at(path);
  const { headers, creationTime, lastWriteTime, changeTime } = scene.store.files.getProperties(at);
  scene.store.files.putRange(at, offset, bytes);
  scene.store.files.setProperties(at, { headers, creationTime, lastWriteTime, changeTime });
}

describe('After a run', () => {
  test('the content of the sampled files is compared, and its requests are told apart', async () => {
    await using scene = await startScene({ tree: { ...files(20), 'empty.txt': '' }, job: { verify: everything } });

    const report = await scene.engine().run();

    expectExactRequests(scene, report);
    expectCountsAddUp(report);
    await expectEqualTrees(scene, report);
    expect(report.verification).toMatchObject({ files: 21, differing: 0, unread: 0, slot: 0, slots: 1 });
    expect(report.requests.verification).toBe(40);
    expect(report.requests.source['GetFile']).toBe(20);
    expect(report.requests.destination['GetFile']).toBe(20);
    expect(report.requests.total - report.requests.verification).toBeGreaterThanOrEqual(report.requests.floor);
  });

  test('nothing is read where the percentage is 0', async () => {
    await using scene = await startScene({ tree: files(20), job: { verify: { samplePercent: 0 } } });

    const report = await scene.engine().run();

    expectExactRequests(scene, report);
    expect(report.requests.verification).toBe(0);
    expect(report).not.toHaveProperty('verification');
    expect(scene.counted().source['GetFile'] ?? 0).toBe(0);
  });

  test('each run takes its turn, and as many as the percentage needs cover every file once', async () => {
    await using scene = await startScene({ tree: files(60), job: { verify: { samplePercent: 30 } } });
    await scene.engine().run();
    const seen = new Map<string, number>();
    const slots: unknown[] = [];

    for (let run = 0; run < 4; run += 1) {
      // Each time by a state of its own: the restore points say whose turn it is.
      const process = scene.engine({ wrapShares: (shares) => readingInto(shares, seen) });
      const { verification } = await process.run();
      slots.push(verification?.slot);
    }

    expect(slots).toEqual([1, 2, 3, 0]);
    expect([...seen.values()]).toEqual(Array.from({ length: 60 }, () => 1));
  });

  test('of the files just transferred no more than a bounded number is read back, which covers no turn', async () => {
    await using scene = await startScene({ tree: files(60), job: { verify: everything } });

    const first = await scene.engine({ margins: { freshSamples: 25 } }).run();
    const second = await scene.engine({ margins: { freshSamples: 25 } }).run();

    expect(first.verification).toMatchObject({ files: 25, differing: 0 });
    expect(first.verification).not.toHaveProperty('coveredPercent');
    expect(second.verification).toMatchObject({ files: 60, differing: 0, coveredPercent: 100 });
  });

  test('a file that cannot be read is told of, and takes nothing back', async () => {
    await using scene = await startScene({ tree: files(3), job: { verify: everything } });
    const process = scene.engine();
    const action = { status: 403, code: 'AuthorizationFailure' };

    const report = await scene.withFaults([{ operation: 'GetFile', path: 'd1/f1.txt', times: 1, action }], () =>
      process.run(),
    );

    expectExactRequests(scene, report);
    expect(report).toMatchObject({ status: 'succeeded', verification: { files: 2, unread: 1, differing: 0 } });
    expect(process.events.map(({ name }) => name)).toContain('backup.verify.incomplete');
  });
});

describe('A file of the destination that lost its content', () => {
  test('is found, copied again before the run ends, and the restore point equals the source', async () => {
    await using scene = await startScene({ tree: files(20), job: { verify: everything } });
    await scene.engine().run();
    rot(scene, 'd1/f1.txt', 2, letters('!', 3));
    const process = scene.engine();
    scene.emulator.stats.reset();

    const report = await process.run();

    expectExactRequests(scene, report);
    expectCountsAddUp(report);
    await expectEqualTrees(scene, report);
    expect(report.counts).toMatchObject({ files: 20, unchanged: 19, copied: 1 });
    expect(report.verification).toMatchObject({ differing: 1, paths: ['d1/f1.txt'] });
    expect(process.events).toContainEqual({
      name: 'backup.verify.mismatch',
      properties: { runId: report.runId, files: 1 },
    });
    // The one that was sealed first is gone.
    expect(scene.destination.snapshots()).toHaveLength(2);
  });

  test('and cannot be made good fails the run, and no restore point of it stays', async () => {
    await using scene = await startScene({ tree: files(5), job: { verify: everything } });
    await scene.engine().run();
    rot(scene, 'd1/f1.txt', 2, letters('!', 3));
    const process = scene.engine();
    const action = { status: 403, code: 'AuthorizationFailure' };
    const faults = ['CopyFile', 'PutRangeFromURL'].map((operation) => ({ operation, action }));

    const report = await scene.withFaults(faults, () => process.run());

    expect(report).toMatchObject({ status: 'failed', restorePoint: null });
    expect(scene.destination.snapshots()).toHaveLength(1);
    const after = await scene.engine().run({ full: true });
    await expectEqualTrees(scene, after);
  });
});

describe('A verification of its own', () => {
  const verify = async (scene: Scene, process: EngineProcess, options: VerifyOptions = {}) =>
    (await process.drive(await process.engine.startVerify(scene.job.name, options)))[0] as RunReport;

  test('compares listings and all content, and writes nothing', async () => {
    await using scene = await startScene({ tree: files(30), job: { verify: { samplePercent: 0 } } });
    const process = scene.engine();
    const { restorePoint } = await process.run();
    scene.emulator.stats.reset();

    const report = await verify(scene, process, { all: true });

    expectExactRequests(scene, report);
    expectCountsAddUp(report);
    expect(report).toMatchObject({
      kind: 'verify',
      status: 'succeeded',
      restorePoint,
      counts: { files: 30, failed: 0 },
    });
    expect(report.verification).toMatchObject({ files: 30, differing: 0, coveredPercent: 100 });
    const writes = Object.keys(scene.counted().destination).filter((name) => !/^(?:Get|List)/u.test(name));
    expect(writes).toEqual([]);
  });

  test('finds what is missing, what is too much, and what lost its content', async () => {
    await using scene = await startScene({
      tree: { 'top/deep/a.txt': 'alpha', 'top/deep/b.txt': 'beta', 'top/deep/c.txt': 'gamma' },
      job: { verify: { samplePercent: 0 } },
    });
    const process = scene.engine({
      wrapShares: (shares) => ({
        open: (...of) => {
          const port = shares.open(...of);
          if (of[0].account !== 'vault') return port;
          const createSnapshot: SharePort['createSnapshot'] = (metadata) => {
            rot(scene, 'top/deep/a.txt', 3, letters('!', 1));
            scene.store.files.delete(scene.destination.at('top/deep/b.txt'));
            scene.destination.write({ 'top/deep/more.txt': 'more' });
            return port.createSnapshot(metadata);
          };
          return { ...port, createSnapshot };
        },
      }),
    });
    // A run that copies nothing has nothing but the root to check.
    await scene.engine().run();
    await process.run();

    const report = await verify(scene, process, { all: true });

    expect(report.status).toBe('failed');
    expect(report.failures.map(({ path, code }) => `${path} ${code}`).toSorted()).toEqual([
      'top/deep RestorePointDiffers',
      'top/deep/a.txt ContentDiffers',
      'top/deep/b.txt RestorePointDiffers',
      'top/deep/more.txt RestorePointDiffers',
    ]);
    expect(report.verification).toMatchObject({ differing: 4 });
    expect(process.events.map(({ name }) => name)).toContain('backup.verify.failed');
  });

  test('has the next backup copy again what lost its content, and marks the restore point until it is sound', async () => {
    await using scene = await startScene({
      tree: { 'top/deep/a.txt': 'alpha', 'top/deep/b.txt': 'beta' },
      job: { verify: { samplePercent: 0 } },
    });
    const process = scene.engine();
    await process.run();
    rot(scene, 'top/deep/a.txt', 3, letters('!', 1));
    const spoilt = await process.run();

    const found = await verify(scene, process, { all: true });
    const marked = await process.engine.points('docs');
    const repaired = await process.run();
    const after = await verify(scene, process, { all: true });
    const last = await process.run();

    expect(found).toMatchObject({ status: 'failed', verification: { differing: 1, paths: ['top/deep/a.txt'] } });
    expect(marked.map(({ snapshot, damagedFiles }) => [snapshot === spoilt.restorePoint, damagedFiles])).toEqual([
      [false, undefined],
      [true, 1],
    ]);
    expect(repaired.counts).toMatchObject({ files: 2, unchanged: 1, copied: 1 });
    await expectEqualTrees(scene, repaired);
    expect(after.status).toBe('succeeded');
    expect(last.counts).toMatchObject({ unchanged: 2, copied: 0 });
  });

  test('looks at a tenth of the content, another one each time, when not all is asked for', async () => {
    await using scene = await startScene({ tree: files(60), job: { verify: { samplePercent: 0 } } });
    const process = scene.engine();
    await process.run();
    let seen = 0;

    for (let run = 0; run < 10; run += 1) seen += (await verify(scene, process)).verification?.files ?? 0;

    expect(seen).toBe(60);
  });

  test('is started by the schedule as often as verify.every says, once there is a restore point', async () => {
    await using scene = await startScene({ tree: files(3), job: { verify: { every: 'P7D' } } });
    const process = scene.engine();
    const tick = (aheadMs: number) =>
      runSchedule({ ...process.context, clock: clockAhead(aheadMs) }, scene.loaded.config.jobs);
    const dayMs = 24 * 60 * 60 * 1000;

    const before = await tick(0);
    await process.run();
    const started = [await tick(dayMs), await tick(7 * dayMs), await tick(8 * dayMs + 1000), await tick(9 * dayMs)];

    expect(before).toEqual([]);
    expect(started.map((ids) => ids.length)).toEqual([0, 0, 1, 0]);
  });
});

test('A file that dated mode saved and that was spoilt since is saved again before the run ends', async () => {
  await using scene = await startScene({
    tree: { 'a.txt': { content: 'alpha', lastWriteTime: '2026-03-04T05:06:07.0000000Z' } },
    job: { verify: everything },
    destinations: [{ mode: 'dated' }],
  });
  let seals = 0;
  const process = scene.engine({
    wrapShares: (shares) => ({
      open: (...of) => {
        const port = shares.open(...of);
        if (of[0].account !== 'vault') return port;
        const createSnapshot: SharePort['createSnapshot'] = (metadata) => {
          if ((seals += 1) === 1) rot(scene, '2026-03-04/a.txt', 0, letters('!', 1));
          return port.createSnapshot(metadata);
        };
        return { ...port, createSnapshot };
      },
    }),
  });

  const report = await process.run();

  expect(report).toMatchObject({
    status: 'succeeded',
    verification: { differing: 1 },
    counts: { files: 1, copied: 1 },
  });
  expectCountsAddUp(report);
  expect(seals).toBe(2);
  const at = scene.destination.at('2026-03-04/a.txt', report.restorePoint ?? '');
  expect(Buffer.from(scene.store.files.open(at).read(0, 5)).toString()).toBe('alpha');
});

describe('A large file', () => {
  /** Blocks of which only a part is there: no CRC-64 of a whole one is known, so that none can be sampled. */
  const pieces = Object.fromEntries(
    Array.from({ length: 8 }, (_, index) => [index * 8 * mebi, letters(String.fromCharCode(97 + index))]),
  );
  const tree = { 'big.bin': { sizeBytes: 72 * mebi, pieces }, 'small.txt': 'small' };

  test('of which the service’s difference leaves whole blocks out is repaired by verification under sampled', async () => {
    await using scene = await startScene({ tree, job: { guard, delta: 'sampled', verify: everything } });
    const process = scene.engine();
    await process.run();
    for (const block of [0, 2, 4, 10])
      scene.store.files.putRange(scene.source.at('big.bin'), block * 4 * mebi, letters('X'));
    scene.emulator.stats.reset();
    const action = { rangeDiff: 'omit' as const };

    const report = await scene.withFaults([{ operation: 'ListFileRanges', path: 'big.bin', action }], () =>
      process.run(),
    );

    expectExactRequests(scene, report);
    expectCountsAddUp(report);
    expect(report.verification).toMatchObject({ differing: 1, paths: ['big.bin'] });
    await expectEqualTrees(scene, report);
  });

  test('is read where either side holds something, and nowhere else', async () => {
    await using scene = await startScene({
      tree: { 'sparse.bin': { sizeBytes: 140 * mebi, pieces: { 0: 'a', [130 * mebi]: 'b' } } },
      job: { verify: everything },
    });
    const process = scene.engine();

    const first = await process.run();
    rot(scene, 'sparse.bin', 77 * mebi, letters('!'));
    const second = await process.run();

    expect(first.verification).toMatchObject({ files: 1, differing: 0 });
    expect(first.requests.verification).toBe(2 + 4);
    expect(second.verification).toMatchObject({ differing: 1 });
    await expectEqualTrees(scene, second);
  });
});

/** Counts how often each file of the destination is read. */
function readingInto(
  shares: Parameters<NonNullable<Parameters<Scene['engine']>[0]>['wrapShares'] & object>[0],
  seen: Map<string, number>,
) {
  return {
    open: (...of: Parameters<typeof shares.open>): SharePort => {
      const port = shares.open(...of);
      if (of[0].account !== 'vault') return port;
      return {
        ...port,
        getBytes: (path, options) => {
          seen.set(path, (seen.get(path) ?? 0) + 1);
          return port.getBytes(path, options);
        },
      };
    },
  };
}
