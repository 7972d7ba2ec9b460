import { describe, expect, test } from 'vitest';
import type { SharePort } from '../../lib/run/ports.ts';
import { bytes, newShare, someSettings, someTimes, type SharesUnderTest } from './shares-under-test.ts';

const headers = {
  contentType: 'text/plain; charset=utf-8',
  contentLanguage: 'de',
  cacheControl: 'no-store',
  contentDisposition: 'attachment',
};
const empty = { sizeBytes: 0, metadata: {}, headers: {} };

export function writingContract(made: () => SharesUnderTest): void {
  describe('Copy File', () => {
    copyFileContract(made);
  });
  describe('ranges', () => {
    rangesContract(made);
  });
  describe('directories', () => {
    directoriesContract(made);
  });
  describe('deleting and renaming', () => {
    removalContract(made);
  });
}

/** A source file in a snapshot and an empty destination share. */
async function sourceAndDestination(made: SharesUnderTest, content: Uint8Array) {
  const source = await newShare(made, 'source');
  await made.putContent('source', source.ref.share, { path: 'from', content });
  await source.setFileProperties('from', { ...someSettings, attributes: 'None', headers });
  await source.setFileMetadata('from', { owner: 'ada', note: 'x y' });
  const snapshot = await source.createSnapshot({});
  await source.deleteFile('from');
  const copySource = await source.copySource('from', { snapshot });
  return { copySource, destination: await newShare(made, 'destination') };
}

function copyFileContract(made: () => SharesUnderTest): void {
  test('one request brings content, headers, metadata, times, attributes and permission across accounts', async () => {
    const content = bytes(70_000);
    const { copySource, destination } = await sourceAndDestination(made(), content);
    const permissionKey = await destination.createPermission('O:BAG:SYD:(A;;FA;;;BA)');

    const state = await destination.copyFile('to', copySource, { ...someSettings, permissionKey });

    const file = await destination.getFile('to', {});
    expect(state).toMatchObject({ status: 'success' });
    expect(file).toMatchObject({
      name: 'to',
      sizeBytes: 70_000,
      times: someTimes,
      attributes: 'Archive|Hidden',
      permissionKey,
      metadata: { owner: 'ada', note: 'x y' },
      headers,
      copy: { id: state.id, status: 'success' },
    });
    expect(await made().readContent('destination', destination.ref.share, 'to')).toEqual(content);
  });

  test('a ReadOnly file is overwritten, and ReadOnly is set by the copy', async () => {
    const { copySource, destination } = await sourceAndDestination(made(), bytes(10));
    const readOnly = { ...someSettings, attributes: 'ReadOnly' };

    await destination.copyFile('to', copySource, readOnly);
    await destination.copyFile('to', copySource, readOnly);

    expect(await destination.getFile('to', {})).toMatchObject({ attributes: 'ReadOnly', sizeBytes: 10 });
  });

  test('a source that is gone or refuses fails as an entry', async () => {
    const { destination } = await sourceAndDestination(made(), bytes(10));
    const source = made().open('source', 'never-made');
    const copySource = await source.copySource('nothing', {});

    await expect(destination.copyFile('to', copySource, someSettings)).rejects.toMatchObject({ disposition: 'entry' });
    await expect(destination.copyFile('to', { url: () => `${copySource.url()}0` }, someSettings)).rejects.toMatchObject(
      { disposition: 'entry', operation: 'CopyFile' },
    );
  });

  test('renewing a copy source gives one that works', async () => {
    const { destination } = await sourceAndDestination(made(), bytes(10));
    const source = await newShare(made());
    await source.createFile('file', empty);

    const renewed = await source.copySource('file', { renew: true });

    expect(await destination.copyFile('to', renewed, someSettings)).toMatchObject({ status: 'success' });
  });

  test('a pending copy is seen, refuses writes as an entry, and is aborted', async () => {
    const { copySource, destination } = await sourceAndDestination(made(), bytes(10));
    const pending = [{ operation: 'CopyFile', times: 1, action: { copyPendingMs: 60_000 } }];

    const state = await made().withFaults(pending, () => destination.copyFile('to', copySource, someSettings));

    expect(state.status).toBe('pending');
    expect((await destination.getFile('to', {}))?.copy).toMatchObject({ id: state.id, status: 'pending' });
    await expect(destination.setFileMetadata('to', {})).rejects.toMatchObject({
      code: 'PendingCopyOperation',
      disposition: 'entry',
    });
    await destination.abortCopy('to', state.id);
    await destination.abortCopy('to', state.id);
    expect((await destination.getFile('to', {}))?.copy).toMatchObject({ status: 'aborted' });
  });
}

