/**
 * The engine in one process against an emulator of its own: a source share, destinations, local state and queues, and a way
 * to put something between the engine and each of its ports.
 */
import { expect } from 'vitest';
import { startFilesEmulator } from '../../emulator/index.ts';
import type { Fault, FilesEmulator, FilesEmulatorOptions } from '../../emulator/index.ts';
import { createShareOpener } from '../../lib/azure/index.ts';
import { createHttpClient, createWebhookSender } from '../../lib/http/index.ts';
import { loadConfig, type LoadedConfig } from '../../lib/config.ts';
import type { Engine, StartOptions } from '../../lib/engine.ts';
import { createLocalQueues, openLocalState, pump, systemClock } from '../../lib/local/index.ts';
import type { LocalQueues } from '../../lib/local/index.ts';
import {
  deliveryMessageSchema,
  hasEnded,
  type JobConfig,
  type RunReport,
  type RunRow,
  workMessageSchema,
} from '../../lib/model/index.ts';
import {
  createEngine,
  deliverMessage,
  marginsFor,
  poisonShard,
  type RunContext,
  watchRuns,
  workShard,
} from '../../lib/run/index.ts';
import type { Clock, MessageQueues, ShareOpener, StateStore } from '../../lib/run/ports.ts';
import { comparePlaces } from '../../walker/index.ts';
import { type EntryRef, type SharePlace, type TreeLiteral, writeTree } from './engine-tree.ts';

const sourceAccount = 'devstoreaccount1';
const destinationAccount = 'devstoreaccount2';

let shares = 0;
/** Names no two tests of a process share: the engine remembers permission keys by share. */
const freshShare = (kind: string) => `${kind}-${process.pid}-${(shares += 1)}`;

export interface SceneOptions {
  readonly switches?: FilesEmulatorOptions['switches'];
  /** Laid over the job's defaults. */
  readonly job?: Record<string, unknown>;
  /** Laid over the source's defaults. */
  readonly source?: Record<string, unknown>;
  /** One for each destination, laid over its defaults; one destination when absent. */
  readonly destinations?: readonly Record<string, unknown>[];
  /** All destinations are in the share of the first, at paths of their own. */
  readonly oneShare?: boolean;
  /** For all jobs; a job's own are in `job`. */
  readonly webhooks?: readonly unknown[];
  /** Jobs besides, made from the first one. */
  readonly moreJobs?: (first: Readonly<Record<string, unknown>>) => readonly unknown[];
  readonly tree?: TreeLiteral;
  /** Uses this emulator instead of starting one; it is then not stopped. */
  readonly emulator?: FilesEmulator;
}

/** One share of the emulator, reached past its wire. */
export interface SceneShare extends SharePlace {
  at(path: string, snapshot?: string): EntryRef;
  write(tree: TreeLiteral): void;
  snapshots(): { readonly snapshot: string; readonly metadata: Readonly<Record<string, string>>; leased: boolean }[];
  metadata(): Readonly<Record<string, string>>;
}

export interface Scene extends AsyncDisposable {
  readonly emulator: FilesEmulator;
  readonly store: FilesEmulator['store'];
  readonly loaded: LoadedConfig;
  readonly job: JobConfig;
  readonly source: SceneShare;
  readonly destinations: readonly SceneShare[];
  readonly destination: SceneShare;
  /** An engine with a state of its own, unless one is given. */
  engine(options?: ProcessOptions): EngineProcess;
  /** Runs `work` under the script and fails when an element of it never fired. */
  withFaults<T>(faults: readonly Fault[], work: () => Promise<T>): Promise<T>;
  /** What the service counted since the last reset: requests by operation, of either side. */
  counted(): { source: Record<string, number>; destination: Record<string, number> };
}

export interface ProcessOptions {
  readonly state?: StateStore;
  readonly queues?: LocalQueues;
  readonly clock?: Clock;
  /** 60, the product's, when absent. */
  readonly leaseSeconds?: number;
  readonly origin?: 'app' | 'cli';
  readonly wrapState?: (state: StateStore) => StateStore;
  readonly wrapQueues?: (queues: MessageQueues) => MessageQueues;
  readonly wrapShares?: (shares: ShareOpener) => ShareOpener;
  readonly margins?: Partial<RunContext['margins']>;
}

export interface SentEvent {
  readonly name: string;
  readonly properties: Readonly<Record<string, string | number | boolean>>;
}

