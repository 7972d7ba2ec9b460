import { BlobServiceClient } from '@azure/storage-blob';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fixture } from './fixture.ts';
import { startFixture, until } from './fixture.ts';

interface Firing {
  pid: number;
  timer: { isPastDue: boolean; scheduleStatus: { last: string; next: string; lastUpdated: string } | null };
}

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(async () => fixture.stop());

const firings = (name: string) => fixture.records<Firing>(name);

/** As if the host had last run long ago. */
async function rewriteStatus(functionName: string, status: object): Promise<void> {
  const container = BlobServiceClient.fromConnectionString(fixture.azurite.connectionString).getContainerClient(
    'azure-webjobs-hosts',
  );
  for await (const { name } of container.listBlobsFlat()) {
    if (!name.endsWith(`/Host.Functions.${functionName}/status`)) continue;
    const text = JSON.stringify(status);
    await container.getBlockBlobClient(name).upload(text, text.length);
  }
}

test('timer functions fire by schedule; one of under a minute has no schedule status', async () => {
  await fixture.startHost();

  const [first] = await until(async () => {
    const records = await firings('each-second');
    return records.length >= 2 && records;
  });

  expect(first?.timer).toEqual({ isPastDue: false, schedule: { adjustForDST: true }, scheduleStatus: null });
});

test('timer functions fire at start when told to, with a last occurrence of the year 1', async () => {
  await fixture.startHost();

  const [first] = await until(async () => {
    const records = await firings('at-start');
    return records.length > 0 && records;
  });

  expect(first?.timer.isPastDue).toBe(false);
  expect(first?.timer.scheduleStatus?.last).toBe('0001-01-01T00:00:00+00:00');
  expect(first?.timer.scheduleStatus?.next).toMatch(/^\d{4}-01-01T00:00:00/);
});

test('timer functions are retried by a fixed delay', async () => {
  await fixture.startHost();

  const attempts = await until(async () => {
    const records = await fixture.records<{ retry: { retryCount: number } | null }>('retried');
    return records.length === 3 && records;
  });

  expect(attempts.map(({ retry }) => retry?.retryCount)).toEqual([undefined, 1, 2]);
});

test('timer functions make up for missed occurrences once, as past due, and not again after another restart', async () => {
  const first = await fixture.startHost();
  await until(async () => (await firings('each-second')).length > 0);
  await first.stop();
  expect(await firings('yearly')).toEqual([]);
  const long = '2020-06-01T00:00:00.000+00:00';
  await rewriteStatus('yearly', { Last: long, Next: '2021-01-01T00:00:00+00:00', LastUpdated: long });

  const second = await fixture.startHost();
  await until(async () => (await firings('yearly')).length > 0);
  await second.stop();
  const third = await fixture.startHost();
  const before = (await firings('each-second')).length;
  await until(async () => (await firings('each-second')).length > before);
  await third.stop();

  const [firing, ...more] = await firings('yearly');
  expect(more).toEqual([]);
  expect(firing?.timer.isPastDue).toBe(true);
  expect(firing?.timer.scheduleStatus).toMatchObject({ last: long, next: '2021-01-01T00:00:00.000+00:00' });
});

test('timer functions fire in one of two hosts only, and in the other once that one has stopped', async () => {
  const [first, second] = await Promise.all([fixture.startHost(), fixture.startHost()]);
  const startedAt = Date.now();
  await sleep(4000);
  const held = await firings('each-second');
  const seconds = (Date.now() - startedAt) / 1000;
  const [holder] = held;
  const other = holder?.pid === first.pid ? second : first;

  expect(new Set(held.map(({ pid }) => pid)).size).toBe(1);
  expect(held.length).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
  expect(await firings('at-start')).toHaveLength(1);

  const otherPid = other.pid;
  await (other === first ? second : first).stop();
  await until(async () => (await firings('each-second')).some(({ pid }) => pid === otherPid));
});

test('timer functions fire by hand through the admin endpoint with the master key', async () => {
  const host = await fixture.startHost();
  const post = (key: string) =>
    fetch(`${host.url}/admin/functions/yearly`, {
      method: 'POST',
      headers: { 'x-functions-key': key, 'content-type': 'application/json' },
      body: '{"input":""}',
    });

  expect((await post(host.functionKey)).status).toBe(401);
  expect((await post(host.masterKey)).status).toBe(202);

  await until(async () => (await firings('yearly')).length === 1);
});

test('timer functions are listed but never fire when disabled by a setting', async () => {
  const settings = { ...fixture.settings, 'AzureWebJobs.at-start.Disabled': 'true' };
  const host = await fixture.startHost({ settings });
  await until(async () => (await firings('each-second')).length >= 2);

  expect(host.functions).toContain('at-start');
  expect(await firings('at-start')).toEqual([]);
});
