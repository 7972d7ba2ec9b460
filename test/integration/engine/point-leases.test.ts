/** The lease that holds each restore point: who takes it, who ends it, and what goes on where it cannot be taken. */
import { describe, expect, test } from 'vitest';
import type { RunRow } from '../../../lib/model/index.ts';
import { giveBackPoint, holdForReading, pointLeaseId } from '../../../lib/run/point-leases.ts';
import type { SharePort } from '../../../lib/run/ports.ts';
import { expectExactRequests, type Scene, type SceneOptions, startScene } from '../../support/engine-fixture.ts';

const tree = { 'a.txt': 'a' };
const start = (options: SceneOptions = {}) => startScene({ tree, ...options });
const heldOf = ({ destination }: Scene) => destination.snapshots().map(({ leased }) => leased);
const eventsNamed = (events: readonly { readonly name: string }[], name: string) =>
  events.filter((event) => event.name === name);

describe('A restore point', () => {
  test('is held from the end of its run on, by one request more than before', async () => {
    await using scene = await start();
    const process = scene.engine();

    const report = await process.run();

    expect(heldOf(scene)).toEqual([true]);
    expectExactRequests(scene, report);
    expect(report.requests.destination['AcquireShareLease']).toBe(2);
  });

  test('cannot be deleted by a tool that knows nothing of leases, nor with the whole share', async () => {
    await using scene = await start();
    await scene.engine().run();
    const { store, destination } = scene;
    const [point] = destination.snapshots();
    const snapshot = point?.snapshot ?? '';

    expect(() => store.shares.delete({ ...destination, snapshot })).toThrow(
      expect.objectContaining({ code: 'LeaseIdMissing' }),
    );
    expect(() => store.shares.delete(destination, { deleteSnapshots: 'include' })).toThrow(
      expect.objectContaining({ code: 'DeleteShareWhenSnapshotLeased' }),
    );
  });

  test('is deleted with its lease in one request, when retention gives it up', async () => {
    await using scene = await start({ destinations: [{ keep: { last: 1 } }] });
    const process = scene.engine();
    await process.run();
    await process.run();
    const before = scene.counted().destination['DeleteShare'] ?? 0;

    const report = await process.run();

    expect(heldOf(scene)).toEqual([true]);
    expect(report.requests.destination['DeleteShare']).toBe((scene.counted().destination['DeleteShare'] ?? 0) - before);
    expect(report.requests.destination['DeleteShare']).toBe(1);
    expect(eventsNamed(process.events, 'backup.prune.refused')).toEqual([]);
  });

  test.each(['dated', 'mirror'])('of mode %s is held', async (mode) => {
    await using scene = await start({ destinations: [{ mode }] });

    await scene.engine().run();

    expect(heldOf(scene)).toEqual([true]);
  });

  test('without a lease, as an earlier version or somebody who broke it has left it, still goes', async () => {
    await using scene = await start({ destinations: [{ keep: { last: 1 } }] });
    const process = scene.engine();
    await process.run();
    const [point] = scene.destination.snapshots();
    scene.store.leases.break({ ...scene.destination, snapshot: point?.snapshot ?? '' }, { breakPeriodSeconds: 0 });

    await process.run();

    expect(heldOf(scene)).toEqual([true]);
    expect(scene.destination.snapshots()[0]?.snapshot).not.toBe(point?.snapshot);
  });

  test('that somebody else leased stays, and pruning says so', async () => {
    await using scene = await start({ destinations: [{ keep: { last: 1 } }] });
    const process = scene.engine();
    await process.run();
    const [point] = scene.destination.snapshots();
    const target = { ...scene.destination, snapshot: point?.snapshot ?? '' };
    scene.store.leases.break(target, { breakPeriodSeconds: 0 });
    scene.store.leases.acquire(target, { durationSeconds: -1 });

    await process.run();

    expect(heldOf(scene)).toEqual([true, true]);
    expect(eventsNamed(process.events, 'backup.prune.refused')).not.toEqual([]);
  });

  test('that is found wrong is deleted before it was ever held', async () => {
    await using scene = await start();
    const process = scene.engine();

    const report = await scene.withFaults(
      [
        {
          operation: 'ListFilesAndDirectories',
          account: scene.destination.account,
          after: 2,
          times: 1,
          action: { listing: 'dropEntries', count: 1 },
        },
      ],
      () => process.run(),
    );

    expect(eventsNamed(process.events, 'backup.check.mismatch')).toHaveLength(1);
    expect(report.status).toBe('succeeded');
    expect(heldOf(scene)).toEqual([true]);
    expectExactRequests(scene, report);
  });

  test('is sealed all the same where the lease is refused', async () => {
    await using scene = await start();
    const process = scene.engine();

    const report = await scene.withFaults(
      [
        {
          operation: 'AcquireShareLease',
          account: scene.destination.account,
          after: 1,
          times: 1,
          action: { status: 403, code: 'AuthorizationPermissionMismatch' },
        },
      ],
      () => process.run(),
    );

    expect(report.status).toBe('succeeded');
    expect(heldOf(scene)).toEqual([false]);
    expect(eventsNamed(process.events, 'backup.point.notheld')).toHaveLength(1);
  });
});

