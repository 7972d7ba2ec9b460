import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { environmentSchema, parseEnvironment } from '../../lib/config/environment.ts';
import { Expression } from './bicep.ts';
import { asNames, asObject, declarationsOf, declared, files, infra, projectRoot, resourcesOf } from './template.ts';

const source = (path: string) => readFileSync(join(projectRoot, path), 'utf8');

/** Settings that the Functions host reads, not Farshare. */
const hostSettings = [
  'AzureFunctionsJobHost__logging__applicationInsights__samplingSettings__excludedTypes',
  'AzureWebJobsStorage__blobServiceUri',
  'AzureWebJobsStorage__credential',
  'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID',
];

describe('The app', () => {
  const [app] = resourcesOf('Microsoft.Web/sites');
  const properties = asObject(app?.body['properties']);

  test('runs on Flex Consumption with Node.js 22 or 24', () => {
    expect(resourcesOf('Microsoft.Web/serverfarms').map(({ body }) => asObject(body['sku'])['name'])).toEqual(['FC1']);
    expect(asObject(properties['functionAppConfig'])['runtime']).toEqual({
      name: 'node',
      version: new Expression('nodeVersion'),
    });
    expect(declared('main.bicep', 'param', 'nodeVersion').what).toBe("'22' | '24'");
  });

  test('takes HTTPS from TLS 1.2 on, and no password for its deployment', () => {
    const siteConfig = asObject(properties['siteConfig']);
    const policies = resourcesOf('Microsoft.Web/sites/basicPublishingCredentialsPolicies');

    expect(properties['httpsOnly']).toBe(true);
    expect(siteConfig).toMatchObject({ minTlsVersion: '1.2', scmMinTlsVersion: '1.2', ftpsState: 'Disabled' });
    expect(policies.map(({ body }) => [body['name'], asObject(body['properties'])['allow']])).toEqual([
      ['ftp', false],
      ['scm', false],
    ]);
  });

  test('gets settings that the schema of the environment reads, and those of the host', () => {
    const names = Object.keys(asObject(declared('modules/function-app.bicep', 'var', 'settings').value));
    const read = Object.keys(environmentSchema.shape);

    expect(names.filter((name) => !read.includes(name)).toSorted()).toEqual(hostSettings);
    expect(names).not.toContain('AzureWebJobsStorage');
  });

  test.each(['app', 'separate'])('accepts these settings, with pruning %s', (pruning) => {
    const settings = asObject(declared('modules/function-app.bicep', 'var', 'settings').value);
    const env = Object.fromEntries(
      Object.keys(settings).map((name) => [name, name.endsWith('Uri') ? 'https://a.queue.core.windows.net/' : 'x']),
    );
    expect(env).toHaveProperty('FARSHARE_PRUNING');
    env['FARSHARE_PRUNING'] = pruning;
    env['FARSHARE_API_AUTH'] = 'entra';

    expect(parseEnvironment(env)).toMatchObject({ pruning, storage: { kind: 'entra', clientId: 'x' } });
  });
});

describe('Signing in to the API', () => {
  const [settings] = resourcesOf('Microsoft.Web/sites/config');
  const properties = asObject(settings?.body['properties']);

  test('is asked of every request but for the page and the probe, and refused with 401', () => {
    expect(settings?.body['name']).toBe('authsettingsV2');
    expect(properties['platform']).toEqual({ enabled: true });
    expect(properties['globalValidation']).toEqual({
      requireAuthentication: true,
      unauthenticatedClientAction: 'Return401',
      excludedPaths: ['/api/dashboard', '/api/health'],
    });
    const open = readdirSync(join(projectRoot, 'functions'))
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) =>
        [...source(`functions/${name}`).matchAll(/route: '([^']+)'[^]*authLevel: 'anonymous'/gu)].map(
          ([, route]) => `/api/${route}`,
        ),
      );
    expect(open.toSorted()).toEqual(['/api/dashboard', '/api/health']);
  });

  test('and the setting that makes the app trust it come together', () => {
    const params = asObject(asObject(declared('main.bicep', 'module', 'functionApp').value)['params']);

    expect(params['apiAuth']).toEqual(new Expression("signIn == null ? 'keys' : 'entra'"));
    expect(readFileSync(join(infra, 'main.bicep'), 'utf8')).toContain(
      "module signingIn 'modules/api-sign-in.bicep' = if (signIn != null)",
    );
  });
});

