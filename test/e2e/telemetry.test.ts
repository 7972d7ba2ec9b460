import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunReport } from '../../lib/model/index.ts';
import { events } from '../../lib/telemetry/events.ts';
import { metrics } from '../../lib/telemetry/metrics.ts';
import { type Envelope, type Ingestion, startIngestion } from '../support/ingestion.ts';
import { sourceAccount } from '../support/stack-emulator.ts';
import { eventually } from '../support/stack-process.ts';
import { startUserStack, type UserStack } from '../support/stack-start.ts';

const job = (name: string) => ({
  name,
  source: { account: 'production', share: name },
  destinations: [{ name: 'west', account: 'vault', share: `${name}-copy`, keep: { last: 1 } }],
});
const configuration = {
  accounts: {
    production: { connectionString: { env: 'FARSHARE_FILES_1' } },
    vault: { connectionString: { env: 'FARSHARE_FILES_2' } },
  },
  jobs: [job('papers'), job('ledgers')],
};

let ingestion: Ingestion;
let stack: UserStack;
let runs: RunReport[];

/** One run of each end: succeeded (twice, so that retention prunes), failed at one file, awaiting approval. */
beforeAll(async () => {
  ingestion = await startIngestion();
  stack = await startUserStack(configuration, { ...ingestion.settings, FARSHARE_HASH_NAMES: 'true' });
  const { api, emulator } = stack;
  const tree = { files: 60, filesPerDirectory: 20, sizeBytes: 500 };
  for (const share of ['papers', 'ledgers']) await emulator.growTree({ share, ...tree });
  const first = await api.run('papers');
  const second = await api.run('papers');
  await emulator.setFaults([
    { operation: 'CopyFile', path: 'd00001/f00000020.bin', action: { status: 403, code: 'AuthorizationFailure' } },
    {
      operation: 'PutRangeFromURL',
      path: 'd00001/f00000020.bin',
      action: { status: 403, code: 'AuthorizationFailure' },
    },
    {
      operation: 'ListFilesAndDirectories',
      account: sourceAccount,
      times: 1,
      action: { status: 503, code: 'ServerBusy' },
    },
  ]);
  const failed = await api.run('ledgers');
  await emulator.setFaults([]);
  await deleteFiles('papers');
  const asking = await api.run('papers');
  await api.fireTimer('watchdog');
  runs = [first, second, failed, asking];
  await eventually('the gauges', () => Promise.resolve(metricsNamed('farshare.point.age').length > 0));
}, 180_000);
afterAll(() => ingestion.close());

async function deleteFiles(share: string): Promise<void> {
  const root = stack.emulator.share(sourceAccount, share).rootDirectoryClient;
  for await (const { name } of root.listFilesAndDirectories()) {
    const directory = root.getDirectoryClient(name);
    for await (const file of directory.listFilesAndDirectories()) await directory.deleteFile(file.name);
  }
}

const eventsNamed = (name: string): Envelope['data']['baseData'][] =>
  ingestion.envelopes
    .filter(({ data }) => data.baseType === 'EventData' && data.baseData.name === name)
    .map(({ data }) => data.baseData);
const metricsNamed = (name: string) =>
  ingestion.envelopes
    .filter(({ data }) => data.baseType === 'MetricData')
    .flatMap(({ data: { baseData } }) =>
      (baseData.metrics ?? [])
        .filter((metric) => metric.name === name)
        .map((metric) => ({ ...metric, properties: baseData.properties ?? {} })),
    );

test('The runs ended as the test needs them', () => {
  expect(runs.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'failed', 'awaiting-approval']);
});

