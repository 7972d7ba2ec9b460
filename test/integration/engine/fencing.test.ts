import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { composeLocal } from '../../../lib/compose.ts';
import type { RunReport } from '../../../lib/model/index.ts';
import { openLocalState } from '../../../lib/local/index.ts';
import { changingTree } from '../../support/changes.ts';
import {
  expectCountsAddUp,
  expectEqualTrees,
  type Scene,
  type SceneShare,
  startScene,
} from '../../support/engine-fixture.ts';
import { freezer } from '../../support/frozen-process.ts';
import { clockAhead } from '../../support/mortal-process.ts';

const tenMinutes = 600_000;

describe.concurrent('A worker that stood still while another finished its run', () => {
  // Writes of a first run: share, mark, snapshot, directories, files, times, seal.
  test.each([2, 3, 4, 5, 7, 9, 11, 13, 15])(
    'before its write %i writes nothing more when it is thawed',
    async (number) => {
      await using scene = await startScene({ tree: { ...changingTree, 'empty.txt': '' } });
      const state = openLocalState(':memory:');
      const freeze = freezer(number);
      const slow = scene.engine({ state, ...freeze.ports });
      const over = new AbortController();
      const runIds = await slow.engine.startRuns('docs', {});
      const working = slow.drive(runIds, { signal: over.signal }).catch(() => []);
      await freeze.frozen;

      const [report] = await scene.engine({ state, clock: clockAhead(tenMinutes) }).drive(runIds);
      freeze.thaw(tenMinutes);
      over.abort();
      await working;

      expect(freeze.writtenSinceThaw).toEqual([]);
      await expectEqualTrees(scene, report as RunReport);
      await expectEqualTrees(scene, { ...(report as RunReport), restorePoint: '' });
      expect(scene.destination.snapshots()).toHaveLength(1);
    },
  );
});

test.concurrent('A run in which a shard was taken over lists everything again before it seals', async () => {
  await using scene = await startScene({ tree: changingTree });
  const state = openLocalState(':memory:');
  const freeze = freezer(6);
  const slow = scene.engine({ state, ...freeze.ports });
  const over = new AbortController();
  const runIds = await slow.engine.startRuns('docs', {});
  const working = slow.drive(runIds, { signal: over.signal }).catch(() => []);
  await freeze.frozen;

  const second = scene.engine({ state, clock: clockAhead(tenMinutes) });
  const [report] = await second.drive(runIds);
  freeze.thaw(tenMinutes);
  over.abort();
  await working;

  expect(second.events.map(({ name }) => name)).toContain('backup.run.listedagain');
  expect(await second.rowOf(runIds[0] ?? '')).toMatchObject({ pass: 2 });
  await expectEqualTrees(scene, report as RunReport);
  expectCountsAddUp(report as RunReport);
});

const isLocked = ({ store, destination }: Scene) => store.shares.getProperties(destination).lease.state === 'leased';

describe.concurrent('The lock of a destination', () => {
  test('is given back at the end of a run, whatever the watchdog does meanwhile', async () => {
    await using scene = await startScene({ tree: changingTree });

    await scene.engine({ margins: { lockSeconds: 15 } }).run();

    expect(isLocked(scene)).toBe(false);
  });

  test('makes an engine with a state of its own wait until the other has ended', async () => {
    await using scene = await startScene();
    const size = { files: 400, filesPerDirectory: 20, depth: 2, sizeBytes: 10, seed: 1 };
    scene.store.tree.grow(scene.source, { path: '', ...size });
    const margins = { lockRetryMs: 200 };

    const reports = await Promise.all([scene.engine({ margins }).run(), scene.engine({ margins }).run()]);

    const [first, second] = reports.toSorted((a, b) => b.counts.copied - a.counts.copied);
    expect(first?.counts).toMatchObject({ copied: 400 });
    expect(second?.counts).toMatchObject({ copied: 0, unchanged: 400 });
    for (const report of reports) await expectEqualTrees(scene, report);
  });

  test('held by somebody else for too long ends the run as DestinationBusy, with nothing written', async () => {
    await using scene = await startScene({ tree: changingTree });
    scene.store.shares.create(scene.destination);
    scene.store.leases.acquire(scene.destination, { durationSeconds: -1 });
    const process = scene.engine({ margins: { lockRetryMs: 100, lockWaitMs: 500 } });

    const report = await process.run();

    expect(report).toMatchObject({ status: 'failed', failures: [{ code: 'DestinationBusy' }] });
    expect(scene.source.snapshots()).toEqual([]);
    expect(scene.destination.metadata()).toEqual({});
  });
});

