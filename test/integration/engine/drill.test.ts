import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FilesEmulator, startFilesEmulator } from '../../../emulator/index.ts';
import { openLocalState } from '../../../lib/local/index.ts';
import type { ShareOpener, SharePort } from '../../../lib/run/ports.ts';
import { runSchedule } from '../../../lib/run/index.ts';
import type { RunReport } from '../../../lib/model/index.ts';
import { expectCountsAddUp, startScene } from '../../support/engine-fixture.ts';
import type { TreeLiteral } from '../../support/engine-tree.ts';
import { clockAhead } from '../../support/mortal-process.ts';
import { oddTree } from '../../support/odd-tree.ts';
import { filesIn, newShare } from '../../support/restores.ts';

let emulator: FilesEmulator;
beforeAll(async () => {
  emulator = await startFilesEmulator();
});
afterAll(() => emulator.stop());

const vault = 'devstoreaccount2';

/** A scene with one restore point, and a drill that goes to a share of its own. */
async function backedUp(tree: TreeLiteral, drill: Record<string, unknown> = {}, more = {}) {
  const share = newShare();
  const scene = await startScene({ emulator, tree, job: { drill: { every: 'P1D', share, ...drill } }, ...more });
  const process = scene.engine();
  expect(await process.run()).toMatchObject({ status: 'succeeded' });
  const run = async (): Promise<RunReport> => {
    const [report] = await process.drive(await process.engine.startDrills('docs'));
    return report as RunReport;
  };
  return { scene, process, run, scratch: { account: vault, share } };
}

describe.concurrent('A drill', () => {
  test('restores everything that is in the sample, finds it equal in all that it has, and removes it', async () => {
    const { scene, process, run, scratch } = await backedUp(oddTree, { samplePercent: 100 });
    const points = scene.destination.snapshots();

    const report = await run();

    expectCountsAddUp(report);
    expect({ failures: report.failures, status: report.status }).toEqual({ failures: [], status: 'succeeded' });
    expect(report).toMatchObject({ kind: 'drill', job: 'docs', destination: 'place1' });
    expect(report.counts.copied).toBe(report.counts.files);
    expect(report.verification).toMatchObject({ files: report.counts.copied, differing: 0, unread: 0 });
    expect(report.requests.verification).toBeGreaterThan(report.counts.files);
    expect(filesIn(scene, scratch)).toEqual({});
    expect(scene.store.snapshots.list(scratch)).toEqual([]);
    expect(scene.destination.snapshots()).toEqual(points);
    expect(process.events.map(({ name }) => name)).toContain('backup.drill.passed');
  });

  test('takes about as many files as it is told to, others each time', async () => {
    const tree = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`d${n % 20}/f${n}.txt`, `${n}`]));
    const { run } = await backedUp(tree, { files: 30 });

    const [first, second] = [await run(), await run()];

    for (const { counts, status } of [first, second]) {
      expect(status).toBe('succeeded');
      expect(counts.copied).toBeGreaterThan(8);
      expect(counts.copied).toBeLessThan(70);
      expect(counts.files + counts.excluded).toBe(300);
    }
  });

  test('of a dated destination tries the newest versions out', async () => {
    const { scene, run, scratch } = await backedUp(
      { 'a/one.txt': 'one', 'two.txt': 'two' },
      {},
      { destinations: [{ mode: 'dated' }] },
    );

    expect(await run()).toMatchObject({
      status: 'succeeded',
      mode: 'dated',
      counts: { copied: 2 },
      verification: { files: 2, differing: 0 },
    });
    expect(filesIn(scene, scratch)).toEqual({});
  });

  test('does not pass when nothing was in the sample', async () => {
    const { run } = await backedUp({ 'a.txt': 'a' }, { samplePercent: 0 });

    expect(await run()).toMatchObject({ status: 'failed', failures: [{ code: 'NothingSampled' }] });
  });

  test('goes to the account and the share that it is told', async () => {
    const { run, scratch } = await backedUp({ 'a.txt': 'a' }, { account: 'production' });

    const report = await run();

    expect(report).toMatchObject({ status: 'succeeded', counts: { copied: 1 } });
    expect(report.restore?.to).toEqual({
      account: 'production',
      share: scratch.share,
      path: `drill-${report.runId}`,
    });
  });

  test.each([{ every: 'P1D' }, { schedule: '0 0 0 * * *' }])(
    'with %j starts when it is due, once, and not before there is anything to restore',
    async (when) => {
      const share = newShare();
      const scene = await startScene({ emulator, tree: { 'a.txt': 'a' }, job: { drill: { ...when, share } } });
      const state = openLocalState(':memory:');
      const at = (days: number) =>
        scene.engine({ state, origin: 'app', clock: clockAhead(days * 86_400_000 + days * 1_000) });
      const tick = (days: number) => runSchedule(at(days).context, scene.loaded.config.jobs);

      expect(await tick(0)).toEqual([]);
      expect(await tick(1)).toEqual([]);
      await scene.engine({ state }).run();
      expect(await tick(2)).toHaveLength(1);
      expect(await tick(2)).toEqual([]);
    },
  );
});

/** Calls `spoil` with the path of what was restored, once all of it is there and before it is compared. */
const spoiling = (shares: ShareOpener, of: { share: string; spoil: (root: string) => void }): ShareOpener => ({
  open: (ref, access) =>
    new Proxy(shares.open(ref, access), {
      get(port: SharePort, name, receiver) {
        const method: unknown = Reflect.get(port, name, receiver);
        if (typeof method !== 'function' || name !== 'setDirectoryProperties' || ref.share !== of.share) return method;
        return async (path: string, settings: Parameters<SharePort['setDirectoryProperties']>[1]) => {
          await port.setDirectoryProperties(path, settings);
          if (settings.times !== undefined && !path.includes('/')) of.spoil(path);
        };
      },
    }),
});

test('A drill that brings back something else fails, says which file and what, and cleans up', async () => {
  const { scene, scratch } = await backedUp({ 'a.txt': 'content of a', 'b.txt': 'b', 'c.txt': 'c' });
  const { store } = scene;
  const spoil = (root: string): void => {
    const at = (name: string) => ({ ...scratch, path: `${root}/${name}` });
    const before = new Map(['a.txt', 'b.txt'].map((name) => [name, store.files.getProperties(at(name))]));
    store.files.putRange(at('a.txt'), 0, new Uint8Array(Buffer.from('CONTENT')));
    store.files.setMetadata(at('b.txt'), { added: 'by somebody' });
    for (const [name, { lastWriteTime, changeTime }] of before) {
      store.files.setProperties(at(name), { lastWriteTime, changeTime });
    }
  };
  const process = scene.engine({ wrapShares: (shares) => spoiling(shares, { share: scratch.share, spoil }) });

  const [report] = await process.drive(await process.engine.startDrills('docs'));

  expectCountsAddUp(report as RunReport);
  expect(report).toMatchObject({ status: 'failed', counts: { files: 3, copied: 1, failed: 2 } });
  expect(report?.failures.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toMatchObject([
    { path: 'a.txt', code: 'ContentDiffers' },
    { path: 'b.txt', code: 'PropertiesDiffer' },
  ]);
  expect(process.events.map(({ name }) => name)).toContain('backup.drill.failed');
  expect(filesIn(scene, scratch)).toEqual({});
});
