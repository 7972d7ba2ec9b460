/** Puts the engine together from its adapters, with lib/connect.ts: once for the deployed app, once for the CLI. */
import { type ManagementOptions, createAccountKnowledge, createShareOpener } from './azure/index.ts';
import { type Environment, loadConfig, type LoadedConfig, parseEnvironment } from './config.ts';
import type { Engine, LocalEngine } from './engine.ts';
import { connectApp, identityOf, withCredential } from './connect.ts';
import { createFollower } from './follow.ts';
import { createHttpClient, createWebhookSender } from './http/index.ts';
import { createLocalQueues, openFolder, openLocalState, pump, type PumpOptions, systemClock } from './local/index.ts';
import {
  deliveryMessageSchema,
  hasEnded,
  type JobConfig,
  type RunReport,
  type WorkMessage,
  workMessageSchema,
} from './model/index.ts';
import { FarshareError } from './errors.ts';
import type { Telemetry } from './run/ports.ts';
import {
  activeRuns,
  createEngine,
  downloadPoint,
  deliverMessage,
  deliverPending,
  expireHistory,
  marginsFor,
  pauseRun,
  poisonShard,
  type RunContext,
  runSchedule,
  sendDigests,
  tellGauges,
  tellPreflight,
  watchRuns,
  workShard,
} from './run/index.ts';
import { createLineTelemetry } from './telemetry/index.ts';

/** What the functions call: each takes what its trigger gives and returns, or throws to have it delivered again. */
export interface App {
  readonly engine: Engine;
  /** Who may use the HTTP API. */
  readonly access: ReturnType<typeof parseEnvironment>['access'];
  /** The destination's name in a run id of the job. */
  destinationOf(job: string, runId: string): string;
  tick(): Promise<readonly string[]>;
  watch(): Promise<void>;
  work(message: unknown): Promise<void>;
  poison(message: unknown): Promise<void>;
  /** Before an invocation ends: a process may be frozen after it. */
  flush(): Promise<void>;
}

const deployment = 'farshare';

export async function composeApp(source: {
  readonly env: Environment;
  readonly readFile: (path: string) => string;
  readonly log: (line: string) => void;
}): Promise<App> {
  const settings = parseEnvironment(source.env);
  const loaded = await loadConfig({ value: settings.config, readFile: source.readFile, env: source.env });
  const { credential, httpClient, ...connected } = await connectApp(settings, loaded, source.log);
  const { telemetry } = connected;
  const follower = createFollower(connected.queues, systemClock);
  const context: RunContext = {
    clock: systemClock,
    ...connected,
    queues: follower.queues,
    shares: createShareOpener({
      accounts: withCredential(loaded.accounts, credential),
      clock: systemClock,
      proxy: loaded.proxy,
      onThrottled: (account) => telemetry.metric('farshare.throttled', 1, { account }),
    }),
    webhooks: createWebhookSender(loaded.webhooks, httpClient),
    margins: marginsFor(settings.leaseSeconds),
    deployment,
    pruning: settings.pruning,
    accounts: createAccountKnowledge({ ...loaded, credential, httpClient }),
  };
  const { jobs } = loaded.config;
  return {
    access: settings.access,
    engine: createEngine(context, jobs, 'app'),
    destinationOf: (job, runId) => runId.slice(job.length + 1).replace(/-\d{8}t\d{6}z-[0-9a-f]{6}$/u, ''),
    tick: async () => {
      const started = await runSchedule(context, jobs);
      await sendDigests(context, jobs);
      return started;
    },
    watch: async () => {
      await watchRuns(context);
      await expireHistory(context, loaded.config);
      await tellGauges(context, jobs);
      await tellPreflight(context, jobs);
    },
    flush: () => telemetry.flush(),
    ...messageSteps(context, (message) => follower.workOn(message, (one) => workShard(context, one))),
    poison: (message) => messageSteps(context).poison(message, undefined),
  };
}

function messageSteps(
  context: RunContext,
  work = (message: WorkMessage): Promise<void> => workShard(context, message),
): Pick<App, 'work'> & Pick<PumpOptions, 'poison'> {
  const parse = (message: unknown) => {
    const parsed = workMessageSchema.safeParse(message);
    if (parsed.success) return parsed.data;
    throw new FarshareError('MessageInvalid', 'The message is not one of this version of Farshare.', {
      disposition: 'poison',
    });
  };
  return {
    work: async (message) => {
      if (deliveryMessageSchema.safeParse(message).success) return deliverMessage(context, message);
      await work(parse(message));
    },
    poison: async (message, error) => {
      const delivery = deliveryMessageSchema.safeParse(message);
      // Its row is still there, and the watchdog sends it again.
      if (delivery.success) return tellStuck(context, delivery.data.delivery);
      const parsed = workMessageSchema.safeParse(message);
      if (parsed.success) return poisonShard(context, parsed.data, error);
      context.telemetry.event('backup.shard.poisoned', { runId: '', shard: '' });
    },
  };
}

function tellStuck({ telemetry }: RunContext, delivery: string): void {
  const reason = 'The message failed again and again before it was sent.';
  telemetry.event('backup.webhook.failed', { webhook: '', runId: '', event: delivery, attempt: 0, reason });
}

