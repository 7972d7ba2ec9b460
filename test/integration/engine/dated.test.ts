import { describe, expect, test } from 'vitest';
import { type Scene, type SceneShare, startScene } from '../../support/engine-fixture.ts';
import { clockAhead } from '../../support/mortal-process.ts';

const on = (day: string): { lastWriteTime: string } => ({ lastWriteTime: `${day}T10:00:00.1234567Z` });
const dated = { destinations: [{ mode: 'dated' }] };
const dayMs = 24 * 60 * 60 * 1000;

/** Every file of a share with its content, as the emulator's store has it. */
function filesOf(scene: Scene, share: SceneShare, snapshot?: string): Record<string, string> {
  const files: Record<string, string> = {};
  const walk = (directory: string): void => {
    for (const { name, kind } of scene.store.directories.list(share.at(directory, snapshot), {}).entries) {
      const path = directory === '' ? name : `${directory}/${name}`;
      if (kind === 'directory') walk(path);
      else files[path] = textOf(scene, share, path, snapshot);
    }
  };
  walk('');
  return files;
}

function textOf(scene: Scene, share: SceneShare, path: string, snapshot?: string): string {
  const reader = scene.store.files.open(share.at(path, snapshot));
  return Buffer.from(reader.read(0, reader.properties.sizeBytes)).toString();
}

