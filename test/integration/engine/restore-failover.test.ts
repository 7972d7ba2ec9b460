import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../lib/config.ts';
import type { RunReport } from '../../../lib/model/index.ts';
import { comparePlaces } from '../../../walker/index.ts';
import { changingTree } from '../../support/changes.ts';
import { expectEqualTrees, type Scene, startProcess, startScene } from '../../support/engine-fixture.ts';
import { expectEqualToPoint, restore } from '../../support/restores.ts';

const guard = { maxDeletedPercent: 100, maxChangedPercent: 100 };

const accountsOf = ({ emulator }: Scene) => ({
  production: { connectionString: emulator.connectionString('devstoreaccount1') },
  vault: { connectionString: emulator.connectionString('devstoreaccount2') },
});

/** A process of another configuration on the same accounts, which knows nothing of the first. */
async function otherProcess(scene: Scene, jobs: readonly unknown[]) {
  const value = JSON.stringify({ accounts: accountsOf(scene), jobs });
  const loaded = await loadConfig({ value, readFile: () => '', env: {} });
  return startProcess(loaded, loaded.config.jobs[0] ?? scene.job, {});
}

async function expectBothSidesEqual({ emulator, source, destination }: Scene): Promise<void> {
  const comparison = await comparePlaces(
    { connectionString: emulator.connectionString('devstoreaccount1'), share: source.share },
    { connectionString: emulator.connectionString('devstoreaccount2'), share: destination.share },
  );
  expect(comparison.differences).toEqual([]);
}

test('After a fail-over, a job that goes the other way brings back only what changed, and the first goes on', async () => {
  await using scene = await startScene({ tree: changingTree, job: { guard } });
  const forward = scene.engine();
  await forward.run();
  // People work on the copy.
  const { store, source, destination } = scene;
  destination.write({ 'docs/file.txt': 'written on the copy', 'new on the copy.txt': 'new' });
  store.files.delete(destination.at('docs/other.txt'));

  const back = await otherProcess(scene, [
    {
      name: 'failback',
      adopt: true,
      guard,
      source: { account: 'vault', share: destination.share },
      destinations: [{ name: 'home', account: 'production', share: source.share, keep: { last: 2 } }],
    },
  ]);
  const [home] = await back.drive(await back.engine.startRuns('failback', {}));
  await expectBothSidesEqual(scene);
  source.write({ 'still.txt': 'written at home again' });
  const again = await forward.run();

  expect(home).toMatchObject({ status: 'succeeded', counts: { files: 6, copied: 2, unchanged: 4, deleted: 1 } });
  // What came back was made anew since the base, which no listing can tell from another file of the name: it goes over once more.
  expect(again.counts).toMatchObject({ files: 6, copied: 3, unchanged: 3, deleted: 0 });
  await expectEqualTrees(scene, again);
  await expectBothSidesEqual(scene);
});

describe('A restore into a share that was backed up to, without its job', () => {
  test('takes the trust from what it equalled: the next backup finds what no listing shows', async () => {
    await using scene = await startScene({ tree: changingTree, job: { guard } });
    const forward = scene.engine();
    await forward.run();
    const { store, source, destination } = scene;
    // Nothing but metadata, with all times put back: a listing shows no difference.
    const file = source.at('docs/file.txt');
    const { headers, lastWriteTime, changeTime } = store.files.getProperties(file);
    store.files.setMetadata(file, { kept: 'in the second point' });
    store.files.setProperties(file, { headers, lastWriteTime, changeTime });
    await forward.run();
    const [first] = await forward.engine.points('docs');

    const report = await restore(await otherProcess(scene, []), {
      from: { account: 'vault', share: destination.share, path: '' },
      point: first?.snapshot ?? '',
      to: { account: 'vault', share: destination.share, path: '' },
      onConflict: 'overwrite',
      deleteExtra: true,
    });
    const marks = destination.metadata();
    await expectEqualToPoint(scene, report);
    const next = await forward.run();

    expect(marks).toMatchObject({ farshare_state: 'writing', farshare_restored: 'true' });
    expect(next.counts).toMatchObject({ files: 6, propertiesSet: 1, unchanged: 5 });
    expect(destination.metadata()).toMatchObject({ farshare_state: 'clean' });
    expect(destination.metadata()).not.toHaveProperty('farshare_restored');
    await expectEqualTrees(scene, next);
  });

  test('needs nothing but that account, and leaves its restore points as they are', async () => {
    await using scene = await startScene({ tree: changingTree });
    await scene.engine().run();
    const { store, source, destination } = scene;
    const points = destination.snapshots();
    store.shares.delete(source, { deleteSnapshots: 'include-leased' });
    const bare = await otherProcess(scene, []);

    const listed = await bare.engine.pointsFrom({ account: 'vault', share: destination.share });
    const report: RunReport = await restore(bare, {
      from: { account: 'vault', share: destination.share, path: '' },
      to: { account: 'production', share: source.share, path: '' },
    });

    expect(listed).toMatchObject([{ job: 'docs', destination: 'place1', complete: 'true' }]);
    await expectEqualToPoint(scene, report);
    expect(destination.snapshots()).toEqual(points);
  });

  test('without a word where to, for an account that nothing is known of, is refused', async () => {
    await using scene = await startScene({ tree: { 'a.txt': 'a' } });
    await scene.engine().run();
    const value = JSON.stringify({ accounts: { vault: accountsOf(scene).vault }, jobs: [] });
    const loaded = await loadConfig({ value, readFile: () => '', env: {} });
    const bare = startProcess(loaded, scene.job, {});

    const refused = bare.engine.startRestore({ from: { account: 'vault', share: scene.destination.share } });

    await expect(refused).rejects.toMatchObject({ code: 'TargetUnknown' });
  });
});
