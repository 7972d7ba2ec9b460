import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ShareClient, ShareDirectoryClient } from '@azure/storage-file-share';
import { StorageCRC64Calculator } from '@azure/storage-common';
import type { FilesEmulator } from '../../../emulator/index.ts';
import { ACCOUNT, failureOf, OTHER_ACCOUNT, rawRequest, readStats, serviceClient, startEmulator } from './fixture.ts';
import { shareSas } from './sas-fixture.ts';
import { signedHeaders } from './signature.ts';

let emulator: FilesEmulator;
let share: ShareClient;
let root: ShareDirectoryClient;
let vault: ShareDirectoryClient;
beforeAll(async () => {
  emulator = await startEmulator();
  share = serviceClient(emulator).getShareClient('content');
  await share.create();
  root = share.getDirectoryClient('');
  const other = serviceClient(emulator, OTHER_ACCOUNT).getShareClient('vault');
  await other.create();
  vault = other.getDirectoryClient('');
});
afterAll(() => emulator.stop());

/** A request signed by hand, for what the SDK cannot say. */
function signed(method: string, path: string, headers: Record<string, string>, body?: Buffer) {
  const length = { 'content-length': String(body?.length ?? 0) };
  const account = path.split('/')[1] ?? '';
  return rawRequest(emulator, method, path, {
    headers: signedHeaders(method, path, { account, headers: { ...length, ...headers } }),
    ...(body === undefined ? {} : { body }),
  });
}

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

describe('Put Range', () => {
  test('writes a range and leaves the rest', async () => {
    const file = root.getFileClient('ranges.bin');
    await file.create(2048);

    const written = await file.uploadRange(Buffer.alloc(512, 7), 1024, 512);
    const content = await file.downloadToBuffer();
    const { rangeList } = await file.getRangeList();

    expect(written._response.status).toBe(201);
    expect(content.subarray(0, 1024)).toEqual(Buffer.alloc(1024));
    expect(content.subarray(1024, 1536)).toEqual(Buffer.alloc(512, 7));
    expect(rangeList).toEqual([{ start: 1024, end: 1535 }]);
  });

  test('clears a range', async () => {
    const file = root.getFileClient('cleared.bin');
    await file.create(1024);
    await file.uploadRange(Buffer.alloc(1024, 7), 0, 1024);

    await file.clearRange(0, 512);

    expect((await file.getRangeList()).rangeList).toEqual([{ start: 512, end: 1023 }]);
  });

  test('checks Content-MD5', async () => {
    const file = root.getFileClient('checked.bin');
    await file.create(4);

    const wrong = await failureOf(file.uploadRange('abcd', 0, 4, { contentMD5: Buffer.alloc(16) }));
    const right = await file.uploadRange('abcd', 0, 4, { contentMD5: createHash('md5').update('abcd').digest() });

    expect(wrong).toMatchObject({ statusCode: 400, code: 'Md5Mismatch' });
    expect(Buffer.from(right.contentMD5 ?? [])).toEqual(createHash('md5').update('abcd').digest());
  });

  test('beyond the size is an invalid range', async () => {
    const file = root.getFileClient('short.bin');
    await file.create(4);

    const failure = await failureOf(file.uploadRange('abcdefgh', 0, 8));

    expect(failure).toMatchObject({ statusCode: 416, code: 'InvalidRange' });
  });

  test('of more than 4 MiB is refused', async () => {
    await root.getFileClient('big.bin').create(8 * MEBIBYTE);
    const body = Buffer.alloc(4 * MEBIBYTE + 1);

    const answer = await signed(
      'PUT',
      `/${ACCOUNT}/content/big.bin?comp=range`,
      { 'x-ms-range': `bytes=0-${4 * MEBIBYTE}`, 'x-ms-write': 'update' },
      body,
    );

    expect(answer.status).toBe(413);
  });

  test('moves LastWriteTime unless told to preserve it', async () => {
    const file = root.getFileClient('kept-time.bin');
    await file.create(4);
    const time = (result: { _response: { headers: { get(name: string): string | undefined } } }) =>
      result._response.headers.get('x-ms-file-last-write-time');
    const before = time(await file.getProperties());

    await file.uploadRange('abcd', 0, 4, { fileLastWrittenMode: 'Preserve' });
    const preserved = time(await file.getProperties());
    await file.uploadRange('abcd', 0, 4);
    const moved = time(await file.getProperties());

    expect(preserved).toBe(before);
    expect(moved).not.toBe(before);
  });
});

