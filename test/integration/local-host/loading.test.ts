import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HostError, startLocalHost } from '../../../local-host/index.ts';
import type { LocalHost } from '../../../local-host/index.ts';

let directory: string;
let count = 0;
const hosts: LocalHost[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'local-host-loading-'));
});
afterAll(async () => {
  await Promise.all(hosts.map((host) => host.stop()));
  await rm(directory, { recursive: true });
});

const hostJson = JSON.stringify({ version: '2.0', extensionBundle: { id: 'bundle', version: '[4.*, 5.0.0)' } });
const commonJs = (code: string) => `const { app } = require('@azure/functions');\n${code}`;

/** An app of its own with the real library; answers the running host. */
async function startApp(files: Record<string, string>, settings: Record<string, string> = {}): Promise<LocalHost> {
  const appRoot = join(directory, `app${count++}`);
  await mkdir(appRoot);
  await symlink(join(import.meta.dirname, '../../../node_modules'), join(appRoot, 'node_modules'));
  for (const [name, text] of Object.entries({ 'host.json': hostJson, ...files })) {
    await mkdir(dirname(join(appRoot, name)), { recursive: true });
    await writeFile(join(appRoot, name), text);
  }
  const host = await startLocalHost({ appRoot, port: 0, stateDir: join(directory, 'state'), settings, log: () => {} });
  hosts.push(host);
  return host;
}

const oneFile = (code: string, hostText = hostJson) => ({
  'package.json': '{"main":"index.js"}',
  'host.json': hostText,
  'index.js': commonJs(code),
});

test('A CommonJS app, an ESM app and a mix by file ending load; main may be a glob', async () => {
  const commonJsApp = await startApp(oneFile("app.get('one', () => ({ body: 'one' }));"));
  const moduleApp = await startApp({
    'package.json': '{"type":"module","main":"dist/{functions,more}/*.*"}',
    'dist/functions/a.js': "import { app } from '@azure/functions';\napp.get('a', () => ({ body: 'a' }));",
    'dist/functions/b.mjs': "import { app } from '@azure/functions';\napp.get('b', () => ({ body: 'b' }));",
    'dist/more/c.cjs': commonJs("app.get('c', () => ({ body: 'c' }));"),
    'dist/other/d.js': "throw new Error('not an entry point');",
  });

  expect(commonJsApp.functions).toEqual(['one']);
  expect(moduleApp.functions).toEqual(['a', 'b', 'c']);
  expect(await (await fetch(`${moduleApp.url}/api/c`)).text()).toBe('c');
});

test('An app that registers nothing has no functions and no error', async () => {
  const host = await startApp({ 'package.json': '{"main":"index.js"}', 'index.js': '' });

  expect(host.functions).toEqual([]);
});

const queue = "app.storageQueue('q', { queueName: 'letters', connection: '', handler: () => {} });";
const storage = { AzureWebJobsStorage: 'UseDevelopmentStorage=true' };

test.each([
  ['throws while it is loaded', "throw new Error('broken on purpose');", /broken on purpose/],
  [
    'has two functions of one name',
    "app.get('a', () => {});app.get('a', () => {});",
    /"a" has already been registered/,
  ],
  ['has two names that differ in case only', "app.get('a', () => {});app.get('A', () => {});", /'A'.*is taken/],
  ['has a function with a bad name', "app.get('1 bad', () => {});", /'1 bad' is not a valid function name/],
  ['has a bad cron expression', "app.timer('t', { schedule: '99 * * * * *', handler() {} });", /'99 \* \* \* \* \*'/],
  ['has a cron expression of words', "app.timer('t', { schedule: '@daily', handler() {} });", /'@daily'/],
  ['names a setting that is missing', "app.timer('t', { schedule: '%NOT_SET%', handler() {} });", /'%NOT_SET%'/],
  ['uses a trigger this host has not', "app.cosmosDB('c', { handler() {} });", /no 'cosmosDBTrigger'/],
  ['has a queue trigger without a connection string', queue.replace("''", "'Lost'"), /'Lost' does not exist/],
])('An app that %s is not run', async (_, code, message) => {
  const starting = startApp(oneFile(code), storage);

  await expect(starting).rejects.toThrow(message);
  await expect(starting).rejects.toBeInstanceOf(HostError);
});

test('Queue triggers need an extensionBundle in host.json; timers and HTTP need none', async () => {
  const bare = '{"version":"2.0"}';
  const http = await startApp(oneFile("app.get('one', () => {});", bare));

  expect(http.functions).toEqual(['one']);
  await expect(startApp(oneFile(queue, bare), storage)).rejects.toThrow(/no extensionBundle/);
});

test('Every problem of every function is told at once', async () => {
  const code = "app.get('1 bad', () => {});app.timer('t', { schedule: 'x', handler() {} });";

  await expect(startApp(oneFile(code))).rejects.toThrow(/1 bad[^]*'x'/);
});

test('An app without host.json, or whose main matches no file, is refused', async () => {
  await expect(startApp({ ...oneFile(''), 'host.json': '{}' })).rejects.toThrow('"version": "2.0"');
  await expect(startApp({ 'package.json': '{"main":"dist/*.js"}' })).rejects.toThrow('zero files');
});

test('Settings come from local.settings.json, where the process environment wins, and reach the app', async () => {
  const host = await startApp({
    ...oneFile("app.get('show', () => ({ jsonBody: [process.env.FROM_FILE, process.env.PATH] }));"),
    'local.settings.json': '{"IsEncrypted":false,"Values":{"FROM_FILE":"file","PATH":"file"}}',
  });

  const [fromFile, path] = (await (await fetch(`${host.url}/api/show`)).json()) as string[];
  expect(fromFile).toBe('file');
  expect(path).not.toBe('file');
});

test('An identity-based connection is refused in words', async () => {
  const settings = { Cloud__queueServiceUri: 'https://example.invalid' };

  await expect(startApp(oneFile(queue.replace("''", "'Cloud'")), settings)).rejects.toThrow(
    'Cloud__queueServiceUri: the local host does not support identity-based connections',
  );
});

test('Bodies stream both ways when the app enables HTTP streams', async () => {
  const host = await startApp(
    oneFile(`app.setup({ enableHttpStream: true });
app.post('double', { route: 'double/{name}', handler: async (request) => {
  let bytes = 0;
  for await (const chunk of request.body) bytes += chunk.length;
  return { headers: { 'x-name': request.params.name }, body: (async function* () {
    for (let sent = 0; sent < bytes * 2; sent += 65536) yield Buffer.alloc(Math.min(65536, bytes * 2 - sent), 7);
  })() };
} });
app.get('thrown', () => { throw new Error('no'); });`),
  );
  const length = 20 * 1024 * 1024;

  const response = await fetch(`${host.url}/api/double/me`, { method: 'POST', body: Buffer.alloc(length) });

  expect(response.headers.get('x-name')).toBe('me');
  expect((await response.arrayBuffer()).byteLength).toBe(2 * length);
  expect((await fetch(`${host.url}/api/thrown`)).status).toBe(500);
});
