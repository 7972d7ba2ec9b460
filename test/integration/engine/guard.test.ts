import { describe, expect, test } from 'vitest';
import { pathsOf, startBackedUp } from '../../support/backed-up.ts';
import { changingTree } from '../../support/changes.ts';
import { expectEqualTrees, type Scene, startScene } from '../../support/engine-fixture.ts';

describe.concurrent('The guard', () => {
  test('asks when the source is empty and the destination is not', async () => {
    const { scene, process } = await startBackedUp();
    await using _scene = scene;
    scene.store.shares.delete(scene.source, { deleteSnapshots: 'include-leased' });
    scene.store.shares.create(scene.source);
    const before = pathsOf(scene);

    const report = await process.run();

    expect(report).toMatchObject({ status: 'awaiting-approval', restorePoint: null, counts: { deleted: 0 } });
    expect(report.guard?.join(' ')).toContain('The source is empty');
    expect(pathsOf(scene)).toEqual(before);
  });

  test.each([
    ['files', { 'a.txt': 'a' }],
    ['directories alone', { 'd/a.txt': 'a' }],
  ])('asks in dated mode when the source is empty and its base held %s, until a person approves', async (_, tree) => {
    await using scene = await startScene({ tree, destinations: [{ mode: 'dated' }] });
    const process = scene.engine();
    await process.run();
    for (const path of Object.keys(tree)) scene.store.files.delete(scene.source.at(path));
    if ('d/a.txt' in tree) scene.store.directories.delete(scene.source.at('d'));
    const before = pathsOf(scene);

    const asked = [await process.run(), await process.run()];
    const approved = await process.run({ approve: true });
    const after = await process.run();

    const guard = ['The source is empty, and was not when it was last backed up.'];
    for (const report of asked)
      expect(report).toMatchObject({ status: 'awaiting-approval', guard, restorePoint: null });
    expect([approved.status, after.status]).toEqual(['succeeded', 'succeeded']);
    expect(pathsOf(scene)).toEqual(before);
  });

  test('asks when the source share was made anew with other content', async () => {
    const { scene, process } = await startBackedUp();
    await using _scene = scene;
    scene.store.shares.delete(scene.source, { deleteSnapshots: 'include-leased' });
    scene.store.shares.create(scene.source);
    scene.source.write({ 'docs/new.txt': 'new', 'another.txt': 'another' });
    const before = pathsOf(scene);

    const report = await process.run();

    expect(report).toMatchObject({ status: 'awaiting-approval', counts: { deleted: 0 } });
    expect(pathsOf(scene)).toEqual(expect.arrayContaining(before));
    expect(await process.run()).toMatchObject({ status: 'awaiting-approval', counts: { deleted: 0 } });
  });

  const thirty = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`f${n}.txt`, `content ${n}`]));
  const rewritten = Object.fromEntries(Object.keys(thirty).map((path) => [path, `other ${path}`]));
  const allOverwritten = ['30 of 30 files would be overwritten, more than 60 %.'];

  test('asks of overwritten files again and again until a person approves', async () => {
    await using scene = await startScene({ tree: thirty });
    const process = scene.engine();
    await process.run();
    scene.source.write(rewritten);

    const asked = [await process.run(), await process.run(), await process.run()];
    const approved = await process.run({ approve: true });
    const after = await process.run();

    for (const report of asked)
      expect(report).toMatchObject({ status: 'awaiting-approval', guard: allOverwritten, restorePoint: null });
    expect([approved.status, after.status]).toEqual(['succeeded', 'succeeded']);
  });

  test('is told what a try that failed, and a turn that was given back, have overwritten', async () => {
    await using scene = await startScene({ tree: thirty, job: { limits: { concurrentCopies: 1 } } });
    const process = scene.engine();
    await process.run();
    scene.source.write(rewritten);
    const refusing = { operation: 'CreateFile', action: { status: 403, code: 'AuthorizationFailure' } };
    const faults = [
      { operation: 'CopyFile', after: 10, times: 5, action: { status: 503, code: 'ServerBusy' } },
      { operation: 'CopyFile', after: 34, times: 1, action: { status: 403, code: 'AuthorizationFailure' } },
    ];

    const failed = await scene.withFaults([...faults, refusing], () => process.run());
    const asked = await process.run();

    expect(failed).toMatchObject({ status: 'failed', counts: { failed: 1 } });
    expect(asked).toMatchObject({
      status: 'awaiting-approval',
      guard: [expect.stringContaining('29 of 30 files')],
      restorePoint: null,
    });
  });

  const deleteFiles = ({ store, source }: Scene, count: number) => {
    for (let n = 0; n < count; n += 1) store.files.delete(source.at(`f${n}.txt`));
  };

  test('asks above 25 per cent of deletions, and lets 25 per cent pass', async () => {
    const { scene, process } = await startBackedUp({ tree: thirty });
    await using _scene = scene;
    deleteFiles(scene, 8);

    const tripped = await process.run();
    scene.source.write({ 'f0.txt': 'back' });
    const passed = await process.run();

    expect(tripped).toMatchObject({ status: 'awaiting-approval', counts: { deleted: 0 }, restorePoint: null });
    expect(tripped.guard).toEqual(['8 of 30 entries would be deleted, more than 25 %.']);
    expect(passed.counts.deleted).toBe(7);
    await expectEqualTrees(scene, passed);
  });

  test('asks when a file takes the name of a directory that holds much, also where deletions are kept', async () => {
    const inside = Object.fromEntries(Object.entries(thirty).map(([name, text]) => [`deep/er/${name}`, text]));
    const { scene, process } = await startBackedUp({
      tree: { ...inside, 'still.txt': '' },
      job: { deletions: 'keep' },
    });
    await using _scene = scene;
    for (const path of Object.keys(inside)) scene.store.files.delete(scene.source.at(path));
    for (const path of ['deep/er', 'deep']) scene.store.directories.delete(scene.source.at(path));
    scene.source.write({ deep: 'a file now' });

    const told = await process.run({ dryRun: true });
    const tripped = await process.run();

    expect(told.counts.deleted).toBe(32);
    expect(tripped).toMatchObject({ status: 'awaiting-approval', counts: { deleted: 0 }, restorePoint: null });
    expect(tripped.guard).toEqual(['32 of 33 entries would be deleted, more than 25 %.']);
  });

  test('asks above 60 per cent of overwritten files', async () => {
    const { scene, process } = await startBackedUp({ tree: thirty });
    await using _scene = scene;
    scene.source.write(
      Object.fromEntries(
        Object.keys(thirty)
          .slice(0, 19)
          .map((path) => [path, 'encrypted?']),
      ),
    );

    const report = await process.run();

    expect(report).toMatchObject({ status: 'awaiting-approval' });
    expect(report.guard).toEqual(['19 of 30 files would be overwritten, more than 60 %.']);
  });

  test('lets an ordinary run pass: as much as is allowed of each, new files and other permissions by the dozen', async () => {
    const { scene, process } = await startBackedUp({ tree: thirty });
    await using _scene = scene;
    deleteFiles(scene, 7);
    const others = Object.keys(thirty).slice(7);
    const overwritten = others.slice(0, 18).map((path) => [path, 'another edition']);
    const fresh = Array.from({ length: 60 }, (_, n) => [`new/f${n}.txt`, `new ${n}`]);
    scene.source.write(Object.fromEntries([...overwritten, ...fresh]));
    const { permissionKey } = scene.store.permissions.create(scene.source, 'O:BAG:SYD:(A;;FA;;;WD)');
    for (const path of others.slice(18)) {
      const { headers } = scene.store.files.getProperties(scene.source.at(path));
      scene.store.files.setProperties(scene.source.at(path), { headers, permissionKey });
    }

    const report = await process.run();

    expect(report.guard ?? []).toEqual([]);
    expect(report.counts).toMatchObject({ copied: 78, propertiesSet: 5, deleted: 7, directoriesMade: 1 });
    await expectEqualTrees(scene, report);
  });

  test('is lifted by approval, and the run deletes what it asked about', async () => {
    const { scene, process } = await startBackedUp({ tree: thirty });
    await using _scene = scene;
    deleteFiles(scene, 20);

    const report = await process.run({ approve: true });

    expect(report).toMatchObject({ status: 'succeeded', counts: { deleted: 20 } });
    await expectEqualTrees(scene, { ...report, guard: [] });
  });

  test('asks before the first run into a share that holds files of others', async () => {
    await using scene = await startScene({ tree: changingTree });
    scene.store.shares.create(scene.destination);
    scene.destination.write({ 'theirs.txt': 'theirs' });

    const report = await scene.engine().run();

    expect(report).toMatchObject({ status: 'awaiting-approval', counts: { copied: 0, deleted: 0 } });
    expect(pathsOf(scene)).toEqual(['theirs.txt']);
    expect(scene.destination.metadata()).toEqual({});
  });
});
