import { describe, expect, test } from 'vitest';
import { openLocalState } from '../../../lib/local/index.ts';
import type { Phase, RunRow } from '../../../lib/model/index.ts';
import type { StateStore } from '../../../lib/run/ports.ts';
import { type EngineProcess, expectEqualTrees, type Scene, startScene } from '../../support/engine-fixture.ts';

const nameOf = (index: number): string => `d${index % 3}/f${String(index).padStart(3, '0')}.txt`;
const files = (count: number, content = 'x') =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [nameOf(index), content]));

const deleteFirst = ({ store, source }: Scene, count: number) => {
  for (let index = 0; index < count; index += 1) store.files.delete(source.at(nameOf(index)));
};

/** Cancels the run once its row says this phase. */
const cancellingAt =
  (phase: Phase, engineOf: () => EngineProcess) =>
  (state: StateStore): StateStore => {
    let isDone = false;
    return {
      ...state,
      get: (partition, key) => state.get(partition, key),
      list: (partition, range) => state.list(partition, range),
      first: (partition, range) => state.first(partition, range),
      transact: async (partition, operations) => {
        const etags = await state.transact(partition, operations);
        const row = operations.find(({ key }) => key === 'run');
        const value = row === undefined || row.kind === 'delete' ? undefined : (row.value as RunRow);
        if (!isDone && value?.phase === phase && value.advancingOwner !== '') {
          isDone = true;
          await engineOf().engine.cancel(value.runId);
        }
        return etags;
      },
    };
  };

const leased = (scene: Scene): boolean => scene.store.shares.getProperties(scene.destination).lease.state === 'leased';

describe.concurrent('A run that is cancelled', () => {
  test('stops shards that are at work, and leaves the others without work', async () => {
    const tree = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`dir${index}/file.txt`, 'x']));
    await using scene = await startScene({ tree });
    const one = scene.engine({ leaseSeconds: 4 });
    const slow = { operation: 'ListFilesAndDirectories', path: 'dir*', action: { delayMs: 400 } } as const;

    const report = await scene.withFaults([slow], async () => {
      const [runId = ''] = await one.engine.startRuns('docs', {});
      const driving = one.drive([runId]);
      const listed = () => scene.counted().source['ListFilesAndDirectories'] ?? 0;
      await expect.poll(listed, { timeout: 10_000 }).toBeGreaterThan(2);
      await one.engine.cancel(runId);
      return (await driving)[0];
    });

    expect(report?.status).toBe('cancelled');
    expect(scene.counted().source['ListFilesAndDirectories']).toBeLessThan(30);
  });

  const phases = ['preparing', 'scanning', 'deciding', 'deleting', 'directories', 'sealing', 'checking'] as const;

  test.each(phases)('while %s gives its leases back and leaves the destination distrusted', async (phase) => {
    await using scene = await startScene({ tree: { ...files(24), 'd9/': {} }, job: { guard: { minEntries: 1000 } } });
    const state = openLocalState(':memory:');
    const first = scene.engine({ state, origin: 'app' });
    await first.run();
    scene.source.write({ 'd0/new.txt': 'new', 'd1/f001.txt': 'changed' });
    deleteFirst(scene, 1);
    const points = scene.destination.snapshots().length;
    const one: EngineProcess = scene.engine({ state, origin: 'app', wrapState: cancellingAt(phase, () => one) });

    const report = await one.run();

    expect([report.status, report.restorePoint]).toEqual(['cancelled', null]);
    expect(leased(scene)).toBe(false);
    expect(scene.destination.snapshots()).toHaveLength(points);
    const taken = scene.source.snapshots().find(({ snapshot }) => snapshot === report.sourceSnapshot);
    expect(taken?.leased ?? false).toBe(false);
    expect(scene.destination.metadata()['farshare_state']).toBe('writing');
    expect(one.events.map(({ name }) => name)).toContain('backup.run.cancelled');
    const [again] = await one.drive([await one.engine.retry(report.runId)]);
    expect(again).toMatchObject({ retryOf: report.runId });
    expect(again?.sourceSnapshot).toBe(report.sourceSnapshot ?? again?.sourceSnapshot);
    await expectEqualTrees(scene, await one.run());
  });

  test('and has ended is refused, as is one that there never was', async () => {
    await using scene = await startScene({ tree: files(3) });
    const one = scene.engine();
    const { runId } = await one.run();

    await expect(one.engine.cancel(runId)).rejects.toMatchObject({ code: 'RunEnded' });
    await expect(one.engine.cancel('docs-x-20261122t030000z-000000')).rejects.toMatchObject({ code: 'RunNotFound' });
    await expect(one.engine.cancel('../../etc')).rejects.toMatchObject({ code: 'RunNotFound' });
  });
});