/** What one process of the engine is. */
export interface EngineProcess {
  readonly context: RunContext;
  readonly engine: Engine;
  readonly queues: LocalQueues;
  readonly events: SentEvent[];
  /** Works on messages until the runs have ended. */
  drive(runIds: readonly string[], options?: { readonly signal?: AbortSignal }): Promise<readonly RunReport[]>;
  /** Starts runs and drives them to their ends. */
  runAll(options?: StartOptions): Promise<readonly RunReport[]>;
  /** The one run of the one destination. */
  run(options?: StartOptions): Promise<RunReport>;
  rowOf(runId: string): Promise<RunRow>;
  report(runId: string): Promise<RunReport>;
}

export async function startScene(options: SceneOptions = {}): Promise<Scene> {
  const defects: unknown[] = [];
  const emulator =
    options.emulator ??
    (await startFilesEmulator({ switches: options.switches, reportDefect: (error) => void defects.push(error) }));
  const { store } = emulator;
  const source = sceneShare(emulator, { account: sourceAccount, share: freshShare('source') });
  const firstVault = freshShare('vault');
  const destinations = (options.destinations ?? [{}]).map((_, index) =>
    sceneShare(emulator, {
      account: destinationAccount,
      share: index === 0 || options.oneShare === true ? firstVault : freshShare('vault'),
    }),
  );
  store.shares.create(source, { quota: 100 });
  if (options.tree !== undefined) source.write(options.tree);
  const loaded = await loadConfig({
    value: JSON.stringify(configurationOf({ emulator, source, destinations }, options)),
    readFile: () => '',
    env: {},
  });
  const job = loaded.config.jobs[0] as JobConfig;
  const [destination] = destinations as [SceneShare, ...SceneShare[]];
  return {
    emulator,
    store,
    loaded,
    job,
    source,
    destinations,
    destination,
    engine: (of = {}) => startProcess(loaded, job, of),
    withFaults: (faults, work) => withFaults(emulator, faults, work),
    counted: () => ({
      source: countsOf(emulator, sourceAccount),
      destination: countsOf(emulator, destinationAccount),
    }),
    async [Symbol.asyncDispose]() {
      if (options.emulator === undefined) await emulator.stop();
      if (defects.length > 0) throw new AggregateError(defects, 'The emulator answered InternalError.');
    },
  };
}

interface Shares {
  readonly emulator: FilesEmulator;
  readonly source: SharePlace;
  readonly destinations: readonly SharePlace[];
}

function configurationOf({ emulator, source, destinations }: Shares, options: SceneOptions): unknown {
  const job = {
    name: 'docs',
    source: { account: 'production', share: source.share, ...options.source },
    destinations: destinations.map(({ share }, index) => ({
      name: `place${index + 1}`,
      account: 'vault',
      share,
      ...options.destinations?.[index],
    })),
    ...options.job,
  };
  return {
    accounts: {
      production: { connectionString: emulator.connectionString(sourceAccount) },
      vault: { connectionString: emulator.connectionString(destinationAccount) },
    },
    jobs: [job, ...(options.moreJobs?.(job) ?? [])],
    ...(options.webhooks && { webhooks: options.webhooks }),
  };
}

function sceneShare(emulator: FilesEmulator, place: SharePlace): SceneShare {
  const { store } = emulator;
  return {
    ...place,
    at: (path, snapshot) => ({ ...place, path, allowTrailingDot: true, ...(snapshot && { snapshot }) }),
    write: (tree) => writeTree(store, place, tree),
    snapshots: () =>
      store.snapshots.list(place).map((snapshot) => {
        const { metadata, lease } = store.shares.getProperties({ ...place, snapshot });
        return { snapshot, metadata, leased: lease.state === 'leased' };
      }),
    metadata: () => store.shares.getProperties(place).metadata,
  };
}