describe('What arrives at Application Insights', () => {
  test('is events and metrics of Farshare, and no request, dependency, trace or exception: the host tells those', () => {
    const kinds = new Set(ingestion.envelopes.map(({ data }) => data.baseType));
    const named = (kind: string) =>
      ingestion.envelopes.filter(({ data }) => data.baseType === kind).map(({ data }) => data.baseData);

    expect([...kinds].toSorted()).toEqual(['EventData', 'MetricData']);
    expect(named('EventData').filter(({ name = '' }) => !(name in events))).toEqual([]);
    const names = named('MetricData').flatMap((data) => (data.metrics ?? []).map(({ name }) => name));
    expect(names.filter((name) => !(name in metrics))).toEqual([]);
  });

  test('tells the end of each run once, with what its report says', () => {
    const ends = ['backup.run.completed', 'backup.run.failed', 'backup.run.awaitingapproval'].flatMap(eventsNamed);

    expect(ends.map(({ properties }) => properties?.['runId'] ?? '').toSorted()).toEqual(
      runs.map(({ runId }) => runId).toSorted(),
    );
    for (const { properties = {} } of ends) {
      const report = runs.find(({ runId }) => runId === properties['runId']) as RunReport;
      expect(properties).toMatchObject({
        job: report.job,
        destination: 'west',
        dryRun: 'false',
        files: `${report.counts.files}`,
        copied: `${report.counts.copied}`,
        failed: `${report.counts.failed}`,
        requests: `${report.requests.total}`,
      });
    }
  });

  test('tells once what the check at the start of the app found', async () => {
    await expect.poll(() => eventsNamed('backup.preflight.completed').length, { timeout: 30_000 }).toBe(1);

    const [done] = eventsNamed('backup.preflight.completed');
    const findings = eventsNamed('backup.preflight.finding').map(({ properties = {} }) => properties);
    expect(done?.properties).toMatchObject({ errors: '0', warnings: `${findings.length}` });
    expect(findings.map(({ code }) => code)).toEqual(['KeepsOne', 'KeepsOne']);
  });

  test('tells the start of each run, the guard and the pruning', () => {
    expect(
      eventsNamed('backup.run.started')
        .map(({ properties }) => properties?.['runId'] ?? '')
        .toSorted(),
    ).toEqual(runs.map(({ runId }) => runId).toSorted());
    expect(eventsNamed('backup.guard.tripped')).toHaveLength(1);
    expect(eventsNamed('backup.retention.pruned').length).toBeGreaterThan(0);
  });

  test('has a name of a file in the event of its failure alone, and hashed where that is asked for', () => {
    const failed = eventsNamed('backup.entry.failed');

    expect(failed.map(({ properties }) => properties?.['path'])).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/u)]);
    expect(JSON.stringify(ingestion.envelopes)).not.toContain('f00000020');
  });

  test('measures files, bytes and requests of each run, throttled answers, and the age of restore points', () => {
    const sum = (name: string) => metricsNamed(name).reduce((total, { value }) => total + value, 0);
    const total = (of: (report: RunReport) => number) => runs.reduce((all, report) => all + of(report), 0);

    expect(sum('farshare.files')).toBe(total(({ counts }) => counts.files));
    expect(sum('farshare.bytes')).toBe(total(({ bytes }) => bytes.copied));
    expect(sum('farshare.requests')).toBe(total(({ requests }) => requests.total));
    expect(sum('farshare.throttled')).toBe(1);
    const ages = metricsNamed('farshare.point.age').map(({ properties }) => [
      properties['job'],
      properties['destination'],
    ]);
    expect(new Set(ages.map(String))).toEqual(new Set(['papers,west']));
  });
});

describe('The queries of alerts and workbook', () => {
  const folder = join(import.meta.dirname, '../../infra/queries');
  const queries = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const);
  const namesIn = (query: string) => [...query.matchAll(/"(backup(?:\.\w+)+)"/gu)].map(([, name]) => name ?? '');
  /** Only a query all of whose events arrived here can be held to them; the others are held to the code (test/infra). */
  const isMet = (query: string) =>
    namesIn(query).length > 0 && namesIn(query).every((name) => eventsNamed(name).length > 0);

  test('are met by what happened here: those of the ends of runs', () => {
    const met = queries.filter(([, query]) => isMet(query)).map(([name]) => name);

    expect(met).toEqual(
      expect.arrayContaining([
        ...['guard-tripped.kql', 'no-restore-point.kql', 'run-awaiting-approval.kql', 'run-failed.kql'],
        ...['workbook-cost.kql', 'workbook-overview.kql', 'workbook-performance.kql', 'workbook-runs.kql'],
      ]),
    );
  });

  test('ask of events that arrived for properties that they had', () => {
    for (const [name, query] of queries.filter(([, text]) => isMet(text))) {
      const had = new Set(
        namesIn(query)
          .flatMap(eventsNamed)
          .flatMap(({ properties }) => Object.keys(properties ?? {})),
      );
      const asked = query.replace(/^let events = union\n[\s\S]*?;\n/u, '');
      const properties = [...asked.matchAll(/details(?:\.(\w+)|\["(\w+)"\])/gu)].map(
        ([, dotted, quoted]) => dotted ?? quoted,
      );
      expect({ name, missing: properties.filter((property) => !had.has(property ?? '')) }).toEqual({
        name,
        missing: [],
      });
    }
  });
});