describe('Dated mode', () => {
  test('saves new and changed files under the date of their last write, and deletes nothing', async () => {
    await using scene = await startScene({
      ...dated,
      tree: { 'a/one.txt': { content: '1', ...on('2024-02-01') }, 'two.txt': { content: '2', ...on('2024-02-02') } },
    });
    const process = scene.engine();
    const first = await process.run();
    scene.source.write({
      'a/one.txt': { content: '1 again', ...on('2024-03-05') },
      'three.txt': { content: '3', ...on('2024-03-06') },
    });
    scene.store.files.delete(scene.source.at('two.txt'));

    const second = await process.run();

    expect(first).toMatchObject({ status: 'succeeded', mode: 'dated', counts: { files: 2, copied: 2 } });
    expect(second).toMatchObject({ status: 'succeeded', counts: { files: 2, copied: 2, deleted: 0, unchanged: 0 } });
    expect(filesOf(scene, scene.destination)).toEqual({
      '2024-02-01/a/one.txt': '1',
      '2024-02-02/two.txt': '2',
      '2024-03-05/a/one.txt': '1 again',
      '2024-03-06/three.txt': '3',
    });
    expect(Object.keys(filesOf(scene, scene.destination, first.restorePoint ?? ''))).toHaveLength(2);
  });

  test('lists the destination not at all, and copies nothing when nothing changed', async () => {
    await using scene = await startScene({ ...dated, tree: { 'a/one.txt': { content: '1', ...on('2024-02-01') } } });
    const process = scene.engine();
    await process.run();
    scene.emulator.stats.reset();

    const second = await process.run();

    expect(second).toMatchObject({ status: 'succeeded', counts: { files: 1, unchanged: 1, copied: 0 } });
    expect(scene.counted().destination).not.toHaveProperty('CopyFile');
  });

  test('a second version of one date replaces the first, which stays in the earlier restore point', async () => {
    await using scene = await startScene({
      ...dated,
      tree: { 'one.txt': { content: 'morning', ...on('2024-02-01') } },
    });
    const process = scene.engine();
    const first = await process.run();
    scene.source.write({ 'one.txt': { content: 'evening', ...on('2024-02-01') } });

    await process.run();

    expect(filesOf(scene, scene.destination)).toEqual({ '2024-02-01/one.txt': 'evening' });
    expect(filesOf(scene, scene.destination, first.restorePoint ?? '')).toEqual({ '2024-02-01/one.txt': 'morning' });
  });

  test('times set backwards, a same-size write with kept times and changed metadata are new versions', async () => {
    await using scene = await startScene({
      ...dated,
      tree: {
        'back.txt': { content: 'back', ...on('2024-02-02') },
        'same.txt': { content: 'same', ...on('2024-02-02') },
        'meta.txt': { content: 'meta', ...on('2024-02-02') },
        'still.txt': { content: 'still', ...on('2024-02-02') },
      },
    });
    const process = scene.engine();
    await process.run();
    scene.source.write({ 'back.txt': { content: 'BACK', ...on('2023-01-01') } });
    const bytes = new Uint8Array(Buffer.from('SAME'));
    scene.store.files.putRange(scene.source.at('same.txt'), 0, bytes, { lastWriteTime: 'preserve' });
    scene.store.files.setMetadata(scene.source.at('meta.txt'), { a: 'b' });

    const second = await process.run();

    expect(second.counts).toMatchObject({ copied: 3, unchanged: 1 });
    expect(filesOf(scene, scene.destination)).toMatchObject({
      '2023-01-01/back.txt': 'BACK',
      '2024-02-02/same.txt': 'SAME',
    });
    expect(scene.store.files.getProperties(scene.destination.at('2024-02-02/meta.txt')).metadata).toEqual({ a: 'b' });
  });

  test('a file that becomes a directory on the same date, and the reverse, give way', async () => {
    await using scene = await startScene({
      ...dated,
      job: { dateBy: 'run' },
      tree: { x: { content: 'file', ...on('2024-02-02') }, 'y/in.txt': { content: 'in', ...on('2024-02-02') } },
    });
    const process = scene.engine();
    const first = await process.run();
    const day = first.sourceSnapshot?.slice(0, 10);
    scene.store.files.delete(scene.source.at('x'));
    scene.store.files.delete(scene.source.at('y/in.txt'));
    scene.store.directories.delete(scene.source.at('y'));
    scene.source.write({ 'x/in.txt': 'now inside', y: 'now a file' });

    const second = await process.run();

    expect(second).toMatchObject({ status: 'succeeded', failures: [] });
    expect(filesOf(scene, scene.destination)).toEqual({
      [`${day}/x/in.txt`]: 'now inside',
      [`${day}/y`]: 'now a file',
    });
  });

  test('a directory gives way to a large file of the same date too', async () => {
    await using scene = await startScene({
      ...dated,
      tree: { 'x/in.txt': { content: 'in', ...on('2024-02-02') } },
    });
    const process = scene.engine();
    await process.run();
    scene.store.files.delete(scene.source.at('x/in.txt'));
    scene.store.directories.delete(scene.source.at('x'));
    scene.source.write({ x: { sizeBytes: 80 * 1024 * 1024, ...on('2024-02-02') } });

    const second = await process.run();

    expect(second).toMatchObject({ status: 'succeeded', failures: [], counts: { files: 1, copied: 1 } });
    const held = scene.store.files.getProperties(scene.destination.at('2024-02-02/x'));
    expect(held.sizeBytes).toBe(80 * 1024 * 1024);
  });

  test('a ReadOnly file that becomes a directory on the same date gives way all the same', async () => {
    await using scene = await startScene({
      ...dated,
      job: { dateBy: 'run' },
      tree: { x: { content: 'file', attributes: 'ReadOnly', ...on('2024-02-02') } },
    });
    const process = scene.engine();
    const first = await process.run();
    const { store, source } = scene;
    store.files.setProperties(source.at('x'), { attributes: 'None' });
    store.files.delete(source.at('x'));
    source.write({ 'x/in.txt': 'now inside' });

    const second = await process.run();

    expect(second).toMatchObject({ status: 'succeeded', failures: [] });
    expect(filesOf(scene, scene.destination)).toEqual({
      [`${first.sourceSnapshot?.slice(0, 10)}/x/in.txt`]: 'now inside',
    });
  });

  test('a write whose times were all put back is a new version', async () => {
    await using scene = await startScene({ ...dated, tree: { 'a.txt': { content: 'before', ...on('2024-02-02') } } });
    const process = scene.engine();
    await process.run();
    const at = scene.source.at('a.txt');
    const { lastWriteTime, changeTime, headers } = scene.store.files.getProperties(at);
    scene.store.files.putRange(at, 0, new Uint8Array(Buffer.from('BEHIND')));
    scene.store.files.setProperties(at, { lastWriteTime, changeTime, headers });

    const second = await process.run();

    expect(second.counts).toMatchObject({ copied: 1 });
    expect(filesOf(scene, scene.destination)).toEqual({ '2024-02-02/a.txt': 'BEHIND' });
  });

  test('a full run copies every file again where it is, and so makes good what nobody had noticed', async () => {
    await using scene = await startScene({
      ...dated,
      job: { verify: { samplePercent: 0 } },
      tree: {
        'a/one.txt': { content: 'one', ...on('2024-02-01') },
        'two.txt': { content: 'two', ...on('2024-02-02') },
      },
    });
    const process = scene.engine();
    await process.run();
    scene.store.files.putRange(scene.destination.at('2024-02-01/a/one.txt'), 0, new Uint8Array([33]));
    const ordinary = await process.run();

    const full = await process.run({ full: true });
    const after = await process.run();

    expect(ordinary.counts).toMatchObject({ copied: 0, unchanged: 2 });
    expect(full.counts).toMatchObject({ files: 2, copied: 2, unchanged: 0 });
    expect(after.counts).toMatchObject({ copied: 0, unchanged: 2 });
    expect(filesOf(scene, scene.destination)).toEqual({ '2024-02-01/a/one.txt': 'one', '2024-02-02/two.txt': 'two' });
    const kinds = scene.destination.snapshots().map(({ metadata }) => metadata['farshare_kind']);
    expect(kinds).toEqual(['full', 'incremental', 'full', 'incremental']);
  });

  test('a full run is due when the newest full restore point is older than fullEvery', async () => {
    await using scene = await startScene({
      ...dated,
      job: { fullEvery: 'P30D' },
      tree: { 'one.txt': { content: 'one', ...on('2024-02-01') } },
    });
    await scene.engine().run();

    const soon = await scene.engine({ clock: clockAhead(29 * dayMs) }).run();
    const later = await scene.engine({ clock: clockAhead(31 * dayMs) }).run();

    expect([soon.counts.copied, later.counts.copied]).toEqual([0, 1]);
  });

  test('without its base snapshot a full run copies every file again all the same', async () => {
    await using scene = await startScene({
      ...dated,
      tree: { 'a.txt': { content: 'a', ...on('2024-02-02') }, 'd/b.txt': { content: 'b', ...on('2024-02-03') } },
    });
    const process = scene.engine();
    const first = await process.run();
    const second = await process.run();
    expect(second.counts).toMatchObject({ copied: 0 });
    const base = second.sourceSnapshot ?? first.sourceSnapshot ?? '';
    scene.store.leases.break({ ...scene.source, snapshot: base });
    scene.store.shares.delete({ ...scene.source, snapshot: base });
    await new Promise((resolve) => setTimeout(resolve, 1_100));

    const full = await process.run({ full: true });

    expect(full).toMatchObject({ status: 'succeeded', counts: { files: 2, copied: 2 } });
  });

  test('without its base snapshot it takes what was written since the newest point, and what changed directories hold', async () => {
    await using scene = await startScene({
      ...dated,
      tree: {
        'old.txt': { content: 'old', ...on('2020-01-01') },
        'quiet/kept.txt': { content: 'kept', ...on('2020-01-01') },
      },
    });
    const process = scene.engine();
    const first = await process.run();
    const base = first.sourceSnapshot ?? '';
    scene.store.leases.break({ ...scene.source, snapshot: base });
    scene.store.shares.delete({ ...scene.source, snapshot: base });
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    scene.source.write({ 'moved/in.txt': { content: 'moved here with old times', ...on('2020-05-05') } });

    const second = await process.run();

    expect(second).toMatchObject({ status: 'succeeded', counts: { files: 3 } });
    // Not everything was copied for it: `fullEvery` goes by this.
    const kinds = scene.destination.snapshots().map(({ metadata }) => metadata['farshare_kind']);
    expect(kinds).toEqual(['full', 'incremental']);
    expect(filesOf(scene, scene.destination)).toMatchObject({ '2020-05-05/moved/in.txt': 'moved here with old times' });
  });
});

test('Of equal versions of a file, a sample takes one of the newest run that copied everything', async () => {
  const times = {
    ...on('2024-02-01'),
    creationTime: '2024-02-01T10:00:00.0000000Z',
    changeTime: '2024-02-01T10:00:00.0000000Z',
  };
  const job = { verify: { samplePercent: 100 }, dateBy: 'run' };
  await using scene = await startScene({ tree: { 'one.txt': { content: 'one', ...times } }, ...dated, job });
  const process = scene.engine();
  // As if an earlier run had filed it, and its content had been lost since.
  await process.run();
  scene.destination.write({ '2024-06-01/one.txt': { content: 'eno', ...times } });

  const report = await process.run();

  expect(report).toMatchObject({ status: 'succeeded', verification: { files: 1, differing: 0 } });
});
