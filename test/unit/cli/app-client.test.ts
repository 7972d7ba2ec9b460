import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { AppClient } from '../../../cli/app-client.ts';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly key: string;
  readonly idempotencyKey: string;
}

/** A server that answers as it is told, and remembers what it was asked. */
async function served(answer: (request: IncomingMessage, response: ServerResponse, count: number) => void) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    const text = (name: string): string => String(headers[name] ?? '');
    seen.push({ method, url, key: text('x-functions-key'), idempotencyKey: text('idempotency-key') });
    answer(request, response, seen.length);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, seen, [Symbol.asyncDispose]: async () => void server.close() };
}

const json = (response: ServerResponse, status: number, value: unknown): void =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));

describe('Requests to an app', () => {
  test('are repeated while it restarts, a POST under one key, so that nothing is started twice', async () => {
    await using server = await served((_, response, count) =>
      count < 3 ? void response.writeHead(503).end() : json(response, 202, { runId: 'r' }),
    );
    const client = new AppClient({ url: server.url, key: 'k' });

    expect(await client.post('/api/runs/x/retry')).toEqual({ runId: 'r' });
    expect(server.seen.map(({ method, key }) => `${method} ${key}`)).toEqual(['POST k', 'POST k', 'POST k']);
    expect(new Set(server.seen.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    expect(server.seen[0]?.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/u);
  });

  test('follow all pages', async () => {
    await using server = await served((request, response) =>
      json(response, 200, request.url?.includes('cursor=a') ? { items: [2], next: null } : { items: [1], next: 'a' }),
    );

    expect(await new AppClient({ url: server.url, key: 'k' }).all('/api/x?y=1')).toEqual([1, 2]);
    expect(server.seen[1]?.url).toBe('/api/x?y=1&cursor=a');
  });

  test('follow no redirection: it would take the key elsewhere', async () => {
    await using other = await served((_, response) => json(response, 200, { items: [] }));
    await using server = await served((_, response) => void response.writeHead(302, { location: other.url }).end());
    const client = new AppClient({ url: server.url, key: 'k' });

    await expect(client.page('/api/runs')).rejects.toMatchObject({ code: 'AppRedirects' });
    expect(other.seen).toEqual([]);
  });

  test.each([
    [404, { code: 'JobNotFound', detail: 'There is no job x.' }, 'JobNotFound', 'UsageError'],
    [409, { code: 'Superseded', detail: 'It is.' }, 'Superseded', 'FarshareError'],
    [401, {}, 'KeyRefused', 'UsageError'],
    [500, {}, 'Http500', 'FarshareError'],
  ])('that are answered %i %j are told as %s', async (status, body, code, name) => {
    await using server = await served((_, response) => json(response, status, body));

    await expect(new AppClient({ url: server.url, key: 'k' }).post('/api/x')).rejects.toMatchObject({ code, name });
  });

  test.each(['http://example.org', 'ftp://127.0.0.1', 'app', 'https://'])('are not made to %s', (url) => {
    expect(() => new AppClient({ url, key: 'k' })).toThrow('--app has a wrong value');
  });

  test('need a key or a token', async () => {
    await using server = await served((request, response) =>
      json(response, 200, { items: [request.headers.authorization] }),
    );

    expect(() => new AppClient({ url: server.url })).toThrow('FARSHARE_APP_KEY');
    expect((await new AppClient({ url: server.url, token: 't' }).page('/api/x')).items).toEqual(['Bearer t']);
  });
});
