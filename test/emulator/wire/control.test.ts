import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ShareClient, ShareDirectoryClient } from '@azure/storage-file-share';
import type { FilesEmulator } from '../../../emulator/index.ts';
import { ACCOUNT, failureOf, postControl, rawRequest, readStats, serviceClient, startEmulator } from './fixture.ts';
import { signedHeaders } from './signature.ts';

let emulator: FilesEmulator;
let share: ShareClient;
let root: ShareDirectoryClient;
beforeEach(async () => {
  emulator = await startEmulator();
  share = serviceClient(emulator).getShareClient('control');
  await share.create();
  root = share.getDirectoryClient('');
  await postControl(emulator, 'stats/reset', {});
});
afterEach(() => emulator.stop());

const script = (...faults: unknown[]) => postControl(emulator, 'faults', faults);
const firedCounts = async () => {
  const response = await fetch(`${emulator.url}/_emulator/faults`);
  return ((await response.json()) as { fired: number }[]).map(({ fired }) => fired);
};

async function listNames(marker = '') {
  const query = `restype=directory&comp=list&maxresults=2${marker === '' ? '' : `&marker=${encodeURIComponent(marker)}`}`;
  const path = `/${ACCOUNT}/control?${query}`;
  const { body } = await rawRequest(emulator, 'GET', path, { headers: signedHeaders('GET', path) });
  const names = [...body.matchAll(/<Name>([^<]*)<\/Name>/g)].map(([, name]) => name);
  return { names, marker: /<NextMarker>([^<]*)<\/NextMarker>/.exec(body)?.[1] ?? '' };
}

describe('The counters', () => {
  test('count each request once by operation, status and account', async () => {
    await root.getFileClient('a.txt').uploadData(Buffer.from('hello'));
    await root.getFileClient('a.txt').downloadToBuffer();
    await failureOf(root.getFileClient('b.txt').getProperties());
    await rawRequest(emulator, 'GET', `/${ACCOUNT}/control/a.txt`);
    await rawRequest(emulator, 'GET', `/${ACCOUNT}/control/a.txt?comp=odd`);

    const stats = await readStats(emulator);

    expect(stats.requests).toEqual({
      CreateFile: { 201: 1 },
      PutRange: { 201: 1 },
      GetFileProperties: { 200: 1, 404: 1 },
      GetFile: { 206: 1, 401: 1 },
      Unknown: { 400: 1 },
    });
    expect(stats.accounts).toEqual({ [ACCOUNT]: stats.requests });
    expect(stats.bytesIn).toBe(5);
    expect(stats.bytesOut).toBeGreaterThanOrEqual(5);
    expect(stats.mostConcurrent).toBe(1);
  });

  test('count attempts a fault answered, and start again when reset', async () => {
    await script({ operation: 'CreateFile', times: 2, action: { status: 503, code: 'ServerBusy' } });
    for (let attempt = 0; attempt < 2; attempt += 1) await failureOf(root.getFileClient('a').create(1));
    await root.getFileClient('a').create(1);

    const stats = await readStats(emulator);
    await postControl(emulator, 'stats/reset', {});

    expect(stats.requests).toEqual({ CreateFile: { 201: 1, 503: 2 } });
    expect((await readStats(emulator)).requests).toEqual({});
  });
});

