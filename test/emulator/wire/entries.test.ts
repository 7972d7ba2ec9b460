import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ShareClient, ShareDirectoryClient } from '@azure/storage-file-share';
import type { FilesEmulator } from '../../../emulator/index.ts';
import { ACCOUNT, failureOf, rawRequest, serviceClient, startEmulator } from './fixture.ts';
import { signedHeaders } from './signature.ts';

let emulator: FilesEmulator;
let share: ShareClient;
let root: ShareDirectoryClient;
beforeAll(async () => {
  emulator = await startEmulator();
  share = serviceClient(emulator).getShareClient('entries');
  await share.create();
  root = share.getDirectoryClient('');
});
afterAll(() => emulator.stop());

const TIME = '2020-02-03T04:05:06.1234567Z';

/** A header of the answer as the service sent it: the SDK's Dates lose 100 ns digits. */
function sent(result: { _response: { headers: { get(name: string): string | undefined } } }, name: string) {
  return result._response.headers.get(name);
}

describe('A directory', () => {
  test('is created once, with its properties', async () => {
    const directory = root.getDirectoryClient('made');

    const created = await directory.create({ metadata: { a: '1' } });
    const again = await failureOf(directory.create());
    const properties = await directory.getProperties();

    expect(created.fileAttributes).toBe('Directory');
    expect(again).toMatchObject({ statusCode: 409, code: 'ResourceAlreadyExists' });
    expect(properties).toMatchObject({ metadata: { a: '1' }, etag: created.etag, fileId: created.fileId });
    expect(sent(properties, 'x-ms-file-parent-id')).toBe(sent(created, 'x-ms-file-parent-id'));
  });

  test('needs its parent', async () => {
    const failure = await failureOf(root.getDirectoryClient('no/where').create());

    expect(failure).toMatchObject({ statusCode: 404, code: 'ParentNotFound' });
  });

  test('is deleted only when empty', async () => {
    const directory = root.getDirectoryClient('full');
    await directory.create();
    await directory.getFileClient('a').create(0);

    const refused = await failureOf(directory.delete());
    await directory.deleteFile('a');
    await directory.delete();

    expect(refused).toMatchObject({ statusCode: 409, code: 'DirectoryNotEmpty' });
    expect(await directory.exists()).toBe(false);
  });

  test('takes times to 100 ns and the doubled attribute AzCopy sends', async () => {
    await root.getDirectoryClient('timed').create();
    const path = `/${ACCOUNT}/entries/timed?restype=directory&comp=properties`;
    const headers = {
      'content-length': '0',
      'x-ms-file-attributes': 'Directory|Directory',
      'x-ms-file-creation-time': TIME,
      'x-ms-file-last-write-time': TIME,
      'x-ms-file-change-time': TIME,
    };

    const answer = await rawRequest(emulator, 'PUT', path, { headers: signedHeaders('PUT', path, { headers }) });
    const properties = await root.getDirectoryClient('timed').getProperties();

    expect(answer.status).toBe(200);
    expect(sent(properties, 'x-ms-file-last-write-time')).toBe(TIME);
    expect(sent(properties, 'x-ms-file-creation-time')).toBe(TIME);
    expect(sent(properties, 'x-ms-file-change-time')).toBe(TIME);
  });

  test('has the root as one that is always there', async () => {
    const properties = await root.getProperties();

    expect(properties.fileAttributes).toBe('Directory');
  });
});

