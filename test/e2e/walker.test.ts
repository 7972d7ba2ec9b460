import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FileSystemAttributes, ShareClient, ShareSASPermissions } from '@azure/storage-file-share';
import type { ShareDirectoryClient, ShareFileClient } from '@azure/storage-file-share';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFilesEmulator } from '../../emulator/index.ts';
import type { FilesEmulator } from '../../emulator/index.ts';
import { comparePlaces } from '../../walker/index.ts';
import type { ComparisonOptions, Difference, Place } from '../../walker/index.ts';

const owner = 'O:SYG:SYD:(A;;FA;;;SY)(A;;FA;;;BA)';
const everyone = 'O:SYG:SYD:(A;;FA;;;SY)(A;;FR;;;WD)';

/** The SDK passes strings on as they are; a Date would lose the last four digits. */
const at = (time: string) => time as unknown as Date;
const times = {
  creationTime: at('2020-01-02T03:04:05.1234567Z'),
  lastWriteTime: at('2021-01-02T03:04:05.2345678Z'),
  changeTime: at('2022-01-02T03:04:05.3456789Z'),
};
const fileHttpHeaders = {
  fileContentType: 'text/plain',
  fileContentEncoding: 'identity',
  fileContentLanguage: 'en',
  fileContentDisposition: 'inline',
  fileCacheControl: 'no-cache',
  fileContentMD5: new Uint8Array(16).fill(7),
};
const metadata = { colour: 'green', shape: 'round' };

interface Tree {
  share: ShareClient;
  root: ShareDirectoryClient;
  directory: ShareDirectoryClient;
  file: ShareFileClient;
}

let emulator: FilesEmulator;
let shares = 0;

beforeAll(async () => {
  emulator = await startFilesEmulator();
});
afterAll(() => emulator.stop());

/** `/docs/letter.txt`, `/docs/empty.txt`, `/docs/old/` and `/top.txt`, with everything set that can be set. */
async function makeTree(account: string): Promise<Tree> {
  const share = new ShareClient(emulator.connectionString(account), `tree${(shares += 1)}`);
  await share.create();
  // Permission keys count up in a share: without this they would be the same on both sides.
  if (account === 'devstoreaccount2') await share.createPermission(everyone);
  const filePermissionKey = (await share.createPermission(owner)).filePermissionKey ?? '';
  const directory = share.getDirectoryClient('docs');
  await directory.create({ filePermissionKey, metadata });
  await directory.getDirectoryClient('old').create({ filePermissionKey });
  await directory.getDirectoryClient('old').setProperties(times);
  for (const [parent, name, text] of [
    [directory, 'letter.txt', 'Dear all'],
    [directory, 'empty.txt', ''],
    [share.rootDirectoryClient, 'top.txt', 'top'],
  ] as const) {
    const content = Buffer.from(text);
    const file = parent.getFileClient(name);
    await file.create(content.length, { filePermissionKey, metadata });
    if (content.length > 0) await file.uploadRange(content, 0, content.length);
    await file.setProperties({ ...times, fileHttpHeaders });
  }
  await directory.setProperties(times);
  await share.rootDirectoryClient.setMetadata(metadata);
  await share.rootDirectoryClient.setProperties({ ...times, filePermissionKey });
  return { share, root: share.rootDirectoryClient, directory, file: directory.getFileClient('letter.txt') };
}

const placeOf = ({ share }: Tree, more: { snapshot?: string; directory?: string } = {}): Place => ({
  connectionString: emulator.connectionString(share.accountName),
  share: share.name,
  ...more,
});