function rangesContract(made: () => SharesUnderTest): void {
  test('a file made of ranges has the content, and at last times, attributes, headers and metadata', async () => {
    const content = bytes(5000);
    const { copySource, destination } = await sourceAndDestination(made(), content);
    await destination.createFile('to', { sizeBytes: 5000, metadata: { owner: 'ada' }, headers: {} });

    await destination.putRangeFromUrl('to', copySource, { range: { start: 0, end: 4096 } });
    await destination.putRangeFromUrl('to', copySource, { range: { start: 4096, end: 5000 } });
    await destination.setFileProperties('to', { ...someSettings, headers });

    expect(await made().readContent('destination', destination.ref.share, 'to')).toEqual(content);
    expect(await destination.getFile('to', {})).toMatchObject({
      times: someTimes,
      attributes: 'Archive|Hidden',
      metadata: { owner: 'ada' },
      headers,
    });
  });

  test('a range is not moved when the source has the CRC-64 that an earlier answer named', async () => {
    const { copySource, destination } = await sourceAndDestination(made(), bytes(5000));
    await destination.createFile('to', { sizeBytes: 5000, metadata: {}, headers: {} });
    const range = { start: 0, end: 4096 };
    const first = await destination.putRangeFromUrl('to', copySource, { range });
    await destination.clearRange('to', range);

    const again = await destination.putRangeFromUrl('to', copySource, { range, unlessCrc64: first.crc64 });
    const other = await destination.putRangeFromUrl('to', copySource, { range, unlessCrc64: 'AAAAAAAAAAA=' });

    expect(first).toEqual({ moved: true, crc64: expect.stringMatching(/^[A-Za-z0-9+/]{11}=$/u) });
    expect(again).toEqual({ moved: false, crc64: first.crc64 });
    expect(other).toEqual(first);
  });

  test('bytes are put and read back as they are, and a cleared range is a hole', async () => {
    const port = await newShare(made());
    const content = new Uint8Array([0, 255, 254, 10, 13, 128, 195, 40]);
    await port.createFile('ours', { sizeBytes: 2048, metadata: {}, headers: {} });

    await port.putBytes('ours', 512, content);
    const read = await port.getBytes('ours', { range: { start: 512, end: 520 } });
    await port.clearRange('ours', { start: 512, end: 1024 });

    expect(Buffer.from(read ?? [])).toEqual(Buffer.from(content));
    expect(await port.listRanges('ours', {})).toEqual([]);
    expect(await port.getBytes('missing', { range: { start: 0, end: 1 } })).toBeUndefined();
  });

  test('a range longer than the service takes is our own mistake', async () => {
    const port = await newShare(made());
    const range = { start: 0, end: 4 * 1024 * 1024 + 1 };

    await expect(port.putRangeFromUrl('to', { url: () => 'x' }, { range })).rejects.toThrow(RangeError);
  });

  test('setting properties clears the headers left out, and resizes', async () => {
    const port = await newShare(made());
    await port.createFile('file', { sizeBytes: 10, metadata: { kept: 'yes' }, headers });

    await port.setFileProperties('file', { ...someSettings, headers: { contentLanguage: 'fr' }, sizeBytes: 3 });

    const file = await port.getFile('file', {});
    expect(file).toMatchObject({ sizeBytes: 3, metadata: { kept: 'yes' } });
    expect(file?.headers.contentLanguage).toBe('fr');
    expect(file?.headers.cacheControl).toBeUndefined();
    expect(file?.headers.contentDisposition).toBeUndefined();
  });

  test('metadata is replaced whole', async () => {
    const port = await newShare(made());
    await port.createFile('file', { sizeBytes: 0, metadata: { one: '1', two: '2' }, headers: {} });

    await port.setFileMetadata('file', { two: '3' });

    expect((await port.getFile('file', {}))?.metadata).toEqual({ two: '3' });
  });

  test('a value that no header can carry fails as an entry', async () => {
    const port = await newShare(made());

    await expect(port.createFile('file', { ...empty, metadata: { owner: 'Ada ☕' } })).rejects.toMatchObject({
      code: 'InvalidHeaderValue',
      disposition: 'entry',
    });
  });
}

