import { createHttpHeaders } from '@azure/core-rest-pipeline';
import type { HttpClient, PipelineRequest } from '@azure/core-rest-pipeline';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createShareOpener, type AccountAccess } from '../../../lib/azure/index.ts';
import type { ShareAccess } from '../../../lib/run/ports.ts';
import { createFakeClock } from './fake-clock.ts';

const key: AccountAccess = {
  kind: 'connectionString',
  connectionString:
    'DefaultEndpointsProtocol=https;AccountName=prod;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net',
};
const entra: AccountAccess = {
  kind: 'entra',
  fileEndpoint: 'https://prod.file.core.windows.net/',
  credential: { getToken: async () => ({ token: 'token', expiresOnTimestamp: Number.MAX_SAFE_INTEGER }) },
};

type Reply = { status: number; headers?: Record<string, string>; body?: string };

/** A service of our own making, and a port on it. */
function openPort(access: AccountAccess, reply: (request: PipelineRequest, number: number) => Promise<Reply> | Reply) {
  const clock = createFakeClock(Date.UTC(2026, 10, 22));
  const sent: PipelineRequest[] = [];
  const metered: string[] = [];
  const httpClient: HttpClient = {
    async sendRequest(request) {
      sent.push(request);
      const { status, headers = {}, body = '' } = await reply(request, sent.length);
      return { request, status, headers: createHttpHeaders(headers), bodyAsText: body };
    },
  };
  const opener = createShareOpener({ accounts: { prod: access }, clock, httpClient });
  const open = (options: Partial<ShareAccess> = {}) =>
    opener.open(
      { account: 'prod', share: 'finance' },
      { meter: { record: (name) => void metered.push(name) }, ...options },
    );
  return { port: open(), open, sent, metered, clock };
}

const never = (request: PipelineRequest) =>
  new Promise<Reply>((_, reject) => {
    request.abortSignal?.addEventListener('abort', () => reject(new Error('aborted')));
  });

describe('a request', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('says its version, that trailing dots stay, and is signed', async () => {
    const { port, sent } = openPort(key, () => ({ status: 202 }));

    await port.deleteFile('a b/trailing.');

    const [request] = sent;
    expect(request?.url).toBe('https://prod.file.core.windows.net/finance/a%20b/trailing.?timeout=10');
    expect(request?.headers.get('x-ms-version')).toBe('2026-04-06');
    expect(request?.headers.get('x-ms-allow-trailing-dot')).toBe('true');
    expect(request?.headers.get('authorization')).toMatch(/^SharedKey prod:/u);
  });

  test('by token says that it is made for a backup', async () => {
    const { port, sent } = openPort(entra, () => ({ status: 202 }));

    await port.deleteFile('a');

    expect(sent[0]?.headers.get('authorization')).toBe('Bearer token');
    expect(sent[0]?.headers.get('x-ms-file-request-intent')).toBe('backup');
  });

  test('that writes is given up after 10 s and repeated, one that reads after 60 s', async () => {
    vi.useFakeTimers();
    const { port, metered } = openPort(key, never);

    const write = port.deleteFile('a').catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(9_999);
    expect(metered).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(40_001);
    expect(metered).toHaveLength(5);
    expect(await write).toMatchObject({ code: 'RequestTimeout', disposition: 'retry' });

    const read = port.getFile('a', {}).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(59_999);
    expect(metered).toHaveLength(6);
    await vi.advanceTimersByTimeAsync(240_001);
    expect(await read).toMatchObject({ code: 'RequestTimeout', operation: 'GetFileProperties' });
  });

  test('that the service asks to hold back for longer than a minute goes back to the queue', async () => {
    const { port, metered } = openPort(key, () => ({ status: 503, headers: { 'retry-after': '61' } }));

    await expect(port.list('', {})).rejects.toMatchObject({ disposition: 'retry' });

    expect(metered).toEqual(['ListFilesAndDirectories']);
  });

  test('waits as long as the service asks', async () => {
    const { port, clock } = openPort(key, (_, number) =>
      number === 1 ? { status: 503, headers: { 'retry-after': '7' } } : { status: 202 },
    );

    await port.deleteFile('a');

    expect(clock.slept).toEqual([7_000]);
  });

  test('whose answer lacks what it must tell is repeated, then thrown as one to retry', async () => {
    const { port, metered } = openPort(key, () => ({ status: 202, headers: { 'x-ms-copy-id': 'id' } }));
    const settings = { times: { creation: 't', lastWrite: 't', change: 't' }, attributes: 'None' };

    const copy = port.copyFile('a', { url: () => 'https://source' }, settings);

    await expect(copy).rejects.toMatchObject({ code: 'MalformedAnswer', disposition: 'retry' });
    expect(metered).toHaveLength(5);
  });

  test('to an account that is not configured fails the run', () => {
    const opener = createShareOpener({ accounts: {}, clock: createFakeClock() });

    expect(() => opener.open({ account: 'toString', share: 's' }, { meter: { record() {} } })).toThrow('toString');
  });
});

