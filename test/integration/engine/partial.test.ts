import { describe, expect, test } from 'vitest';
import type { Fault } from '../../../emulator/index.ts';
import { runSchedule } from '../../../lib/run/index.ts';
import { changingTree } from '../../support/changes.ts';
import {
  expectCountsAddUp,
  expectEqualTrees,
  expectExactRequests,
  type SceneOptions,
  startScene,
} from '../../support/engine-fixture.ts';
import { movedClock } from '../../support/moved-clock.ts';

/** Backed up once, then two files changed, one is new and one is gone. */
async function startChanged(maxFailedEntries: number, options: SceneOptions = {}) {
  const job = { copyMethod: 'ranges', guard: { maxFailedEntries }, ...options.job };
  const scene = await startScene({ tree: changingTree, ...options, job });
  const process = scene.engine();
  const first = await process.run();
  expect(first.status).toBe('succeeded');
  scene.source.write({ 'docs/file.txt': 'changed', 'docs/new.txt': 'new', 'docs/deep/er/leaf.txt': 'changed too' });
  scene.store.files.delete(scene.source.at('still.txt'));
  return { scene, process, first };
}

const refusing = (path: string): Fault => ({ operation: 'PutRangeFromURL', path, action: { status: 403 } });

describe.concurrent('Failed entries, as few as maxFailedEntries allows,', () => {
  test('are left out of a restore point that says so, and copied by the next run', async () => {
    const { scene, process } = await startChanged(2);
    await using _scene = scene;
    scene.emulator.stats.reset();

    const report = await scene.withFaults([refusing('docs/file.txt'), refusing('docs/new.txt')], () => process.run());

    expectExactRequests(scene, report);
    expectCountsAddUp(report);
    expect(report).toMatchObject({ status: 'succeeded', complete: 'partial', counts: { failed: 2, deleted: 1 } });
    expect(report.failures.map(({ path }) => path).toSorted()).toEqual(['docs/file.txt', 'docs/new.txt']);
    const point = scene.destination.snapshots().find(({ snapshot }) => snapshot === report.restorePoint);
    expect(point?.metadata).toMatchObject({ farshare_complete: 'partial', farshare_failed: '2' });
    const sealed = scene.destination.at('docs/deep/er/leaf.txt', report.restorePoint ?? '');
    expect(scene.store.files.getProperties(sealed).sizeBytes).toBe('changed too'.length);
    expect(scene.destination.metadata()['farshare_state']).toBe('writing');
    expect(process.events.map(({ name }) => name)).toContain('backup.run.partial');
    expect(process.events.map(({ name }) => name)).not.toContain('backup.check.mismatch');

    const next = await process.run();

    expect(next).not.toHaveProperty('complete');
    expect(next.counts).toMatchObject({ copied: 2, failed: 0, deleted: 0 });
    await expectEqualTrees(scene, next);
  });

  test('fail the run when there is one more, before anything is deleted', async () => {
    const { scene, process } = await startChanged(1);
    await using _scene = scene;

    const report = await scene.withFaults([refusing('docs/file.txt'), refusing('docs/new.txt')], () => process.run());

    expect(report).toMatchObject({ status: 'failed', restorePoint: null, counts: { failed: 2, deleted: 0 } });
    expect(scene.destination.snapshots()).toHaveLength(1);
  });

  test('leave the complete restore point the newest: the base of the next run, and kept', async () => {
    const { scene, process, first } = await startChanged(1, {
      destinations: [{ keep: { last: 1 } }],
      source: { keep: { last: 1 } },
    });
    await using _scene = scene;

    const partial = await scene.withFaults([refusing('docs/new.txt')], () => process.run());
    const kept = scene.destination.snapshots().map(({ snapshot }) => snapshot);
    const sources = scene.source.snapshots().map(({ snapshot }) => snapshot);
    // A process with a state of its own knows what the share says, and nothing else.
    const other = scene.engine();
    const [runId = ''] = await other.engine.startRuns('docs', {});
    const [last] = await other.drive([runId]);

    expect(kept).toEqual([first.restorePoint, partial.restorePoint]);
    expect(sources).toContain(first.sourceSnapshot);
    expect(await other.rowOf(runId)).toMatchObject({ baseSnapshot: first.sourceSnapshot });
    expect(scene.destination.snapshots().map(({ snapshot }) => snapshot)).toEqual([last?.restorePoint]);
  });

  test('are not believed afterwards, however whole they look', async () => {
    const { scene, process } = await startChanged(1, { job: { copyMethod: 'copy-file' } });
    await using _scene = scene;
    const torn: Fault[] = [
      {
        operation: 'CopyFile',
        path: 'docs/file.txt',
        times: 1,
        action: { copyPendingMs: 300, outcome: 'torn', pendingShowsFullSize: true },
      },
      { operation: 'GetFileProperties', account: 'devstoreaccount2', path: 'docs/file.txt', action: { status: 403 } },
    ];

    const report = await scene.withFaults(torn, () => process.run());
    const next = await process.run();

    expect(report).toMatchObject({ complete: 'partial', failures: [{ path: 'docs/file.txt' }] });
    expect(next.counts.copied).toBe(1);
    await expectEqualTrees(scene, next);
  });

  test('are no directories that could not be listed: those fail the run, and nothing is deleted', async () => {
    const { scene, process } = await startChanged(10);
    await using _scene = scene;
    const fault: Fault = {
      operation: 'ListFilesAndDirectories',
      path: 'docs/deep',
      account: 'devstoreaccount1',
      action: { status: 403 },
    };

    const report = await scene.withFaults([fault], () => process.run());

    expect(report).toMatchObject({ status: 'failed', restorePoint: null, counts: { deleted: 0 } });
  });

  test('are tried again on a snapshot that others made, and the restore point replaces the partial one', async () => {
    await using scene = await startScene({
      tree: changingTree,
      source: { snapshots: 'existing' },
      job: { copyMethod: 'ranges', guard: { maxFailedEntries: 1 } },
    });
    scene.store.snapshots.create(scene.source);
    const process = scene.engine();

    const partial = await scene.withFaults([refusing('docs/file.txt')], () => process.run());
    const again = await process.run();
    const third = await process.run();

    expect(partial).toMatchObject({ status: 'succeeded', complete: 'partial' });
    expect(again.sourceSnapshot).toBe(partial.sourceSnapshot);
    await expectEqualTrees(scene, again);
    expect(scene.destination.snapshots().map(({ snapshot }) => snapshot)).toEqual([again.restorePoint]);
    expect(third).toMatchObject({ restorePoint: again.restorePoint, counts: { files: 0 } });
  });

  test('leave no mark in continuous mode between two seals: the next run compares with what was sealed', async () => {
    await using scene = await startScene({
      tree: changingTree,
      job: {
        copyMethod: 'ranges',
        guard: { maxFailedEntries: 1 },
        schedule: { continuous: 'PT1M', sealEvery: 'PT1H' },
      },
    });
    const time = movedClock('2030-01-02T03:00:00Z');
    const process = scene.engine({ clock: time.clock, origin: 'app' });
    const tick = async () => {
      time.pass(2 * 60_000);
      return process.drive(await runSchedule(process.context, scene.loaded.config.jobs));
    };
    const [sealed] = await tick();
    scene.source.write({ 'docs/file.txt': 'changed' });

    const [partial] = await scene.withFaults([refusing('docs/file.txt')], tick);
    const state = scene.destination.metadata()['farshare_state'];
    const [next] = await tick();

    expect(partial).toMatchObject({ status: 'succeeded', restorePoint: null, counts: { failed: 1 } });
    expect(state).toBe('writing');
    expect(await process.rowOf(next?.runId ?? '')).toMatchObject({ baseSnapshot: sealed?.sourceSnapshot });
    expect(next).toMatchObject({ status: 'succeeded', counts: { copied: 1, failed: 0 } });
    expect(scene.destination.metadata()['farshare_state']).toBe('clean');
  });

  test('do not mark the destination in dated mode either: the next run takes up what is missing', async () => {
    const { scene, process } = await startChanged(1, { destinations: [{ mode: 'dated' }] });
    await using _scene = scene;

    const report = await scene.withFaults([refusing('*/docs/new.txt')], () => process.run());
    const next = await process.run();

    expect(report).toMatchObject({ complete: 'partial', counts: { copied: 2, failed: 1 } });
    expect(next).toMatchObject({ status: 'succeeded', counts: { copied: 3, failed: 0 } });
  });
});
