import { describe, expect, test } from 'vitest';
import type { RunReport } from '../../../lib/model/index.ts';
import { newestOf } from '../../../lib/plan/index.ts';
import { expectEqualTrees, type Scene, type SceneShare, startScene } from '../../support/engine-fixture.ts';

const existing = {
  source: { snapshots: 'existing' },
  job: { guard: { maxDeletedPercent: 100, maxChangedPercent: 100 } },
};

/** A source whose snapshots are made by others, each named by a letter and holding a file that says it. */
async function startLetters(options: Parameters<typeof startScene>[0] = {}) {
  const scene = await startScene({ ...existing, ...options });
  const process = scene.engine();
  const byLetter = new Map<string, string>();
  const make = (letters: string) => {
    for (const letter of letters) {
      scene.source.write({ 'letter.txt': letter, [`only-${letter}.txt`]: letter });
      byLetter.set(letter, scene.store.snapshots.create(scene.source, { metadata: { made_by: 'others' } }).snapshot);
      scene.store.files.delete(scene.source.at(`only-${letter}.txt`));
    }
  };
  const letterOf = (snapshot: string) => [...byLetter].find(([, known]) => known === snapshot)?.[0] ?? '?';
  return {
    scene,
    process,
    letterOf,
    make,
    /** As their makers delete them. */
    drop: (letters: string) => {
      for (const letter of letters)
        scene.store.shares.delete({ ...scene.source, snapshot: byLetter.get(letter) ?? '' });
    },
    /** The letters of the source snapshots transferred, in order. */
    transfer: async () => {
      const reports = await process.runAll();
      expect(reports.map(({ status, failures }) => ({ status, failures }))).toEqual(
        reports.map(() => ({ status: 'succeeded', failures: [] })),
      );
      const transferred = reports.filter(({ counts }) => counts.files > 0);
      return transferred.map(({ sourceSnapshot }) => letterOf(sourceSnapshot ?? '')).join('');
    },
    /** The letters of the restore points, each checked to hold what its letter held. */
    points: () => pointsOf(scene, scene.destination, letterOf),
    sourceSnapshots: () =>
      scene.source.snapshots().map(({ snapshot, leased }) => letterOf(snapshot) + (leased ? '!' : '')),
  };
}

function pointsOf(scene: Scene, share: SceneShare, letterOf: (snapshot: string) => string): string {
  const points = share.snapshots().map(({ snapshot, metadata }) => {
    const letter = letterOf(metadata['farshare_snapshot'] ?? '');
    const reader = scene.store.files.open(share.at('letter.txt', snapshot));
    expect(Buffer.from(reader.read(0, 1)).toString()).toBe(letter);
    const names = scene.store.directories.list(share.at('', snapshot)).entries.map(({ name }) => name);
    expect(names).toEqual(['letter.txt', `only-${letter}.txt`]);
    return letter;
  });
  return points.join('');
}

