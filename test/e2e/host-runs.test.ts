import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFilesEmulator } from '../../emulator/index.ts';
import type { FilesEmulator } from '../../emulator/index.ts';
import type { RunReport } from '../../lib/model/index.ts';
import { expectEqual } from '../support/stack-compare.ts';
import { destinationAccount, EmulatorControl, sourceAccount, writesIn } from '../support/stack-emulator.ts';
import { descendantsOf, eventually, isAlive } from '../support/stack-process.ts';
import { shardsOf } from '../support/stack-rows.ts';
import { startUserStack } from '../support/stack-start.ts';
import type { UserStack } from '../support/stack-start.ts';
import { startWebhookReceiver, type WebhookReceiver, webhookSecret } from '../support/webhook-receiver.ts';

const shares = ['tree', 'tree-copy'] as const;
/** Twenty directories beside each other, four more nested beneath `deep`. */
const wide = { share: 'tree', files: 1_000, filesPerDirectory: 50, sizeBytes: 3_000 };
const deep = { share: 'tree', path: 'deep', files: 200, filesPerDirectory: 50, depth: 3, sizeBytes: 3_000 };
const known = { files: 1_200, directories: 25, bytes: 1_200 * 3_000 };
const job = (name: string, accounts: readonly [string, string]) => ({
  name,
  source: { account: accounts[0], share: name },
  // Content is read back in a part of the runs' files; here each request of the backup itself is counted.
  verify: { samplePercent: 0 },
  destinations: [{ name: 'west', account: accounts[1], share: `${name}-copy`, keep: { last: 7 } }],
});

/**
 * `tree` lives in the stack's own emulator. `timed` lives in another one, filled before the stack is up, since its
 * schedule may come due at any moment; it is yearly: due at the first tick because it never ran, and then no more.
 */
const configuration = (other: EmulatorControl, url: string) => ({
  webhooks: [{ url, secret: webhookSecret, events: ['completed'] }],
  accounts: {
    production: { connectionString: { env: 'FARSHARE_FILES_1' } },
    vault: { connectionString: { env: 'FARSHARE_FILES_2' } },
    clock: { connectionString: other.connectionString(sourceAccount) },
    tower: { connectionString: other.connectionString(destinationAccount) },
  },
  jobs: [
    job('tree', ['production', 'vault']),
    { ...job('timed', ['clock', 'tower']), schedule: '0 0 0 1 1 *', timeZone: 'Europe/Berlin' },
  ],
});

let other: FilesEmulator;
let otherControl: EmulatorControl;
let stack: UserStack;
let receiver: WebhookReceiver;

beforeAll(async () => {
  other = await startFilesEmulator();
  otherControl = new EmulatorControl(other.url);
  await otherControl.growTree({ share: 'timed', files: 60, filesPerDirectory: 20, depth: 2, sizeBytes: 500 });
  receiver = await startWebhookReceiver();
  // The first answer is lost: the queue brings the message again.
  receiver.answers.push(503);
  stack = await startUserStack(configuration(otherControl, receiver.url));
}, 120_000);
afterAll(async () => {
  await receiver[Symbol.asyncDispose]();
  await other.stop();
});

/** Invocations that the functions host logged as succeeded. */
const invocations = (name: string): number =>
  readFileSync(join(stack.logs, 'functions-host.log'), 'utf8').match(new RegExp(`^${name} \\S+ succeeded`, 'gmu'))
    ?.length ?? 0;

describe('A job with a schedule', () => {
  test('is started by the timer function without any request to the API, once, and its restore point is equal', async () => {
    const { api } = stack;

    await api.fireTimer('schedule');
    await eventually('a run of the schedule', async () => (await api.runsOf('timed')).length > 0);
    await api.fireTimer('schedule');
    const report = await api.follow((await api.runsOf('timed'))[0]?.runId ?? '');

    expect(report.status).toBe('succeeded');
    expect(await expectEqual(otherControl, report, ['timed', 'timed-copy'])).toBe(63);
    expect(await api.runsOf('timed')).toHaveLength(1);
  });

  test('is told to a webhook by a function of its own, again when it was not taken the first time', async () => {
    const told = () => receiver.received.filter(({ data }) => data['job'] === 'timed');

    await eventually('the second try', async () => told().length > 1);

    const [report] = await stack.api.runsOf('timed');
    expect(told()).toMatchObject(
      Array.from({ length: 2 }, () => ({ type: 'farshare.run.completed', data: report, isSigned: true })),
    );
    expect(new Set(told().map(({ id }) => id)).size).toBe(1);
  });
});