describe('Reading a restore point', () => {
  const readsPoint = async (scene: Scene, during: () => void): Promise<void> => {
    const [point] = scene.destination.snapshots();
    const run = { runId: 'docs-reader', sourceSnapshot: point?.snapshot } as RunRow;
    const ref = { account: 'vault', share: scene.destination.share };
    const share = scene.engine().context.shares.open(ref, { meter: { record: () => undefined } });
    await holdForReading(run, share);
    during();
    await giveBackPoint(run, share);
  };

  test('takes the place of its lease by one that ends by itself, which pruning does not, and gives it back', async () => {
    await using scene = await start();
    await scene.engine().run();
    const [point] = scene.destination.snapshots();
    const target = { ...scene.destination, snapshot: point?.snapshot ?? '' };
    const own = pointLeaseId({ ref: scene.destination } as unknown as SharePort, target.snapshot);

    await readsPoint(scene, () => {
      expect(scene.store.shares.getProperties(target).lease.duration).toBe('fixed');
      expect(() => scene.store.shares.delete(target, { leaseId: own })).toThrow(
        expect.objectContaining({ code: 'LeaseIdMismatchWithContainerOperation' }),
      );
    });

    expect(scene.store.shares.getProperties(target).lease.duration).toBe('infinite');
    scene.store.shares.delete(target, { leaseId: own });
    expect(scene.destination.snapshots()).toEqual([]);
  });

  test('leaves no lease on a snapshot of others', async () => {
    await using scene = await start();
    scene.store.shares.create(scene.destination, { quota: 1 });
    scene.store.snapshots.create(scene.destination);

    await readsPoint(scene, () => expect(heldOf(scene)).toEqual([true]));

    expect(heldOf(scene)).toEqual([false]);
  });

  test('by a process that died leaves a point without a lease, which the next run holds again', async () => {
    await using scene = await start();
    const process = scene.engine();
    await process.run();
    const [point] = scene.destination.snapshots();
    scene.store.leases.break({ ...scene.destination, snapshot: point?.snapshot ?? '' }, { breakPeriodSeconds: 0 });
    expect(heldOf(scene)).toEqual([false]);

    const report = await process.run();

    expect(heldOf(scene)).toEqual([true, true]);
    expect(report.requests.destination['AcquireShareLease']).toBe(3);
  });
});

describe('A pin', () => {
  test('takes the place of the point’s lease without letting go of it, and gives it back', async () => {
    await using scene = await start();
    const process = scene.engine();
    await process.run();
    const { engine } = process;
    const snapshot = scene.destination.snapshots()[0]?.snapshot ?? '';
    const acquired = () => scene.counted().destination['AcquireShareLease'] ?? 0;
    const before = acquired();

    await engine.pin('docs', { when: 'latest', until: '2099-12-31' });
    expect(heldOf(scene)).toEqual([true]);
    await engine.pin('docs', { when: 'latest' });

    expect(heldOf(scene)).toEqual([true]);
    // The lock of each of the two; the point's lease only changed hands.
    expect(acquired() - before).toBe(2);
    expect(eventsNamed(process.events, 'backup.pin.notheld')).toEqual([]);
    scene.job.destinations[0]!.keep = { last: 1 };
    await process.run();
    expect(scene.destination.snapshots().map((point) => point.snapshot)).not.toContain(snapshot);
  });
});

describe('With pruning apart', () => {
  test('the app deletes no snapshot and ends no lease on one; the other identity does both', async () => {
    await using scene = await start({ source: { keep: { last: 1 } }, destinations: [{ keep: { last: 1 } }] });
    const app = scene.engine();
    const apart = { ...app, context: Object.assign(app.context, { pruning: 'separate' as const }) };
    await apart.run();
    await apart.run();
    await apart.run();

    expect(heldOf(scene)).toEqual([true, true, true]);
    expect(scene.source.snapshots()).toHaveLength(3);
    expect(scene.counted().destination['DeleteShare']).toBeUndefined();

    await scene.engine().engine.prune('docs', { dryRun: false });

    expect(heldOf(scene)).toEqual([true]);
    expect(scene.source.snapshots()).toHaveLength(1);
  });

  test('a share full of points that only the other identity may prune fails the run before any copy', async () => {
    await using scene = await start({ destinations: [{ keep: { last: 1 } }] });
    const app = scene.engine();
    const { restorePoint } = await app.run();
    const { metadata } = scene.store.shares.getProperties({ ...scene.destination, snapshot: restorePoint ?? '' });
    for (let n = 1; n < 200; n += 1) scene.store.snapshots.create(scene.destination, { metadata });
    Object.assign(app.context, { pruning: 'separate' });
    scene.source.write({ 'new.txt': 'new' });

    const report = await app.run();

    expect(report).toMatchObject({ status: 'failed', counts: { copied: 0 } });
    expect(report.failures).toMatchObject([{ code: 'SnapshotLimit' }]);
  });

  test('a point that is found wrong is told of, and its run fails where the roles refuse its deletion', async () => {
    await using scene = await start();
    const app = scene.engine();
    Object.assign(app.context, { pruning: 'separate' });
    const { account } = scene.destination;
    const refused = { status: 403, code: 'AuthorizationPermissionMismatch' };

    const report = await scene.withFaults(
      [
        {
          operation: 'ListFilesAndDirectories',
          account,
          after: 2,
          times: 1,
          action: { listing: 'dropEntries', count: 1 },
        },
        { operation: 'DeleteShare', account, action: refused },
      ],
      () => app.run(),
    );

    expect(report.status).toBe('failed');
    expect(report.failures.map(({ operation, code }) => `${operation} ${code}`)).toEqual([
      'DeleteShare AuthorizationPermissionMismatch',
      'Check RestorePointDiffers',
    ]);
    expect(eventsNamed(app.events, 'backup.check.mismatch')).toHaveLength(1);
    expect(scene.destination.metadata()['farshare_state']).toBe('writing');
  });
});
