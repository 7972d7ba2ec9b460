import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ShareClient, ShareDirectoryClient } from '@azure/storage-file-share';
import type { FilesEmulator } from '../../../emulator/index.ts';
import { ACCOUNT, failureOf, postControl, rawRequest, serviceClient, startEmulator } from './fixture.ts';
import { signedHeaders } from './signature.ts';

let emulator: FilesEmulator;
let share: ShareClient;
let root: ShareDirectoryClient;
beforeAll(async () => {
  emulator = await startEmulator();
  share = serviceClient(emulator).getShareClient('listed');
  await share.create();
  root = share.getDirectoryClient('');
  for (const name of ['b-dir', 'd-dir']) await root.getDirectoryClient(name).create();
  for (const name of ['a.txt', 'c.txt', "e&'.txt"]) await root.getFileClient(name).create(5);
});
afterAll(() => emulator.stop());

async function listRaw(query: string, path = '') {
  const target = `/${ACCOUNT}/listed${path}?restype=directory&comp=list${query}`;
  return rawRequest(emulator, 'GET', target, { headers: signedHeaders('GET', target) });
}

describe('A listing', () => {
  test('mixes files and directories in one order', async () => {
    const { body } = await listRaw('');

    const entries = [...body.matchAll(/<(File|Directory)><FileId>\d+<\/FileId><Name>([^<]*)<\/Name>/g)];
    expect(entries.map(([, kind, name]) => `${kind} ${name}`)).toEqual([
      'File a.txt',
      'Directory b-dir',
      'File c.txt',
      'Directory d-dir',
      "File e&amp;'.txt",
    ]);
    expect(body).toContain('<NextMarker />');
    expect(body).toContain(`ShareName="listed" DirectoryPath=""`);
  });

  test('shows times, ETag, attributes and permission key when asked', async () => {
    const properties = await root.getFileClient('a.txt').getProperties();
    const header = (name: string) => properties._response.headers.get(name);

    const { body } = await listRaw('&prefix=a&include=Timestamps,ETag,Attributes,PermissionKey');

    const entry = /<File>.*<\/File>/.exec(body)?.[0] ?? '';
    expect(entry).toContain(`<CreationTime>${header('x-ms-file-creation-time')}</CreationTime>`);
    expect(entry).toContain(`<LastWriteTime>${header('x-ms-file-last-write-time')}</LastWriteTime>`);
    expect(entry).toContain(`<ChangeTime>${header('x-ms-file-change-time')}</ChangeTime>`);
    expect(entry).toContain(`<Last-Modified>${header('last-modified')}</Last-Modified>`);
    expect(entry).toContain(`<Etag>${header('etag')}</Etag></Properties>`);
    expect(entry).toContain(
      `</Properties><Attributes>Archive</Attributes><PermissionKey>${header('x-ms-file-permission-key')}`,
    );
  });

  test('shows neither when not asked', async () => {
    const { body } = await listRaw('');

    expect(body).not.toMatch(/CreationTime|Etag|Attributes|PermissionKey/);
  });

  test('comes through the SDK with all of it', async () => {
    const items = [];
    const options = {
      includeTimestamps: true,
      includeEtag: true,
      includeAttributes: true,
      includePermissionKey: true,
      includeExtendedInfo: true,
    };
    for await (const item of root.listFilesAndDirectories(options)) items.push(item);

    const file = items.find(({ name }) => name === "e&'.txt");
    expect(items).toHaveLength(5);
    expect(file).toMatchObject({ kind: 'file', attributes: 'Archive', properties: { contentLength: 5 } });
    expect(file?.properties?.lastWriteTime).toBeInstanceOf(Date);
    expect(file?.permissionKey).toMatch(/./);
  });
});

describe('The extent of a listing', () => {
  test('is covered by pages without loss or repetition', async () => {
    const names = [];
    let pages = 0;
    for await (const page of root.listFilesAndDirectories().byPage({ maxPageSize: 2 })) {
      pages += 1;
      names.push(
        ...page.segment.directoryItems.map(({ name }) => name),
        ...page.segment.fileItems.map(({ name }) => name),
      );
    }

    expect(pages).toBe(3);
    expect(names.toSorted()).toEqual(['a.txt', 'b-dir', 'c.txt', 'd-dir', "e&'.txt"]);
  });

  test('is nothing for an empty directory', async () => {
    const items = [];
    for await (const item of root.getDirectoryClient('b-dir').listFilesAndDirectories()) items.push(item);

    expect(items).toEqual([]);
  });

  test('is that of the snapshot it names', async () => {
    const { snapshot = '' } = await share.createSnapshot();
    await root.getFileClient('later.txt').create(1);

    const { body } = await listRaw(`&sharesnapshot=${encodeURIComponent(snapshot)}`);
    await root.getFileClient('later.txt').delete();

    expect(body).toContain(`ShareSnapshot="${snapshot}"`);
    expect(body).not.toContain('later.txt');
  });

  test('takes in names that XML cannot carry, encoded', async () => {
    const directory = root.getDirectoryClient('b-dir/odd\uffff');
    await directory.create();
    await directory.getFileClient('in\uffffside').create(1);

    const parent = [];
    for await (const item of root.getDirectoryClient('b-dir').listFilesAndDirectories()) parent.push(item.name);
    const { body } = await listRaw('', '/b-dir/odd%EF%BF%BF');
    await directory.deleteFile('in\uffffside');
    await directory.delete();

    expect(parent).toEqual(['odd\uffff']);
    expect(body).toContain('DirectoryPath="b-dir%2Fodd%EF%BF%BF" Encoded="true"');
    expect(body).toContain('<Name Encoded="true">in%EF%BF%BFside</Name>');
  });
});

describe('A request for a listing', () => {
  test.each(['0', '-1', 'x'])('with maxresults=%s is refused', async (maxresults) => {
    const { status } = await listRaw(`&maxresults=${maxresults}`);

    expect(status).toBe(400);
  });

  test('with an unknown include is refused', async () => {
    const answer = await listRaw('&include=Everything');

    expect(answer.headers['x-ms-error-code']).toBe('InvalidQueryParameterValue');
  });

  test('for a missing directory or for a file is refused', async () => {
    const missing = await failureOf(root.getDirectoryClient('nope').listFilesAndDirectories().next());
    const file = await failureOf(root.getDirectoryClient('a.txt').listFilesAndDirectories().next());

    expect(missing).toMatchObject({ statusCode: 404, code: 'ResourceNotFound' });
    expect(file.statusCode).toBeGreaterThanOrEqual(404);
  });

  test('gets at most 5,000 entries a page', async () => {
    await postControl(emulator, 'tree', {
      account: ACCOUNT,
      share: 'large',
      path: '',
      files: 12_000,
      filesPerDirectory: 12_000,
      depth: 1,
      sizeBytes: 10,
      seed: 1,
    });
    const sizes = [];
    const directory = serviceClient(emulator).getShareClient('large').getDirectoryClient('d00000');
    for await (const page of directory.listFilesAndDirectories().byPage()) sizes.push(page.segment.fileItems.length);

    expect(sizes).toEqual([5000, 5000, 2000]);
  });
});