describe.concurrent('Ordered catch-up', () => {
  test('source ABC onto an empty destination: A, B, C in order', async () => {
    const letters = await startLetters();
    await using _scene = letters.scene;
    letters.make('ABC');

    const transferred = await letters.transfer();

    expect(transferred).toBe('ABC');
    expect(letters.points()).toBe('ABC');
    expect(letters.sourceSnapshots()).toEqual(['A', 'B', 'C']);
  });

  test('a plan is of the first that is lacking, and names those that follow; a run does so too', async () => {
    const letters = await startLetters({ destinations: [{ keep: { last: 2 } }] });
    await using _scene = letters.scene;
    letters.make('ABCD');

    const planned = await letters.process.run({ dryRun: true });
    const [first, second] = await letters.process.runAll();

    const lettersOf = ({ sourceSnapshot, waiting }: RunReport) =>
      [sourceSnapshot ?? '', ...(waiting ?? [])].map(letters.letterOf);
    expect(lettersOf(planned)).toEqual(['C', 'D']);
    expect(planned).toMatchObject({ status: 'succeeded', counts: { copied: 2 }, restorePoint: null });
    expect(planned).not.toHaveProperty('next');
    expect([first, second].map((report) => report && lettersOf(report))).toEqual([['C', 'D'], ['D']]);
    expect(letters.points()).toBe('CD');
  });

  test('source BCD onto ABC: ABCD', async () => {
    const letters = await startLetters();
    await using _scene = letters.scene;
    letters.make('ABC');
    await letters.transfer();
    letters.drop('A');
    letters.make('D');

    const transferred = await letters.transfer();

    expect(transferred).toBe('D');
    expect(letters.points()).toBe('ABCD');
  });

  test('source CDE with destination retention 4: BCDE', async () => {
    const letters = await startLetters({ destinations: [{ keep: { last: 4 } }] });
    await using _scene = letters.scene;
    letters.make('ABCD');
    await letters.transfer();
    letters.drop('AB');
    letters.make('E');

    const transferred = await letters.transfer();

    expect(transferred).toBe('E');
    expect(letters.points()).toBe('BCDE');
  });

  test('source IJK onto BCDE: EIJK', async () => {
    const letters = await startLetters({ destinations: [{ keep: { last: 4 } }] });
    await using _scene = letters.scene;
    letters.make('BCDE');
    await letters.transfer();
    letters.drop('BCDE');
    letters.make('IJK');

    const transferred = await letters.transfer();

    expect(transferred).toBe('IJK');
    expect(letters.points()).toBe('EIJK');
    expect(letters.sourceSnapshots()).toEqual(['I', 'J', 'K']);
  });

  test('transfers nothing that retention would purge at once', async () => {
    const letters = await startLetters({ destinations: [{ keep: { last: 2 } }] });
    await using _scene = letters.scene;
    letters.make('A');
    await letters.transfer();
    letters.make('BCDEFG');

    const transferred = await letters.transfer();

    expect(transferred).toBe('FG');
    expect(letters.points()).toBe('FG');
  });

  test('does nothing where every snapshot is backed up, and says which point it has', async () => {
    const letters = await startLetters();
    await using _scene = letters.scene;
    letters.make('A');
    const first = await letters.process.run();

    const again = await letters.process.run();

    expect(again).toMatchObject({ status: 'succeeded', restorePoint: first.restorePoint, counts: { files: 0 } });
    expect(letters.points()).toBe('A');
  });

  test('fails by name where the source has no snapshot of others', async () => {
    const letters = await startLetters();
    await using _scene = letters.scene;

    const report = await letters.process.run();

    expect(report).toMatchObject({ status: 'failed', failures: [{ code: 'NoSourceSnapshot' }] });
    expect(letters.scene.source.snapshots()).toEqual([]);
  });

  test('never leases, deletes or makes a snapshot of the source', async () => {
    const letters = await startLetters({ source: { snapshots: 'existing', keep: { last: 1 } } });
    await using _scene = letters.scene;
    letters.make('ABC');
    const snapshot = letters.scene.source.snapshots()[0]?.snapshot ?? '';
    letters.scene.store.leases.acquire({ ...letters.scene.source, snapshot }, { durationSeconds: -1 });
    letters.scene.emulator.stats.reset();

    await letters.transfer();

    const operations = Object.keys(letters.scene.counted().source);
    expect(operations.filter((name) => /Lease|Delete|SnapshotShare|Set|Create/u.test(name))).toEqual([]);
    expect(letters.sourceSnapshots()).toEqual(['A!', 'B', 'C']);
  });

  test('onto a share with room for two more: the newest two, so that the newest is always there', async () => {
    const { scene, make, transfer } = await startLetters();
    await using _scene = scene;
    scene.store.shares.create(scene.destination);
    for (let n = 0; n < 198; n += 1)
      scene.store.snapshots.create(scene.destination, { metadata: { made_by: 'others' } });
    make('ABC');

    const transferred = await transfer();

    expect(transferred).toBe('BC');
    expect(scene.destination.snapshots()).toHaveLength(200);
  });

  test('transfers the snapshot that was approved, not one made since', async () => {
    const { scene, process, make, points } = await startLetters({
      job: { guard: { minEntries: 1, maxChangedPercent: 0 } },
    });
    await using _scene = scene;
    make('A');
    await process.run();
    make('B');
    const awaiting = await process.run();
    make('C');

    const approved = await process.drive([await process.engine.approve(awaiting.runId)]);

    expect(awaiting.status).toBe('awaiting-approval');
    expect(approved).toMatchObject([{ status: 'succeeded', sourceSnapshot: awaiting.sourceSnapshot }]);
    expect(points()).toBe('AB');
  });

  test('passes over a snapshot that stopped at the guard as soon as there is a newer one', async () => {
    const tree = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`f${n}.txt`, 'x']));
    await using scene = await startScene({ source: { snapshots: 'existing' }, tree });
    const process = scene.engine();
    scene.store.snapshots.create(scene.source);
    await process.run();
    for (let n = 0; n < 10; n += 1) scene.store.files.delete(scene.source.at(`f${n}.txt`));
    scene.store.snapshots.create(scene.source);
    const asked = await process.run();
    for (let n = 0; n < 10; n += 1) scene.source.write({ [`f${n}.txt`]: 'back' });
    scene.store.snapshots.create(scene.source);

    const reports = await process.runAll();

    expect(asked).toMatchObject({ status: 'awaiting-approval', counts: { deleted: 0 } });
    expect(reports).toMatchObject([{ status: 'succeeded' }]);
    expect(reports[0]?.sourceSnapshot).toBe(newestOf(scene.source.snapshots().map(({ snapshot }) => snapshot)));
    await expectEqualTrees(scene, reports[0] as RunReport);
  });
});