export async function composeLocal(options: {
  readonly config: LoadedConfig;
  /** Where the runs' state is kept, so that an interrupted one can go on. */
  readonly stateDirectory: string;
  readonly telemetry?: Telemetry;
  readonly log: (line: string) => void;
  readonly leaseSeconds?: number;
  /** Where Azure Resource Manager is and who signs in to it; for tests. */
  readonly management?: ManagementOptions;
}): Promise<LocalEngine> {
  const { config, stateDirectory, telemetry = createLineTelemetry(options.log), leaseSeconds = 60 } = options;
  const httpClient = createHttpClient(config.proxy);
  const credential = identityOf(httpClient);
  const state = openLocalState(stateDirectory);
  const queues = createLocalQueues();
  const stopping = new AbortController();
  const context: RunContext = {
    clock: systemClock,
    state,
    queues,
    shares: createShareOpener({
      accounts: withCredential(config.accounts, credential),
      clock: systemClock,
      proxy: config.proxy,
    }),
    telemetry,
    webhooks: createWebhookSender(config.webhooks, httpClient),
    margins: marginsFor(leaseSeconds),
    deployment,
    accounts: createAccountKnowledge({ ...config, credential, httpClient, ...options.management }),
    stopping: stopping.signal,
  };
  const { jobs } = config.config;
  const engine = createEngine(context, jobs, 'cli');
  return {
    ...engine,
    startRuns: async (job, start) => {
      const { found, left } = await interruptedRuns(context, jobs, job, start);
      if (found.length === 0) return engine.startRuns(job, start);
      return left.length === 0 ? found : [...found, ...(await engine.startRuns(job, { ...start, destination: left }))];
    },
    drive: async (runIds, { signal, onProgress }) => {
      await expireHistory(context, config.config);
      const { log } = options;
      return driveLocal({ context, engine, queues, stopping, log, runIds, signal, onProgress });
    },
    download: ({ folder, ...request }, of) =>
      downloadPoint(context, { jobs, request, folder: openFolder(folder), name: folder, ...of }),
    close: async () => state.close(),
  };
}

/** Runs of this state that were interrupted go on when the same is asked for; new ones are made for the destinations `left`. */
async function interruptedRuns(
  context: RunContext,
  jobs: readonly JobConfig[],
  name: string,
  start: Parameters<Engine['startRuns']>[1],
): Promise<{ readonly found: readonly string[]; readonly left: readonly string[] }> {
  const destinations = jobs.find((job) => job.name === name)?.destinations ?? [];
  const asked = start.destination === undefined ? undefined : [start.destination].flat();
  const wanted = destinations.filter((one) => asked?.includes(one.name) ?? true);
  const [found, left] = [[] as string[], [] as string[]];
  for (const destination of wanted) {
    const runs = await activeRuns(context, name, destination.name);
    const same = runs.find(
      (run) =>
        run.dryRun === (start.dryRun ?? false) &&
        run.full === (start.full ?? false) &&
        run.approved === (start.approve ?? false),
    );
    if (same === undefined) left.push(destination.name);
    else found.push(same.runId);
  }
  return { found, left };
}

interface Drive {
  readonly context: RunContext;
  readonly engine: Engine;
  readonly queues: ReturnType<typeof createLocalQueues>;
  readonly stopping: AbortController;
  readonly runIds: readonly string[];
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  readonly onProgress: Parameters<LocalEngine['drive']>[1]['onProgress'];
}

async function driveLocal(drive: Drive): Promise<readonly RunReport[]> {
  const { context, engine, queues, stopping, runIds, signal, onProgress } = drive;
  signal.addEventListener('abort', () => stopping.abort(), { once: true });
  if (signal.aborted) stopping.abort();
  let shownAt = 0;
  const isDone = async (isIdle: boolean): Promise<boolean> => {
    if (!isIdle && context.clock.monotonic() - shownAt < 500) return false;
    shownAt = context.clock.monotonic();
    const reports = await withNext(engine, runIds);
    for (const report of reports) onProgress(report);
    const shown = new Set(reports.map(({ runId }) => runId));
    return reports.every(({ status, next }) => hasEnded(status) && (next === undefined || shown.has(next)));
  };
  await watchRuns(context);
  await pump({
    queues,
    clock: context.clock,
    ...messageSteps(context),
    watch: () => watchRuns(context),
    watchEveryMs: context.margins.renewMs,
    isDone,
    signal,
  });
  await deliverLast(drive);
  const reports = await withNext(engine, runIds);
  if (signal.aborted) for (const { runId } of reports) await pauseRun(context, runId);
  return reports;
}

/** Somebody waits for the command to end: receivers that do not answer are left to the next one of this state. */
const lastDeliveriesMs = 30_000;

async function deliverLast({ context, signal, log }: Drive): Promise<void> {
  if (signal.aborted) return;
  const late = AbortSignal.any([signal, AbortSignal.timeout(lastDeliveriesMs)]);
  const left = await deliverPending(context, context.clock.now() + lastDeliveriesMs, late);
  if (left > 0)
    log(
      `${left} webhook ${left === 1 ? 'message was' : 'messages were'} not taken; the next command with the same --state tries again.`,
    );
}

/** The reports of the runs, each followed by those of the runs that it was gone on with. */
async function withNext(engine: Engine, runIds: readonly string[]): Promise<readonly RunReport[]> {
  const reports: RunReport[] = [];
  for (const runId of runIds) {
    let report = await engine.report(runId);
    while (report !== undefined) {
      reports.push(report);
      report = report.next === undefined ? undefined : await engine.report(report.next);
    }
  }
  return reports;
}
