import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FilesEmulator, startFilesEmulator } from '../../../emulator/index.ts';
import type { RestoreRequest, RunReport } from '../../../lib/model/index.ts';
import { type EngineProcess, expectCountsAddUp, type Scene, startScene } from '../../support/engine-fixture.ts';
import type { TreeLiteral } from '../../support/engine-tree.ts';
import { expectEqualToPoint, filesIn, newShare, restore } from '../../support/restores.ts';

let emulator: FilesEmulator;
beforeAll(async () => {
  emulator = await startFilesEmulator();
});
afterAll(() => emulator.stop());

const denying = 'O:SYG:SYD:(D;;FA;;;WD)(A;;FA;;;BA)';
const tree: TreeLiteral = {
  'dir/': { metadata: { of: 'the point' } },
  'dir/changed.txt': 'as backed up',
  'dir/same.txt': 'same',
  'gone.txt': 'deleted since',
  'no extension': 'as backed up',
};

/** What has become of the source since the backup. */
function changeSource({ store, source }: Scene): void {
  source.write({ 'dir/changed.txt': 'changed since', 'no extension': 'changed too', 'added.txt': 'added since' });
  store.files.delete(source.at('gone.txt'));
  store.directories.setMetadata(source.at('dir'), { of: 'the source' });
}

async function changed(more: TreeLiteral = {}, own = {}) {
  const scene = await startScene({ emulator, ...own, tree: { ...tree, ...more } });
  const process = scene.engine();
  expect(await process.run()).toMatchObject({ status: 'succeeded' });
  changeSource(scene);
  return { scene, process };
}

const inPlace = (scene: Scene, request: Partial<RestoreRequest>): Partial<RestoreRequest> => ({
  to: { account: 'production', share: scene.source.share, path: '' },
  ...request,
});

/** `2026-11-22T03-00-00Z`, of the restore point. */
const timeOf = (report: RunReport): string => (report.restore?.time ?? '').replace(/\.\d+/u, '').replaceAll(':', '-');

