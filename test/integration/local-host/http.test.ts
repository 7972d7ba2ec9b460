import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LocalHost } from '../../../local-host/index.ts';
import type { Fixture } from './fixture.ts';
import { startFixture, until } from './fixture.ts';

let fixture: Fixture;
let host: LocalHost;
beforeAll(async () => {
  fixture = await startFixture();
  host = await fixture.startHost();
});
afterAll(async () => fixture.stop());

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${host.url}${path}`, { headers });

test('HTTP functions see method, parameters, query, headers and body, and answer with status, headers, cookies and JSON', async () => {
  const response = await fetch(`${host.url}/api/open/5/a%20b?x=1&y=%C3%BC`, {
    method: 'POST',
    body: 'the body',
    headers: { 'x-question': 'why' },
  });

  expect(response.status).toBe(201);
  expect(response.headers.get('x-answer')).toBe('yes');
  expect(response.headers.get('set-cookie')).toBe('a=b; HttpOnly');
  expect(await response.json()).toEqual({
    method: 'POST',
    params: { id: '5', name: 'a b' },
    query: { x: '1', y: 'ü' },
    header: 'why',
    body: 'the body',
    function: 'open',
  });
});

test('HTTP functions are found by route: constraints, optional and catch-all parameters, literals first, 404 otherwise', async () => {
  expect((await get('/api/open/5')).status).toBe(201);
  expect((await get('/API/Open/5')).status).toBe(201);
  expect(await (await get('/api/open/7/fixed')).text()).toBe('the literal route');
  expect(await (await get('/api/rest/a/b/c')).text()).toBe('a/b/c');
  for (const path of ['/api/open/five', '/api/open/5/a/b', '/api/nothing', '/open/5', '/api', '/']) {
    expect(`${path} ${(await get(path)).status}`).toBe(`${path} 404`);
  }
  expect((await fetch(`${host.url}/api/keyed`, { method: 'DELETE' })).status).toBe(404);
});

test('HTTP functions demand the key their level wants, by header or query, else 401', async () => {
  const { functionKey, masterKey } = host;
  const status = async (path: string, key?: string) =>
    (await get(`/api/${path}`, key === undefined ? {} : { 'x-functions-key': key })).status;

  expect([await status('keyed'), await status('keyed', 'wrong')]).toEqual([401, 401]);
  expect([await status('keyed', functionKey), await status('keyed', masterKey)]).toEqual([200, 200]);
  expect([await status(`keyed?code=${functionKey}`), await status('admins', functionKey)]).toEqual([200, 401]);
  expect(await status('admins', masterKey)).toBe(200);
});

test('HTTP functions keep their keys from one host to the next, in a file only the owner can read', async () => {
  const again = await fixture.startHost();

  expect([again.functionKey, again.masterKey]).toEqual([host.functionKey, host.masterKey]);
  expect(host.functionKey).not.toBe(host.masterKey);
  expect(fixture.logs.join('\n')).not.toContain(host.functionKey);
  expect((await stat(join(fixture.directory, 'keys.json'))).mode & 0o777).toBe(0o600);
});

test('HTTP functions answer 204 for nothing and 500 without details for a throw', async () => {
  expect((await get('/api/silent')).status).toBe(204);
  const thrown = await get('/api/throwing');
  expect([thrown.status, await thrown.text()]).toEqual([500, '']);
});

test('HTTP functions run in a new worker after the old one crashed', async () => {
  const before = await (await get('/api/pid')).text();

  const crash = await fetch(`${host.url}/api/crash`, { method: 'POST' });
  const after = await (await get('/api/pid')).text();

  expect(crash.status).toBe(500);
  expect(after).not.toBe(before);
  expect(after).toBe(String(host.pid));
});

test('HTTP functions are finished before the host stops', async () => {
  const another = await fixture.startHost();
  const answer = fetch(`${another.url}/api/slow`);
  await until(async () => (await fixture.records('slow')).length > 0);

  await another.stop();

  expect(await (await answer).text()).toBe('done');
  await expect(fetch(`${another.url}/api/pid`)).rejects.toThrow('fetch failed');
});

test('HTTP functions pass their results through hooks', async () => {
  await get('/api/pid');

  const records = await fixture.records('hooks');
  expect(records[0]).toEqual({ hook: 'appStart' });
  expect(records).toContainEqual({ hook: 'post', result: { body: String(host.pid) }, error: null });
});

test('HTTP functions are refused with 413 above 100 MiB', async () => {
  const body = Buffer.alloc(101 * 1024 * 1024);
  const status = await fetch(`${host.url}/api/open/5`, { method: 'POST', body }).then(
    (response) => response.status,
    () => 'connection closed',
  );

  expect([413, 'connection closed']).toContain(status);
  expect((await get('/api/silent')).status).toBe(204);
});
