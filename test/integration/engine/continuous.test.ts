import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../lib/local/index.ts';
import type { RunReport } from '../../../lib/model/index.ts';
import { distrustMarginMs } from '../../../lib/plan/index.ts';
import { readMarks } from '../../../lib/run/marks.ts';
import { runSchedule } from '../../../lib/run/index.ts';
import type { Clock } from '../../../lib/run/ports.ts';
import { comparePlaces } from '../../../walker/index.ts';
import { expectEqualTrees, type ProcessOptions, type Scene, startScene } from '../../support/engine-fixture.ts';

const minute = 60_000;

async function startContinuous(
  destinations: readonly Record<string, unknown>[] = [{}],
  options: Pick<ProcessOptions, 'margins'> = {},
) {
  const schedule = { continuous: 'PT1M', sealEvery: 'PT10M' };
  const tree = { 'docs/file.txt': 'one', 'gone.txt': 'gone' };
  const source = { keep: { last: 2 } };
  const job = { schedule, copyMethod: 'ranges', guard: { maxDeletedPercent: 100 } };
  const scene = await startScene({ tree, source, job, destinations });
  let aheadMs = 0;
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
  const process = scene.engine({ ...options, clock, origin: 'app' });
  const tick = () => runSchedule(process.context, scene.loaded.config.jobs);
  return {
    scene,
    process,
    tick,
    pass: (ms: number) => void (aheadMs += ms),
    /** A minute passes, the timer comes, and what it starts runs. */
    next: async (): Promise<readonly RunReport[]> => {
      aheadMs += minute;
      return process.drive(await tick());
    },
  };
}

const working = (scene: Scene) =>
  scene.source.snapshots().filter(({ metadata }) => metadata['farshare_working'] === 'true');

/** What the manifest of a run's restore point says, in the order of the alphabet. */
function changesOf(scene: Scene, report: RunReport | undefined): string[] {
  const at = (path: string) => ({ account: scene.destination.account, share: 'farshare-catalog', path });
  const directory = `manifests/docs/place1.${scene.destination.share}`;
  const parts = scene.store.directories
    .list(at(directory), {})
    .entries.filter(({ name }) => name.startsWith(`${report?.runId}.changes-`));
  const lines = parts.flatMap(({ name }) => {
    const reader = scene.store.files.open({ ...at(`${directory}/${name}`), allowTrailingDot: true });
    return Buffer.from(reader.read(0, reader.properties.sizeBytes)).toString().split('\n').filter(Boolean);
  });
  return lines
    .map((line) => JSON.parse(line) as { kind: string; path: string })
    .map(({ kind, path }) => `${kind} ${path}`)
    .toSorted();
}

async function expectLiveEqual(scene: Scene, report: RunReport | undefined): Promise<void> {
  const comparison = await comparePlaces(
    {
      connectionString: scene.emulator.connectionString(scene.source.account),
      share: scene.source.share,
      snapshot: report?.sourceSnapshot ?? '',
    },
    { connectionString: scene.emulator.connectionString(scene.destination.account), share: scene.destination.share },
  );
  expect(comparison.differences).toEqual([]);
}

