/** The fidelity that issue 5 asks for, phrase by phrase: each is in the source as named, and the restore point equals it there. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunReport } from '../../../lib/model/index.ts';
import { type Scene, startScene } from '../../support/engine-fixture.ts';
import type { TreeLiteral } from '../../support/engine-tree.ts';
import { oddTree } from '../../support/odd-tree.ts';
import { differencesOf, readTree, type TreeImage } from '../../support/random-trees/image.ts';

const longest = `${Array.from({ length: 8 }, (_, n) => String(n).repeat(226)).join('/')}/${'f'.repeat(232)}`;
const readOnly = { attributes: 'ReadOnly|Hidden|System' };

const tree: TreeLiteral = {
  ...oddTree,
  'names/trailing space ': 's',
  'names/trailing dot and space. ': 's',
  'names/\u00e9.txt': 'NFC',
  'names/e\u0301.txt': 'NFD',
  'names/k.txt': 'k',
  'names/\u212a.txt': 'Kelvin',
  'names/ß.txt': 'sharp s',
  'names/SS.txt': 'two s',
  'names/not in XML \ufffe.txt': 'noncharacter',
  'names/not in XML \uffff/inside.txt': 'noncharacter',
  [longest]: 'at the end of the longest path',
  'metadata/': { metadata: { archived: '', owner: 'ada' } },
  'metadata/empty.txt': { content: '', metadata: { archived: '' } },
  'protected/overwritten.txt': { content: 'before', ...readOnly },
  'protected/deleted.txt': { content: 'before', ...readOnly },
  'protected/deleted directory/inside.txt': { content: 'before', ...readOnly },
  'protected/deleted directory/': { attributes: 'Directory|ReadOnly|Hidden|System' },
  'case/file.txt': 'case of a file',
  'case/directory/inside.txt': 'case of a directory',
  'kinds/file': { content: 'file first', ...readOnly },
  'kinds/directory/inside.txt': 'directory first',
};

function change({ store, source }: Scene): void {
  const clear = (path: string) => store.files.setProperties(source.at(path), { attributes: 'None' });
  const remove = (path: string) => {
    clear(path);
    store.files.delete(source.at(path));
  };
  clear('protected/overwritten.txt');
  source.write({ 'protected/overwritten.txt': { content: 'after', ...readOnly } });
  remove('protected/deleted.txt');
  remove('protected/deleted directory/inside.txt');
  store.directories.setProperties(source.at('protected/deleted directory'), { attributes: 'Directory' });
  store.directories.delete(source.at('protected/deleted directory'));
  store.files.rename(source.at('case/file.txt'), source.at('case/FILE.txt'));
  store.directories.rename(source.at('case/directory'), source.at('case/Directory'));
  remove('kinds/file');
  store.files.delete(source.at('kinds/directory/inside.txt'));
  store.directories.delete(source.at('kinds/directory'));
  source.write({ 'kinds/file/inside.txt': 'directory now', 'kinds/directory': 'file now' });
}

interface Done {
  readonly report: RunReport;
  readonly source: TreeImage;
  readonly point: TreeImage;
}

let scene: Scene;
let first: Done;
let second: Done;

async function runOnce(process: ReturnType<Scene['engine']>): Promise<Done> {
  const report = await process.run();
  const { store, source, destination } = scene;
  return {
    report,
    source: readTree(store, { ...source, snapshot: report.sourceSnapshot ?? '' }),
    point: readTree(store, { ...destination, snapshot: report.restorePoint ?? '' }),
  };
}

beforeAll(async () => {
  const guard = { maxDeletedPercent: 100, maxChangedPercent: 100 };
  scene = await startScene({ tree, job: { guard, verify: { samplePercent: 0 } } });
  const process = scene.engine();
  first = await runOnce(process);
  change(scene);
  second = await runOnce(process);
});
afterAll(() => scene[Symbol.asyncDispose]());

const of = (image: TreeImage, path: string): Record<string, string> => {
  const found = image.get(path);
  if (found === undefined) throw new Error(`There is no ${path}.`);
  return found;
};

const odd = 'empty with everything.bin';
const pairs = (...names: readonly string[]): readonly string[] => names.map((name) => `names/${name}`);

describe('A restore point equals the source snapshot in', () => {
  test.each([
    ['CreationTime, LastWriteTime and ChangeTime to 100 ns', 'times.txt', 'changeTime', /13\.7654321Z$/u],
    ['a permission with deny entries and inheritance flags', 'permissions/denied.txt', 'permission', /\(D;OICI;/u],
    ['a permission over 8 KiB', 'permissions/long.txt', 'permission', /^[^]{8193,}$/u],
    [
      'all six HTTP headers',
      'headers.txt',
      'headers',
      /^\[(?:\["[a-zA-Z0-9]+",(?:"[^"\\]*(?:\\.[^"\\]*)*")\],?){6}\]$/u,
    ],
    ['metadata', 'metadata.txt', 'metadata', /two words/u],
    ['metadata without a value, of a directory', 'metadata', 'metadata', /"archived",""/u],
    ['metadata without a value, of a file', 'metadata/empty.txt', 'metadata', /"archived",""/u],
    ['all of these on an empty file', odd, 'attributes', /ReadOnly.*Hidden/u],
    ['the times of the root directory', '', 'creationTime', /0000001Z$/u],
    ['the permission of the root directory', '', 'permission', /\(D;;FA;;;WD\)/u],
    ['the metadata of the root directory', '', 'metadata', /rootmark/u],
    ['the attributes of a directory', 'attributes/readonly directory', 'attributes', /ReadOnly/u],
    ['the times and metadata of an empty directory', 'empty directory of old/deeper', 'metadata', /deep/u],
  ])('%s', (_, path, property, expected) => {
    expect(of(first.source, path)[property]).toMatch(expected);
    expect(of(first.point, path)).toEqual(of(first.source, path));
  });

  test.each([
    ['trailing dots', pairs('trailing dot.', 'trailing dots...')],
    ['trailing spaces', pairs('trailing space ', 'trailing dot and space. ')],
    ['255 characters in a component', pairs(`${'n'.repeat(251)}.txt`)],
    ['characters that URLs escape', pairs("100% + #1 = ~!@$^()[]{};',.txt", '%41 is not A.txt', 'a+b c%20d.txt')],
    ['NFC and NFD', pairs('\u00e9.txt', 'e\u0301.txt')],
    ['K and the Kelvin sign', pairs('k.txt', '\u212a.txt')],
    ['ß and SS', pairs('ß.txt', 'SS.txt')],
    ['characters that XML cannot carry', pairs('not in XML \ufffe.txt', 'not in XML \uffff/inside.txt')],
  ])('names with %s', (_, paths) => {
    for (const path of paths) expect(of(first.point, path)).toEqual(of(first.source, path));
  });

  test('a path of 2,048 characters, whose file is streamed', () => {
    expect(longest).toHaveLength(2_048);
    expect(of(first.point, longest)).toEqual(of(first.source, longest));
    expect(first.report.counts.streamed).toBe(1);
  });

  test('everything else, and nothing is there that the source lacks', () => {
    expect(first.report).toMatchObject({ status: 'succeeded', failures: [] });
    expect(differencesOf(first.source, first.point)).toEqual([]);
  });
});

describe('After changes a restore point equals the source snapshot in', () => {
  test('a read-only, hidden and system file that was overwritten', () => {
    const path = 'protected/overwritten.txt';
    expect(of(second.source, path)['content']).not.toBe(of(first.source, path)['content']);
    expect(of(second.point, path)).toEqual(of(second.source, path));
  });

  test('read-only, hidden and system files and directories that were deleted', () => {
    for (const path of ['deleted.txt', 'deleted directory', 'deleted directory/inside.txt']) {
      expect(first.point.has(`protected/${path}`)).toBe(true);
      expect(second.point.has(`protected/${path}`)).toBe(false);
    }
  });

  test.each(['case/FILE.txt', 'case/Directory', 'case/Directory/inside.txt'])('a rename by case alone: %s', (path) => {
    expect(of(second.point, path)).toEqual(of(second.source, path));
  });

  test.each(['kinds/file', 'kinds/file/inside.txt', 'kinds/directory'])('an entry of the other kind: %s', (path) => {
    expect(of(second.point, path)).toEqual(of(second.source, path));
  });

  test('everything else', () => {
    expect(second.report).toMatchObject({ status: 'succeeded', failures: [] });
    expect(differencesOf(second.source, second.point)).toEqual([]);
  });
});