describe.concurrent('Destinations of one job', () => {
  test('share one snapshot of the source', async () => {
    await using scene = await startScene({ tree: changingTree, destinations: [{}, {}, { path: '/third' }] });

    const reports = await scene.engine().runAll();

    expect(scene.source.snapshots()).toHaveLength(1);
    expect(new Set(reports.map(({ sourceSnapshot }) => sourceSnapshot)).size).toBe(1);
    for (const [index, report] of reports.entries()) await expectEqualTrees(scene, report, { index });
  });

  test('do not fail with the one that does', async () => {
    await using scene = await startScene({ tree: changingTree, destinations: [{}, {}] });
    scene.store.shares.create(scene.destination);
    scene.store.leases.acquire(scene.destination, { durationSeconds: -1 });
    const process = scene.engine({ margins: { lockRetryMs: 100, lockWaitMs: 1_000 } });

    const [first, second] = await process.runAll();

    expect(first).toMatchObject({ status: 'failed' });
    await expectEqualTrees(scene, second as RunReport, { index: 1 });
  });
});

test.concurrent('An interrupted local run gives its lock back, and the next start goes on with it', async () => {
  await using scene = await startScene();
  const size = { files: 3_000, filesPerDirectory: 50, depth: 3, sizeBytes: 10, seed: 1 };
  scene.store.tree.grow(scene.source, { path: '', ...size });
  const stateDirectory = await mkdtemp(join(tmpdir(), 'farshare-engine-'));
  const compose = () => composeLocal({ config: scene.loaded, stateDirectory, log: () => undefined });
  const interrupt = new AbortController();

  const first = await compose();
  const runIds = await first.startRuns('docs', {});
  const watching = setInterval(() => {
    if ((scene.counted().destination['CopyFile'] ?? 0) > 100) interrupt.abort();
  }, 5);
  await first.drive(runIds, { signal: interrupt.signal, onProgress: () => undefined });
  clearInterval(watching);
  const interrupted = await first.report(runIds[0] ?? '');
  await first.close();
  const wasLocked = isLocked(scene);
  const second = await compose();
  const again = await second.startRuns('docs', {});
  await second.drive(again, { signal: new AbortController().signal, onProgress: () => undefined });
  const report = (await second.report(again[0] ?? '')) as RunReport;
  await second.close();
  await rm(stateDirectory, { recursive: true });

  expect(interrupted?.status).toBe('running');
  expect(wasLocked).toBe(false);
  expect(again).toEqual(runIds);
  expect(report.counts).toMatchObject({ files: 3_000, copied: 3_000 });
  await expectEqualTrees(scene, report);
});

test.concurrent('Of an interrupted local run, the destination that had ended begins anew beside the one that goes on', async () => {
  await using scene = await startScene({ tree: changingTree, destinations: [{}, {}] });
  const busy = scene.destinations[1] as SceneShare;
  scene.store.shares.create(busy);
  scene.store.leases.acquire(busy, { durationSeconds: -1 });
  const stateDirectory = await mkdtemp(join(tmpdir(), 'farshare-engine-'));
  const compose = () => composeLocal({ config: scene.loaded, stateDirectory, log: () => undefined });
  const interrupt = new AbortController();

  const first = await compose();
  const runIds = await first.startRuns('docs', {});
  await first.drive(runIds, {
    signal: interrupt.signal,
    onProgress: ({ destination, status }) => {
      if (destination === 'place1' && status === 'succeeded') interrupt.abort();
    },
  });
  await first.close();
  scene.store.leases.break(busy, { breakPeriodSeconds: 0 });
  const second = await compose();
  const again = await second.startRuns('docs', {});
  const reports = await second.drive(again, { signal: new AbortController().signal, onProgress: () => undefined });
  await second.close();
  await rm(stateDirectory, { recursive: true });

  expect(again).toEqual([runIds[1], expect.stringContaining('docs-place1-')]);
  expect(again).not.toContain(runIds[0]);
  expect(reports.map(({ destination, status }) => `${destination} ${status}`)).toEqual([
    'place2 succeeded',
    'place1 succeeded',
  ]);
});