/** Compares a tree with a copy of it that `seed` has made different. */
async function differencesAfter(
  seed: (tree: Tree) => Promise<unknown>,
  options: ComparisonOptions = {},
): Promise<Difference[]> {
  const [left, right] = await Promise.all([makeTree('devstoreaccount1'), makeTree('devstoreaccount2')]);
  await seed(right);
  const comparison = await comparePlaces(placeOf(left), placeOf(right), options);
  expect(comparison.equal).toBe(comparison.differences.length === 0);
  return comparison.differences.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** Writes content, then puts every time and header back as it was, so that content alone differs. */
async function writeQuietly(file: ShareFileClient, text: string): Promise<void> {
  await file.uploadRange(text, 0, text.length);
  await file.setProperties({ ...times, fileHttpHeaders });
}

describe('a true copy', () => {
  test('is equal, with every path and byte counted', async () => {
    const [left, right] = await Promise.all([makeTree('devstoreaccount1'), makeTree('devstoreaccount2')]);

    const comparison = await comparePlaces(placeOf(left), placeOf(right));

    expect(comparison).toEqual({ equal: true, entries: 5, bytes: 11, differences: [], differenceCount: 0 });
  });

  test('is equal through share URLs with a SAS', async () => {
    const trees = await Promise.all([makeTree('devstoreaccount1'), makeTree('devstoreaccount2')]);
    const permissions = ShareSASPermissions.parse('rl');
    const expiresOn = new Date(Date.now() + 60_000);
    const [left, right] = trees.map(({ share }) => ({ shareUrl: share.generateSasUrl({ permissions, expiresOn }) }));

    const comparison = await comparePlaces(left!, right!);

    expect(comparison.equal).toBe(true);
  });

  test('is equal to a snapshot whose live share went on', async () => {
    const [left, right] = await Promise.all([makeTree('devstoreaccount1'), makeTree('devstoreaccount2')]);
    const { snapshot = '' } = await right.share.createSnapshot();
    await right.file.delete();

    const comparison = await comparePlaces(placeOf(left), placeOf(right, { snapshot }));

    expect(comparison.equal).toBe(true);
  });

  test('is equal when it stands in a directory of another share', async () => {
    const [left, right] = await Promise.all([makeTree('devstoreaccount1'), makeTree('devstoreaccount2')]);

    const comparison = await comparePlaces(
      placeOf(left, { directory: 'docs' }),
      placeOf(right, { directory: '/docs/' }),
    );

    expect(comparison).toMatchObject({ equal: true, entries: 3 });
  });

  test('is read as stored even if Content-Encoding names a compression', async () => {
    const gzip = { ...fileHttpHeaders, fileContentEncoding: 'gzip' };
    const [left, right] = await Promise.all([makeTree('devstoreaccount1'), makeTree('devstoreaccount2')]);
    for (const { file } of [left, right]) await file.setProperties({ ...times, fileHttpHeaders: gzip });

    const comparison = await comparePlaces(placeOf(left), placeOf(right));

    expect(comparison.equal).toBe(true);
  });
});

describe('a path on one side only', () => {
  test('is found when the right side lacks a file', async () => {
    const differences = await differencesAfter(async ({ file, directory }) => {
      await file.delete();
      await directory.setProperties(times);
    });

    expect(differences).toEqual([{ path: 'docs/letter.txt', what: 'missing', left: 'file', right: undefined }]);
  });

  test('is found for each entry beneath a directory that the left side lacks', async () => {
    const differences = await differencesAfter(async ({ root }) => {
      await root.getDirectoryClient('more').create();
      await root.getDirectoryClient('more').getFileClient('file').create(0);
      await root.setProperties(times);
    });

    expect(differences).toEqual([
      { path: 'more', what: 'missing', left: undefined, right: 'directory' },
      { path: 'more/file', what: 'missing', left: undefined, right: 'file' },
    ]);
  });

  test('is found on both sides when names differ by case alone', async () => {
    const differences = await differencesAfter(async ({ directory }) => {
      await directory.getFileClient('empty.txt').delete();
      await directory.getFileClient('EMPTY.txt').create(0);
      await directory.setProperties(times);
    });

    expect(differences).toEqual([
      { path: 'docs/EMPTY.txt', what: 'missing', left: undefined, right: 'file' },
      { path: 'docs/empty.txt', what: 'missing', left: 'file', right: undefined },
    ]);
  });
});

test('a file in the place of a directory is a difference in kind', async () => {
  const differences = await differencesAfter(async ({ directory }) => {
    await directory.getDirectoryClient('old').delete();
    await directory.getFileClient('old').create(0);
    await directory.setProperties(times);
  });

  expect(differences).toEqual([{ path: 'docs/old', what: 'kind', left: 'directory', right: 'file' }]);
});

test('content of the same size is found by its hash', async () => {
  const differences = await differencesAfter(({ file }) => writeQuietly(file, 'Dear ALL'));

  expect(differences).toMatchObject([{ path: 'docs/letter.txt', what: 'content' }]);
});

test('content is not read when told so', async () => {
  const differences = await differencesAfter(({ file }) => writeQuietly(file, 'Dear ALL'), { content: 'none' });

  expect(differences).toEqual([]);
});

test('size is found, with the content', async () => {
  const differences = await differencesAfter(async ({ file }) => {
    await file.resize(9);
    await file.setProperties({ ...times, fileHttpHeaders });
  });

  expect(differences.map(({ what }) => what).toSorted()).toEqual(['content', 'size']);
});

describe.each([
  ['docs/letter.txt', ({ file }: Tree) => file],
  ['docs', ({ directory }: Tree) => directory],
  ['', ({ root }: Tree) => root],
] as const)('of the entry "%s"', (path, entryOf) => {
  test.each(['creationTime', 'lastWriteTime', 'changeTime'] as const)('100 ns of %s are found', async (name) => {
    const later = at(String(times[name]).replace(/\dZ$/, '0Z'));
    const differences = await differencesAfter((tree) =>
      entryOf(tree).setProperties({ ...times, [name]: later, fileHttpHeaders }),
    );

    expect(differences).toEqual([{ path, what: name, left: times[name], right: later }]);
  });

  test('attributes are found', async () => {
    const differences = await differencesAfter((tree) => {
      const isFile = path.endsWith('.txt');
      const fileAttributes = FileSystemAttributes.parse(isFile ? 'Hidden|Archive' : 'Directory|Hidden');
      return entryOf(tree).setProperties({ ...times, fileAttributes, fileHttpHeaders });
    });

    expect(differences).toMatchObject([{ path, what: 'attributes' }]);
    expect(differences[0]?.right).toContain('Hidden');
  });

  test('a permission is found, in SDDL', async () => {
    const differences = await differencesAfter(async (tree) => {
      const { filePermissionKey = '' } = await tree.share.createPermission(everyone);
      await entryOf(tree).setProperties({ ...times, filePermissionKey, fileHttpHeaders });
    });

    expect(differences).toEqual([{ path, what: 'permission', left: owner, right: everyone }]);
  });

  test('a metadata value is found, and one that is missing', async () => {
    const differences = await differencesAfter(async (tree) => {
      await entryOf(tree).setMetadata({ colour: 'red', size: 'big' });
      await entryOf(tree).setProperties({ ...times, fileHttpHeaders });
    });

    expect(differences.map(({ what, left, right }) => `${what}: ${left} | ${right}`).toSorted()).toEqual([
      'metadata colour: green | red',
      'metadata shape: round | undefined',
      'metadata size: undefined | big',
    ]);
  });
});

test.each([
  ['contentType', { fileContentType: 'text/html' }],
  ['contentEncoding', { fileContentEncoding: 'br' }],
  ['contentLanguage', { fileContentLanguage: 'de' }],
  ['contentDisposition', { fileContentDisposition: 'attachment' }],
  ['cacheControl', { fileCacheControl: 'max-age=1' }],
  ['contentMd5', { fileContentMD5: new Uint8Array(16).fill(8) }],
])('the HTTP header %s is found', async (what, changed) => {
  const differences = await differencesAfter(({ file }) =>
    file.setProperties({ ...times, fileHttpHeaders: { ...fileHttpHeaders, ...changed } }),
  );

  expect(differences).toMatchObject([{ path: 'docs/letter.txt', what }]);
});

test('a header that one side lacks is found', async () => {
  const { fileCacheControl: _, ...fewer } = fileHttpHeaders;
  const differences = await differencesAfter(({ file }) => file.setProperties({ ...times, fileHttpHeaders: fewer }));

  expect(differences).toEqual([{ path: 'docs/letter.txt', what: 'cacheControl', left: 'no-cache', right: undefined }]);
});

test('times of directories are left out only where told, and those of files never', async () => {
  const moved = { ...times, changeTime: at('2023-01-01T00:00:00.0000000Z'), fileHttpHeaders };
  const move = async ({ root, directory, file }: Tree) => {
    for (const entry of [root, directory, file]) await entry.setProperties(moved);
  };

  const withoutRoot = await differencesAfter(move, { ignoreRootTimes: ['changeTime'] });
  const withoutAny = await differencesAfter(move, {
    ignoreRootTimes: ['changeTime'],
    ignoreDirectoryTimes: ['changeTime'],
  });

  expect(withoutRoot.map(({ path }) => path)).toEqual(['docs', 'docs/letter.txt']);
  expect(withoutAny.map(({ path }) => path)).toEqual(['docs/letter.txt']);
});

test('the list of differences ends where told, their number does not', async () => {
  const [left, right] = await Promise.all([makeTree('devstoreaccount1'), makeTree('devstoreaccount2')]);
  for (let i = 0; i < 20; i += 1) await right.directory.getFileClient(`extra ${i}`).create(0);
  await right.directory.setProperties(times);

  const comparison = await comparePlaces(placeOf(left), placeOf(right), { maxDifferences: 3 });

  expect(comparison.differences).toHaveLength(3);
  expect(comparison.differenceCount).toBe(20);
});

test('an entry that cannot be read rejects the comparison: it is never taken as equal', async () => {
  const [left, right] = await Promise.all([makeTree('devstoreaccount1'), makeTree('devstoreaccount2')]);
  const status = { status: 403, code: 'AuthorizationFailure' };
  emulator.faults.replace([
    { operation: 'GetFile', account: 'devstoreaccount1', path: 'docs/letter.txt', action: status },
  ]);

  const comparing = comparePlaces(placeOf(left), placeOf(right));

  await expect(comparing).rejects.toThrow('left: reading /docs/letter.txt was answered 403 AuthorizationFailure');
  emulator.faults.clear();
});

test('a place that is not there rejects the comparison', async () => {
  const left = await makeTree('devstoreaccount1');

  const comparing = comparePlaces(placeOf(left), { ...placeOf(left), share: 'nowhere' } as Place);

  await expect(comparing).rejects.toThrow('right: reading the properties of / was answered 404 ShareNotFound');
});

describe('the command line', () => {
  const walker = async (left: Tree, right: Tree, more: string[] = []) => {
    const named = ({ share }: Tree, name: string) => `${name}:${share.name}`;
    const main = join(import.meta.dirname, '../../walker/main.ts');
    const args = [main, '--left', named(left, 'LEFT_FILES'), '--right', named(right, 'RIGHT_FILES'), ...more];
    const environment = {
      LEFT_FILES: emulator.connectionString(left.share.accountName),
      RIGHT_FILES: emulator.connectionString(right.share.accountName),
    };
    return promisify(execFile)(process.execPath, args, { env: environment }).then(
      ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
      ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
    );
  };

  test('says equal and exits 0', async () => {
    const result = await walker(await makeTree('devstoreaccount1'), await makeTree('devstoreaccount2'));

    expect(result).toMatchObject({ code: 0, stdout: '5 entries, 11 bytes: equal\n' });
  });

  test('lists differences and exits 1', async () => {
    const [left, right] = await Promise.all([makeTree('devstoreaccount1'), makeTree('devstoreaccount2')]);
    await writeQuietly(right.file, 'Dear ALL');

    const { code, stdout } = await walker(left, right, ['--json']);

    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ equal: false, differences: [{ what: 'content' }] });
  });

  test('exits 2 with its usage when told nonsense', async () => {
    const tree = await makeTree('devstoreaccount1');

    const { code, stderr } = await walker(tree, tree, ['--frobnicate']);

    expect(code).toBe(2);
    expect(stderr).toContain('node walker/main.ts --left NAME');
  });
});