describe('Get File', () => {
  test('answers a range with 206 and its place', async () => {
    const file = root.getFileClient('read.txt');
    await file.uploadData(Buffer.from('0123456789'));

    const part = await file.download(2, 3, { rangeGetContentMD5: true });
    const whole = await file.download();

    expect(part._response.status).toBe(206);
    expect(part.contentRange).toBe('bytes 2-4/10');
    expect(Buffer.from(part.contentMD5 ?? [])).toEqual(createHash('md5').update('234').digest());
    expect(whole._response.status).toBe(200);
    expect(whole._response.headers.get('accept-ranges')).toBe('bytes');
  });

  test('from beyond the end is an invalid range', async () => {
    await root.getFileClient('ten.txt').uploadData(Buffer.from('0123456789'));

    const failure = await failureOf(root.getFileClient('ten.txt').download(10, 1));

    expect(failure).toMatchObject({ statusCode: 416, code: 'InvalidRange' });
  });

  test('carries many megabytes', async () => {
    const content = Buffer.alloc(9 * MEBIBYTE, 'farshare');
    const file = root.getFileClient('large.bin');
    await file.uploadData(content);

    expect((await file.downloadToBuffer()).equals(content)).toBe(true);
  });
});

describe('List Ranges', () => {
  test('shows what changed since a snapshot', async () => {
    const file = root.getFileClient('diff.bin');
    await file.create(2049);
    await file.uploadRange('Hello', 0, 5);
    const { snapshot = '' } = await share.createSnapshot();
    await file.clearRange(0, 1024);
    await file.uploadRange('World', 1023, 5);

    const diff = await file.getRangeListDiff(snapshot);

    expect(diff.clearRanges).toEqual([{ start: 0, end: 511 }]);
    expect(diff.ranges).toEqual([{ start: 512, end: 1535 }]);
    expect(diff.fileContentLength).toBe(2049);
  });

  test('refuses a snapshot that is gone and a file made anew', async () => {
    const file = root.getFileClient('again.bin');
    await file.create(512);
    const { snapshot = '' } = await share.createSnapshot();
    await file.delete();
    await file.create(512);

    const remade = await failureOf(file.getRangeListDiff(snapshot));
    const missing = await failureOf(file.getRangeListDiff('2020-01-01T00:00:00.0000000Z'));

    expect(remade).toMatchObject({ statusCode: 409, code: 'FileGenerationMismatch' });
    expect(missing).toMatchObject({ statusCode: 404, code: 'PreviousSnapshotNotFound' });
  });

  test('is paged', async () => {
    const file = root.getFileClient('fragments.bin');
    await file.create(8 * KIBIBYTE);
    for (const at of [0, 2048, 4096, 6144]) await file.uploadRange(Buffer.alloc(512, 1), at, 512);

    const pages = [];
    for await (const page of file.listRanges().byPage({ maxPageSize: 3 })) pages.push((page.ranges ?? []).length);

    expect(pages).toEqual([3, 1]);
  });
});

