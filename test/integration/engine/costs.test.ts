/** What runs cost: bytes moved and requests sent by the service's count, and the floor by the formula of docs/architecture.md. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../lib/local/index.ts';
import type { RequestCounts, RunReport, ShardRow, Tally } from '../../../lib/model/index.ts';
import { runSchedule } from '../../../lib/run/index.ts';
import {
  type EngineProcess,
  expectCountsAddUp,
  expectEqualTrees,
  expectExactRequests,
  type Scene,
  type SceneOptions,
  startScene,
} from '../../support/engine-fixture.ts';

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;
const guard = { maxDeletedPercent: 100, maxChangedPercent: 100 };
const letters = (letter: string, length: number): Uint8Array => new Uint8Array(Buffer.alloc(length, letter));

async function startBackedUp(options: SceneOptions = {}) {
  const scene = await startScene({ ...options, job: { guard, ...options.job } });
  const process = scene.engine();
  const first = await process.run();
  expect(first).toMatchObject({ status: 'succeeded', failures: [] });
  scene.emulator.stats.reset();
  return { scene, process, first };
}

/** Byte for byte where either side holds anything; what neither holds is zero on both. */
function expectSameContent({ store, source, destination }: Scene, report: RunReport, path: string): void {
  const left = source.at(path, report.sourceSnapshot ?? '');
  const right = destination.at(path, report.restorePoint ?? '');
  const sizes = [left, right].map((ref) => store.files.getProperties(ref).sizeBytes);
  expect(sizes[1]).toBe(sizes[0]);
  for (const { start, end } of [left, right].flatMap((ref) => store.files.listRanges(ref).ranges)) {
    for (let at = start; at < end; at += 4 * MiB) {
      const bytes = [left, right].map((ref) => store.files.open(ref).read(at, Math.min(end, at + 4 * MiB)));
      expect(Buffer.compare(bytes[0] ?? Buffer.of(0), bytes[1] ?? Buffer.of(1))).toBe(0);
    }
  }
}

const bytesCopied = ({ emulator }: Scene): number => emulator.stats.report().bytesCopied;

test("1 % of a 10 GiB file changed: at most 1.1 % of its bytes are copied, by the service's count", async () => {
  const pieces = Object.fromEntries(Array.from({ length: 16 }, (_, n) => [n * 640 * MiB, letters('a', 64 * 1024)]));
  await using scene = await startScene({ tree: { 'big.vhdx': { sizeBytes: 10 * GiB, pieces } }, job: { guard } });
  const process = scene.engine();
  await process.run();
  const change = letters('z', MiB);
  // Every 100 MiB one, on no block's boundary.
  for (let n = 0; n < 102; n += 1) {
    scene.store.files.putRange(scene.source.at('big.vhdx'), n * 100 * MiB + 12_288, change);
  }
  scene.emulator.stats.reset();

  const report = await process.run();

  expect(report.counts).toMatchObject({ rangeCopied: 1, copied: 0 });
  expect(bytesCopied(scene)).toBe(report.bytes.copied);
  expect(bytesCopied(scene)).toBeGreaterThanOrEqual(102 * MiB);
  expect(bytesCopied(scene)).toBeLessThanOrEqual(0.011 * 10 * GiB);
  // What is known of blocks is kept with a request for each batch of ranges, not for each block; besides, two for the manifest.
  expect(scene.counted().destination['PutRange']).toBeLessThanOrEqual(Math.ceil((102 + 16 + 16) / 64) + 2);
  expectExactRequests(scene, report);
  expectSameContent(scene, report, 'big.vhdx');
});

test('A sparse file of 4 TiB with three written ranges costs a handful of requests', async () => {
  const pieces = { 0: letters('a', 4096), [GiB + 5 * MiB]: letters('b', MiB), [4096 * GiB - 512]: letters('c', 512) };
  const tree = { 'sparse.bin': { sizeBytes: 4096 * GiB, pieces } };
  await using scene = await startScene({ tree });
  const process = scene.engine();

  const first = await process.run();
  const empty = await costOfEmptyRun();

  expect(first).toMatchObject({ status: 'succeeded', counts: { copied: 1 } });
  expect(scene.counted().destination).toMatchObject({ PutRangeFromURL: 3 });
  expect(bytesCopied(scene)).toBe(4096 + MiB + 512);
  expect(first.requests.total - empty).toBeLessThanOrEqual(20);
  expectSameContent(scene, first, 'sparse.bin');
});

async function costOfEmptyRun(): Promise<number> {
  await using scene = await startScene();
  return (await scene.engine().run()).requests.total;
}