describe('A run started over HTTP', () => {
  let first: RunReport;

  test('is accepted with its address, which tells how it goes', async () => {
    const { api, emulator } = stack;
    for (const spec of [wide, deep]) await emulator.growTree(spec);
    await emulator.resetRequests();
    // Slow enough that the first shard shares its directories, however fast the machine is.
    const slow = { operation: 'ListFilesAndDirectories', account: sourceAccount, path: 'd*', action: { delayMs: 200 } };
    await emulator.setFaults([slow]);

    const { status, headers, body } = await api.ask('POST', '/api/jobs/tree/runs', { body: {} });

    const [run] = body['runs'] as { runId: string; destination: string; url: string }[];
    expect(status).toBe(202);
    expect(run?.runId).toMatch(/^tree-west-\d{8}t\d{6}z-[0-9a-f]{6}$/u);
    expect(run).toEqual({ runId: run?.runId, destination: 'west', url: `/api/runs/${run?.runId}` });
    expect(headers.get('location')).toBe(run?.url);
    first = await api.follow(run?.runId ?? '');
    expect(await emulator.fired()).not.toEqual([0]);
    await emulator.clearFaults();
  });

  test('backs up every entry, and counts the requests that the emulator counted', async () => {
    const { emulator } = stack;
    const copied = { files: known.files, copied: known.files, directoriesMade: known.directories };
    const nothing = { unchanged: 0, rangeCopied: 0, propertiesSet: 0, deleted: 0, excluded: 0, streamed: 0, failed: 0 };

    expect(first).toMatchObject({ status: 'succeeded', job: 'tree', destination: 'west', failures: [] });
    expect(first.counts).toEqual({ directories: known.directories, ...copied, ...nothing });
    expect(first.bytes).toEqual({ scanned: known.bytes, copied: known.bytes });
    expect(first.requests.source).toEqual(await emulator.requests(sourceAccount));
    expect(first.requests.destination).toEqual(await emulator.requests(destinationAccount));
    expect(writesIn(first.requests.source)).toEqual([]);
    expect(await expectEqual(emulator, first, shares)).toBe(known.files + known.directories);
  });

  test('was carried by the queues in several shards', async () => {
    const shards = await shardsOf(stack.storage, first.runId);

    // Children of the root shard of the scan: directories that it handed on.
    expect(shards.filter((id) => id.startsWith('r1') && id !== 'r1').length).toBeGreaterThan(1);
    expect(invocations('shard')).toBeGreaterThanOrEqual(shards.length);
    expect(invocations('finalize')).toBeGreaterThan(0);
  });

  test('makes no copy and no request for a file when nothing has changed', async () => {
    const { api, emulator } = stack;
    await emulator.resetRequests();

    const report = await api.run('tree');

    const [source, destination] = [await emulator.requests(sourceAccount), await emulator.requests(destinationAccount)];
    expect(report).toMatchObject({ status: 'succeeded', counts: { unchanged: known.files, copied: 0, deleted: 0 } });
    const ofFiles = ([name]: readonly [string, number]) => /File(?!sAnd|Permission)|Range/u.test(name);
    expect(Object.entries(source).filter(ofFiles)).toEqual([]);
    // The manifest, in the catalog.
    expect(Object.fromEntries(Object.entries(destination).filter(ofFiles))).toEqual({ CreateFile: 1, PutRange: 1 });
    // Each directory once and the root, which is settled last, once more for the check; the catalog beside the destination.
    expect(source['ListFilesAndDirectories']).toBeLessThanOrEqual(known.directories + 2);
    expect(destination['ListFilesAndDirectories']).toBeLessThanOrEqual(known.directories + 3);
    expect(report.requests.source).toEqual(source);
    expect(report.requests.destination).toEqual(destination);
  });

  test('carries what no size and no write time shows', async () => {
    const { api, emulator } = stack;
    const root = emulator.share(sourceAccount, 'tree').getDirectoryClient('d00000');
    await root.getFileClient('f00000000.bin').uploadRange('other', 0, 5, { fileLastWrittenMode: 'Preserve' });
    await root.getFileClient('f00000001.bin').setMetadata({ reviewed: 'yes' });
    await root.getFileClient('f00000002.bin').setHttpHeaders({ fileContentType: 'text/plain' });

    const report = await api.run('tree');

    expect(report).toMatchObject({ status: 'succeeded', counts: { unchanged: known.files - 3, copied: 1 } });
    expect(report.counts.propertiesSet).toBe(2);
    await expectEqual(emulator, report, shares);
  });
});

