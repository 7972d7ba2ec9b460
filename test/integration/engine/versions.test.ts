import { describe, expect, test } from 'vitest';
import type { PointContent, PointSource } from '../../../lib/engine.ts';
import { type EngineProcess, type Scene, type SceneOptions, startScene } from '../../support/engine-fixture.ts';

const on = (day: string) => ({ lastWriteTime: `${day}T10:00:00.1234567Z` });

/** Four restore points: `a/file.txt` in two versions and then deleted, `b/still.txt` in one, and 30 directories beside. */
async function fourPoints(options: SceneOptions = {}) {
  const others = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`other/d${index}/x.bin`, 'x']));
  const scene = await startScene({
    tree: { 'a/file.txt': { content: 'one', ...on('2024-02-01') }, 'b/still.txt': 'still', ...others },
    ...options,
  });
  const one = scene.engine();
  const reports = [await one.run()];
  scene.source.write({ 'a/file.txt': { content: 'two!', ...on('2024-03-01') } });
  reports.push(await one.run(), await one.run());
  scene.store.files.delete(scene.source.at('a/file.txt'));
  reports.push(await one.run());
  expect(reports.map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => 'succeeded'));
  return { scene, one, points: reports.map(({ restorePoint }) => restorePoint) };
}

async function versionsOf(one: EngineProcess, path: string, from: PointSource = { job: 'docs' }) {
  const { items, next } = await one.engine.versions({ from, path });
  expect(next).toBeUndefined();
  return items.map((version) => ({
    ...version,
    points: version.points.map(({ snapshot }) => snapshot),
  }));
}

async function textOf({ chunks }: PointContent): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of chunks()) parts.push(part);
  return Buffer.concat(parts).toString();
}

const listed = (scene: Scene): number => scene.counted().destination['ListFilesAndDirectories'] ?? 0;

describe.concurrent('The versions of a file', () => {
  test('are each named once with the points that hold them, deleted ones too, by a request a point', async () => {
    const { scene, one, points } = await fourPoints();
    await using _scene = scene;
    scene.emulator.stats.reset();

    const versions = await versionsOf(one, 'A/File.txt');

    const [first, second, third] = points;
    expect(versions).toEqual([
      { path: 'A/File.txt', size: 4, modifiedAt: '2024-03-01T10:00:00.1234567Z', points: [second, third] },
      { path: 'A/File.txt', size: 3, modifiedAt: '2024-02-01T10:00:00.1234567Z', points: [first] },
    ]);
    expect(scene.counted().destination['GetFileProperties']).toBe(4);
    expect(listed(scene)).toBe(1);
    expect(scene.counted().source).toEqual({});
  });

  test('are found by patterns, which list only directories that may hold a match', async () => {
    const { scene, one, points } = await fourPoints();
    await using _scene = scene;
    scene.emulator.stats.reset();

    const txt = await versionsOf(one, '?/*.txt');
    const requests = listed(scene);
    const all = await versionsOf(one, '**');

    expect(txt.map(({ path, size }) => `${path} ${size}`)).toEqual(['a/file.txt 4', 'a/file.txt 3', 'b/still.txt 5']);
    expect(txt[2]?.points).toEqual(points);
    // The root, a and b of four points.
    expect(requests).toBe(12);
    expect(all).toHaveLength(33);
    expect(await versionsOf(one, 'b')).toEqual([txt[2]]);
    expect(await versionsOf(one, 'c/nothing.txt')).toEqual([]);
  });

  test('are found with nothing but the share', async () => {
    const { scene, one } = await fourPoints({ destinations: [{ path: 'deep/er' }] });
    await using _scene = scene;
    const { account: _account, share } = scene.destination;

    const configured = await versionsOf(one, 'a/*');

    expect(configured).toHaveLength(2);
    expect(await versionsOf(one, 'a/*', { account: 'vault', share })).toEqual(configured);
    expect(await versionsOf(one, 'a/*', { account: 'vault', share, path: '/deep/er/' })).toEqual(configured);
    expect(await versionsOf(one, 'a/*', { account: 'vault', share, path: 'deep' })).toEqual([]);
  });

  test('of a dated destination are found under all dates, by the paths of the source', async () => {
    const { scene, one, points } = await fourPoints({ destinations: [{ mode: 'dated' }] });
    await using _scene = scene;
    const [, second, third, fourth] = points;

    const versions = await versionsOf(one, 'a/file.txt');

    expect(versions).toEqual([
      { path: 'a/file.txt', size: 4, modifiedAt: '2024-03-01T10:00:00.1234567Z', points: [second, third, fourth] },
      { path: 'a/file.txt', size: 3, modifiedAt: '2024-02-01T10:00:00.1234567Z', points },
    ]);
    expect(await versionsOf(one, '?/file.*')).toEqual(versions);
  });

  test('come in pages that end with a directory, each version once', async () => {
    const tree = Object.fromEntries(
      Array.from({ length: 2_600 }, (_, index) => [`d${index % 7}/e${index % 2}/f${index}.txt`, 'x']),
    );
    await using scene = await startScene({ tree });
    const one = scene.engine();
    await one.run();

    const paths: string[] = [];
    const cursors: string[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined; cursors.push(cursor ?? '')) {
      const asked = { from: { job: 'docs' }, path: '**', ...(cursor !== '' && { cursor }) };
      const page: Awaited<ReturnType<typeof one.engine.versions>> = await one.engine.versions(asked);
      paths.push(...page.items.map(({ path }) => path));
      cursor = page.next;
    }

    expect(cursors.length).toBeGreaterThan(2);
    expect(paths.toSorted()).toEqual(Object.keys(tree).toSorted());
  });

  test('are not looked for outside of the share', async () => {
    await using scene = await startScene({ tree: { 'a.txt': 'a' } });
    const { engine } = scene.engine();

    for (const path of ['../other/x', 'a/../../x', 'a\\b', 'x\u0000', 'a/./b']) {
      await expect(engine.versions({ from: { job: 'docs' }, path })).rejects.toMatchObject({ code: 'InvalidPath' });
    }
    await expect(engine.versions({ from: { job: 'none' }, path: 'x' })).rejects.toMatchObject({ code: 'JobNotFound' });
  });
});