describe('A file', () => {
  test('is created sparse and reads as zeros', async () => {
    const file = root.getFileClient('sparse.bin');

    const created = await file.create(600);

    expect(created._response.status).toBe(201);
    expect(created.fileAttributes).toBe('Archive');
    expect(await file.downloadToBuffer()).toEqual(Buffer.alloc(600));
    expect((await file.getRangeList()).rangeList).toEqual([]);
  });

  test('keeps headers, metadata and SMB properties exactly', async () => {
    const file = root.getFileClient('dressed.txt');
    const contentMD5 = createHash('md5').update('hello').digest();
    await file.uploadData(Buffer.from('hello'), {
      fileHttpHeaders: {
        fileContentType: 'text/plain',
        fileContentEncoding: 'identity',
        fileContentLanguage: 'de',
        fileCacheControl: 'no-store',
        fileContentDisposition: 'inline',
        fileContentMD5: contentMD5,
      },
      metadata: { a: 'b' },
    });

    const properties = await file.getProperties();
    const download = await file.download();

    expect(properties).toMatchObject({
      contentLength: 5,
      contentType: 'text/plain',
      contentEncoding: 'identity',
      contentLanguage: 'de',
      cacheControl: 'no-store',
      contentDisposition: 'inline',
      metadata: { a: 'b' },
      leaseState: 'available',
    });
    expect(Buffer.from(properties.contentMD5 ?? [])).toEqual(contentMD5);
    expect(sent(properties, 'x-ms-type')).toBe('File');
    expect(download.contentLength).toBe(5);
  });

  test('loses HTTP headers that Set Properties leaves out, and keeps its SMB properties', async () => {
    const file = root.getFileClient('undressed.txt');
    await file.create(10, { fileHttpHeaders: { fileContentType: 'text/plain' }, creationTime: new Date(TIME) });
    const before = await file.getProperties();

    await file.setHttpHeaders({ fileCacheControl: 'no-cache' });

    const after = await file.getProperties();
    expect(after.contentType).toBeUndefined();
    expect(after.cacheControl).toBe('no-cache');
    expect(sent(after, 'x-ms-file-creation-time')).toBe(sent(before, 'x-ms-file-creation-time'));
    expect(sent(after, 'x-ms-file-last-write-time')).toBe(sent(before, 'x-ms-file-last-write-time'));
    expect(sent(after, 'x-ms-file-change-time')).not.toBe(sent(before, 'x-ms-file-change-time'));
  });
});

describe('Content of a file', () => {
  test('comes with the creation when sent so', async () => {
    const file = root.getFileClient('one-request.txt');
    const content = Buffer.from('all at once');

    const path = `/${ACCOUNT}/entries/one-request.txt`;
    const headers = {
      'x-ms-type': 'file',
      'x-ms-content-length': String(content.length),
      'content-length': String(content.length),
    };
    const answer = await rawRequest(emulator, 'PUT', path, {
      headers: signedHeaders('PUT', path, { headers }),
      body: content,
    });

    expect(answer.status).toBe(201);
    expect(answer.headers['content-md5']).toBe(createHash('md5').update(content).digest('base64'));
    expect(await file.downloadToBuffer()).toEqual(content);
  });
});

describe('Access to a file', () => {
  test('that is read-only does not overwrite or delete it', async () => {
    const file = root.getFileClient('locked.txt');
    await file.create(1);
    const path = `/${ACCOUNT}/entries/locked.txt?comp=properties`;
    const headers = { 'content-length': '0', 'x-ms-file-attributes': 'ReadOnly | Archive' };
    await rawRequest(emulator, 'PUT', path, { headers: signedHeaders('PUT', path, { headers }) });

    const deleted = await failureOf(file.delete());
    const overwritten = await failureOf(file.create(2));

    expect(deleted).toMatchObject({ statusCode: 409, code: 'ReadOnlyAttribute' });
    expect(overwritten).toMatchObject({ statusCode: 409, code: 'ReadOnlyAttribute' });
  });

  test('that is missing, or whose parent is, answers 404 by that name', async () => {
    const missing = await failureOf(root.getFileClient('nobody').getProperties());
    const orphan = await failureOf(share.getDirectoryClient('nowhere').getFileClient('a').create(1));

    expect(missing).toMatchObject({ statusCode: 404, code: 'ResourceNotFound' });
    expect(orphan).toMatchObject({ statusCode: 404, code: 'ParentNotFound' });
  });

  test('under an infinite lease needs the lease id', async () => {
    const file = root.getFileClient('leased.txt');
    await file.create(4);
    const lease = file.getShareLeaseClient();
    const { leaseId = '' } = await lease.acquireLease(-1);

    const refused = await failureOf(file.uploadRange('abcd', 0, 4));
    const written = await file.uploadRange('abcd', 0, 4, { leaseAccessConditions: { leaseId } });
    await lease.releaseLease();

    expect(refused).toMatchObject({ statusCode: 412, code: 'LeaseIdMissing' });
    expect(written._response.status).toBe(201);
  });
});