describe('Storage accounts', () => {
  const accounts = resourcesOf('Microsoft.Storage/storageAccounts');

  test('take no shared key, nothing below TLS 1.2, no plain HTTP, and show no blob to the public', () => {
    expect(accounts.map(({ file }) => file)).toEqual(['modules/destination.bicep', 'modules/host-storage.bicep']);
    for (const { body } of accounts) {
      expect(body['properties']).toMatchObject({
        allowBlobPublicAccess: false,
        allowSharedKeyAccess: false,
        minimumTlsVersion: 'TLS1_2',
        publicNetworkAccess: new Expression('publicNetworkAccess'),
        supportsHttpsTrafficOnly: true,
      });
    }
  });

  test('of backups keep deleted shares', () => {
    const [service] = resourcesOf('Microsoft.Storage/storageAccounts/fileServices');

    expect(asObject(service?.body['properties'])['shareDeleteRetentionPolicy']).toEqual({
      enabled: true,
      days: new Expression('softDeleteDays'),
    });
  });

  test('of backups are in another region than the app, or the deployment fails', () => {
    const { value } = declared('main.bicep', 'module', 'destination');
    const apart = declared('main.bicep', 'var', 'backupLocation').value;

    expect(asObject(asObject(value)['params'])['location']).toEqual(new Expression('backupLocation'));
    expect(apart).toBeInstanceOf(Expression);
    expect((apart as Expression).text).toMatch(/^isApart \? destinationLocation : fail\(/u);
  });
});

test('Telemetry is taken by Entra ID only', () => {
  const [component] = resourcesOf('Microsoft.Insights/components');

  expect(component?.body['properties']).toMatchObject({ DisableLocalAuth: true });
});

test('The queues made are those that the functions are triggered by', () => {
  const triggers = readdirSync(join(projectRoot, 'functions')).flatMap((name) =>
    name.endsWith('.ts')
      ? [...source(`functions/${name}`).matchAll(/queueName: '([^']+)'/gu)].map(([, queue]) => queue)
      : [],
  );

  const made = asNames(declared('modules/host-storage.bicep', 'var', 'queueNames').value);
  expect(new Set(made)).toEqual(new Set(triggers));
  const prefix = /prefix = '([^']+)'/u.exec(source('lib/azure/storage-queues.ts'))?.[1];
  const [, sent = ''] = /const queues = \{([^}]*)\}/u.exec(source('lib/azure/storage-queues.ts')) ?? [];
  const queues = [...sent.matchAll(/open\('(\w+)'\)/gu)].map(([, name]) => `${prefix}${name}`);
  expect(made.filter((name) => !name.endsWith('-poison'))).toEqual(queues);
});

test('The table made is the one that the app opens', () => {
  const opened = [...source('lib/connect.ts').matchAll(/tableName = '([^']+)'/gu)].map(([, name]) => name);

  expect(declared('modules/host-storage.bicep', 'var', 'tableNames').value).toEqual(opened);
});

describe('All of the template', () => {
  const names = [...files.keys()];

  test.each(names)('%s says of each parameter whether it must be given, and describes each output', (name) => {
    const described = declarationsOf(name).filter(({ kind }) => kind === 'param' || kind === 'output');

    const undescribed = described.filter(({ kind, decorators }) => {
      const start = kind === 'param' ? /^@description\('(?:Required|Optional|Conditional)\. / : /^@description\('\w/;
      return !decorators.some((text) => start.test(text));
    });
    expect(undescribed.map(({ symbol }) => symbol)).toEqual([]);
  });

  test.each(names)('%s asks for no key and uses no module of a registry', (name) => {
    const text = readFileSync(join(infra, name), 'utf8');

    expect(text).not.toMatch(/list(?:Keys|AccountSas|ServiceSas)\s*\(/iu);
    expect(text).not.toMatch(/'(?:br|ts)[:/]/u);
  });

  test('subscription.bicep takes and passes on what main.bicep takes, but for the group that it makes', () => {
    const params = (name: string) => declarationsOf(name).filter(({ kind }) => kind === 'param');
    const own = ['destinationResourceGroup', 'destinationSubscriptionId'];
    const passed = asObject(asObject(declared('subscription.bicep', 'module', 'farshare').value)['params']);
    const wanted = params('main.bicep').filter(({ symbol }) => !own.includes(symbol));

    expect(params('subscription.bicep').map(({ symbol }) => symbol)).toEqual(wanted.map(({ symbol }) => symbol));
    expect(
      wanted
        .filter(({ symbol }) => !isDeepStrictEqual(passed[symbol], new Expression(symbol)))
        .map(({ symbol }) => symbol),
    ).toEqual([]);
    expect(
      wanted
        .filter(({ symbol, what, value }) => {
          const same = declared('subscription.bicep', 'param', symbol);
          return same.what !== what || !isDeepStrictEqual(same.value, value);
        })
        .map(({ symbol }) => symbol),
    ).toEqual(['location']);
  });
});
