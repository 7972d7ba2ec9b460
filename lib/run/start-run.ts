import { FarshareError } from '../errors.ts';
import { hasEnded, type JobConfig, type RunRow } from '../model/index.ts';
import { randomHex, type RunContext } from './context.ts';
import {
  activePartition,
  indexKey,
  indexPartition,
  keysFrom,
  readRun,
  runKey,
  runPartition,
  sendAdvance,
} from './run-state.ts';

export interface StartRequest {
  readonly job: JobConfig;
  readonly origin: 'app' | 'cli';
  /** One, or several that share the snapshot; all when absent. */
  readonly destination?: string | readonly string[] | undefined;
  /** Destinations whose run does not seal. */
  readonly unsealed?: readonly string[] | undefined;
  readonly dryRun?: boolean | undefined;
  readonly full?: boolean | undefined;
  readonly approved?: boolean | undefined;
  /** The guard of an earlier run was approved, with the counts it showed. */
  readonly approval?: RunRow['approval'];
  /** To try a failed run again, on the snapshot that it took. */
  readonly retryOf?: {
    readonly runId: string;
    readonly sourceSnapshot?: string | undefined;
    readonly snapshotRun?: string | undefined;
  };
}

/** Makes a run for each destination asked for, all on one snapshot of the source, and wakes them. Answers their ids. */
export async function startRuns(context: RunContext, request: StartRequest): Promise<readonly string[]> {
  const { job } = request;
  const destinations = destinationsOf(request);
  for (const { name } of destinations) await refuseSecondQueued(context, request, name);
  const now = context.clock.now();
  const ids = destinations.map(({ name }) => runIdFor(job.name, name, now));
  const snapshotRun = request.retryOf?.snapshotRun ?? ids[0] ?? '';
  const unsealed = new Set(request.unsealed);
  const working = destinations.every(({ name }) => unsealed.has(name));
  for (const [index, destination] of destinations.entries()) {
    const row: RunRow = {
      ...newRow(request, now),
      runId: ids[index] ?? '',
      destination,
      snapshotRun,
      ...(unsealed.has(destination.name) && { unsealed: true, working }),
      ...(request.retryOf?.sourceSnapshot === undefined ? {} : { sourceSnapshot: request.retryOf.sourceSnapshot }),
    };
    await storeRun(context, row);
  }
  for (const id of ids) await sendAdvance(context, id);
  return ids;
}

/** Those asked for, or all; throws `DestinationNotFound`. */
export function destinationsOf(request: Pick<StartRequest, 'job' | 'destination'>): JobConfig['destinations'] {
  const { job } = request;
  const wanted = request.destination === undefined ? undefined : [request.destination].flat();
  const destinations = job.destinations.filter(({ name }) => wanted?.includes(name) ?? true);
  if (destinations.length === 0) {
    const known = job.destinations.map(({ name }) => name).join(', ');
    throw new FarshareError(
      'DestinationNotFound',
      `Job ${job.name} has no destination ${wanted?.join(', ')}; it has ${known}.`,
      {
        disposition: 'run',
      },
    );
  }
  return destinations;
}

/** `<job>-<destination>-<yyyymmddThhmmssZ>-<6 hex>`, lower case. */
export function runIdFor(job: string, destination: string, nowMs: number): string {
  const time = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/gu, '');
  return `${job}-${destination}-${time}-${randomHex(3)}`.toLowerCase();
}

export function newRow(request: StartRequest, now: number): Omit<RunRow, 'runId' | 'destination' | 'snapshotRun'> {
  return {
    v: 1,
    kind: 'backup',
    job: request.job,
    origin: request.origin,
    status: 'queued',
    phase: 'preparing',
    dryRun: request.dryRun ?? false,
    full: request.full ?? false,
    approved: request.approved ?? false,
    ...(request.approval !== undefined && { approval: request.approval }),
    ...(request.retryOf !== undefined && request.approval === undefined && { retryOf: request.retryOf.runId }),
    createdAtMs: now,
    startedAtDestinationMs: now,
    compareChangeTime: request.job.compare !== 'size-and-time',
    rangesOnly: false,
    pass: 1,
    roots: 0,
    passRoot: 1,
    stopping: false,
    guard: [],
    errors: [],
    advancingOwner: '',
    advancingUntil: 0,
  };
}

/** The index rows come first: a run that only the watchdog knows is woken by it, one that nobody knows never ends. */
export async function storeRun(context: RunContext, row: RunRow): Promise<void> {
  const { runId } = row;
  const of = { job: row.job.name, destination: row.destination.name };
  await context.state.transact(activePartition, [{ kind: 'upsert', key: runId, value: of }]);
  await context.state.transact(runPartition(runId), [{ kind: 'insert', key: runKey, value: row }]);
  const key = indexKey(row.createdAtMs, runId);
  await context.state.transact(indexPartition, [{ kind: 'upsert', key, value: { runId, ...of } }]);
}

/** A busy destination queues one run; one more would only repeat what that one is going to do. A dry run does nothing of it. */
async function refuseSecondQueued(
  context: RunContext,
  { job: { name: job }, dryRun = false }: StartRequest,
  destination: string,
): Promise<void> {
  const queued = await activeRuns(context, job, destination);
  const waiting = queued.find((run) => run.status === 'queued' && run.dryRun === dryRun);
  if (waiting === undefined) return;
  throw new FarshareError('AlreadyQueued', `Run ${waiting.runId} of job ${job} to ${destination} is already waiting.`, {
    disposition: 'run',
  });
}

/** Runs that have not ended: all, those of a job, or the backups to one destination of it. */
export async function activeRuns(context: RunContext, job?: string, destination?: string): Promise<RunRow[]> {
  const runs: RunRow[] = [];
  for await (const { key, value } of context.state.list<{ job: string; destination: string }>(
    activePartition,
    keysFrom(''),
  )) {
    if (job !== undefined && value.job !== job) continue;
    if (destination !== undefined && value.destination !== destination) continue;
    const row = (await readRun(context.state, key))?.value;
    if (row === undefined || hasEnded(row.status)) continue;
    if (destination === undefined || row.kind === 'backup') runs.push(row);
  }
  return runs;
}