describe('The API', () => {
  test('answers a repeated Idempotency-Key with the runs of the first request, and refuses it for another one', async () => {
    const { api } = stack;
    const headers = api.keyed({ 'idempotency-key': 'nightly-42' });

    const one = await api.ask('POST', '/api/jobs/tree/runs', { headers, body: {} });
    const again = await api.ask('POST', '/api/jobs/tree/runs', { headers, body: {} });
    const reused = await api.ask('POST', '/api/jobs/tree/runs', { headers, body: { full: true } });

    expect([one.status, again.status]).toEqual([202, 202]);
    expect(again.body).toEqual(one.body);
    expect(reused).toMatchObject({ status: 422, body: { code: 'IdempotencyKeyReused' } });
    const [run] = one.body['runs'] as { runId: string }[];
    expect(await api.follow(run?.runId ?? '')).toMatchObject({ status: 'succeeded' });
  });

  test('queues one run behind a busy destination and refuses the next', async () => {
    const { api, emulator } = stack;
    const slow = { operation: 'ListFilesAndDirectories', path: '', times: 1, action: { delayMs: 2_000 } };
    await emulator.setFaults([slow]);
    const running = await api.start('tree');
    await eventually('the run at work', async () => (await api.report(running)).status === 'running');

    const waiting = await api.start('tree');
    const refused = await api.ask('POST', '/api/jobs/tree/runs', { body: {} });

    expect(refused.status).toBe(409);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(refused.body).toMatchObject({ status: 409, code: 'AlreadyQueued', type: 'urn:farshare:AlreadyQueued' });
    for (const runId of [running, waiting]) expect((await api.follow(runId)).status).toBe('succeeded');
    expect(await emulator.fired()).toEqual([1]);
    await emulator.clearFaults();
  });

  test('asks for the key', async () => {
    const { api } = stack;

    const [without, wrong, health] = [
      await api.ask('POST', '/api/jobs/tree/runs', { headers: {}, body: {} }),
      await api.ask('GET', '/api/runs', { headers: { 'x-functions-key': 'x' } }),
      await api.ask('GET', '/api/health', { headers: {} }),
    ];

    expect([without.status, wrong.status, health.status]).toEqual([401, 401, 200]);
  });

  test.each([
    ['POST', '/api/jobs/no-such-job/runs', {}, 404, 'JobNotFound'],
    ['POST', '/api/jobs/__proto__/runs', {}, 404, 'JobNotFound'],
    ['POST', '/api/jobs/tree/runs', { destination: 'east' }, 404, 'DestinationNotFound'],
    ['POST', '/api/jobs/tree/runs', { dryrun: true }, 400, 'InvalidRequest'],
    ['POST', '/api/jobs/tree/runs', { full: 'yes' }, 400, 'InvalidRequest'],
    ['POST', '/api/jobs/tree/runs', '{"full":', 400, 'InvalidRequest'],
    ['POST', '/api/jobs/tree/runs', '[]', 400, 'InvalidRequest'],
    ['GET', '/api/runs/tree-west-20260101t000000z-000000', undefined, 404, 'RunNotFound'],
    ['GET', `/api/runs/${encodeURIComponent("x' or PartitionKey ne '")}`, undefined, 404, 'RunNotFound'],
    ['GET', `/api/runs/${encodeURIComponent('../../etc/passwd')}`, undefined, 404, 'RunNotFound'],
    ['GET', `/api/runs/${'x'.repeat(200)}`, undefined, 404, 'RunNotFound'],
    ['GET', '/api/runs?limit=0', undefined, 400, 'InvalidRequest'],
    ['GET', '/api/runs?colour=red', undefined, 400, 'InvalidRequest'],
    ['GET', '/api/runs?status=sleeping', undefined, 400, 'InvalidRequest'],
    ['GET', '/api/runs?cursor=..%2F..', undefined, 400, 'InvalidCursor'],
  ] as const)('%s %s with %j is a problem: %i %s', async (...example) => {
    const [method, path, body, status, code] = example;
    const answer = await stack.api.ask(method, path, body === undefined ? {} : { body });

    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body).toMatchObject({ status, code, title: code, detail: expect.any(String) });
    expect(JSON.stringify(answer.body)).not.toMatch(/AccountKey|node_modules|\.ts:/u);
  });

  test('pages through all runs, newest first, each once', async () => {
    const { api } = stack;
    const all = (await api.ask('GET', '/api/runs')).body['items'] as RunReport[];

    const paged: RunReport[] = [];
    let cursor = '';
    do {
      const { body } = await api.ask('GET', `/api/runs?limit=2&cursor=${encodeURIComponent(cursor)}`);
      paged.push(...(body['items'] as RunReport[]));
      cursor = (body['next'] as string | null) ?? '';
    } while (cursor !== '');

    expect(paged.map(({ runId }) => runId)).toEqual(all.map(({ runId }) => runId));
    expect(new Set(paged.map(({ runId }) => runId)).size).toBe(7);
    const startedAt = paged.map((report) => report.startedAt);
    expect(startedAt).toEqual(startedAt.toSorted().toReversed());
    expect((await api.runsOf('timed')).map((report) => report.job)).toEqual(['timed']);
  });
});

describe('npm start', () => {
  test('ends every process that it started on SIGTERM', async () => {
    const pids = [stack.process.pid, ...descendantsOf(stack.process.pid)];
    // npm's own, the stack, Azurite, the emulator, the host and its worker.
    expect(pids.length).toBeGreaterThanOrEqual(6);

    stack.process.signal('SIGTERM');
    await stack.process.ended;

    await eventually('the end of all processes', () => !pids.some(isAlive), 20_000);
  });
});