test('Another permission on 1,000 files copies not one byte of content', async () => {
  const names = Array.from({ length: 1_000 }, (_, n) => `d${n % 10}/f${n}.txt`);
  const tree = Object.fromEntries(names.map((name) => [name, `content of ${name}`]));
  const { scene, process } = await startBackedUp({ tree });
  await using _scene = scene;
  const { permissionKey } = scene.store.permissions.create(scene.source, 'O:SYG:SYD:(D;;FA;;;WD)(A;;FA;;;BA)');
  for (const name of names) {
    const { headers } = scene.store.files.getProperties(scene.source.at(name));
    scene.store.files.setProperties(scene.source.at(name), { headers, permissionKey });
  }

  const report = await process.run();

  expectExactRequests(scene, report);
  expect(bytesCopied(scene)).toBe(0);
  expect(report.bytes.copied).toBe(0);
  expect(report.counts).toMatchObject({ propertiesSet: 1_000, copied: 0, rangeCopied: 0 });
  const { CopyFile, PutRangeFromURL } = scene.counted().destination;
  expect([CopyFile, PutRangeFromURL, report.counts.streamed]).toEqual([undefined, undefined, 0]);
  await expectEqualTrees(scene, report);
});

/** What the steps between phases have asked, which no shard counts: marks, snapshots, leases; and what the manifest took. */
async function fixedRequests({ context }: EngineProcess, runId: string): Promise<number> {
  let sum = 0;
  for await (const { value } of context.state.list<Tally>(`run.${runId}`, { from: 'm-', to: 'm-~' })) {
    sum += sumOf(value.source, Object.keys(value.source)) + sumOf(value.destination, Object.keys(value.destination));
  }
  const shards = context.state.list<ShardRow>(`run.${runId}`, { from: 's-', to: 's-~' });
  for await (const { value } of shards) if (value.work.kind === 'record') sum += value.tally.floor;
  return sum;
}
const sumOf = (counts: RequestCounts, names: readonly string[]): number =>
  names.reduce((sum, name) => sum + (counts[name] ?? 0), 0);

/** The formula of docs/architecture.md, with what a test knows of its tree. */
interface Expected {
  /** Pages of both sides in the scan. */
  readonly pages: number;
  /** Files by ranges, and all their ranges; `oneRange`: those of up to 4 MiB. */
  readonly byRanges?: { readonly files: number; readonly oneRange: number; readonly ranges: number };
  readonly byCopyFile?: number;
  /** Files, and directories that the run did not make. */
  readonly propertiesSet?: number;
  readonly directoriesMade?: number;
  readonly checked: number;
  readonly deletedFiles?: number;
}

function floorOf(expected: Expected, fixed: number): number {
  const { pages, byRanges = { files: 0, oneRange: 0, ranges: 0 }, byCopyFile = 0, checked } = expected;
  const { propertiesSet = 0, directoriesMade = 0, deletedFiles = 0 } = expected;
  return (
    pages +
    byCopyFile +
    4 * byRanges.files -
    byRanges.oneRange +
    byRanges.ranges +
    2 * propertiesSet +
    2 * directoriesMade +
    checked +
    2 * deletedFiles +
    fixed
  );
}

async function expectExactCosts(
  { scene, process }: { scene: Scene; process: EngineProcess },
  report: RunReport,
  expected: Expected,
): Promise<void> {
  expect(report).toMatchObject({ status: 'succeeded', failures: [] });
  expectExactRequests(scene, report);
  expectCountsAddUp(report);
  const { source, destination } = scene.counted();
  const all = [...Object.values(source), ...Object.values(destination)].reduce((sum, count) => sum + count, 0);
  expect(report.requests.total).toBe(all);
  expect(report.requests.floor).toBe(floorOf(expected, await fixedRequests(process, report.runId)));
  expect(report.requests.total).toBeGreaterThanOrEqual(report.requests.floor);
  expect(report.bytes.copied).toBe(bytesCopied(scene));
}

/** 4 directories of 25 files. */
const files = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`d${n % 4}/f${n}.txt`, `content ${n}`]));
function changeSome({ store, source }: Scene): void {
  source.write({ 'd0/f0.txt': 'changed', 'd0/f4.txt': 'changed', 'd1/new.txt': 'new' });
  store.files.delete(source.at('d2/f2.txt'));
  const { headers } = store.files.getProperties(source.at('d3/f3.txt'));
  store.files.setProperties(source.at('d3/f3.txt'), { headers, attributes: 'ReadOnly' });
}