export function startProcess(loaded: LoadedConfig, job: JobConfig, options: ProcessOptions): EngineProcess {
  const { clock = systemClock, state = openLocalState(':memory:'), leaseSeconds = 60 } = options;
  const queues = options.queues ?? createLocalQueues(clock);
  const events: SentEvent[] = [];
  const shares = createShareOpener({ accounts: loaded.accounts, clock });
  const context: RunContext = {
    clock,
    state: options.wrapState?.(state) ?? state,
    queues: options.wrapQueues?.(queues) ?? queues,
    shares: options.wrapShares?.(shares) ?? shares,
    webhooks: createWebhookSender(loaded.webhooks, createHttpClient()),
    telemetry: {
      event: (name, properties) => void events.push({ name, properties }),
      metric: () => undefined,
      flush: () => Promise.resolve(),
    },
    margins: { ...marginsFor(leaseSeconds), ...options.margins },
    deployment: 'tests',
  };
  const engine = createEngine(context, loaded.config.jobs, options.origin ?? 'cli');
  const reportOf = async (runId: string): Promise<RunReport> => (await engine.report(runId)) as RunReport;
  const rowOf = async (runId: string) => (await state.get<RunRow>(`run.${runId}`, 'run'))?.value as RunRow;
  const drive: EngineProcess['drive'] = async (runIds, { signal = new AbortController().signal } = {}) => {
    const allReports = async (): Promise<RunReport[]> => {
      const reports: RunReport[] = [];
      for (const runId of runIds) {
        for (let id: string | undefined = runId; id !== undefined; id = reports.at(-1)?.next) {
          if ((await rowOf(id)) === undefined) break;
          reports.push(await reportOf(id));
        }
      }
      return reports;
    };
    const isDone = async () => {
      const reports = await allReports();
      const known = new Set(reports.map(({ runId }) => runId));
      return reports.every(({ status, next }) => hasEnded(status) && (next === undefined || known.has(next)));
    };
    await watchRuns(context);
    await pump({
      queues,
      clock,
      work: (body) =>
        deliveryMessageSchema.safeParse(body).success
          ? deliverMessage(context, body)
          : workShard(context, workMessageSchema.parse(body)),
      poison: (body, error) => poisonShard(context, workMessageSchema.parse(body), error),
      watch: () => watchRuns(context),
      watchEveryMs: 500,
      isDone,
      signal,
    });
    return allReports();
  };
  const runAll = async (start: StartOptions = {}) => drive(await engine.startRuns(job.name, start));
  return {
    context,
    engine,
    queues,
    events,
    drive,
    runAll,
    run: async (start) => (await runAll(start))[0] as RunReport,
    rowOf,
    report: reportOf,
  };
}

async function withFaults<T>(emulator: FilesEmulator, faults: readonly Fault[], work: () => Promise<T>): Promise<T> {
  const control = `${emulator.url}/_emulator/faults`;
  const posted = await fetch(control, { method: 'POST', body: JSON.stringify(faults) });
  if (!posted.ok) throw new Error(await posted.text());
  try {
    const result = await work();
    const fired = (await (await fetch(control)).json()) as (Fault & { fired: number })[];
    const neverFired = fired.filter((fault) => fault.fired === 0);
    expect({ neverFired }).toEqual({ neverFired: [] });
    return result;
  } finally {
    await fetch(control, { method: 'DELETE' });
  }
}

function countsOf(emulator: FilesEmulator, account: string): Record<string, number> {
  const counts = emulator.stats.report().accounts[account] ?? {};
  return Object.fromEntries(
    Object.entries(counts).map(([name, statuses]) => [name, Object.values(statuses).reduce((a, b) => a + b, 0)]),
  );
}

export interface EqualityOptions {
  /** Of the job's destinations; the first when absent. */
  readonly index?: number;
  /** What the emulator's switches make impossible to carry over: `changeTime`. */
  readonly except?: string;
}

/** The run succeeded, and its restore point equals the source snapshot, path by path and property by property. */
export async function expectEqualTrees(
  scene: Scene,
  report: RunReport,
  { index = 0, except }: EqualityOptions = {},
): Promise<void> {
  const { emulator, source, job } = scene;
  const share = (scene.destinations[index] as SceneShare).share;
  const { sourceSnapshot, restorePoint } = report;
  expect({ status: report.status, failures: report.failures, guard: report.guard ?? [] }).toEqual({
    status: 'succeeded',
    failures: [],
    guard: [],
  });
  const comparison = await comparePlaces(
    {
      connectionString: emulator.connectionString(sourceAccount),
      share: source.share,
      snapshot: sourceSnapshot ?? '',
      directory: job.source.path,
    },
    {
      connectionString: emulator.connectionString(destinationAccount),
      share,
      snapshot: restorePoint ?? '',
      directory: job.destinations[index]?.path ?? '',
    },
  );
  expect(comparison.differences.filter(({ what }) => what !== except)).toEqual([]);
  expect(comparison.equal || except !== undefined).toBe(true);
}

/** Files are the sum of what became of them. */
export function expectCountsAddUp({ counts }: RunReport): void {
  const { files, unchanged, copied, rangeCopied, propertiesSet, failed } = counts;
  expect({ ...counts, files: unchanged + copied + rangeCopied + propertiesSet + failed }).toEqual({ ...counts, files });
}

/** The report counts each attempt that the service counted, by account and operation. */
export function expectExactRequests(scene: Scene, report: RunReport): void {
  expect({ source: report.requests.source, destination: report.requests.destination }).toEqual(scene.counted());
}
