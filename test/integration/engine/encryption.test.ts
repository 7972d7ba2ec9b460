import { describe, expect, test } from 'vitest';
import { expectEqualTrees, type Scene, type SceneOptions, startScene } from '../../support/engine-fixture.ts';

const names = Array.from({ length: 30 }, (_, n) => `docs/plan-${n}.docx`);
const tree = Object.fromEntries(names.map((path, n) => [path, `content ${n}`]));

/** As ransomware does: other content in its place, or under the name with a further extension. */
function encrypt({ store, source }: Scene, { inPlace = 0, renamed = 0 }): void {
  source.write(Object.fromEntries(names.slice(0, inPlace).map((path) => [path, 'noise'])));
  for (const path of names.slice(inPlace, inPlace + renamed)) {
    source.write({ [`${path}.locked`]: 'noise' });
    store.files.delete(source.at(path));
  }
}

async function backedUp(options: SceneOptions = {}) {
  const scene = await startScene({ tree, ...options });
  const process = scene.engine();
  expect(await process.run()).toMatchObject({ status: 'succeeded' });
  return { scene, process };
}

describe.concurrent('The guard against mass encryption', () => {
  test('asks when most files have other content or another extension, though neither alone is too much', async () => {
    const { scene, process } = await backedUp();
    await using _scene = scene;
    encrypt(scene, { inPlace: 12, renamed: 6 });

    const report = await process.run();

    const reason =
      '18 of 30 files look encrypted, more than 50 %: 12 have other content, 6 another extension, most often .locked.';
    expect(report).toMatchObject({ status: 'awaiting-approval', restorePoint: null, counts: { deleted: 0 } });
    expect(report.guard).toEqual([reason]);
    expect(process.events).toContainEqual({
      name: 'backup.guard.tripped',
      properties: { runId: report.runId, reasons: reason },
    });
    expect(scene.destination.snapshots()).toHaveLength(1);
  });

  test('lets a run pass that changes many files and renames a few', async () => {
    const { scene, process } = await backedUp();
    await using _scene = scene;
    encrypt(scene, { inPlace: 8, renamed: 6 });

    const report = await process.run();

    expect(report.counts).toMatchObject({ deleted: 6 });
    await expectEqualTrees(scene, report);
  });

  test('asks where nothing is ever deleted', async () => {
    const { scene, process } = await backedUp({ job: { deletions: 'keep' } });
    await using _scene = scene;
    encrypt(scene, { renamed: 20 });

    const report = await process.run();

    expect(report.guard).toEqual([expect.stringContaining('20 of 30 files look encrypted')]);
    expect(scene.destination.snapshots()).toHaveLength(1);
  });

  test('asks in dated mode', async () => {
    const { scene, process } = await backedUp({ destinations: [{ mode: 'dated' }] });
    await using _scene = scene;
    encrypt(scene, { inPlace: 12, renamed: 6 });

    const report = await process.run();

    expect(report.status).toBe('awaiting-approval');
    expect(report.guard).toEqual([
      expect.stringMatching(/^18 of 30 files look encrypted.*12 have other content, 6 another extension/u),
    ]);
    expect(scene.destination.snapshots()).toHaveLength(1);
  });

  test('asks in dated mode only for that: however much changed, nothing is overwritten or deleted', async () => {
    const { scene, process } = await backedUp({ destinations: [{ mode: 'dated' }] });
    await using _scene = scene;
    encrypt(scene, { inPlace: 29 });

    const report = await process.run();

    expect(report).toMatchObject({ status: 'succeeded', counts: { copied: 29 } });
  });

  test('is set by maxEncryptedPercent', async () => {
    const { scene, process } = await backedUp({ job: { guard: { maxEncryptedPercent: 60 } } });
    await using _scene = scene;
    encrypt(scene, { inPlace: 12, renamed: 6 });

    const report = await process.run();

    expect(report.counts).toMatchObject({ copied: 18, deleted: 6 });
    await expectEqualTrees(scene, report);
  });
});