describe('A scripted fault', () => {
  test('answers with status, code and Retry-After', async () => {
    await script({
      operation: 'GetFileProperties',
      times: 1,
      action: { status: 503, code: 'ServerBusy', retryAfterSeconds: 7 },
    });
    const path = `/${ACCOUNT}/control/a`;

    const answer = await rawRequest(emulator, 'HEAD', path, { headers: signedHeaders('HEAD', path) });

    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '7', 'x-ms-error-code': 'ServerBusy' } });
  });

  test('waits for its turn, then fires as often as told', async () => {
    await script({ operation: 'CreateDirectory', after: 1, times: 1, action: { status: 500 } });

    await root.getDirectoryClient('one').create();
    const second = await failureOf(root.getDirectoryClient('two').create());
    await root.getDirectoryClient('three').create();

    expect(second.statusCode).toBe(500);
    expect(await firedCounts()).toEqual([1]);
  });

  test('is chosen by account and by a glob over the path', async () => {
    await script(
      { operation: '*', account: 'devstoreaccount2', action: { status: 403 } },
      { operation: 'CreateDirectory', path: 'a/*', times: 1, action: { status: 403 } },
      { operation: 'CreateDirectory', path: '**/x?', times: 1, action: { status: 403 } },
    );

    await root.getDirectoryClient('a').create();
    const child = await failureOf(root.getDirectoryClient('a/b').create());
    await root.getDirectoryClient('a/b').create();
    const deep = await failureOf(root.getDirectoryClient('a/b/x1').create());

    expect([child.statusCode, deep.statusCode]).toEqual([403, 403]);
    expect(await firedCounts()).toEqual([0, 1, 1]);
  });

  test('resets the connection before or after the operation ran', async () => {
    await script(
      { operation: 'CreateDirectory', path: 'before', times: 1, action: { reset: 'before' } },
      { operation: 'CreateDirectory', path: 'after', times: 1, action: { reset: 'after' } },
    );

    const before = await failureOf(root.getDirectoryClient('before').create());
    const after = await failureOf(root.getDirectoryClient('after').create());

    expect([before.statusCode, after.statusCode]).toEqual([undefined, undefined]);
    expect(await root.getDirectoryClient('before').exists()).toBe(false);
    expect(await root.getDirectoryClient('after').exists()).toBe(true);
    expect((await readStats(emulator)).requests['CreateDirectory']).toEqual({ 0: 1, 201: 1 });
  });
});

describe('A scripted misbehaviour', () => {
  test('delays an answer', async () => {
    await script({ operation: 'GetDirectoryProperties', times: 1, action: { delayMs: 60 } });
    const began = performance.now();

    await root.getProperties();

    expect(performance.now() - began).toBeGreaterThanOrEqual(55);
  });

  test('cuts a body short', async () => {
    await root.getFileClient('a.txt').uploadData(Buffer.alloc(4096, 1));
    await script({ operation: 'GetFile', times: 1, action: { truncateBodyAt: 100 } });
    const path = `/${ACCOUNT}/control/a.txt`;

    await expect(rawRequest(emulator, 'GET', path, { headers: signedHeaders('GET', path) })).rejects.toThrow(
      /aborted|hang up/,
    );
  });

  test('repeats a page, sends an empty one with a marker, or drops entries', async () => {
    for (const name of ['a', 'b', 'c']) await root.getFileClient(name).create(0);

    await script({ operation: 'ListFilesAndDirectories', times: 1, action: { listing: 'repeatPage' } });
    const first = await listNames();
    const repeated = await listNames(first.marker);
    const rest = await listNames(repeated.marker);
    await script({ operation: 'ListFilesAndDirectories', times: 1, action: { listing: 'emptyPageWithMarker' } });
    const empty = await listNames();
    const afterEmpty = await listNames(empty.marker);
    await script({ operation: 'ListFilesAndDirectories', times: 1, action: { listing: 'dropEntries', count: 1 } });
    const dropped = await listNames();

    expect([first.names, repeated.names, rest.names]).toEqual([['a', 'b'], ['a', 'b'], ['c']]);
    expect([empty.names, afterEmpty.names]).toEqual([[], ['a', 'b']]);
    expect(dropped.names).toEqual(['b']);
  });

  test('lies about changed ranges or refuses to tell', async () => {
    const file = root.getFileClient('a');
    await file.create(1024);
    const { snapshot = '' } = await share.createSnapshot();
    await file.uploadRange(Buffer.alloc(512, 1), 0, 512);
    await script(
      { operation: 'ListFileRanges', times: 1, action: { rangeDiff: 'omit' } },
      { operation: 'ListFileRanges', times: 1, action: { rangeDiff: 'refuse' } },
    );

    const lied = await file.getRangeListDiff(snapshot);
    const refused = await failureOf(file.getRangeListDiff(snapshot));
    const honest = await file.getRangeListDiff(snapshot);

    expect(lied.ranges ?? []).toEqual([]);
    expect(refused).toMatchObject({ statusCode: 409, code: 'FileGenerationMismatch' });
    expect(honest.ranges).toEqual([{ start: 0, end: 511 }]);
  });
});