describe('Put Range From URL', () => {
  test('copies a range from another account by SAS and answers its CRC64', async () => {
    const content = Buffer.from('across accounts');
    const source = root.getFileClient('source #1.txt');
    await source.uploadData(content);
    const destination = vault.getFileClient('range-copy.txt');
    await destination.create(content.length);
    await StorageCRC64Calculator.init();
    const before = await readStats(emulator);

    const url = `${source.url}?${shareSas('content', 'r')}`;
    const copied = await destination.uploadRangeFromURL(url, 0, 0, content.length);
    const after = await readStats(emulator);

    const calculator = new StorageCRC64Calculator();
    calculator.append(content, content.length);
    const expected = Buffer.from(calculator.final(Buffer.alloc(0), 0)).toString('base64');
    expect(await destination.downloadToBuffer()).toEqual(content);
    expect(copied._response.headers.get('x-ms-content-crc64')).toBe(expected);
    expect(after.copySourceReads - before.copySourceReads).toBe(1);
    expect(after.bytesCopied - before.bytesCopied).toBe(content.length);
    expect(after.accounts[ACCOUNT]?.['GetFile']).toEqual(before.accounts[ACCOUNT]?.['GetFile']);
  });

  test('honours the conditions on the source', async () => {
    const source = root.getFileClient('conditional.txt');
    await source.uploadData(Buffer.from('12345678'));
    const destination = vault.getFileClient('conditional.txt');
    await destination.create(8);
    const url = `${source.url}?${shareSas('content', 'r')}`;
    const first = await destination.uploadRangeFromURL(url, 0, 0, 8);
    const crc64 = first._response.headers.get('x-ms-content-crc64') ?? '';
    const sourceConditions = { sourceIfNoneMatchCrc64: Buffer.from(crc64, 'base64') };

    const unmodified = await failureOf(destination.uploadRangeFromURL(url, 0, 0, 8, { sourceConditions }));

    expect(unmodified.statusCode).toBe(412);
  });

  test('refuses a source without a valid SAS, a missing one, and unequal ranges', async () => {
    const source = root.getFileClient('guarded.txt');
    await source.uploadData(Buffer.from('12345678'));
    const destination = vault.getFileClient('guarded.txt');
    await destination.create(8);
    const path = `/${OTHER_ACCOUNT}/vault/guarded.txt?comp=range`;
    const url = `${source.url}?${shareSas('content', 'r')}`;
    const unequal = { 'x-ms-range': 'bytes=0-3', 'x-ms-source-range': 'bytes=0-7', 'x-ms-copy-source': url };

    const anonymous = await failureOf(destination.uploadRangeFromURL(source.url, 0, 0, 8));
    const missingUrl = `${root.getFileClient('nobody').url}?${shareSas('content', 'r')}`;
    const missing = await failureOf(destination.uploadRangeFromURL(missingUrl, 0, 0, 8));
    const writeOnly = `${source.url}?${shareSas('content', 'w')}`;
    const unreadable = await failureOf(destination.uploadRangeFromURL(writeOnly, 0, 0, 8));
    const answer = await signed('PUT', path, { 'x-ms-write': 'update', ...unequal });

    expect(anonymous).toMatchObject({ statusCode: 403, code: 'CannotVerifyCopySource' });
    expect(missing).toMatchObject({ statusCode: 404, code: 'CannotVerifyCopySource' });
    expect(missing.details).toMatchObject({ copySourceStatusCode: 404, copySourceErrorCode: 'ResourceNotFound' });
    expect(unreadable.details).toMatchObject({ copySourceErrorCode: 'AuthorizationPermissionMismatch' });
    expect(answer.status).toBe(400);
  });
});

