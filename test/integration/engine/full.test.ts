import { describe, expect, test } from 'vitest';
import { expectEqualTrees, startScene, type Scene } from '../../support/engine-fixture.ts';

const tree = Object.fromEntries(Array.from({ length: 25 }, (_, n) => [`f${n}.txt`, `content ${n}`]));
const kindsOf = ({ destination }: Scene): readonly (string | undefined)[] =>
  destination.snapshots().map(({ metadata }) => metadata['farshare_kind']);

/** The clock that the engine is shown, so that points age. */
const clockAt = (days: () => number) => ({
  now: () => Date.now() + days() * 86_400_000,
  monotonic: () => performance.now(),
  sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
});

describe('A full run', () => {
  test('copies everything, says so in its restore point, and trips no guard', async () => {
    await using scene = await startScene({ tree });
    const process = scene.engine();
    await process.run();
    await process.run();

    const report = await process.run({ full: true });

    await expectEqualTrees(scene, report);
    expect(report.counts).toMatchObject({ files: 25, copied: 25, unchanged: 0 });
    expect(kindsOf(scene)).toEqual(['full', 'incremental', 'full']);
  });

  test('is still stopped by the guard when most files became others', async () => {
    await using scene = await startScene({ tree });
    const process = scene.engine();
    await process.run();
    scene.source.write(Object.fromEntries(Object.keys(tree).map((path) => [path, 'encrypted'])));

    const report = await process.run({ full: true });

    expect(report.status).toBe('awaiting-approval');
  });

  test('is not what a run without its base is: that copies what differs', async () => {
    await using scene = await startScene({ tree, source: { snapshots: 'existing' } });
    const process = scene.engine();
    const made = () => scene.store.snapshots.create(scene.source, {}).snapshot;
    // The service shows whole seconds of when a file was written: these are of another one than the base.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const base = made();
    await process.run();
    made();
    scene.store.shares.delete({ ...scene.source, snapshot: base });

    const report = await process.run();

    expect(report).toMatchObject({ status: 'succeeded', counts: { copied: 0, unchanged: 25 } });
    expect(kindsOf(scene)).toEqual(['full', 'incremental']);
  });

  test('comes by itself when the newest full restore point is older than fullEvery', async () => {
    let days = 0;
    await using scene = await startScene({ tree, job: { fullEvery: 'P90D' } });
    const process = scene.engine({ clock: clockAt(() => days) });
    await process.run();
    days = 89;
    const before = await process.run();
    days = 91;

    const due = await process.run();
    // The point just made is of today by the service's clock.
    days = 0;
    const after = await process.run();

    expect(before.counts).toMatchObject({ copied: 0 });
    expect(due.counts).toMatchObject({ copied: 25 });
    expect(after.counts).toMatchObject({ copied: 0 });
    expect(kindsOf(scene)).toEqual(['full', 'incremental', 'full', 'incremental']);
  });
});