const keyBody = (expiry: string) =>
  `<UserDelegationKey><SignedOid>o</SignedOid><SignedTid>t</SignedTid><SignedStart>2026-11-21T23:45:00Z</SignedStart><SignedExpiry>${expiry}</SignedExpiry><SignedService>f</SignedService><SignedVersion>2026-04-06</SignedVersion><Value>c2VjcmV0</Value></UserDelegationKey>`;
const hourMs = 3_600_000;

describe('a copy source', () => {
  const bodyOf = (request: PipelineRequest | undefined) => (typeof request?.body === 'string' ? request.body : '');
  const expiryAsked = (request: PipelineRequest) => /<Expiry>([^<]*)</u.exec(bodyOf(request))?.[1] ?? '';
  const sasOf = async (source: Promise<{ url: () => string }>) => new URL((await source).url()).searchParams;

  test('of a key account is read-only, on the share, for a day and made anew at half that time', async () => {
    const { port, clock, sent } = openPort(key, () => ({ status: 500 }));

    const first = await sasOf(port.copySource('a', { snapshot: '2026-11-20T03:00:00.0000000Z' }));
    clock.advance(12 * hourMs - 1);
    const second = await sasOf(port.copySource('b', {}));
    clock.advance(1);
    const third = await sasOf(port.copySource('b', {}));

    expect(Object.fromEntries(first)).toMatchObject({ sr: 's', sp: 'r', spr: 'https', se: '2026-11-23T00:00:00Z' });
    expect(first.has('st')).toBe(false);
    expect(second.get('sig')).toBe(first.get('sig'));
    expect(third.get('se')).toBe('2026-11-23T12:00:00Z');
    expect(sent).toEqual([]);
  });

  test('by token asks once for a key, for all who ask meanwhile, and counts it', async () => {
    const { port, clock, metered, sent } = openPort(entra, (request) => ({
      status: 200,
      body: keyBody(expiryAsked(request)),
    }));

    const sources = await Promise.all(['a', 'b', 'c'].map((path) => sasOf(port.copySource(path, {}))));
    expect(new Set(sources.map((sas) => sas.get('sig'))).size).toBe(1);
    expect(sources[0]?.get('skoid')).toBe('o');
    expect(metered).toEqual(['GetUserDelegationKey']);
    expect(bodyOf(sent[0])).toContain('<Start>2026-11-21T23:45:00Z</Start><Expiry>2026-11-23T00:00:00Z</Expiry>');

    clock.advance(12 * hourMs);
    const later = await sasOf(port.copySource('a', {}));
    expect(later.get('se')).toBe('2026-11-23T12:00:00Z');
    expect(metered).toHaveLength(2);
  });

  test('is renewed on demand, once for many who demand it at once', async () => {
    const { port, clock, metered } = openPort(entra, (request) => ({
      status: 200,
      body: keyBody(expiryAsked(request)),
    }));
    const first = await sasOf(port.copySource('a', {}));
    clock.advance(2 * hourMs);

    const renewed = await Promise.all(Array.from({ length: 10 }, () => sasOf(port.copySource('a', { renew: true }))));

    expect(new Set(renewed.map((sas) => sas.get('sig'))).size).toBe(1);
    expect(renewed[0]?.get('sig')).not.toBe(first.get('sig'));
    expect(metered).toHaveLength(2);
  });

  test('does not remember a failure, nor hand one worker’s end to another', async () => {
    const { open, port } = openPort(entra, (request, number) =>
      number === 1
        ? { status: 403, headers: { 'x-ms-error-code': 'AuthorizationFailure' } }
        : { status: 200, body: keyBody(expiryAsked(request)) },
    );
    await expect(port.copySource('a', {})).rejects.toMatchObject({ disposition: 'run' });

    const stop = new AbortController();
    const stopped = open({ signal: stop.signal }).copySource('a', {});
    const other = port.copySource('a', {});
    stop.abort(new Error('stopped'));

    expect((await sasOf(other)).get('sr')).toBe('s');
    await stopped;
  });
});
