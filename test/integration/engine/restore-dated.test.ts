import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FilesEmulator, startFilesEmulator } from '../../../emulator/index.ts';
import type { RunReport } from '../../../lib/model/index.ts';
import { expectCountsAddUp, startScene } from '../../support/engine-fixture.ts';
import type { TreeLiteral } from '../../support/engine-tree.ts';
import { filesIn, newShare, restore } from '../../support/restores.ts';

let emulator: FilesEmulator;
beforeAll(async () => {
  emulator = await startFilesEmulator();
});
afterAll(() => emulator.stop());

const on = (day: string) => ({ lastWriteTime: `${day}T10:00:00.1234567Z` });
const denying = 'O:SYG:SYD:(D;;FA;;;WD)(A;;FA;;;BA)';

const tree: TreeLiteral = {
  'a/': { sddl: denying, metadata: { of: 'a' }, attributes: 'Hidden' },
  'a/one.txt': { content: 'one', ...on('2024-02-01') },
  'a/b/two.txt': { content: 'two', ...on('2024-02-02'), metadata: { kept: 'yes' }, attributes: 'ReadOnly' },
  'gone.txt': { content: 'gone', ...on('2024-02-03') },
};

async function backedUp() {
  const scene = await startScene({ emulator, destinations: [{ mode: 'dated' }], tree });
  const process = scene.engine();
  await process.run();
  // The newer version has the older date: somebody put an old file back.
  scene.source.write({ 'a/one.txt': { content: 'one, older', ...on('2023-01-01') } });
  scene.source.write({ 'a/three.txt': { content: 'three', ...on('2024-05-05') } });
  scene.store.files.delete(scene.source.at('gone.txt'));
  await process.run();
  return { scene, process };
}

const production = { account: 'devstoreaccount1' };

describe.concurrent('A restore from a dated destination', () => {
  test('brings back the newest version of each path, by when it was backed up', async () => {
    const { scene, process } = await backedUp();
    const share = newShare();

    const report = await restore(process, { to: { account: 'production', share, path: '' } });

    expectCountsAddUp(report);
    expect(report).toMatchObject({ status: 'succeeded', mode: 'dated', counts: { files: 4, copied: 4 } });
    expect(filesIn(scene, { ...production, share })).toEqual({
      'a/one.txt': 'one, older',
      'a/three.txt': 'three',
      'a/b/two.txt': 'two',
      'gone.txt': 'gone',
    });
    const two = scene.store.files.getProperties({ ...production, share, path: 'a/b/two.txt' });
    expect(two).toMatchObject({ ...on('2024-02-02'), metadata: { kept: 'yes' }, attributes: 'ReadOnly' });
    const a = scene.store.directories.getProperties({ ...production, share, path: 'a' });
    expect(a).toMatchObject({ metadata: { of: 'a' }, attributes: 'Hidden|Directory' });
  });

  test('brings back what an earlier point has, and one file of it', async () => {
    const { scene, process } = await backedUp();
    const [first] = await process.engine.points('docs');
    const share = newShare();

    const request = { point: first?.snapshot ?? '', to: { account: 'production', share, path: 'x' } };
    const report = await restore(process, { ...request, paths: ['a/one.txt'] });

    expect(report).toMatchObject({ status: 'succeeded', counts: { files: 1, copied: 1, directoriesMade: 1 } });
    expect(filesIn(scene, { ...production, share })).toEqual({ 'x/a/one.txt': 'one' });
    const a = scene.store.directories.getProperties({ ...production, share, path: 'x/a' });
    expect(a).toMatchObject({ metadata: { of: 'a' } });
  });

  test('brings back a directory that was a file for a while, and a file that was a directory, as they were last', async () => {
    const inX = { 'x/a.txt': { content: 'a', ...on('2024-01-01') } };
    const asY = { y: { content: 'y', ...on('2024-01-02') } };
    const scene = await startScene({ emulator, destinations: [{ mode: 'dated' }], tree: { ...inX, ...asY } });
    const { store, source } = scene;
    const process = scene.engine();
    await process.run();
    store.files.delete(source.at('x/a.txt'));
    store.directories.delete(source.at('x'));
    store.files.delete(source.at('y'));
    source.write({ x: { content: 'file', ...on('2024-02-02') }, 'y/b.txt': { content: 'b', ...on('2024-02-02') } });
    await process.run();
    store.files.delete(source.at('x'));
    store.files.delete(source.at('y/b.txt'));
    store.directories.delete(source.at('y'));
    // As they were at first, with their old times: the directories of their dates are there already.
    source.write({ ...inX, ...asY });
    await process.run();
    const share = newShare();

    const report = await restore(process, { to: { account: 'production', share, path: '' } });

    expect(report.status).toBe('succeeded');
    expect(filesIn(scene, { ...production, share })).toEqual({ 'x/a.txt': 'a', y: 'y' });
  });

  test('keeps to the conflict rules, and again finds all equal', async () => {
    const { scene, process } = await backedUp();
    const to = { account: 'production', share: scene.source.share, path: '' };
    scene.source.write({ 'a/three.txt': 'changed since', b: 'b' });

    const skipped = await restore(process, { to });
    const renamed = await restore(process, { to, onConflict: 'rename' });
    const overwritten = await restore(process, { to, onConflict: 'overwrite' });
    const again = await restore(process, { to, onConflict: 'overwrite' });

    expect(skipped).toMatchObject({ counts: { copied: 1, unchanged: 3 }, restore: { skipped: 1 } });
    expect(renamed).toMatchObject({ counts: { copied: 1, unchanged: 3 }, restore: { renamed: 1 } });
    expect(overwritten).toMatchObject({ status: 'succeeded', counts: { copied: 1 } });
    expect(again).toMatchObject({ status: 'succeeded', counts: { copied: 0, unchanged: 4 } });
    expect(filesIn(scene, scene.source)).toMatchObject({ 'a/three.txt': 'three', b: 'b' });
  });

  test('refuses to delete, since nobody knows what is too much', async () => {
    const { process } = await backedUp();

    const refused = process.engine.startRestore({ from: { job: 'docs' }, deleteExtra: true });

    await expect(refused).rejects.toMatchObject({ code: 'NotForDated' });
  });

  test('goes on in the middle when its turns are short and hand on much', async () => {
    const names = Array.from({ length: 60 }, (_, n) => n);
    const scene = await startScene({
      emulator,
      destinations: [{ mode: 'dated' }],
      tree: Object.fromEntries(
        names.map((n) => [`d${n % 7}/e${n % 3}/f${n}.txt`, { content: `${n}`, ...on(`2024-02-0${(n % 5) + 1}`) }]),
      ),
    });
    await scene.engine().run();
    const share = newShare();

    const hurried = scene.engine({ margins: { shardEntries: 5 } });
    const report: RunReport = await restore(hurried, { to: { account: 'production', share, path: '' } });

    expectCountsAddUp(report);
    expect(report).toMatchObject({ status: 'succeeded', counts: { files: 60, copied: 60, directories: 28 } });
    expect(
      Object.values(filesIn(scene, { ...production, share }))
        .map(Number)
        .toSorted((a, b) => a - b),
    ).toEqual(names);
  });
});
