import { describe, expect, test } from 'vitest';
import { environment, load, problemsOf, rightConfig, withValue } from './configurations.ts';

const job = { ...rightConfig().jobs[0], name: 'finance', source: { account: 'production', share: 'finance' } };

describe('webhooks', () => {
  const webhook = { url: 'https://x/topsecret', secret: 'topsecret topsecret' };

  test.each<[string, unknown, string, string]>([
    ['webhooks', [{ ...webhook, url: 'http://x/topsecret' }], 'webhooks[0].url', 'is no https address'],
    ['webhooks', [{ ...webhook, url: 'topsecret' }], 'webhooks[0].url', 'is no https address'],
    ['webhooks', [{ ...webhook, url: { env: 'NOT_SET' } }], 'webhooks[0].url.env', 'is not set'],
    ['webhooks', [{ url: webhook.url }], 'webhooks[0].secret', 'must be a string'],
    ['webhooks', [{ ...webhook, secret: 'topsecret' }], 'webhooks[0].secret', 'is too short'],
    ['webhooks', [{ ...webhook, secret: 'whsec_?topsecret?topsecret?topsecret' }], 'webhooks[0].secret', 'not base64'],
    ['webhooks', [{ ...webhook, secret: { env: 'NOT_SET' } }], 'webhooks[0].secret.env', 'is not set'],
    ['webhooks', [{ ...webhook, events: ['ended'] }], 'webhooks[0].events[0]', 'must be one of'],
    ['webhooks', [{ ...webhook, events: [] }], 'webhooks[0].events', 'names nothing'],
    ['webhooks', [{ ...webhook, timeout: 'PT6M' }], 'webhooks[0].timeout', 'PT5M'],
    ['webhooks', [{ ...webhook, timeout: 'P1M' }], 'webhooks[0].timeout', 'PT5M'],
    ['webhooks', [{ ...webhook, digest: { at: '24:00' } }], 'webhooks[0].digest.at', 'time of day'],
    ['webhooks', [{ ...webhook, digest: { timeZone: 'Mars' } }], 'webhooks[0].digest', 'time zone'],
    ['webhooks', [{ ...webhook, headers: {} }], 'webhooks[0].headers', 'unknown field'],
    ['webhooks', [webhook, webhook], 'webhooks[1].url', 'webhooks[0] too'],
    ['jobs.0.webhooks', [webhook, webhook], 'jobs[0].webhooks[1].url', 'jobs[0].webhooks[0] too'],
  ])('%s = %j is refused, and none of it shown', async (path, value, problemPath, says) => {
    const problems = await problemsOf(withValue(path, value));

    expect(problems).toMatchObject([{ path: problemPath, message: expect.stringContaining(says) }]);
    expect(JSON.stringify(problems)).not.toContain('topsecret');
  });

  test('that wait for snapshots are refused where others take them', async () => {
    const source = { ...job.source, snapshots: 'existing' };
    const webhooks = [{ ...webhook, events: ['beforeSnapshot'] }];

    const problems = await problemsOf({ ...rightConfig(), jobs: [{ ...job, source, webhooks }] });

    expect(problems).toMatchObject([{ path: 'jobs[0].webhooks[0].events' }]);
  });

  test('are kept apart from the jobs, which are stored, with what belongs to one job and to all', async () => {
    const env = { HOOK: 'https://x/from-environment', KEY: `whsec_${Buffer.from('x'.repeat(24)).toString('base64')}` };
    const fromEnvironment = { url: { env: 'HOOK' }, secret: { env: 'KEY' }, events: ['failed'] };
    const own = [fromEnvironment, { ...webhook, url: 'http://127.0.0.1:1/x' }];
    const document = { ...rightConfig(), webhooks: [webhook], jobs: [{ ...job, webhooks: own }] };

    const { config, webhooks } = await load(document, { ...environment, ...env });

    expect(JSON.stringify(config)).not.toMatch(/topsecret|environment|whsec/u);
    expect(webhooks.map(({ name, job: of, url }) => [name, of, url])).toEqual([
      ['webhooks[0]', undefined, 'https://x/topsecret'],
      ['jobs[0].webhooks[0]', job.name, 'https://x/from-environment'],
      ['jobs[0].webhooks[1]', job.name, 'http://127.0.0.1:1/x'],
    ]);
  });
});
