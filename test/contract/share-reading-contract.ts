import { describe, expect, test } from 'vitest';
import type { Entry } from '../../lib/model/index.ts';
import type { SharePort } from '../../lib/run/ports.ts';
import { bytes, freshShare, newShare, someTimes, type SharesUnderTest } from './shares-under-test.ts';

/** All of a directory, page after page. */
async function listAll(port: SharePort, directory: string, snapshot?: string): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  let marker = '';
  do {
    const page = await port.list(directory, { snapshot, ...(marker === '' ? {} : { marker }) });
    if (page === undefined) throw new Error(`no directory ${directory}`);
    entries.push(...page.entries);
    marker = page.nextMarker;
  } while (marker !== '');
  return entries;
}

/** Each legal in Azure Files; several mean something in a URL, in XML or to a client that strips trailing dots. */
const awkwardNames = [
  'trailing dot.',
  'trailing blank ',
  '...three',
  ' leading blank',
  '100%41 sure',
  "R&D 'quoted' (1)",
  'a+b=c,d;e@f!g~h$i^j`k{l}m[n]#o',
  'Zoë – naïve ☕ \u{1F5C4}',
  'cafe\u0301',
  'noncharacter \uFFFE',
  'del \u007f',
  `${'x'.repeat(251)}.txt`,
];

export function readingContract(made: () => SharesUnderTest): void {
  describe('listings', () => {
    listingContract(made);
  });
  describe('entries', () => {
    entryContract(made);
  });
}

function listingContract(made: () => SharesUnderTest): void {
  test('a listing tells of each entry what a request for it would', async () => {
    const port = await newShare(made());
    await port.createDirectory('dir', { metadata: {} });
    await made().putContent('source', port.ref.share, { path: 'file.txt', content: bytes(1000) });
    await port.setFileProperties('file.txt', { times: someTimes, attributes: 'ReadOnly|Hidden', headers: {} });

    const entries = await listAll(port, '');

    const { headers: _, metadata: __, ...file } = (await port.getFile('file.txt', {})) ?? { headers: {}, metadata: {} };
    const { metadata: ___, ...directory } = (await port.getDirectory('dir', {})) ?? { metadata: {} };
    expect(entries).toEqual([directory, file]);
    expect(file).toMatchObject({ kind: 'file', times: someTimes, attributes: 'Hidden|ReadOnly', sizeBytes: 1000 });
    expect(directory).toMatchObject({ kind: 'directory', name: 'dir', attributes: 'Directory' });
  });

  test('awkward names arrive and come back as they are', async () => {
    const port = await newShare(made());
    for (const name of awkwardNames) {
      await port.createDirectory(name, { metadata: {} });
      await port.createFile(`${name}/${name}`, { sizeBytes: 0, metadata: {}, headers: {} });
    }

    const directories = await listAll(port, '');

    expect(new Set(directories.map(({ name }) => name))).toEqual(new Set(awkwardNames));
    for (const name of awkwardNames) {
      expect((await listAll(port, name)).map((entry) => entry.name)).toEqual([name]);
      expect((await port.getFile(`${name}/${name}`, {}))?.name).toBe(name);
      expect(await port.deleteFile(`${name}/${name}`)).toBe(true);
    }
  });

  test('a directory of more than a page is listed to its end, each entry once', async () => {
    const port = await newShare(made());
    await made().seedTree('source', port.ref.share, { path: 'many', files: 12_345 });

    const entries = await listAll(port, 'many/d00000');

    expect(entries).toHaveLength(12_345);
    expect(new Set(entries.map(({ name }) => name)).size).toBe(12_345);
  });
}

function entryContract(made: () => SharesUnderTest): void {
  test('what is not there is undefined, and what is of the other kind is no absence', async () => {
    const port = await newShare(made());
    await port.createFile('file', { sizeBytes: 0, metadata: {}, headers: {} });

    expect(await port.list('none', {})).toBeUndefined();
    expect(await port.list('none/deeper', {})).toBeUndefined();
    expect(await port.getFile('none', {})).toBeUndefined();
    expect(await port.getFile('none/deeper', {})).toBeUndefined();
    expect(await port.getDirectory('none', {})).toBeUndefined();
    await expect(port.list('file', {})).rejects.toMatchObject({ disposition: 'entry' });
  });

  test('a path that no URL can carry fails as an entry, before anything is sent', async () => {
    const port = await newShare(made());

    for (const path of ['a/../b', '.', 'half \ud800 pair']) {
      await expect(port.getFile(path, {})).rejects.toMatchObject({ disposition: 'entry' });
    }
  });

  test('a snapshot keeps what the live share no longer has', async () => {
    const port = await newShare(made());
    await port.createFile('gone', { sizeBytes: 5, metadata: { colour: 'red' }, headers: {} });
    const snapshot = await port.createSnapshot({});
    await port.deleteFile('gone');

    expect(await listAll(port, '')).toEqual([]);
    expect((await listAll(port, '', snapshot)).map(({ name }) => name)).toEqual(['gone']);
    expect(await port.getFile('gone', {})).toBeUndefined();
    expect(await port.getFile('gone', { snapshot })).toMatchObject({ metadata: { colour: 'red' } });
    expect(await port.getDirectory('', { snapshot })).toMatchObject({ kind: 'directory', name: '' });
  });

  test('ranges are half-open: those allocated, and those changed since a snapshot', async () => {
    const { share } = (await newShare(made())).ref;
    const port = made().open('source', share);
    await port.createFile('sparse', { sizeBytes: 8192, metadata: {}, headers: {} });
    expect(await port.listRanges('sparse', {})).toEqual([]);
    await made().putContent('source', share, { path: 'sparse', content: bytes(512), at: 1024 });
    const before = await port.createSnapshot({});
    await made().putContent('source', share, { path: 'sparse', content: bytes(512, 2), at: 4096 });

    const after = await port.createSnapshot({});

    expect(await port.listRanges('sparse', { snapshot: after })).toEqual([
      { start: 1024, end: 1536 },
      { start: 4096, end: 4608 },
    ]);
    expect(await port.listRanges('sparse', { snapshot: after, previousSnapshot: before })).toEqual([
      { start: 4096, end: 4608 },
    ]);
    await expect(port.listRanges('none', {})).rejects.toMatchObject({ code: 'ResourceNotFound', disposition: 'entry' });
  });

  test('a copy source says nothing of itself in JSON', async () => {
    const port = made().open('source', freshShare());

    const source = await port.copySource('dir/file', { snapshot: '2026-11-20T03:00:00.0000000Z' });

    expect(JSON.stringify(source)).toBe('{}');
    expect(new URL(source.url()).searchParams.get('sharesnapshot')).toBe('2026-11-20T03:00:00.0000000Z');
    expect(new URL(source.url()).searchParams.has('st')).toBe(false);
  });
}
