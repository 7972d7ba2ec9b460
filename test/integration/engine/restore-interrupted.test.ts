import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FilesEmulator, startFilesEmulator } from '../../../emulator/index.ts';
import { openLocalState } from '../../../lib/local/index.ts';
import type { RestoreRequest, RunReport } from '../../../lib/model/index.ts';
import { changingTree } from '../../support/changes.ts';
import { expectCountsAddUp, type Scene, startScene } from '../../support/engine-fixture.ts';
import { clockAhead, mortal } from '../../support/mortal-process.ts';
import { expectEqualToPoint, filesIn, newShare } from '../../support/restores.ts';

const mebi = 1024 * 1024;
const tree = {
  ...changingTree,
  'empty.txt': '',
  'large.bin': { sizeBytes: 70 * mebi, pieces: { 0: 'first', [30 * mebi]: 'middle', [70 * mebi - 4]: 'last' } },
};

let emulator: FilesEmulator;
beforeAll(async () => {
  emulator = await startFilesEmulator();
});
afterAll(() => emulator.stop());

async function backedUp(job: Record<string, unknown> = {}) {
  const scene = await startScene({ emulator, tree, job });
  expect(await scene.engine().run()).toMatchObject({ status: 'succeeded' });
  return scene;
}

/** Restores with a process that dies after so many effects, then with one that is asked for the same ten minutes later. */
async function restoreWithDeath(scene: Scene, request: RestoreRequest, dieAfter: number) {
  const state = openLocalState(':memory:');
  const life = mortal(dieAfter);
  const first = scene.engine({ state, ...life.ports });
  const started = await first.engine.startRestore(request).catch(() => '');
  await first.drive(started === '' ? [] : [started], { signal: life.died }).catch((error: unknown) => {
    if (!life.died.aborted) throw error;
  });
  const second = scene.engine({ state, clock: clockAhead(600_000) });
  const again = await second.engine.startRestore(request);
  const [report] = await second.drive([again]);
  return { report: report as RunReport, isDead: life.died.aborted, isSame: started === '' || started === again };
}

describe.concurrent('A restore whose process dies goes on with the same command', () => {
  // Early, at the safety snapshot and the directories, in the copies, the ranges, and the times at the end.
  test.each([3, 9, 16, 25, 36, 48])('after effect %i', async (dieAfter) => {
    const scene = await backedUp({ copyMethod: dieAfter % 4 === 0 ? 'ranges' : 'auto' });
    const to = { account: 'production', share: newShare(), path: 'back' };

    const { report, isDead, isSame } = await restoreWithDeath(scene, { from: { job: 'docs' }, to }, dieAfter);

    expect({ isDead, isSame }).toEqual({ isDead: true, isSame: true });
    await expectEqualToPoint(scene, report);
    const safeties = scene.store.snapshots
      .list({ account: 'devstoreaccount1', share: to.share })
      .map((snapshot) => scene.store.shares.getProperties({ account: 'devstoreaccount1', share: to.share, snapshot }));
    expect(safeties.filter(({ metadata }) => metadata['farshare_role'] === 'safety')).toHaveLength(1);
  });

  test.each([28])('after effect %i, and overwrites nothing that it is to leave', async (dieAfter) => {
    const scene = await backedUp();
    scene.source.write({ 'docs/file.txt': 'of somebody', 'still.txt': 'of somebody else' });
    scene.store.files.delete(scene.source.at('large.bin'));
    const to = { account: 'production', share: scene.source.share, path: '' };

    const { report } = await restoreWithDeath(scene, { from: { job: 'docs' }, to }, dieAfter);

    expectCountsAddUp(report);
    expect(report).toMatchObject({ status: 'succeeded', restore: { skipped: 2 } });
    expect(filesIn(scene, scene.source)).toMatchObject({
      'docs/file.txt': 'of somebody',
      'still.txt': 'of somebody else',
      'large.bin': expect.stringMatching(/^first/u) as string,
    });
  });
});

test('A cancelled restore stays where it is, and is taken up by another', async () => {
  const scene = await backedUp();
  const state = openLocalState(':memory:');
  const first = scene.engine({ state, origin: 'app', margins: { shardEntries: 2 } });
  const to = { account: 'production', share: newShare(), path: '' };
  const runId = await first.engine.startRestore({ from: { job: 'docs' }, to });
  const over = new AbortController();
  const watching = setInterval(() => {
    void first.engine.report(runId).then((report) => {
      if ((report?.counts.copied ?? 0) > 0) void first.engine.cancel(runId).catch(() => undefined);
    });
  }, 10);

  const [cancelled] = await first.drive([runId], { signal: over.signal });
  clearInterval(watching);
  const [retried] = await first.drive([await first.engine.retry(runId)]);

  expect(cancelled).toMatchObject({ status: 'cancelled' });
  expect(cancelled?.counts.copied).toBeLessThan(8);
  expect(retried).toMatchObject({ status: 'succeeded', retryOf: runId, kind: 'restore' });
  await expectEqualToPoint(scene, retried as RunReport);
});