describe.concurrent('A file whose name is taken', () => {
  test('is skipped unless something else is asked for: nothing that is there is touched', async () => {
    const { scene, process } = await changed();
    const before = filesIn(scene, scene.source);
    const directory = scene.store.directories.getProperties(scene.source.at('dir'));

    const report = await restore(process, inPlace(scene, {}));

    expectCountsAddUp(report);
    expect(report).toMatchObject({
      status: 'succeeded',
      counts: { files: 4, copied: 1, unchanged: 3, deleted: 0 },
      restore: { skipped: 2, renamed: 0 },
    });
    expect(filesIn(scene, scene.source)).toEqual({ ...before, 'gone.txt': 'deleted since' });
    expect(scene.store.directories.getProperties(scene.source.at('dir'))).toMatchObject({
      metadata: { of: 'the source' },
      lastWriteTime: directory.lastWriteTime,
    });
  });

  test('is overwritten on demand, directories included, and what is too much stays', async () => {
    const { scene, process } = await changed();

    const report = await restore(process, inPlace(scene, { onConflict: 'overwrite' }));

    expectCountsAddUp(report);
    expect(report).toMatchObject({ status: 'succeeded', counts: { copied: 3, unchanged: 1 } });
    expect(filesIn(scene, scene.source)).toMatchObject({
      'dir/changed.txt': 'as backed up',
      'no extension': 'as backed up',
      'added.txt': 'added since',
    });
    expect(scene.store.directories.getProperties(scene.source.at('dir')).metadata).toEqual({ of: 'the point' });
  });

  test('is overwritten alone: the directory that it is in stays as it is', async () => {
    const { scene, process } = await changed();

    await restore(process, inPlace(scene, { onConflict: 'overwrite', paths: ['dir/changed.txt'] }));

    expect(filesIn(scene, scene.source)).toMatchObject({
      'dir/changed.txt': 'as backed up',
      'no extension': 'changed too',
    });
    expect(scene.store.directories.getProperties(scene.source.at('dir')).metadata).toEqual({ of: 'the source' });
  });

  test('is restored beside it with the time of the point in its name, once', async () => {
    const { scene, process } = await changed();
    const before = filesIn(scene, scene.source);

    const report = await restore(process, inPlace(scene, { onConflict: 'rename' }));
    const again = await restore(process, inPlace(scene, { onConflict: 'rename' }));

    expectCountsAddUp(report);
    expect(report).toMatchObject({ counts: { copied: 3, unchanged: 1 }, restore: { skipped: 0, renamed: 2 } });
    expect(again).toMatchObject({ counts: { copied: 0, unchanged: 4 }, restore: { renamed: 0 } });
    expect(filesIn(scene, scene.source)).toEqual({
      ...before,
      'gone.txt': 'deleted since',
      [`dir/changed (${timeOf(report)}).txt`]: 'as backed up',
      [`no extension (${timeOf(report)})`]: 'as backed up',
    });
  });

  test('is restored under a number besides when that name is taken too', async () => {
    const { scene, process } = await changed();
    const time = new Date((await process.engine.points('docs'))[0]?.time ?? '').toISOString();
    const shown = time.replace(/\.\d+/u, '').replaceAll(':', '-');
    scene.source.write({ [`dir/changed (${shown}).txt`]: 'of somebody else' });

    await restore(process, inPlace(scene, { onConflict: 'rename', paths: ['dir/**'] }));

    expect(filesIn(scene, scene.source)).toMatchObject({
      [`dir/changed (${shown}).txt`]: 'of somebody else',
      [`dir/changed (${shown} 2).txt`]: 'as backed up',
    });
  });

  test('is restored beside it also when it is as long as names can be, and when others begin alike', async () => {
    const time = { lastWriteTime: '2020-01-01T00:00:00.0000000Z', changeTime: '2020-01-01T00:00:00.0000000Z' };
    const long = { sentence: `1. ${'s'.repeat(252)}`, pairs: `x${'😀'.repeat(127)}`, alike: 'n'.repeat(250) };
    const { sentence, pairs } = long;
    const [one, two] = [`${long.alike}1.txt`, `${long.alike}2.txt`];
    const saved = { [sentence]: 'a', [pairs]: 'b', [one]: { content: '1', ...time }, [two]: { content: '2', ...time } };
    const { scene, process } = await changed(saved);
    scene.source.write({ [sentence]: 'newer', [pairs]: 'newer', [one]: 'newer', [two]: 'newer' });

    const report = await restore(process, inPlace(scene, { onConflict: 'rename', paths: ['*'] }));
    const again = await restore(process, inPlace(scene, { onConflict: 'rename', paths: ['*'] }));

    expect(report).toMatchObject({ status: 'succeeded', failures: [], restore: { renamed: 6 } });
    expect(again).toMatchObject({ status: 'succeeded', counts: { copied: 0 }, restore: { renamed: 0 } });
    const beside = Object.entries(filesIn(scene, scene.source)).filter(([path]) => path.includes(timeOf(report)));
    expect(beside.map(([, content]) => content).toSorted()).toEqual(expect.arrayContaining(['1', '2', 'a', 'b']));
  });

  test('is left alone when it is as it was backed up, whatever the rule', async () => {
    const { scene, process } = await changed();
    for (const onConflict of ['skip', 'rename', 'overwrite'] as const) {
      const report = await restore(process, inPlace(scene, { onConflict, paths: ['dir/same.txt'] }));
      expect(report).toMatchObject({ counts: { unchanged: 1, copied: 0 }, restore: { skipped: 0, renamed: 0 } });
    }
  });
});

describe.concurrent('A name held by the other kind', () => {
  const kinds: TreeLiteral = { 'was file': 'content', 'was directory/inner.txt': 'inner' };
  async function swappedKinds() {
    const { scene, process } = await changed(kinds);
    scene.store.files.delete(scene.source.at('was file'));
    scene.store.files.delete(scene.source.at('was directory/inner.txt'));
    scene.store.directories.delete(scene.source.at('was directory'));
    scene.source.write({ 'was file/now/beneath.txt': 'beneath', 'was directory': 'a file now' });
    return { scene, process };
  }

  test('makes way on overwrite', async () => {
    const { scene, process } = await swappedKinds();

    const report = await restore(process, inPlace(scene, { onConflict: 'overwrite' }));

    expectCountsAddUp(report);
    expect(report).toMatchObject({ status: 'succeeded', counts: { deleted: 4 } });
    expect(filesIn(scene, scene.source)).toMatchObject({ ...kinds });
  });

  test.each(['skip', 'rename'] as const)(
    'is reported on %s where a whole directory cannot be restored',
    async (rule) => {
      const { scene, process } = await swappedKinds();

      const report = await restore(process, inPlace(scene, { onConflict: rule }));

      expect(report).toMatchObject({ status: 'failed', counts: { failed: 1, deleted: 0 } });
      expect(report.failures).toMatchObject([{ path: 'was directory', code: 'NameTaken' }]);
      expect(filesIn(scene, scene.source)).toMatchObject({
        'was file/now/beneath.txt': 'beneath',
        'was directory': 'a file now',
        'gone.txt': 'deleted since',
        ...(rule === 'rename' && { [`was file (${timeOf(report)})`]: 'content' }),
      });
    },
  );
});

