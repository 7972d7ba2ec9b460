import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ShareClient } from '@azure/storage-file-share';
import { crc64, Crc64 } from '../../../emulator/store/index.ts';
import type { FilesEmulator } from '../../../emulator/index.ts';
import { ACCOUNT, rawRequest, serviceClient, startEmulator } from './fixture.ts';
import { accountSas } from './sas-fixture.ts';

let emulator: FilesEmulator;
let share: ShareClient;
beforeAll(async () => {
  emulator = await startEmulator();
  share = serviceClient(emulator).getShareClient('structured');
  await share.create();
});
afterAll(() => emulator.stop());

const KIND = 'XSM/1.0; properties=crc64';
const content = Buffer.from(Array.from({ length: 1500 }, (_, index) => index % 251));

/** A message as the format is written down, in segments of the lengths given. */
function message(...segments: Buffer[]): Buffer {
  const whole = Buffer.concat(segments);
  const parts = segments.flatMap((segment, index) => {
    const head = Buffer.alloc(10);
    head.writeUInt16LE(index + 1, 0);
    head.writeBigUInt64LE(BigInt(segment.length), 2);
    return [head, segment, Buffer.from(crc64(segment))];
  });
  const length = 13 + parts.reduce((sum, part) => sum + part.length, 0) + 8;
  const head = Buffer.alloc(13);
  head[0] = 1;
  head.writeBigUInt64LE(BigInt(length), 1);
  head.writeUInt16LE(1, 9);
  head.writeUInt16LE(segments.length, 11);
  return Buffer.concat([head, ...parts, Buffer.from(crc64(whole))]);
}

function put(name: string, body: Buffer, headers: Record<string, string>) {
  const comp = headers['x-ms-write'] === undefined ? '' : 'comp=range&';
  return rawRequest(emulator, 'PUT', `/${ACCOUNT}/structured/${name}?${comp}${accountSas('cw')}`, {
    headers: { 'content-length': String(body.length), 'x-ms-structured-body': KIND, ...headers },
    body,
  });
}

const putRange = (body: Buffer, more: Record<string, string> = {}) =>
  put('f', body, {
    'x-ms-write': 'update',
    'x-ms-range': `bytes=0-${content.length - 1}`,
    'x-ms-structured-content-length': String(content.length),
    ...more,
  });

describe('Structured messages', () => {
  test('A range of several segments arrives whole', async () => {
    const file = share.rootDirectoryClient.getFileClient('f');
    await file.create(content.length);

    const answer = await putRange(message(content.subarray(0, 7), content.subarray(7, 1000), content.subarray(1000)));

    expect(answer).toMatchObject({ status: 201, headers: { 'x-ms-structured-body': KIND } });
    expect((await file.downloadToBuffer()).equals(content)).toBe(true);
  });

  test('A damaged or malformed message changes nothing', async () => {
    const file = share.rootDirectoryClient.getFileClient('f');
    await file.create(content.length);
    const good = message(content);
    const damaged = Buffer.from(good);
    damaged[100] = (damaged[100] ?? 0) ^ 1;

    const answers = [
      await putRange(damaged),
      await putRange(good.subarray(0, -1)),
      await putRange(content),
      await putRange(good, { 'x-ms-structured-content-length': '1' }),
      await putRange(good, { 'x-ms-structured-body': 'XSM/2.0' }),
      await putRange(good, { 'x-ms-version': '2025-07-05' }),
    ];

    expect(answers.map(({ status, headers }) => [status, headers['x-ms-error-code']])).toEqual([
      [400, 'Crc64Mismatch'],
      [400, 'InvalidInput'],
      [400, 'InvalidInput'],
      [400, 'InvalidHeaderValue'],
      [400, 'InvalidHeaderValue'],
      [400, 'FeatureVersionMismatch'],
    ]);
    expect((await file.downloadToBuffer()).equals(Buffer.alloc(content.length))).toBe(true);
  });

  test('Content at creation may be one too', async () => {
    const answer = await put('made', message(content), {
      'x-ms-type': 'file',
      'x-ms-content-length': '2000',
      'x-ms-structured-content-length': String(content.length),
    });

    const read = await share.rootDirectoryClient.getFileClient('made').downloadToBuffer();
    expect(answer.status).toBe(201);
    expect(read.subarray(0, 1500).equals(content)).toBe(true);
    expect(read).toHaveLength(2000);
  });

  test.each([0, 1, 4 * 1024 * 1024, 9 * 1024 * 1024 + 5])('The SDK reads %i bytes with CRC64', async (size) => {
    const file = share.rootDirectoryClient.getFileClient(`sized-${size}`);
    await file.create(size);
    if (size > 0) await file.uploadRange(Buffer.from([7]), size - 1, 1);

    const { structuredBodyType, readableStreamBody } = await file.download(0, undefined, {
      contentChecksumAlgorithm: 'StorageCrc64',
    });
    const pieces: Buffer[] = [];
    for await (const piece of readableStreamBody!) pieces.push(piece as Buffer);
    const read = Buffer.concat(pieces);

    expect(structuredBodyType).toBe(KIND);
    expect(read).toHaveLength(size);
    expect(read.at(-1)).toBe(size > 0 ? 7 : undefined);
  });

  test('MD5 of a range is given, and not without a range nor with a structured message', async () => {
    const file = share.rootDirectoryClient.getFileClient('md5');
    await file.create(10);
    const get = (headers: Record<string, string>) =>
      rawRequest(emulator, 'GET', `/${ACCOUNT}/structured/md5?${accountSas('r')}`, {
        headers: { 'x-ms-range-get-content-md5': 'true', ...headers },
      });

    const right = await get({ 'x-ms-range': 'bytes=0-3' });
    const whole = await get({});
    const both = await get({ 'x-ms-range': 'bytes=0-3', 'x-ms-structured-body': KIND });

    expect(right.headers['content-md5']).toBe(createHash('md5').update(Buffer.alloc(4)).digest('base64'));
    expect([whole.status, both.status]).toEqual([400, 400]);
  });

  test('The CRC of pieces is the one of the whole', () => {
    const pieced = new Crc64().update(content.subarray(0, 3)).update(content.subarray(3)).digest();

    expect(Buffer.from(pieced)).toEqual(Buffer.from(crc64(content)));
  });
});
