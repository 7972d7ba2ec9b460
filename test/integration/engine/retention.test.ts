import { describe, expect, test } from 'vitest';
import { changingTree } from '../../support/changes.ts';
import { expectEqualTrees, type Scene, type SceneShare, startScene } from '../../support/engine-fixture.ts';

const ours = (share: SceneShare, role: string) =>
  share.snapshots().filter(({ metadata }) => metadata['farshare_role'] === role);

/** Snapshots of somebody else: one without any metadata, one that another deployment of Farshare made. */
function makeForeign({ store }: Scene, share: SceneShare): string[] {
  const foreign = {
    farshare_role: 'source',
    farshare_owner: 'other:production/x',
    farshare_job: 'docs',
    farshare_run: 'r',
  };
  return [{}, foreign].map((metadata) => store.snapshots.create(share, { metadata }).snapshot);
}

describe.concurrent('Retention', () => {
  test('keeps the last two source snapshots of ours and none of it touches those of others', async () => {
    await using scene = await startScene({ tree: changingTree });
    const process = scene.engine();
    const foreign = makeForeign(scene, scene.source);
    const taken: (string | null)[] = [];

    for (let n = 0; n < 4; n += 1) taken.push((await process.run()).sourceSnapshot);

    const left = scene.source.snapshots().map(({ snapshot }) => snapshot);
    expect(new Set(left)).toEqual(new Set([...foreign, taken[2], taken[3]]));
  });

  test('keeps the last points of the destination, the others of this share and the newest complete one', async () => {
    await using scene = await startScene({ tree: changingTree, destinations: [{ keep: { last: 2 } }] });
    const process = scene.engine();
    const points: (string | null)[] = [(await process.run()).restorePoint];
    const foreign = makeForeign(scene, scene.destination);

    for (let n = 0; n < 3; n += 1) points.push((await process.run()).restorePoint);

    const left = scene.destination.snapshots().map(({ snapshot }) => snapshot);
    expect(new Set(left)).toEqual(new Set([...foreign, points[2], points[3]]));
    expect((await process.engine.points('docs')).map(({ snapshot }) => snapshot)).toEqual([points[2], points[3]]);
  });

  test('keeps everything where there is no rule, and where the rule is empty', async () => {
    await using scene = await startScene({
      tree: changingTree,
      source: { keep: { last: 0 } },
      destinations: [{ keep: {} }],
    });
    const process = scene.engine();

    for (let n = 0; n < 4; n += 1) await process.run();

    expect(ours(scene.source, 'source')).toHaveLength(4);
    expect(ours(scene.destination, 'point')).toHaveLength(4);
  });

  test('holds the base by a lease and lets the base before it go', async () => {
    await using scene = await startScene({ tree: changingTree, source: { keep: { last: 3 } } });
    const process = scene.engine();

    for (let n = 0; n < 3; n += 1) await process.run();

    expect(ours(scene.source, 'source').map(({ leased }) => leased)).toEqual([false, false, true]);
  });

  test('never prunes the base while runs fail or have yet to come', async () => {
    await using scene = await startScene({ tree: changingTree, source: { keep: { last: 1 } } });
    const process = scene.engine();
    const { sourceSnapshot } = await process.run();
    scene.source.write({ 'docs/file.txt': 'changed' });
    const faults = ['CopyFile', 'CreateFile'].map((operation) => ({ operation, action: { status: 403 } }));

    await scene.withFaults(faults, async () => {
      for (let n = 0; n < 3; n += 1) expect(await process.run()).toMatchObject({ status: 'failed' });
    });

    expect(ours(scene.source, 'source').map(({ snapshot }) => snapshot)).toContain(sourceSnapshot);
    expect(await process.run()).toMatchObject({ status: 'succeeded', counts: { unchanged: 5, copied: 1 } });
  });

  test('prunes the snapshot of a failed run once later runs have succeeded', async () => {
    await using scene = await startScene({ tree: changingTree, source: { keep: { last: 1 } } });
    const process = scene.engine();
    await process.run();
    scene.source.write({ 'docs/file.txt': 'changed' });
    const action = { status: 403 };

    const failed = await scene.withFaults(
      [
        { operation: 'CopyFile', action },
        { operation: 'CreateFile', action },
      ],
      () => process.run(),
    );
    await process.run();
    const passed = await process.run();

    expect(failed.status).toBe('failed');
    expect(ours(scene.source, 'source').map(({ snapshot }) => snapshot)).toEqual([passed.sourceSnapshot]);
  });

  test.each(['source', 'destination'] as const)('fails before any copy when the %s has 200 snapshots', async (side) => {
    await using scene = await startScene({ tree: changingTree });
    const process = scene.engine();
    scene.store.shares.create(scene.destination);
    for (let n = 0; n < 200; n += 1) scene.store.snapshots.create(scene[side], { metadata: { mine: 'not' } });

    const report = await process.run();

    expect(report).toMatchObject({ status: 'failed', restorePoint: null, counts: { copied: 0 } });
    expect(report.failures).toMatchObject([{ code: 'SnapshotLimit' }]);
    expect(report.requests.destination['CopyFile']).toBeUndefined();
    expect(scene[side].snapshots()).toHaveLength(200);
  });

  test('makes room by pruning first when the destination is full of points', async () => {
    await using scene = await startScene({ tree: changingTree, destinations: [{ keep: { last: 3 } }] });
    const process = scene.engine();
    const { restorePoint } = await process.run();
    const { metadata } = scene.store.shares.getProperties({ ...scene.destination, snapshot: restorePoint ?? '' });
    for (let n = 1; n < 200; n += 1) scene.store.snapshots.create(scene.destination, { metadata });

    const report = await process.run();

    await expectEqualTrees(scene, report);
    expect(scene.destination.snapshots()).toHaveLength(3);
  });

  test('keeps the base that a destination needs which fell behind', async () => {
    await using scene = await startScene({
      tree: changingTree,
      source: { keep: { last: 1 } },
      destinations: [{}, {}],
    });
    const process = scene.engine();
    const [first] = await process.runAll();
    const behind = scene.destinations[1] as SceneShare;
    scene.store.leases.acquire(behind, { durationSeconds: -1 });

    for (let n = 0; n < 3; n += 1) await process.run({ destination: 'place1' });

    expect(ours(scene.source, 'source').map(({ snapshot }) => snapshot)).toContain(first?.sourceSnapshot);
  });
});

