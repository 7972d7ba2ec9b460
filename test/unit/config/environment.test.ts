import { describe, expect, test } from 'vitest';
import { parseEnvironment } from '../../../lib/config.ts';

describe('the app settings', () => {
  test('with a connection string', () => {
    expect(
      parseEnvironment({ FARSHARE_CONFIG: 'farshare.json', AzureWebJobsStorage: 'UseDevelopmentStorage=true' }),
    ).toEqual({
      config: 'farshare.json',
      storage: { kind: 'connectionString', connectionString: 'UseDevelopmentStorage=true' },
      leaseSeconds: 60,
      hashNames: false,
      pruning: 'app',
      access: 'keys',
    });
  });

  test.each([
    [{ FARSHARE_API_AUTH: 'entra', WEBSITE_AUTH_ENABLED: 'True' }, 'entra'],
    [{ FARSHARE_API_AUTH: 'entra' }, 'nobody'],
    [{ FARSHARE_API_AUTH: 'keys', WEBSITE_AUTH_ENABLED: 'True' }, 'keys'],
  ])('%o let in by %s', (settings, access) => {
    const env = { FARSHARE_CONFIG: 'farshare.json', AzureWebJobsStorage: 'UseDevelopmentStorage=true', ...settings };

    expect(parseEnvironment(env).access).toBe(access);
  });

  test.each([
    ['', undefined],
    ['Authorization=AAD', {}],
    ['ClientId=one;Authorization=AAD', { clientId: 'one' }],
  ])('for telemetry with the authentication string %j', (authentication, entra) => {
    const settings = parseEnvironment({
      FARSHARE_CONFIG: '{}',
      AzureWebJobsStorage: 'UseDevelopmentStorage=true',
      APPLICATIONINSIGHTS_CONNECTION_STRING: 'InstrumentationKey=1',
      ...(authentication && { APPLICATIONINSIGHTS_AUTHENTICATION_STRING: authentication }),
      FARSHARE_HASH_NAMES: 'true',
    });

    expect(settings.insights).toEqual({ connectionString: 'InstrumentationKey=1', ...(entra && { entra }) });
    expect(settings.hashNames).toBe(true);
  });

  test('say who deletes snapshots, and nothing but that', () => {
    const settings = { FARSHARE_CONFIG: 'farshare.json', AzureWebJobsStorage: 'x' };

    expect(parseEnvironment({ ...settings, FARSHARE_PRUNING: 'separate' }).pruning).toBe('separate');
    expect(() => parseEnvironment({ ...settings, FARSHARE_PRUNING: 'x' })).toThrow('one problem');
  });

  test('with an identity', () => {
    const settings = parseEnvironment({
      FARSHARE_CONFIG: '{}',
      AzureWebJobsStorage__tableServiceUri: 'https://a.table.core.windows.net',
      AzureWebJobsStorage__queueServiceUri: 'https://a.queue.core.windows.net',
      AzureWebJobsStorage__clientId: 'id',
      FARSHARE_LEASE_SECONDS: '5',
    });

    expect(settings.leaseSeconds).toBe(5);
    expect(settings.storage).toEqual({
      kind: 'entra',
      tableServiceUri: 'https://a.table.core.windows.net',
      queueServiceUri: 'https://a.queue.core.windows.net',
      clientId: 'id',
    });
  });

  test('with an account name', () => {
    expect(parseEnvironment({ FARSHARE_CONFIG: '{}', AzureWebJobsStorage__accountName: 'a' }).storage).toEqual({
      kind: 'entra',
      tableServiceUri: 'https://a.table.core.windows.net',
      queueServiceUri: 'https://a.queue.core.windows.net',
    });
  });

  test.each<[Record<string, string>, string[]]>([
    [{}, ['FARSHARE_CONFIG', 'AzureWebJobsStorage']],
    [
      { FARSHARE_CONFIG: 'x', FARSHARE_LEASE_SECONDS: 'topsecret', AzureWebJobsStorage: 'y' },
      ['FARSHARE_LEASE_SECONDS'],
    ],
    [{ FARSHARE_CONFIG: 'x', AzureWebJobsStorage__tableServiceUri: 'https://a' }, ['AzureWebJobsStorage']],
    [
      {
        FARSHARE_CONFIG: 'x',
        AzureWebJobsStorage__tableServiceUri: 'a',
        AzureWebJobsStorage__queueServiceUri: 'https://a',
      },
      ['AzureWebJobsStorage__tableServiceUri'],
    ],
  ])('%j lack or spoil %j', (env, paths) => {
    let problems: readonly { path: string; fix: string }[] = [];
    try {
      parseEnvironment(env);
    } catch (error) {
      ({ problems } = error as { problems: typeof problems });
    }

    expect(problems.map(({ path }) => path)).toEqual(paths);
    expect(JSON.stringify(problems)).not.toContain('topsecret');
    expect(problems.every(({ fix }) => fix !== '')).toBe(true);
  });
});