function directoriesContract(made: () => SharesUnderTest): void {
  test('one is made with everything it keeps, once', async () => {
    const port = await newShare(made());
    const permissionKey = await port.createPermission('O:BAG:SYD:(A;;FA;;;BA)');
    const settings = { times: someTimes, attributes: 'Directory|Hidden', permissionKey, metadata: { team: 'blue' } };

    expect(await port.createDirectory('dir', settings)).toBe(true);
    expect(await port.createDirectory('dir', settings)).toBe(false);

    expect(await port.getDirectory('dir', {})).toMatchObject({
      times: someTimes,
      attributes: 'Directory|Hidden',
      permissionKey,
      metadata: { team: 'blue' },
    });
  });

  test('where a file has the name, or no parent is there, making one fails as an entry', async () => {
    const port = await newShare(made());
    await port.createFile('name', empty);

    await expect(port.createDirectory('name', { metadata: {} })).rejects.toMatchObject({ disposition: 'entry' });
    await expect(port.createDirectory('no/parent', { metadata: {} })).rejects.toMatchObject({
      code: 'ParentNotFound',
      disposition: 'entry',
    });
  });

  test('properties and metadata are set apart, also on the root', async () => {
    const port = await newShare(made());
    await port.createDirectory('dir', { metadata: { team: 'blue' } });

    for (const path of ['dir', '']) {
      await port.setDirectoryMetadata(path, { team: 'red' });
      await port.setDirectoryProperties(path, { times: someTimes, attributes: 'Directory|System' });

      expect(await port.getDirectory(path, {})).toMatchObject({
        times: someTimes,
        attributes: 'Directory|System',
        metadata: { team: 'red' },
      });
    }
  });
}

async function names(port: SharePort): Promise<readonly string[]> {
  return (await port.list('', {}))?.entries.map(({ name }) => name) ?? [];
}

function removalContract(made: () => SharesUnderTest): void {
  test('what is gone already is answered with false', async () => {
    const port = await newShare(made());
    await port.createFile('file', empty);
    await port.createDirectory('dir', { metadata: {} });

    expect([await port.deleteFile('file'), await port.deleteFile('file')]).toEqual([true, false]);
    expect([await port.deleteDirectory('dir'), await port.deleteDirectory('dir')]).toEqual([true, false]);
    expect(await port.deleteFile('no/parent')).toBe(false);
    expect(await names(port)).toEqual([]);
  });

  test('what cannot be deleted now fails as an entry and stays', async () => {
    const port = await newShare(made());
    await port.createDirectory('dir', { metadata: {} });
    await port.createFile('dir/file', empty);
    await port.setFileProperties('dir/file', { ...someSettings, attributes: 'ReadOnly', headers: {} });

    await expect(port.deleteDirectory('dir')).rejects.toMatchObject({
      code: 'DirectoryNotEmpty',
      disposition: 'entry',
    });
    await expect(port.deleteFile('dir/file')).rejects.toMatchObject({
      code: 'ReadOnlyAttribute',
      disposition: 'entry',
    });
    expect(await port.getFile('dir/file', {})).toBeDefined();
  });

  test('names change their case, of files and of directories', async () => {
    const port = await newShare(made());
    await port.createFile('readme.TXT.', empty);
    await port.createDirectory('Docs', { metadata: {} });

    await port.renameEntry('file', 'readme.TXT.', 'README.txt.');
    await port.renameEntry('directory', 'Docs', 'docs');

    expect(await names(port)).toEqual(['docs', 'README.txt.']);
  });
}