describe('A script of faults', () => {
  test('moves the clock of an answer', async () => {
    await script({ operation: 'GetDirectoryProperties', times: 1, action: { clockSkewMs: 3600_000 } });
    const path = `/${ACCOUNT}/control?restype=directory`;

    const answer = await rawRequest(emulator, 'GET', path, {
      headers: signedHeaders('GET', path, { dateMs: Date.now() + 3600_000 }),
    });

    expect(answer.status).toBe(200);
    expect(Date.parse(String(answer.headers['date']))).toBeGreaterThan(Date.now() + 3500_000);
  });

  test('is gone after DELETE', async () => {
    await script({ operation: '*', action: { status: 503 } });

    await fetch(`${emulator.url}/_emulator/faults`, { method: 'DELETE' });

    expect(await root.exists()).toBe(true);
  });

  test.each([
    ['no array', {}, 'must be an array'],
    ['no operation', [{ action: { status: 500 } }], '[0].operation is missing'],
    ['an unknown member', [{ operation: 'x', odd: 1, action: { status: 500 } }], '[0].odd is not known'],
    ['an unknown action', [{ operation: 'x', action: { explode: true } }], '[0].action.explode is not known'],
    ['an empty action', [{ operation: 'x', action: {} }], '[0].action is empty'],
    ['a status of success', [{ operation: 'x', action: { status: 200 } }], 'a status from 400 to 599'],
    ['a fraction', [{ operation: 'x', times: 1.5, action: { status: 500 } }], '[0].times must be a whole number'],
    ['an outcome alone', [{ operation: 'x', action: { outcome: 'torn' } }], 'needs copyPendingMs'],
    ['broken JSON', '[{', 'not JSON'],
  ])('with %s is refused with a reason', async (_, faults, reason) => {
    const answer = await postControl(emulator, 'faults', faults);

    expect(answer.status).toBe(400);
    expect(answer.document['error']).toContain(reason);
  });
});

describe('A tree', () => {
  test('is grown to order, readable, and the same for the same seed', async () => {
    const order = {
      account: ACCOUNT,
      path: 'grown',
      files: 25,
      filesPerDirectory: 10,
      depth: 2,
      sizeBytes: 1000,
      seed: 7,
    };
    const grown = await postControl(emulator, 'tree', { ...order, share: 'control' });
    await postControl(emulator, 'tree', { ...order, share: 'second' });

    const paths: string[] = [];
    const walk = async (path: string): Promise<void> => {
      for await (const item of share.getDirectoryClient(path).listFilesAndDirectories()) {
        if (item.kind === 'file') paths.push(`${path}/${item.name}`);
        else await walk(`${path}/${item.name}`);
      }
    };
    await walk('grown');
    const read = async (from: ShareClient) =>
      from
        .getDirectoryClient('')
        .getFileClient(paths[0] ?? '')
        .downloadToBuffer();

    expect(grown).toEqual({ status: 200, document: { files: 25, directories: 3, bytes: 25_000 } });
    expect(paths).toHaveLength(25);
    expect((await read(share)).equals(await read(serviceClient(emulator).getShareClient('second')))).toBe(true);
  });

  test('for an account that is not there is refused', async () => {
    const answer = await postControl(emulator, 'tree', { account: 'nobody', share: 'a', files: 1 });

    expect(answer.status).toBe(400);
  });
});

describe('The control endpoints', () => {
  test('know only what they are', async () => {
    const missing = await fetch(`${emulator.url}/_emulator/nonsense`);
    const method = await fetch(`${emulator.url}/_emulator/stats`, { method: 'POST' });

    expect([missing.status, method.status]).toEqual([404, 405]);
    expect((await readStats(emulator)).requests).toEqual({});
  });
});

describe('A budget of requests', () => {
  test('answers ServerBusy above it', async () => {
    const slow = await startEmulator({ iops: 3 });
    const client = serviceClient(slow).getShareClient('paced');
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => client.getProperties()));

    const codes = outcomes.map((outcome) =>
      outcome.status === 'rejected' ? (outcome.reason as { code: string }).code : '',
    );
    await slow.stop();

    expect(codes).toContain('ServerBusy');
    expect(codes).toContain('ShareNotFound');
  });
});