describe.concurrent('deleteExtra', () => {
  test('makes the place equal the restore point', async () => {
    const { scene, process } = await changed();

    const report = await restore(process, inPlace(scene, { onConflict: 'overwrite', deleteExtra: true }));

    expect(report.counts).toMatchObject({ deleted: 1 });
    await expectEqualToPoint(scene, report);
  });

  test('deletes nothing outside of the paths asked for', async () => {
    const { scene, process } = await changed();
    scene.source.write({ 'dir/extra.txt': 'extra' });

    const report = await restore(
      process,
      inPlace(scene, { onConflict: 'overwrite', deleteExtra: true, paths: ['dir'] }),
    );

    expect(report.counts).toMatchObject({ deleted: 1 });
    expect(filesIn(scene, scene.source)).toEqual({
      'dir/changed.txt': 'as backed up',
      'dir/same.txt': 'same',
      'no extension': 'changed too',
      'added.txt': 'added since',
    });
  });

  test('asks when it would delete much, and goes ahead when it is told to', async () => {
    const { scene, process } = await changed();
    const extra = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`more/file ${n}.txt`, 'extra']));
    scene.source.write(extra);
    const request = inPlace(scene, { deleteExtra: true, onConflict: 'overwrite' });

    const asking = await restore(process, request);
    expect(filesIn(scene, scene.source)).toMatchObject(extra);
    const done = await restore(process, { ...request, approve: true });

    expect(asking).toMatchObject({ status: 'awaiting-approval', counts: { deleted: 0 } });
    expect(asking.guard?.[0]).toMatch(/would be deleted/u);
    await expectEqualToPoint(scene, done);
  });

  test('is approved as a run is', async () => {
    const { scene, process } = await changed();
    scene.source.write(Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`more/file ${n}.txt`, 'extra'])));
    const asking = await restore(process, inPlace(scene, { deleteExtra: true, onConflict: 'overwrite' }));

    const [done] = await process.drive([await process.engine.approve(asking.runId)]);

    expect(done).toMatchObject({ approvalOf: asking.runId, counts: { deleted: 42 } });
    await expectEqualToPoint(scene, done as RunReport);
  });

  test('deletes nothing when something could not be restored', async () => {
    // Faults are the emulator's, and other tests are at work on theirs.
    const { scene, process } = await changed({}, { emulator: undefined });
    await using _scene = scene;
    const path = 'dir/changed.txt';

    const report = await scene.withFaults(
      [{ operation: 'CopyFile', path, action: { status: 409, code: 'SharingViolation' } }],
      () => restore(process, inPlace(scene, { onConflict: 'overwrite', deleteExtra: true })),
    );

    expect(report).toMatchObject({ status: 'failed', counts: { failed: 1, deleted: 0, copied: 2 } });
    expect(report.failures).toMatchObject([{ path, code: 'SharingViolation' }]);
    expect(filesIn(scene, scene.source)).toMatchObject({ 'added.txt': 'added since', 'gone.txt': 'deleted since' });
  });
});

test('A dry run says what would be done, and changes nothing', async () => {
  const { scene, process } = await changed();
  const before = filesIn(scene, scene.source);
  const actionsOf = async (request: Partial<RestoreRequest>) => {
    const report = await restore(process, inPlace(scene, { ...request, dryRun: true }));
    expect(report).toMatchObject({ status: 'succeeded', dryRun: true, restore: { safetySnapshot: null } });
    return (await all(process, report)).toSorted();
  };

  expect(await actionsOf({})).toEqual([
    'copy missing gone.txt',
    'skip exists dir/changed.txt',
    'skip exists no extension',
  ]);
  expect(await actionsOf({ onConflict: 'overwrite', deleteExtra: true, approve: true })).toEqual([
    'copy missing gone.txt',
    'copy size dir/changed.txt',
    'copy size no extension',
    'delete extra added.txt',
    'enter-directory modified dir',
  ]);
  const renamed = await actionsOf({ onConflict: 'rename', paths: ['dir'] });
  expect(renamed.join()).toMatch(/^copy renamed dir\/changed \(.*\)\.txt$/u);
  expect(filesIn(scene, scene.source)).toEqual(before);
  expect(scene.source.snapshots().filter(({ metadata }) => metadata['farshare_role'] === 'safety')).toEqual([]);
});

async function all(process: EngineProcess, { runId }: RunReport): Promise<string[]> {
  const actions: string[] = [];
  for await (const { kind, reason, path } of process.engine.actions(runId)) actions.push(`${kind} ${reason} ${path}`);
  return actions;
}

test('Permissions come back in a share that has never seen them', async () => {
  const { scene, process } = await changed({ 'secret.txt': { content: 's', sddl: denying } });
  const share = newShare();

  const report = await restore(process, { to: { account: 'production', share, path: '' } });

  expect(report.requests.destination).toMatchObject({ CreateFilePermission: 2 });
  await expectEqualToPoint(scene, report);
});