test.concurrent('With all state lost, a new run finds its base in the shares and copies nothing', async () => {
  await using scene = await startScene({ tree: changingTree });
  await scene.engine().run();
  scene.emulator.stats.reset();

  const report = await scene.engine().run();

  expect(report.counts).toMatchObject({ unchanged: 6, copied: 0, propertiesSet: 0 });
  expect(report.requests.destination['GetFileProperties']).toBeUndefined();
  expect(
    scene.store.shares.getProperties({ ...scene.destination, snapshot: report.restorePoint ?? '' }).metadata,
  ).toMatchObject({ farshare_kind: 'incremental', farshare_run: report.runId, farshare_complete: 'true' });
  await expectEqualTrees(scene, report);
});

test.concurrent('With all state lost and the mark gone, a new run finds its base in the restore points', async () => {
  await using scene = await startScene({ tree: changingTree });
  await scene.engine().run();
  scene.store.shares.setMetadata(scene.destination, {});
  scene.store.files.putRange(scene.source.at('docs/file.txt'), 0, new Uint8Array(Buffer.from('CONTENT')), {
    lastWriteTime: 'preserve',
  });

  const report = await scene.engine().run();

  expect(report.counts).toMatchObject({ unchanged: 5, copied: 1 });
  await expectEqualTrees(scene, report);
});

test.concurrent('A restore point says what it equals', async () => {
  await using scene = await startScene({ tree: changingTree });

  const report = await scene.engine().run();

  const [point] = scene.destination.snapshots();
  expect(point?.metadata).toEqual({
    farshare_role: 'point',
    farshare_format: '1',
    farshare_owner: `tests:production/${scene.source.share}`,
    farshare_job: 'docs',
    farshare_run: report.runId,
    farshare_destination: 'place1',
    farshare_mode: 'mirror',
    farshare_path: '/',
    farshare_kind: 'full',
    farshare_source: `production/${scene.source.share}`,
    farshare_snapshot: report.sourceSnapshot,
    farshare_complete: 'true',
    farshare_failed: '0',
    farshare_manifest: expect.stringMatching(/^1\.[0-9a-f]{64}$/u) as string,
    farshare_selection: encodeURIComponent(JSON.stringify({ path: '', include: ['**'], exclude: [] })),
    farshare_sample: '0/100',
  });
});