describe.concurrent('A restore point', () => {
  test('is looked into, and a file of it read, whatever the live share has', async () => {
    const { scene, one, points } = await fourPoints();
    await using _scene = scene;
    const from = { job: 'docs', destination: 'place1' };
    const point = points[0] ?? '';

    const root = await one.engine.entries({ from, point, path: '/' });
    const inside = await one.engine.entries({ from, point, path: 'a' });
    const content = await one.engine.openContent({ from, point, path: 'a/file.txt' });

    expect(root.items.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'a directory',
      'b directory',
      'other directory',
    ]);
    expect(inside).toEqual({
      items: [{ name: 'file.txt', kind: 'file', size: 3, modifiedAt: '2024-02-01T10:00:00.1234567Z' }],
    });
    expect(content).toMatchObject({ name: 'file.txt', sizeBytes: 3 });
    expect(await textOf(content)).toBe('one');
    expect(await textOf(await one.engine.openContent({ from, point: points[1] ?? '', path: 'a/file.txt' }))).toBe(
      'two!',
    );
  });

  test('that is dated shows the newest of each path over all dates', async () => {
    const { scene, one, points } = await fourPoints({ destinations: [{ mode: 'dated' }] });
    await using _scene = scene;
    const from = { job: 'docs' };

    const inside = await one.engine.entries({ from, point: 'latest', path: 'a' });

    expect(inside.items).toMatchObject([{ name: 'file.txt', size: 4 }]);
    expect(await textOf(await one.engine.openContent({ from, point: 'latest', path: 'a/file.txt' }))).toBe('two!');
    expect(await textOf(await one.engine.openContent({ from, point: points[0] ?? '', path: 'a/file.txt' }))).toBe(
      'one',
    );
  });

  test('gives large files in pieces, empty ones, and refuses what is not there', async () => {
    const large = Buffer.alloc(9 * 1024 * 1024 + 3, 'abc');
    await using scene = await startScene({ tree: { 'large.bin': large, 'd/empty': '' } });
    const one = scene.engine();
    await one.run();
    const open = (path: string, point = 'latest') => one.engine.openContent({ from: { job: 'docs' }, point, path });

    const pieces: number[] = [];
    for await (const piece of (await open('large.bin')).chunks()) pieces.push(piece.length);

    expect(pieces).toEqual([4 * 1024 * 1024, 4 * 1024 * 1024, 1024 * 1024 + 3]);
    expect(await textOf(await open('large.bin'))).toBe(large.toString());
    expect(await textOf(await open('d/empty'))).toBe('');
    for (const path of ['d', 'none', 'd/none', '', 'large.bin/x']) {
      await expect(open(path)).rejects.toMatchObject({ code: 'PathNotFound' });
    }
    await expect(open('../x')).rejects.toMatchObject({ code: 'InvalidPath' });
    await expect(open('d/empty', '2020-01-01T00:00:00Z')).rejects.toMatchObject({ code: 'PointNotFound' });
    await expect(
      one.engine.entries({ from: { job: 'docs' }, point: 'latest', path: 'large.bin' }),
    ).rejects.toMatchObject({ code: 'PathNotFound' });
  });
});
