import { expect, test } from 'vitest';
import { parseHostJson } from '../../../local-host/host-json.ts';
import { AppSettings } from '../../../local-host/settings.ts';

test('Settings are found without regard to case, and later layers win', () => {
  const settings = new AppSettings({ One: 'a', Two: 'b' }, { ONE: 'c' });

  expect([settings.get('one'), settings.get('TWO'), settings.get('three')]).toEqual(['c', 'b', undefined]);
});

test('%NAME% is replaced, and refused when there is no such setting', () => {
  const settings = new AppSettings({ PREFIX: 'p', Cron: '0 0 * * * *' });

  expect(settings.resolve('%prefix%-queue-%PREFIX%')).toBe('p-queue-p');
  expect(settings.resolve('%CRON%')).toBe('0 0 * * * *');
  expect(() => settings.resolve('%missing%')).toThrow("'%missing%'");
});

test('A connection is AzureWebJobsStorage when empty, else AzureWebJobsNAME, else NAME', () => {
  const settings = new AppSettings({ AzureWebJobsStorage: 's', AzureWebJobsBoth: 'prefixed', Both: 'bare', Bare: 'b' });

  expect([undefined, '', 'Both', 'Bare'].map((name) => settings.connectionString(name))).toEqual([
    's',
    's',
    'prefixed',
    'b',
  ]);
  expect(() => settings.connectionString('Other')).toThrow("'Other' does not exist");
});

test('host.json has the defaults of the real host', () => {
  expect(parseHostJson('{"version":"2.0"}')).toEqual({
    functionTimeoutMs: 30 * 60_000,
    hasExtensionBundle: false,
    routePrefix: 'api',
    queues: {
      batchSize: 16,
      newBatchThreshold: 8,
      maxDequeueCount: 5,
      visibilityTimeoutMs: 0,
      maxPollingIntervalMs: 60_000,
      messageEncoding: 'base64',
    },
  });
});

test('host.json values are read, and overridden by AzureFunctionsJobHost__ settings', () => {
  const text = JSON.stringify({
    version: '2.0',
    functionTimeout: '01:02:03',
    extensionBundle: { id: 'x', version: '[4.*, 5.0.0)' },
    extensions: {
      http: { routePrefix: '' },
      queues: {
        batchSize: 2,
        maxPollingInterval: '00:00:00.010',
        messageEncoding: 'none',
        visibilityTimeout: '1.00:00:00',
      },
    },
  });

  const hostJson = parseHostJson(text, {
    AzureFunctionsJobHost__extensions__queues__batchSize: '4',
    AzureFunctionsJobHost__functionTimeout: '-1',
  });

  expect(hostJson).toMatchObject({ functionTimeoutMs: undefined, hasExtensionBundle: true, routePrefix: '' });
  expect(hostJson.queues).toMatchObject({
    batchSize: 4,
    newBatchThreshold: 2,
    visibilityTimeoutMs: 86_400_000,
    // The real host polls no more often.
    maxPollingIntervalMs: 100,
    messageEncoding: 'none',
  });
});

test('All problems of host.json are told at once', () => {
  const queues = { batchSize: 33, messageEncoding: 'utf8', visibilityTimeout: 'soon' };
  const text = JSON.stringify({ version: '2.0', functionTimeout: '5 minutes', extensions: { queues } });

  expect(() => parseHostJson(text)).toThrow(/functionTimeout[^]*batchSize[^]*messageEncoding[^]*visibilityTimeout/);
});