describe('The name of a file', () => {
  test('may have any characters that names may have', async () => {
    const name = "ä €%20+&=#;,'!()[]{}~^`$@ 日本語.txt";
    const file = root.getFileClient(name);
    await file.uploadData(Buffer.from('x'));

    const names = [];
    for await (const item of root.listFilesAndDirectories()) names.push(item.name);

    expect(names).toContain(name);
    expect((await file.downloadToBuffer()).toString()).toBe('x');
  });

  test('is found whatever its case', async () => {
    await root.getFileClient('MixedCase.txt').create(1);

    const found = await root.getFileClient('mixedcase.TXT').getProperties();

    expect(found.contentLength).toBe(1);
  });

  test('may follow an encoded slash as well as a plain one', async () => {
    await root.getDirectoryClient('sub').create();
    await root.getFileClient('sub/inner.txt').create(3);
    const path = `/${ACCOUNT}/entries/sub%2Finner.txt`;

    const answer = await rawRequest(emulator, 'HEAD', path, { headers: signedHeaders('HEAD', path) });

    expect(answer.status).toBe(200);
    expect(answer.headers['content-length']).toBe('3');
  });
});

describe('A rename', () => {
  test('moves a file and keeps its id', async () => {
    const file = root.getFileClient('old-name.txt');
    const { fileId } = await file.create(3);

    await file.rename('new-name.txt');

    expect((await root.getFileClient('new-name.txt').getProperties()).fileId).toBe(fileId);
    expect(await file.exists()).toBe(false);
  });

  test('replaces a file only when told', async () => {
    await root.getFileClient('from.txt').create(1);
    await root.getFileClient('onto.txt').create(2);

    const refused = await failureOf(root.getFileClient('from.txt').rename('onto.txt'));
    await root.getFileClient('from.txt').rename('onto.txt', { replaceIfExists: true });

    expect(refused).toMatchObject({ statusCode: 409, code: 'ResourceAlreadyExists' });
    expect((await root.getFileClient('onto.txt').getProperties()).contentLength).toBe(1);
  });

  test('moves a directory with what is in it', async () => {
    const directory = root.getDirectoryClient('moving');
    await directory.create();
    await directory.getFileClient('inside.txt').create(1);

    await directory.rename('moved');

    expect(await root.getDirectoryClient('moved').getFileClient('inside.txt').exists()).toBe(true);
    expect(await directory.exists()).toBe(false);
  });
});

describe('A permission', () => {
  const SDDL =
    'O:S-1-5-21-2127521184-1604012920-1887927527-21560751G:S-1-5-21-2127521184-1604012920-1887927527-513D:AI(A;;FA;;;SY)(A;;FA;;;BA)';

  test('has one key a share and is read back by it', async () => {
    const { filePermissionKey = '' } = await share.createPermission(SDDL);
    const again = await share.createPermission(SDDL);
    const { permission } = await share.getPermission(filePermissionKey);

    expect(again.filePermissionKey).toBe(filePermissionKey);
    expect(permission).toBe(SDDL);
  });

  test('is set on a file by its key', async () => {
    const { filePermissionKey = '' } = await share.createPermission(SDDL);
    const file = root.getFileClient('permitted.txt');

    await file.create(1, { filePermissionKey });

    expect((await file.getProperties()).filePermissionKey).toBe(filePermissionKey);
  });

  test('with an unknown key is refused', async () => {
    const failure = await failureOf(root.getFileClient('p.txt').create(1, { filePermissionKey: '1*2' }));

    expect(failure).toMatchObject({ statusCode: 400, code: 'FileInvalidPermissionKey' });
  });
});

describe('Handles', () => {
  test('are none, for nobody mounts the share', async () => {
    const handles = [];
    for await (const handle of root.listHandles()) handles.push(handle);

    const closed = await root.forceCloseAllHandles();

    expect(handles).toEqual([]);
    expect(closed.closedHandlesCount).toBe(0);
  });
});