describe('Copy File', () => {
  const TIME = '2019-08-07T06:05:04.7654321Z';

  test('carries content, headers, metadata, times, attributes and permission from a snapshot of another account', async () => {
    const source = root.getFileClient('whole.txt');
    await source.uploadData(Buffer.from('whole'), {
      fileHttpHeaders: { fileContentType: 'text/plain', fileCacheControl: 'no-store' },
      metadata: { colour: 'blue' },
    });
    await signed('PUT', `/${ACCOUNT}/content/whole.txt?comp=properties`, {
      'x-ms-file-attributes': 'Hidden | Archive',
      'x-ms-file-creation-time': TIME,
      'x-ms-file-last-write-time': TIME,
      'x-ms-file-change-time': TIME,
      'x-ms-content-type': 'text/plain',
    });
    const { snapshot = '' } = await share.createSnapshot();
    await source.delete();

    const copied = await signed('PUT', `/${OTHER_ACCOUNT}/vault/whole.txt`, {
      'x-ms-copy-source': `${source.url}?sharesnapshot=${snapshot}&${shareSas('content', 'r')}`,
      'x-ms-file-attributes': 'source',
      'x-ms-file-creation-time': 'source',
      'x-ms-file-last-write-time': 'source',
      'x-ms-file-change-time': 'source',
      'x-ms-file-permission-copy-mode': 'source',
      'x-ms-file-copy-set-archive': 'false',
    });
    const properties = await vault.getFileClient('whole.txt').getProperties();

    const header = (name: string) => properties._response.headers.get(name);
    expect(copied).toMatchObject({ status: 202, headers: { 'x-ms-copy-status': 'success' } });
    expect(properties).toMatchObject({
      contentLength: 5,
      contentType: 'text/plain',
      metadata: { colour: 'blue' },
      copyStatus: 'success',
      copyProgress: '5/5',
      copyId: copied.headers['x-ms-copy-id'],
    });
    expect(header('x-ms-copy-source')).not.toContain('sig=');
    expect(header('x-ms-file-last-write-time')).toBe(TIME);
    expect(header('x-ms-file-change-time')).toBe(TIME);
    expect(header('x-ms-file-attributes')).toMatch(/Hidden/);
    expect((await vault.getFileClient('whole.txt').downloadToBuffer()).toString()).toBe('whole');
  });
});

describe('The source of a Copy File', () => {
  test('within an account needs no SAS', async () => {
    await root.getFileClient('near.txt').uploadData(Buffer.from('near'));

    const copied = await root.getFileClient('near-copy.txt').startCopyFromURL(root.getFileClient('near.txt').url);

    expect(copied.copyStatus).toBe('success');
  });

  test('from another account without SAS, from a missing file, or from a URL too long is refused', async () => {
    const destination = vault.getFileClient('refused.txt');
    const near = root.getFileClient('near.txt');

    const anonymous = await failureOf(destination.startCopyFromURL(near.url));
    const missing = await failureOf(
      destination.startCopyFromURL(`${root.getFileClient('nope').url}?${shareSas('content', 'r')}`),
    );
    const long = await failureOf(destination.startCopyFromURL(`${near.url}?${'x'.repeat(2048)}`));

    expect(anonymous).toMatchObject({ statusCode: 403, code: 'CannotVerifyCopySource' });
    expect(missing).toMatchObject({ statusCode: 404, code: 'CannotVerifyCopySource' });
    expect(long).toMatchObject({ statusCode: 400, code: 'InvalidHeaderValue' });
    expect(await destination.exists()).toBe(false);
  });

  test('told to stay pending can be watched and aborted', async () => {
    await root.getFileClient('slow.txt').uploadData(Buffer.from('slowly'));
    emulator.faults.replace([{ operation: 'CopyFile', times: 1, action: { copyPendingMs: 60_000 } }]);
    const destination = root.getFileClient('slow-copy.txt');

    const { copyId = '', copyStatus } = await destination.startCopyFromURL(root.getFileClient('slow.txt').url);
    const pending = await destination.getProperties();
    const written = await failureOf(destination.uploadRange('a', 0, 1));
    await destination.abortCopyFromURL(copyId);
    const aborted = await destination.getProperties();
    const again = await failureOf(destination.abortCopyFromURL(copyId));

    expect(copyStatus).toBe('pending');
    expect(pending).toMatchObject({ copyStatus: 'pending', copyProgress: '0/6' });
    expect(written.statusCode).toBe(409);
    expect(aborted).toMatchObject({ copyStatus: 'aborted', contentLength: 0 });
    expect(again).toMatchObject({ statusCode: 409, code: 'NoPendingCopyOperation' });
  });
});
