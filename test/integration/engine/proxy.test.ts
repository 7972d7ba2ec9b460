import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FilesEmulator, startFilesEmulator } from '../../../emulator/index.ts';
import { createStorageQueues, createTableStateStore } from '../../../lib/azure/index.ts';
import { composeLocal } from '../../../lib/compose.ts';
import { loadConfig } from '../../../lib/config.ts';
import { identityOf } from '../../../lib/connect.ts';
import { createHttpClient, createWebhookSender } from '../../../lib/http/index.ts';
import { startAzurite } from '../../support/azurite.ts';
import { hasOpenssl, makeCertificate } from '../../support/certificate.ts';
import { writeTree } from '../../support/engine-tree.ts';
import { startHttpProxy } from '../../support/http-proxy.ts';

const key = Buffer.from('a key of some account').toString('base64');
const suffix = 'file.core.windows.net';
const connectionOf = (name: string): string =>
  `DefaultEndpointsProtocol=https;AccountName=${name};AccountKey=${key};EndpointSuffix=core.windows.net`;
const login = { user: 'back up', password: 'p@ss:topsecret' };

const configuration = (proxy: unknown) => ({
  accounts: {
    production: { connectionString: connectionOf('prodfiles') },
    vault: { connectionString: connectionOf('vaultfiles') },
  },
  ...(proxy !== undefined && { proxy }),
  jobs: [
    {
      name: 'docs',
      source: { account: 'production', share: 'docs' },
      destinations: [{ name: 'west', account: 'vault', share: 'docs' }],
    },
  ],
});

describe.skipIf(!hasOpenssl())('Through a proxy that wants a password', () => {
  let emulator: FilesEmulator;
  let certificate: ReturnType<typeof makeCertificate>;
  const trusted = getCACertificates('default');

  beforeAll(async () => {
    certificate = makeCertificate(`DNS:*.${suffix}`);
    // The names of the cloud, answered by the emulator: nothing but the proxy knows the way.
    setDefaultCACertificates([...trusted, certificate.cert]);
    emulator = await startFilesEmulator({
      tls: certificate,
      accounts: [
        { name: 'prodfiles', key },
        { name: 'vaultfiles', key },
      ],
    });
    emulator.store.shares.create({ account: 'prodfiles', share: 'docs' });
    writeTree(emulator.store, { account: 'prodfiles', share: 'docs' }, { 'a/b.txt': 'b', 'c.txt': 'c' });
  });
  afterAll(async () => {
    setDefaultCACertificates(trusted);
    await emulator.stop();
    certificate.remove();
  });

  async function backUp(proxy: unknown, env: Record<string, string>) {
    const config = await loadConfig({ value: JSON.stringify(configuration(proxy)), readFile: () => '', env });
    const lines: string[] = [];
    const engine = await composeLocal({ config, stateDirectory: ':memory:', log: (line) => lines.push(line) });
    const signal = new AbortController().signal;
    const [report] = await engine.drive(await engine.startRuns('docs', {}), { signal, onProgress: () => undefined });
    await engine.close();
    return { report, lines };
  }

  test.each<[string, (url: string) => readonly [unknown, Record<string, string>]]>([
    ['of the configuration', (url) => [{ env: 'FARSHARE_PROXY' }, { FARSHARE_PROXY: url }]],
    ['of the environment', (url) => [undefined, { HTTPS_PROXY: url }]],
  ])('%s a share is backed up', async (_, settingsOf) => {
    await using proxy = await startHttpProxy({ port: Number(new URL(emulator.url).port), ...login });
    const [setting, env] = settingsOf(proxy.url);

    const { report } = await backUp(setting, env);

    expect(report).toMatchObject({ status: 'succeeded', failures: [] });
    expect(new Set(proxy.seen)).toEqual(
      new Set([`CONNECT prodfiles.${suffix}:443`, `CONNECT vaultfiles.${suffix}:443`]),
    );
    // Connections are kept: fewer tunnels than requests.
    expect(proxy.seen.length).toBeLessThan(report?.requests.total ?? 0);
  });

  test('a wrong password fails the run, and is told to nobody', async () => {
    await using proxy = await startHttpProxy({ port: Number(new URL(emulator.url).port), ...login });
    const wrong = proxy.url.replace('topsecret', 'topsecretest');

    const { report, lines } = await backUp(wrong, {});

    const said = JSON.stringify([report, lines]);
    expect(report?.status).toBe('failed');
    expect(report?.failures[0]).toMatchObject({ code: 'ProxyRefused', message: expect.stringContaining('407') });
    expect(proxy.refused).toBeGreaterThan(0);
    expect(said).not.toMatch(/topsecret|back%20up/u);
  });

  test('which NO_PROXY goes past is not asked', async () => {
    await using proxy = await startHttpProxy({ port: 1 });

    const client = createHttpClient({ HTTPS_PROXY: proxy.url, NO_PROXY: `.${suffix}` });
    const sender = createWebhookSender([target(`https://nobody.${suffix}:1/x`)], client);
    const [webhook] = sender.webhooks;
    const answer = webhook && (await sender.post(webhook, { id: 'msg_1', atMs: 0, body: '{}' }));

    expect(answer?.kind).toBe('refused');
    expect(proxy.seen).toEqual([]);
  });
});