describe("Requests and floor are the service's count and the formula", () => {
  test('of a first copy', async () => {
    await using scene = await startScene({ tree: { ...files, 'd0/empty': '' } });

    const process = scene.engine();
    const report = await process.run();

    expect(report.counts.copied).toBe(101);
    await expectExactCosts({ scene, process }, report, {
      pages: 5 + 1,
      byCopyFile: 100,
      byRanges: { files: 1, oneRange: 1, ranges: 0 },
      directoriesMade: 4,
      propertiesSet: 1,
      checked: 5,
    });
  });

  test('of a run without changes', async () => {
    const { scene, process } = await startBackedUp({ tree: files });
    await using _scene = scene;

    const report = await process.run();

    expect(report.counts.unchanged).toBe(100);
    await expectExactCosts({ scene, process }, report, { pages: 5 + 5, checked: 1 });
  });

  test('of a mirror run after changes', async () => {
    const { scene, process } = await startBackedUp({ tree: files });
    await using _scene = scene;
    changeSome(scene);

    const report = await process.run();

    expect(report.counts).toMatchObject({ copied: 3, propertiesSet: 1, deleted: 1 });
    await expectExactCosts({ scene, process }, report, {
      pages: 5 + 5,
      byCopyFile: 3,
      deletedFiles: 1,
      propertiesSet: 1 + 2,
      checked: 1 + 4,
    });
  });

  test('of a full run', async () => {
    const { scene, process } = await startBackedUp({ tree: files });
    await using _scene = scene;

    const report = await process.run({ full: true });

    expect(report.counts.copied).toBe(100);
    await expectExactCosts({ scene, process }, report, { pages: 5 + 5, byCopyFile: 100, checked: 5 });
  });

  test('of a copy by ranges', async () => {
    const tree = { 'small.bin': letters('s', 100), 'two.bin': letters('t', 6 * MiB) };
    await using scene = await startScene({ tree, job: { copyMethod: 'ranges' } });

    const process = scene.engine();
    const report = await process.run();

    expect(report.counts.copied).toBe(2);
    await expectExactCosts({ scene, process }, report, {
      pages: 1 + 1,
      byRanges: { files: 2, oneRange: 1, ranges: 1 + 2 },
      propertiesSet: 1,
      checked: 1,
    });
  });

  test('of a comparison by MD5', async () => {
    const { scene, process } = await startBackedUp({ tree: files, job: { compare: 'md5' } });
    await using _scene = scene;

    const report = await process.run();

    await expectExactCosts({ scene, process }, report, { pages: 5 + 5, checked: 1 });
    expect(scene.counted().source).toMatchObject({ GetFileProperties: 100 });
  });

  test('of dated mode', async () => {
    const { scene, process } = await startBackedUp({ tree: files, destinations: [{ mode: 'dated' }] });
    await using _scene = scene;
    changeSome(scene);

    const report = await process.run();

    expect(report.counts).toMatchObject({ copied: 4, deleted: 0 });
    await expectExactCosts({ scene, process }, report, { pages: 5 + 5, byCopyFile: 4, checked: 0 });
  });

  test('of continuous mode, between two seals', async () => {
    const schedule = { continuous: 'PT1S', sealEvery: 'PT1H' };
    await using scene = await startScene({ tree: files, job: { schedule, guard } });
    let aheadMs = 0;
    const clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
    const process = scene.engine({ clock, origin: 'app' });
    const next = async (): Promise<readonly RunReport[]> =>
      process.drive(await runSchedule(process.context, scene.loaded.config.jobs));
    await next();
    changeSome(scene);
    scene.emulator.stats.reset();
    aheadMs = 60_000;

    const [report] = (await next()) as [RunReport];

    expect(report.restorePoint).toBeNull();
    await expectExactCosts({ scene, process }, report, {
      pages: 5 + 5,
      byCopyFile: 3,
      deletedFiles: 1,
      propertiesSet: 1 + 2,
      checked: 1 + 4,
    });
  });

  test('of each run of a catch-up', async () => {
    await using scene = await startScene({ tree: files, source: { snapshots: 'existing' }, job: { guard } });
    scene.store.snapshots.create(scene.source);
    changeSome(scene);
    scene.store.snapshots.create(scene.source);

    const process = scene.engine();
    const reports = await process.runAll();

    expect(reports).toHaveLength(2);
    for (const report of reports) expect(report.status).toBe('succeeded');
    const [first, second] = reports as [RunReport, RunReport];
    const counted = scene.counted();
    for (const side of ['source', 'destination'] as const) {
      const names = new Set(Object.keys({ ...first.requests[side], ...second.requests[side] }));
      const both = [...names].map((name) => [
        name,
        sumOf(first.requests[side], [name]) + sumOf(second.requests[side], [name]),
      ]);
      expect(Object.fromEntries(both)).toEqual(counted[side]);
    }
    const fixed = (await fixedRequests(process, first.runId)) + (await fixedRequests(process, second.runId));
    const floors = first.requests.floor + second.requests.floor;
    expect(floors).toBe(
      floorOf(
        {
          pages: 5 + 1 + (5 + 5),
          byCopyFile: 100 + 3,
          directoriesMade: 4,
          deletedFiles: 1,
          propertiesSet: 1 + (1 + 2),
          checked: 5 + (1 + 4),
        },
        fixed,
      ),
    );
  });
});
