/** Every operation of docs/openapi.yaml against the built app: each documented answer is met, no other is given. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFilesEmulator } from '../../emulator/index.ts';
import type { FilesEmulator } from '../../emulator/index.ts';
import type { RunReport } from '../../lib/model/index.ts';
import { startAzurite } from '../support/azurite.ts';
import type { Azurite } from '../support/azurite.ts';
import { type Asked, ConformingApi } from '../support/conforming-api.ts';
import { describeCli } from '../support/api-cli.ts';
import { describeRefusals } from '../support/api-refusals.ts';
import { describeSignedIn } from '../support/api-signed-in.ts';
import { operations, resolve } from '../support/openapi.ts';
import { destinationAccount, EmulatorControl, sourceAccount } from '../support/stack-emulator.ts';
import { startHost } from '../support/stack-host.ts';
import type { HostProcess } from '../support/stack-host.ts';
import { eventually } from '../support/stack-process.ts';
import { buildProject, copyProject, makeFolder } from '../support/stack-project.ts';

let app: string;
let azurite: Azurite;
let emulator: FilesEmulator;
let control: EmulatorControl;
let host: HostProcess;
let api: ConformingApi;

const source = { account: 'production', share: 'docs' };
const place = (name: string, more: object = {}) => ({ name, account: 'vault', share: 'docs-copy', ...more });

const configuration = () => ({
  accounts: {
    production: { connectionString: control.connectionString(sourceAccount) },
    vault: { connectionString: control.connectionString(destinationAccount) },
  },
  jobs: [
    { name: 'docs', schedule: '0 0 3 1 1 *', enabled: false, source, destinations: [place('west')] },
    {
      name: 'two',
      source: { account: 'production', share: 'letters' },
      destinations: [place('a', { share: 'two', path: 'a' }), place('b', { share: 'two', path: 'b', mode: 'dated' })],
    },
  ],
});

const startApp = (settings: Record<string, string>): Promise<HostProcess> =>
  startHost({
    app,
    state: makeFolder('host-state'),
    settings: {
      FUNCTIONS_WORKER_RUNTIME: 'node',
      AzureWebJobsStorage: azurite.connectionString,
      FARSHARE_LEASE_SECONDS: '8',
      // Nobody waits for queues here: what is asked is how the app answers.
      AzureFunctionsJobHost__extensions__queues__maxPollingInterval: '00:00:00.1',
      FARSHARE_CONFIG: JSON.stringify(configuration()),
      ...settings,
    },
  });

beforeAll(async () => {
  app = copyProject();
  [azurite, emulator] = await Promise.all([startAzurite(), startFilesEmulator(), buildProject(app)]);
  control = new EmulatorControl(emulator.url);
  await control.growTree({ share: 'docs', files: 60, filesPerDirectory: 20, sizeBytes: 700 });
  await control.growTree({ share: 'letters', files: 3, filesPerDirectory: 3, sizeBytes: 10 });
  host = await startApp({});
  api = new ConformingApi(host.url, host.masterKey);
}, 120_000);
afterAll(async () => {
  await emulator.stop();
  await azurite.stop();
});

const startedBy = async (job: string): Promise<string[]> =>
  (await api.ask('start-run', { path: { job } })).body.runs.map(({ runId }: { runId: string }) => runId);
const start = async (job: string): Promise<string> => (await startedBy(job))[0] ?? '';

const follow = (runId: string): Promise<RunReport> => api.follow(runId);
const run = async (job: string): Promise<RunReport> => follow(await start(job));
const noRun = 'docs-west-20260101t000000z-000000';

const refusal = (operation: string, asked: Asked): Promise<string> => api.refusal(operation, asked);

describe('Runs over HTTP', () => {
  test('are started, told of, and listed in pages', async () => {
    const key = { headers: { 'idempotency-key': 'first' } };
    const first = await api.ask('start-run', { path: { job: 'docs' }, ...key });
    const again = await api.ask('start-run', { path: { job: 'docs' }, ...key });
    const report = await follow(first.body.runs[0].runId);

    expect(again.body).toEqual(first.body);
    expect(report).toMatchObject({ status: 'succeeded', counts: { files: 60, copied: 60 } });
    expect(first.headers.get('location')).toBe(`/api/runs/${report.runId}`);
    const { body: page } = await api.ask('list-runs', { query: 'job=docs&kind=backup&status=succeeded&limit=5' });
    expect(page.items.map(({ runId }: RunReport) => runId)).toEqual([report.runId]);
    expect((await api.ask('list-runs', { query: 'kind=restore&status=' })).body.items).toEqual([]);
    expect(await refusal('start-run', { path: { job: 'docs' }, body: { full: true }, ...key })).toBe(
      '422 IdempotencyKeyReused',
    );
    expect(await refusal('start-run', { path: { job: 'docs' }, body: { destination: 'east' } })).toBe(
      '404 DestinationNotFound',
    );
    expect(await refusal('get-run', { path: { runId: noRun } })).toBe('404 RunNotFound');
    expect(await refusal('list-runs', { query: 'cursor=x' })).toBe('400 InvalidCursor');
  });

  test('are cancelled, and tried again on the same snapshot', async () => {
    await control.setFaults([
      { operation: 'ListFilesAndDirectories', account: sourceAccount, action: { delayMs: 1_500 } },
    ]);
    const runId = await start('docs');
    const isQueued = async () => (await api.ask('get-run', { path: { runId } })).body.status === 'queued';
    await eventually('the start of the run', async () => !(await isQueued()));
    const waiting = await start('docs');
    expect(await refusal('start-run', { path: { job: 'docs' } })).toBe('409 AlreadyQueued');

    await api.ask('cancel-run', { path: { runId: waiting } });
    const key = { headers: { 'idempotency-key': 'cancel' } };
    await api.ask('cancel-run', { path: { runId }, body: {}, ...key });
    await control.clearFaults();
    const [report, other] = [await follow(runId), await follow(waiting)];
    expect([report.status, other.status]).toEqual(['cancelled', 'cancelled']);
    expect((await api.ask('cancel-run', { path: { runId }, body: {}, ...key })).status).toBe(202);

    expect(await refusal('cancel-run', { path: { runId } })).toBe('409 RunEnded');
    expect(await refusal('cancel-run', { path: { runId: noRun } })).toBe('404 RunNotFound');
    expect(await refusal('approve-run', { path: { runId } })).toBe('409 NotAwaiting');
    const last = report.endedAt?.localeCompare(other.endedAt ?? '') === 1 ? report : other;
    const retried = await api.ask('retry-run', {
      path: { runId: last.runId },
      headers: { 'idempotency-key': 'retry' },
    });
    expect(await refusal('retry-run', { path: { runId }, headers: { 'idempotency-key': 'retry' } })).toMatch(
      /^422|^202/u,
    );
    const done = await follow(retried.body.runId);
    expect(done).toMatchObject({ status: 'succeeded', retryOf: last.runId });
    expect(await refusal('retry-run', { path: { runId: done.runId } })).toBe('409 NotRetryable');
    expect(await refusal('retry-run', { path: { runId: last.runId } })).toBe('409 Superseded');
  });

  test('that failed tell of all their failures in pages', async () => {
    const refused = {
      operation: 'ListFilesAndDirectories',
      path: 'd*',
      account: sourceAccount,
      action: { status: 403 },
    };
    await control.setFaults([refused]);
    const { runId } = await run('docs');
    await control.clearFaults();

    const { body: all } = await api.ask('list-failures', { path: { runId } });
    const { body: one } = await api.ask('list-failures', { path: { runId }, query: 'limit=1' });
    const { body: two } = await api.ask('list-failures', { path: { runId }, query: `limit=1&cursor=${one.next}` });

    expect(all.items.length).toBeGreaterThan(1);
    expect([...one.items, ...two.items]).toEqual(all.items.slice(0, 2));
    expect(await refusal('list-failures', { path: { runId }, query: 'cursor=-1' })).toBe('400 InvalidCursor');
    expect(await refusal('list-failures', { path: { runId: noRun } })).toBe('404 RunNotFound');
  });

  test('that a guard stopped are approved once, while their snapshot is there', async () => {
    const share = control.share(sourceAccount, 'docs');
    for (let index = 0; index < 20; index += 1) {
      await share
        .getDirectoryClient('d00000')
        .getFileClient(`f${String(index).padStart(8, '0')}.bin`)
        .deleteIfExists();
    }
    const stopped = await run('docs');
    expect(stopped).toMatchObject({
      status: 'awaiting-approval',
      guard: [expect.stringContaining('would be deleted')],
    });

    const key = { headers: { 'idempotency-key': 'approve' } };
    const { body } = await api.ask('approve-run', { path: { runId: stopped.runId }, ...key });
    const again = await api.ask('approve-run', { path: { runId: stopped.runId }, ...key });
    const done = await follow(body.runId);

    expect(again.body).toEqual(body);
    expect(done).toMatchObject({ status: 'succeeded', approvalOf: stopped.runId, counts: { deleted: 20 } });
    expect(await refusal('approve-run', { path: { runId: done.runId }, ...key })).toBe('422 IdempotencyKeyReused');
    expect(await refusal('approve-run', { path: { runId: stopped.runId } })).toBe('409 Superseded');
    expect(await refusal('cancel-run', { path: { runId: stopped.runId }, ...key })).toBe('422 IdempotencyKeyReused');
    expect(await refusal('approve-run', { path: { runId: noRun } })).toBe('404 RunNotFound');
    expect(await refusal('retry-run', { path: { runId: noRun } })).toBe('404 RunNotFound');
    expect(await refusal('retry-run', { path: { runId: stopped.runId }, ...key })).toBe('422 IdempotencyKeyReused');
  });

  test('are not tried again on another snapshot than theirs', async () => {
    await control.setFaults([
      { operation: 'ListFilesAndDirectories', account: sourceAccount, action: { status: 403 } },
    ]);
    const failed = await run('docs');
    await control.clearFaults();
    const snapshot = control.share(sourceAccount, 'docs').withSnapshot(failed.sourceSnapshot ?? '');
    await snapshot.getShareLeaseClient('x').breakLease();
    await snapshot.delete();

    expect(await refusal('retry-run', { path: { runId: failed.runId } })).toBe('409 SnapshotGone');
  });
});

describe('Restore points over HTTP', () => {
  const points = async (job: string) => (await api.ask('list-restore-points', { path: { job } })).body.items;

  test('are listed beside how each destination stands', async () => {
    expect((await api.ask('dashboard')).text).toContain('<!doctype html>');
    expect((await api.ask('health')).body).toEqual({ status: 'ok' });
    const { body } = await api.ask('list-jobs');
    const all = await points('docs');

    expect(body.items[0]).toMatchObject({ name: 'docs', enabled: false, schedule: '0 0 3 1 1 *', nextStart: null });
    expect(body.items[0].destinations).toMatchObject([
      { name: 'west', newestPoint: { snapshot: all.at(-1).snapshot }, overdue: false, lastRun: { status: 'failed' } },
    ]);
    expect(all.map(({ complete }: { complete: string }) => complete)).toEqual(['true', 'true', 'true']);
    expect(
      (await api.ask('list-restore-points', { path: { job: 'docs' }, query: 'destination=west' })).body.items,
    ).toEqual(all);
    expect(await refusal('list-restore-points', { path: { job: 'docs' }, query: 'destination=x' })).toBe(
      '404 DestinationNotFound',
    );
  });

  test('are looked into, and files of them fetched and found by their versions', async () => {
    const [first, , last] = await points('docs');
    const at = { job: 'docs', snapshot: first.snapshot };

    const { body: root } = await api.ask('list-entries', { path: at });
    const { body: inside } = await api.ask('list-entries', { path: at, query: 'path=/d00000' });
    const content = await api.ask('get-content', { path: at, query: 'path=d00000/f00000000.bin&destination=west' });
    const { body: versions } = await api.ask('list-versions', { path: at, query: 'path=d00000/f0000000?.bin' });

    expect(root.items).toHaveLength(3);
    expect(inside.items[0]).toMatchObject({ name: 'f00000000.bin', kind: 'file', size: 700 });
    expect(content.headers.get('content-length')).toBe('700');
    expect(content.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''f00000000.bin");
    expect(versions.items).toHaveLength(10);
    expect(versions.items[0].points.map((point: { snapshot: string }) => point.snapshot)).not.toContain(last.snapshot);
    expect(await refusal('get-content', { path: at, query: 'path=d00000' })).toBe('404 PathNotFound');
    expect(await refusal('list-entries', { path: { ...at, snapshot: '2020-01-01' } })).toBe('404 PointNotFound');
    for (const path of ['..', 'a/../../b', 'a%5Cb', '%00', '%2e%2e%2fdocs-copy']) {
      expect(await refusal('list-entries', { path: at, query: `path=${path}` })).toBe('400 InvalidPath');
      expect(await refusal('get-content', { path: at, query: `path=${path}` })).toBe('400 InvalidPath');
      expect(await refusal('list-versions', { path: at, query: `path=${path}` })).toBe('400 InvalidPath');
    }
    expect(await refusal('list-versions', { path: at })).toBe('400 InvalidRequest');
  });

  test('are restored from, with a report', async () => {
    const to = { account: 'production', share: 'restored' };
    const key = { headers: { 'idempotency-key': 'restore' } };
    const asked = { body: { job: 'docs', paths: ['d00001/**'], to }, ...key };

    const started = await api.ask('start-restore', asked);
    const again = await api.ask('start-restore', asked);
    const { restoreId } = started.body;
    const done = await follow(restoreId);
    const { body: report } = await api.ask('get-restore', { path: { restoreId } });

    expect(again.body).toEqual(started.body);
    expect(started.headers.get('location')).toBe(`/api/restores/${restoreId}`);
    expect(report).toEqual(done);
    expect(report).toMatchObject({ kind: 'restore', status: 'succeeded', counts: { copied: 20, failed: 0 } });
    const dry = await api.ask('start-restore', {
      body: { from: 'vault/docs-copy', path: '**', to: 'production/restored/again', dryRun: true },
    });
    expect(await follow(dry.body.restoreId)).toMatchObject({ status: 'succeeded', dryRun: true });
    const [backup] = (await api.ask('list-runs', { query: 'kind=backup&limit=1' })).body.items;
    expect(await refusal('get-restore', { path: { restoreId: backup.runId } })).toBe('404 RunNotFound');
    expect(await refusal('start-restore', { ...asked, body: { job: 'docs' } })).toBe('422 IdempotencyKeyReused');
  });

  test('are not restored from where it would do harm or makes no sense', async () => {
    const ended = await Promise.all((await startedBy('two')).map(follow));
    expect(ended.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
    const body = { job: 'two', to: 'production/restored' };
    const cases: readonly (readonly [object, string])[] = [
      [{}, '400 InvalidRequest'],
      [{ job: 'two', from: 'vault/two' }, '400 InvalidRequest'],
      [{ ...body, to: 'restored' }, '400 InvalidRequest'],
      [{ ...body, to: { account: 'production', share: '../x' } }, '400 InvalidRequest'],
      [{ ...body, to: 'production/restored/../x' }, '400 InvalidRequest'],
      [{ ...body, onConflict: 'ask' }, '400 InvalidRequest'],
      [{ ...body, deleteExtra: true, destination: 'b' }, '400 NotForDated'],
      [{ from: 'vault/two', to: 'production/restored' }, '400 PointAmbiguous'],
      [{ job: 'three' }, '404 JobNotFound'],
      [{ ...body, destination: 'c' }, '404 DestinationNotFound'],
      [{ ...body, point: '2020-01-01T00:00:00Z' }, '404 PointNotFound'],
      [{ from: 'vault/none' }, '404 ShareNotFound'],
      [{ from: 'nowhere/none' }, '404 UnknownAccount'],
      [{ ...body, to: 'nowhere/none' }, '404 UnknownAccount'],
      [{ ...body, to: 'vault/two/a/b' }, '409 TargetIsBackup'],
    ];

    for (const [asked, expected] of cases) {
      expect([asked, await refusal('start-restore', { body: asked })]).toEqual([asked, expected]);
    }
  });
});

describeCli(() => ({ url: host.url, key: host.masterKey }));

describeSignedIn(startApp, () => api.met);
describeRefusals(() => ({ api, url: host.url, key: host.masterKey }));

describe('The document', () => {
  // Met by tests of the engine: they take a week, or a hundred thousand files, or a lost configuration.
  const elsewhere = new Set(['ApprovalExpired', 'TooManyVersions', 'TargetUnknown']);

  test('names no answer that the app does not give', async () => {
    await azurite.stop();
    await emulator.stop();
    const path = { job: 'docs', runId: noRun, restoreId: noRun, snapshot: 'latest' };
    const failing = operations.filter(({ responses }) => '500' in responses);
    await Promise.all(
      failing.map(({ operationId }) =>
        api.ask(operationId, {
          path,
          query: operationId === 'list-versions' ? 'path=x' : '',
          ...(operationId === 'start-restore' && { body: { job: 'docs' } }),
        }),
      ),
    );

    const statuses = operations.flatMap(({ operationId, responses }) =>
      Object.keys(responses).map((status) => `${operationId} ${status}`),
    );
    const codes = operations.flatMap(({ responses }) =>
      Object.values(responses).flatMap((response) => resolve(response)['x-codes'] ?? []),
    );
    const never = [...statuses, ...codes.filter((code) => !elsewhere.has(code))].filter((one) => !api.met.has(one));
    expect([...new Set(never)]).toEqual([]);
  });
});