const target = (url: string) => ({
  name: 'webhooks[0]',
  events: ['failed' as const],
  timeoutMs: 5_000,
  onFailure: 'fail' as const,
  url,
  secret: 'x'.repeat(16),
});

describe('What is no file goes through the proxy too:', () => {
  test('tables and queues', async () => {
    const azurite = await startAzurite();
    const found = (name: string) =>
      new RegExp(`${name}Endpoint=http://127\\.0\\.0\\.1:(\\d+)/`, 'u').exec(azurite.connectionString);
    const portOf = (name: string) => Number(found(name)?.[1]);
    const connectionString = azurite.connectionString.replaceAll(
      /http:\/\/127\.0\.0\.1:\d+\/devstoreaccount1/gu,
      'http://devstoreaccount1.storage.invalid',
    );
    await using tables = await startHttpProxy({ port: portOf('Table'), ...login });
    await using queues = await startHttpProxy({ port: portOf('Queue'), ...login });
    const clientOf = (url: string) => createHttpClient({ HTTP_PROXY: url, NO_PROXY: '' });

    const state = createTableStateStore({ connectionString, tableName: 'farshare', httpClient: clientOf(tables.url) });
    const row = await state.get('p', 'k');
    await createStorageQueues({ connectionString, httpClient: clientOf(queues.url) }).send('shards', { v: 1 });
    await azurite.stop();

    // Azurite knows no transactions under a name of its own; a table made and asked for a row is enough.
    expect(row).toBeUndefined();
    const asked = tables.seen.map((line) => line.split('?')[0]);
    expect(asked[0]).toBe('POST http://devstoreaccount1.storage.invalid/Tables');
    expect(asked.at(-1)).toContain('GET http://devstoreaccount1.storage.invalid/farshare(');
    expect(
      queues.seen.some((line) =>
        /^POST http:\/\/devstoreaccount1\.storage\.invalid\/farshare-shards\/messages/u.test(line),
      ),
    ).toBe(true);
  });

  test('sign-in', async () => {
    await using proxy = await startHttpProxy({ port: 1 });
    const variables = {
      AZURE_TENANT_ID: '00000000-0000-0000-0000-000000000001',
      AZURE_CLIENT_ID: 'x',
      AZURE_CLIENT_SECRET: 'y',
    };
    const held = { ...process.env };
    Object.assign(process.env, variables);

    const signIn = identityOf(createHttpClient({ HTTPS_PROXY: proxy.url, NO_PROXY: '169.254.0.0-169.254.255.255' }));
    const outcome = await signIn
      .getToken('https://storage.azure.com/.default', { abortSignal: AbortSignal.timeout(4_000) })
      .catch((error: unknown) => error);
    for (const name of Object.keys(variables)) delete process.env[name];
    Object.assign(process.env, held);

    expect(outcome).toBeInstanceOf(Error);
    expect(proxy.seen[0]).toBe('CONNECT login.microsoftonline.com:443');
  });

  test('webhooks', async () => {
    await using proxy = await startHttpProxy({ port: 1 });
    const sender = createWebhookSender(
      [target('https://hooks.invalid/x')],
      createHttpClient({ HTTPS_PROXY: proxy.url, NO_PROXY: '' }),
    );
    const [webhook] = sender.webhooks;

    const answer = webhook && (await sender.post(webhook, { id: 'msg_1', atMs: 0, body: '{}' }));

    expect(answer?.kind).toBe('refused');
    expect(proxy.seen).toEqual(['CONNECT hooks.invalid:443']);
  });
});
