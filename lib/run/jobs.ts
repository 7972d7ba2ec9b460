/** Jobs as the API tells of them: what is configured, and how each destination stands. */
import { asFarshareError } from '../errors.ts';
import {
  type DestinationConfig,
  type DestinationOverview,
  type DestinationRow,
  emptyTally,
  type JobConfig,
  type JobOverview,
  scheduleRowSchema,
} from '../model/index.ts';
import { type Cadence, cadenceOf } from '../plan/index.ts';
import { coveredPercent } from './coverage.ts';
import { meterInto, type RunContext } from './context.ts';
import { readOutcome } from './outcomes.ts';
import { readRun, schedulePartition } from './run-state.ts';
import { isRestorePointOf, snapshotTimeMs } from './snapshots.ts';
import { activeRuns } from './start-run.ts';

/** An account that does not answer by then keeps nobody waiting. */
const longestQuestionMs = 10_000;

/** Two requests a destination, all beside each other, and a few reads of the state. */
export async function listJobs(context: RunContext, jobs: readonly JobConfig[]): Promise<readonly JobOverview[]> {
  const active = new Map<string, string>();
  for (const row of await activeRuns(context)) {
    if (row.kind === 'backup' && !row.dryRun) active.set(`${row.job.name}/${row.destination.name}`, row.runId);
  }
  return Promise.all(jobs.map((job) => overviewOf(context, job, active)));
}

async function overviewOf(
  context: RunContext,
  job: JobConfig,
  active: ReadonlyMap<string, string>,
): Promise<JobOverview> {
  const { name, enabled, schedule, timeZone, source, verify } = job;
  const outcomes = await Promise.all(job.destinations.map((one) => readOutcome(context, name, one.name)));
  const cadence = cadenceOf({
    schedule,
    timeZone,
    nowMs: context.clock.now(),
    lastStartMs: Math.max(0, ...outcomes.map((outcome) => outcome?.startedAtMs ?? 0)),
  });
  const firstSeenMs = await firstSeenOf(context, name);
  const destinations = job.destinations.map((destination, index) =>
    destinationOf(context, {
      job,
      destination,
      outcome: outcomes[index],
      cadence,
      firstSeenMs,
      active: active.get(`${name}/${destination.name}`),
    }),
  );
  return {
    name,
    enabled,
    schedule:
      typeof schedule === 'object'
        ? `continuous ${schedule.continuous}, sealed ${schedule.sealEvery}`
        : (schedule ?? null),
    timeZone,
    nextStart: enabled && cadence !== undefined ? new Date(cadence.nextMs).toISOString() : null,
    source: { account: source.account, share: source.share, path: `/${source.path}` },
    verify: { samplePercent: verify.samplePercent },
    destinations: await Promise.all(destinations),
  };
}

/** When the schedule first looked at the job; now, while it has not. */
async function firstSeenOf(context: RunContext, job: string): Promise<number> {
  const held = scheduleRowSchema.safeParse((await context.state.get(schedulePartition, job))?.value);
  return held.data?.firstSeenMs ?? context.clock.now();
}

interface Question {
  readonly job: JobConfig;
  readonly destination: DestinationConfig;
  readonly outcome: DestinationRow | undefined;
  readonly cadence: Cadence | undefined;
  readonly firstSeenMs: number;
  /** The run under way or waiting. */
  readonly active: string | undefined;
}

async function destinationOf(context: RunContext, question: Question): Promise<DestinationOverview> {
  const { job, destination, outcome, cadence, firstSeenMs, active } = question;
  const { name, account, share, path, mode, keep } = destination;
  const newest = await newestPoint(context, job, destination);
  const timeMs = newest.point === null ? undefined : Date.parse(newest.point.time);
  const isWatched = job.enabled && cadence !== undefined && newest.unreachable === undefined;
  return {
    name,
    account,
    share,
    path: `/${path}`,
    mode,
    keep: keep ?? null,
    newestPoint: newest.point,
    ageSeconds: timeMs === undefined ? null : Math.max(0, Math.floor((context.clock.now() - timeMs) / 1000)),
    expectedEverySeconds: cadence === undefined ? null : Math.round(cadence.everyMs / 1000),
    overdue: isWatched && (timeMs ?? firstSeenMs) < cadence.overdueBeforeMs,
    verifiedPercent: await coveredPercent(context.state, job.name, destination.name),
    lastRun: await lastRun(context, active ?? outcome?.lastRun),
    ...(newest.unreachable !== undefined && { unreachable: newest.unreachable }),
  };
}

async function lastRun(context: RunContext, runId: string | undefined): Promise<DestinationOverview['lastRun']> {
  const row = runId === undefined ? undefined : (await readRun(context.state, runId))?.value;
  if (row === undefined) return null;
  return {
    runId: row.runId,
    status: row.status,
    startedAt: new Date(row.createdAtMs).toISOString(),
    endedAt: row.endedAtMs === undefined ? null : new Date(row.endedAtMs).toISOString(),
  };
}

async function newestPoint(
  context: RunContext,
  job: JobConfig,
  destination: DestinationConfig,
): Promise<{ point: DestinationOverview['newestPoint']; unreachable?: string }> {
  const { account, share } = destination;
  const signal = AbortSignal.timeout(longestQuestionMs);
  const port = context.shares.open({ account, share }, { meter: meterInto(() => emptyTally().destination), signal });
  try {
    if ((await port.getShare()) === undefined) return { point: null };
    const newest = (await port.listSnapshots())
      .filter((point) => isRestorePointOf(point, { job, destination }))
      .filter(({ metadata }) => metadata['farshare_complete'] === 'true')
      .toSorted((a, b) => snapshotTimeMs(a) - snapshotTimeMs(b))
      .at(-1);
    if (newest === undefined) return { point: null };
    return { point: { time: new Date(snapshotTimeMs(newest)).toISOString(), snapshot: newest.snapshot } };
  } catch (error) {
    return { point: null, unreachable: signal.aborted ? 'TimedOut' : asFarshareError(error).code };
  }
}