/** 30 files backed up, of which 20 are then deleted at the source: more than the guard lets pass. */
async function stoppedAtGuard(scene: Scene) {
  const one = scene.engine({ origin: 'app' });
  await one.run();
  deleteFirst(scene, 20);
  const stopped = await one.run();
  expect(stopped).toMatchObject({ status: 'awaiting-approval', counts: { deleted: 0 } });
  return { one, stopped };
}

describe.concurrent('A run that awaits approval', () => {
  test('is gone on with on its snapshot, once', async () => {
    await using scene = await startScene({ tree: files(30) });
    const { one, stopped } = await stoppedAtGuard(scene);
    scene.source.write({ 'later.txt': 'not in the snapshot' });

    const runId = await one.engine.approve(stopped.runId, { idempotencyKey: 'k' });
    const again = await one.engine.approve(stopped.runId, { idempotencyKey: 'k' });
    await expect(one.engine.approve(stopped.runId)).rejects.toMatchObject({ code: 'Superseded' });
    const [report] = await one.drive([runId]);

    expect(again).toBe(runId);
    expect(report).toMatchObject({ status: 'succeeded', approvalOf: stopped.runId, counts: { deleted: 20 } });
    expect(report?.sourceSnapshot).toBe(stopped.sourceSnapshot);
    await expect(one.engine.approve(stopped.runId)).rejects.toMatchObject({ code: 'Superseded' });
    await expect(one.engine.approve(runId)).rejects.toMatchObject({ code: 'NotAwaiting' });
  });

  test('stops again when more would be deleted than was approved', async () => {
    await using scene = await startScene({ tree: files(30) });
    const { one, stopped } = await stoppedAtGuard(scene);
    scene.destination.write({ 'd0/strange.txt': 'put there by somebody else' });

    const [report] = await one.drive([await one.engine.approve(stopped.runId)]);

    expect(report).toMatchObject({ status: 'awaiting-approval', counts: { deleted: 0 } });
    expect(report?.guard?.join()).toContain(
      'Approved were 20 deletions and 0 overwritten of 0 changed files; now there would be 21',
    );
    const [second] = await one.drive([await one.engine.approve(report?.runId ?? '')]);
    expect(second).toMatchObject({ status: 'succeeded', counts: { deleted: 21 } });
  });

  test('is not approved after seven days, after a later run, or without its snapshot', async () => {
    await using scene = await startScene({ tree: files(30) });
    const { one, stopped } = await stoppedAtGuard(scene);
    const { clock } = one.context;
    const late = scene.engine({
      state: one.context.state,
      clock: { ...clock, now: () => Date.now() + 7.01 * 24 * 60 * 60 * 1000 },
    });

    await expect(late.engine.approve(stopped.runId)).rejects.toMatchObject({ code: 'ApprovalExpired' });
    const taken = { ...scene.source, snapshot: stopped.sourceSnapshot ?? '' };
    scene.store.leases.break(taken);
    scene.store.shares.delete(taken);
    await expect(one.engine.approve(stopped.runId)).rejects.toMatchObject({ code: 'SnapshotGone' });
    await one.run();
    await expect(one.engine.approve(stopped.runId)).rejects.toMatchObject({ code: 'Superseded' });
  });

  test('because its destination holds something else is approved without its deletions', async () => {
    await using scene = await startScene({ tree: files(3) });
    scene.store.shares.create(scene.destination, { quota: 10 });
    scene.destination.write(Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`other${i}.txt`, 'x'])));
    const one = scene.engine();
    const strange = await one.run();

    const [report] = await one.drive([await one.engine.approve(strange.runId)]);

    expect([strange.status, report?.status]).toEqual(['awaiting-approval', 'awaiting-approval']);
    expect(report?.guard?.join()).toContain('30 of 30 entries would be deleted');
    const [last] = await one.drive([await one.engine.approve(report?.runId ?? '')]);
    expect(last).toMatchObject({ status: 'succeeded', counts: { deleted: 30 } });
  });
});

describe.concurrent('A run that failed', () => {
  test('is tried again on its snapshot; one that succeeded is not', async () => {
    await using scene = await startScene({ tree: files(3) });
    const one = scene.engine();
    const refused = { operation: 'ListFilesAndDirectories', path: 'd1', action: { status: 403 } } as const;
    const failed = await scene.withFaults([refused], () => one.run());

    const [report] = await one.drive([await one.engine.retry(failed.runId)]);

    expect(failed.status).toBe('failed');
    expect(report).toMatchObject({ status: 'succeeded', retryOf: failed.runId, sourceSnapshot: failed.sourceSnapshot });
    await expect(one.engine.retry(failed.runId)).rejects.toMatchObject({ code: 'Superseded' });
    await expect(one.engine.retry(report?.runId ?? '')).rejects.toMatchObject({ code: 'NotRetryable' });
  });
});
