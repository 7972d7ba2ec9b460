import { describe, expect, test } from 'vitest';
import {
  type EngineProcess,
  type Scene,
  type SceneOptions,
  type SceneShare,
  startScene,
} from '../../support/engine-fixture.ts';
import { clockAhead } from '../../support/mortal-process.ts';

const dayMs = 24 * 60 * 60 * 1000;
const tree = { 'a.txt': 'a' };
const stringsOf = (share: SceneShare) => share.snapshots().map(({ snapshot }) => snapshot);

/** Restore points that no rule has pruned yet, then a rule that keeps the newest only. */
async function startWithPoints(count: number, options: SceneOptions = {}): Promise<Scene & { process: EngineProcess }> {
  const scene = await startScene({ tree, ...options });
  const process = scene.engine();
  for (let n = 0; n < count; n += 1) await process.run();
  for (const destination of scene.job.destinations) destination.keep = { last: 1 };
  scene.job.source.keep = { last: 1 };
  return Object.assign(scene, { process });
}

describe('Pruning outside a run', () => {
  test('says what stays and why on both sides, and a dry run deletes nothing', async () => {
    await using scene = await startWithPoints(3);
    const { process, source, destination } = scene;
    const [first, second, third] = stringsOf(destination);
    const before = [stringsOf(source), stringsOf(destination)];

    const report = await process.engine.prune('docs', { dryRun: true });

    expect(report.destinations).toEqual({
      place1: { keep: [{ snapshot: third, reasons: ['newest complete', 'last-1'] }], prune: [second, first] },
    });
    expect(report.source.keep.at(0)).toEqual({
      snapshot: stringsOf(source).at(-1),
      reasons: ['base of place1', 'last-1'],
    });
    expect([stringsOf(source), stringsOf(destination)]).toEqual(before);
  });

  test('deletes what the rule gives up', async () => {
    await using scene = await startWithPoints(3);

    const report = await scene.process.engine.prune('docs', { dryRun: false });

    expect(report.destinations['place1']?.prune).toHaveLength(2);
    expect(scene.destination.snapshots()).toHaveLength(1);
    expect(scene.source.snapshots()).toHaveLength(1);
    expect((await scene.process.run()).status).toBe('succeeded');
  });

  test('keeps the source snapshots that a destination left behind still needs', async () => {
    await using scene = await startWithPoints(1, { destinations: [{}, {}] });
    await scene.process.runAll({ destination: 'place1' });
    await scene.process.runAll({ destination: 'place1' });
    const bases = stringsOf(scene.source);

    const report = await scene.process.engine.prune('docs', { dryRun: false });

    expect(report.source.keep.flatMap(({ reasons }) => reasons)).toContain('base of place2');
    expect(stringsOf(scene.source)).toEqual(expect.arrayContaining([bases.at(0), bases.at(-1)]));
  });

  test('leaves points of other deployments alone', async () => {
    await using scene = await startWithPoints(2);
    const { store, destination, process } = scene;
    const [mine] = destination.snapshots();
    const foreign = store.snapshots.create(destination, {
      metadata: { ...mine?.metadata, farshare_owner: 'other:production/source' },
    });

    const report = await process.engine.prune('docs', { dryRun: false });

    expect(JSON.stringify(report)).not.toContain('other');
    expect(destination.snapshots()).toHaveLength(2);
    expect(stringsOf(destination)).toContain(foreign.snapshot);
  });

  test('is refused while a run holds the destination', async () => {
    await using scene = await startWithPoints(2);
    scene.store.leases.acquire(scene.destination, { durationSeconds: 60 });

    await expect(scene.process.engine.prune('docs', { dryRun: false })).rejects.toMatchObject({
      code: 'DestinationBusy',
    });
  });
});

describe('A pinned restore point', () => {
  test('stays until its date whatever the rule, and the reason says so', async () => {
    await using scene = await startWithPoints(3);
    const [first, second, third] = stringsOf(scene.destination);
    const { engine } = scene.process;

    const pinned = await engine.pin('docs', { when: first ?? '', until: '2099-12-31' });
    const report = await engine.prune('docs', { dryRun: false });

    expect(pinned).toMatchObject([{ destination: 'place1', snapshot: first, until: '2099-12-31' }]);
    expect(report.destinations['place1']).toEqual({
      keep: [
        { snapshot: third, reasons: ['newest complete', 'last-1'] },
        { snapshot: first, reasons: ['pinned until 2099-12-31'] },
      ],
      prune: [second],
    });
    expect(await engine.points('docs')).toMatchObject([{ pinnedUntil: '2099-12-31' }, {}]);
  });

  test('outlives the runs after it, and the metadata that says so', async () => {
    await using scene = await startWithPoints(2);
    const { store, destination, process } = scene;
    const [first = ''] = stringsOf(destination);
    await process.engine.pin('docs', { when: first, until: '2099-12-31' });
    await process.run();
    expect(destination.metadata()['farshare_pin']).toBe(`${first}=2099-12-31`);

    store.shares.setMetadata(destination, {});
    await process.engine.prune('docs', { dryRun: false });

    expect(stringsOf(destination)).toContain(first);
  });

  test('goes after its date, or when it is let go', async () => {
    await using scene = await startWithPoints(3);
    const { destination, process } = scene;
    const [first = '', second = ''] = stringsOf(destination);
    const tomorrow = new Date(Date.now() + dayMs).toISOString().slice(0, 10);
    await process.engine.pin('docs', { when: first, until: tomorrow });
    await process.engine.pin('docs', { when: second, until: '2099-12-31' });
    await process.engine.pin('docs', { when: second });
    const later = scene.engine({ state: process.context.state, clock: clockAhead(2 * dayMs) });

    await later.engine.prune('docs', { dryRun: false });

    expect(destination.snapshots()).toHaveLength(1);
  });

  test('is refused for a day that is over', async () => {
    await using scene = await startWithPoints(1);

    const pinning = scene.process.engine.pin('docs', { when: 'latest', until: '2020-01-01' });

    await expect(pinning).rejects.toThrow('A pin until 2020-01-01 is over already: name today or a later day.');
    expect(scene.destination.metadata()).not.toHaveProperty('farshare_pin');
  });

  test('is the newest as of the time asked for', async () => {
    await using scene = await startWithPoints(2);
    const [, second] = stringsOf(scene.destination);
    const { engine } = scene.process;

    expect(await engine.pin('docs', { when: 'latest', until: '2099-12-31' })).toMatchObject([{ snapshot: second }]);
    expect(await engine.pin('docs', { when: '2100-01-01', until: '2099-12-31' })).toMatchObject([{ snapshot: second }]);
    await expect(engine.pin('docs', { when: '2000-01-01', until: '2099-12-31' })).rejects.toMatchObject({
      code: 'PointNotFound',
    });
  });
});