describe.concurrent('Continuous mode', () => {
  test('seals the first run, then brings the destination up to date each minute, and seals again when it is time', async () => {
    const { scene, next, pass } = await startContinuous();
    await using _scene = scene;
    const [first] = await next();
    scene.source.write({ 'docs/file.txt': 'two' });
    scene.store.files.delete(scene.source.at('gone.txt'));

    const [second] = await next();

    expect(first?.restorePoint).not.toBeNull();
    expect(second).toMatchObject({ status: 'succeeded', restorePoint: null, counts: { copied: 1, deleted: 1 } });
    expect(scene.destination.snapshots()).toHaveLength(1);
    expect(readMarks(scene.destination.metadata(), '')).toMatchObject({ state: 'clean', head: second?.sourceSnapshot });
    await expectLiveEqual(scene, second);
    pass(9 * minute);
    const [third] = await next();
    expect(scene.destination.snapshots()).toHaveLength(2);
    await expectEqualTrees(scene, third as RunReport);
  });

  test('seals at once when something else is selected: an unsealed run leaves out what the restore point does', async () => {
    const { scene, process, next, pass } = await startContinuous();
    await using _scene = scene;
    await next();
    const narrowed = { ...scene.job, exclude: ['gone.txt'] };
    const tickNarrowed = async () => {
      pass(minute);
      return (await process.drive(await runSchedule(process.context, [narrowed])))[0];
    };

    const [first, second, third] = [await tickNarrowed(), await tickNarrowed(), (await next())[0]];

    expect([first, second, third].map((report) => report?.restorePoint !== null)).toEqual([true, false, true]);
  });

  test('trusts what an unsealed run left: the next one asks for no file', async () => {
    const { scene, next } = await startContinuous();
    await using _scene = scene;
    await next();
    scene.source.write({ 'docs/file.txt': 'two' });
    await next();
    scene.emulator.stats.reset();

    const [again] = await next();

    expect(again?.counts).toMatchObject({ unchanged: 2, copied: 0 });
    const { source, destination } = scene.counted();
    for (const operation of ['GetFileProperties', 'CopyFile', 'CreateFile', 'PutRangeFromURL']) {
      expect(Object.keys({ ...source, ...destination })).not.toContain(operation);
    }
  });

  test('has at most head and base of working snapshots at the source, and leaves none over', async () => {
    const { scene, next, pass } = await startContinuous();
    await using _scene = scene;
    await next();
    for (let n = 0; n < 4; n += 1) {
      scene.source.write({ 'docs/file.txt': `${n}` });
      const [report] = await next();
      expect(working(scene).map(({ snapshot }) => snapshot)).toEqual([report?.sourceSnapshot]);
    }
    pass(10 * minute);

    const [sealed] = await next();

    expect(sealed?.restorePoint).not.toBeNull();
    expect(working(scene)).toEqual([]);
    expect(scene.source.snapshots()).toHaveLength(2);
  });

  test('follows a failed run by the next, which believes nothing unproven and leaves no snapshot of the failed one', async () => {
    const { scene, next } = await startContinuous();
    await using _scene = scene;
    await next();
    scene.source.write({ 'docs/file.txt': 'two', 'docs/other.txt': 'other' });
    const fault = { operation: 'PutRangeFromURL', path: 'docs/file.txt', action: { status: 403 } };

    const [failed] = await scene.withFaults([fault], next);
    const [repaired] = await next();

    expect([failed?.status, repaired?.status]).toEqual(['failed', 'succeeded']);
    await expectLiveEqual(scene, repaired);
    expect(working(scene).map(({ snapshot }) => snapshot)).toEqual([repaired?.sourceSnapshot]);
  });

  test('after a failed run compares with the head, not with the restore point: what is there already is not copied again', async () => {
    const { scene, next } = await startContinuous();
    await using _scene = scene;
    await next();
    scene.source.write({ 'docs/file.txt': 'two' });
    const [head] = await next();
    // Long enough that what was copied then is not of the time since which the failed run makes everything doubtful.
    await sleep(distrustMarginMs + 2_000);
    scene.source.write({ 'docs/other.txt': 'other', 'docs/refused.txt': 'refused' });
    const fault = { operation: 'PutRangeFromURL', path: 'docs/refused.txt', action: { status: 403 } };
    const [failed] = await scene.withFaults([fault], next);

    const [repaired] = await next();

    expect([head, failed, repaired].map((report) => [report?.status, report?.counts.copied])).toEqual([
      ['succeeded', 1],
      ['failed', 1],
      ['succeeded', 1],
    ]);
    await expectLiveEqual(scene, repaired);
  });

  test.each([
    ['in one part', {}],
    ['in many parts and turns', { manifestPartBytes: 1, shardEntries: 0 }],
  ])('the manifest holds what all runs since the restore point before have changed, %s', async (_how, margins) => {
    const { scene, process, next, pass } = await startContinuous([{}], { margins });
    await using _scene = scene;
    const [first] = await next();
    scene.source.write({ 'docs/file.txt': 'two' });
    await next();
    scene.source.write({ 'docs/file.txt': 'three', 'new.txt': 'new' });
    scene.store.files.delete(scene.source.at('gone.txt'));
    await next();
    scene.source.write({ 'docs/other.txt': 'other', 'docs/refused.txt': 'refused' });
    const fault = { operation: 'PutRangeFromURL', path: 'docs/refused.txt', action: { status: 403 } };
    const [failed] = await scene.withFaults([fault], next);
    pass(10 * minute);
    scene.source.write({ 'last.txt': 'last' });

    const [sealed] = await next();
    pass(10 * minute);
    const [again] = await next();

    expect([failed?.status, sealed?.status, again?.status]).toEqual(['failed', 'succeeded', 'succeeded']);
    expect(changesOf(scene, first)).toEqual(['copied docs/file.txt', 'copied gone.txt', 'directory docs'].toSorted());
    const changes = changesOf(scene, sealed);
    expect([...new Set(changes)]).toEqual([
      ...['copied docs/file.txt', 'copied docs/other.txt', 'copied docs/refused.txt', 'copied last.txt'],
      ...['copied new.txt', 'deleted gone.txt'],
    ]);
    // Each time that it changed.
    expect(changes.filter((change) => change === 'copied docs/file.txt')).toHaveLength(2);
    expect(changesOf(scene, again)).toEqual([]);
    expect(await process.engine.compareCatalog('docs', { repair: false })).toEqual([]);
  });

  test('starts nothing before its interval, nor while a run is under way', async () => {
    const { scene, process, tick, pass } = await startContinuous();
    await using _scene = scene;
    pass(minute);
    const started = await tick();

    pass(2 * minute);
    const meanwhile = await tick();
    await process.drive(started);
    pass(minute);
    const after = await tick();
    await process.drive(after);
    const tooEarly = await tick();

    expect([started, meanwhile, after, tooEarly].map(({ length }) => length)).toEqual([1, 0, 1, 0]);
  });

  test('pruning by hand, with no state either, keeps what the newest restore point was made of', async () => {
    const { scene, next } = await startContinuous();
    await using _scene = scene;
    scene.job.source.keep = { last: 1 };
    const [sealed] = await next();
    const [, head] = [await next(), await next()];

    const { source } = await scene.engine().engine.prune('docs', { dryRun: false });

    expect(source).toEqual({
      keep: [
        { snapshot: head[0]?.sourceSnapshot, reasons: ['base of place1'] },
        { snapshot: sealed?.sourceSnapshot, reasons: ['newest restore point of place1', 'last-1'] },
      ],
      prune: [],
    });
    expect(scene.source.snapshots()).toHaveLength(2);
  });

  test('several destinations share each working snapshot', async () => {
    const { scene, next } = await startContinuous([{}, {}]);
    await using _scene = scene;
    await next();
    scene.source.write({ 'docs/file.txt': 'two' });

    const reports = await next();

    expect(reports.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
    expect(working(scene).map(({ snapshot }) => snapshot)).toEqual([reports[0]?.sourceSnapshot]);
    expect(reports[1]?.sourceSnapshot).toBe(reports[0]?.sourceSnapshot);
  });
});
