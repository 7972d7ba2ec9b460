import { FarshareError } from '../errors.ts';
import { destinationRowSchema, type JobConfig, type ScheduleRow, scheduleRowSchema } from '../model/index.ts';
import { isDue, nextRetryAt } from '../plan/index.ts';
import type { RunContext } from './context.ts';
import { schedulePartition } from './run-state.ts';
import { activeRuns, startRuns } from './start-run.ts';

/** Starts what is due, and what failed and is to be tried again. Comes each minute; may come twice. */
export async function runSchedule(context: RunContext, jobs: readonly JobConfig[]): Promise<readonly string[]> {
  const started: string[] = [];
  for (const job of jobs) {
    if (!job.enabled) continue;
    started.push(...(await startDue(context, job)), ...(await startRetries(context, job)));
  }
  return started;
}

/** However many times were missed, they are made up by one run. */
async function startDue(context: RunContext, job: JobConfig): Promise<readonly string[]> {
  if (typeof job.schedule !== 'string') return [];
  const nowMs = context.clock.now();
  const held = await context.state.get(schedulePartition, job.name);
  const known = scheduleRowSchema.safeParse(held?.value);
  const lastAtMs = known.success ? known.data.lastAtMs : undefined;
  if (!isDue({ schedule: job.schedule, timeZone: job.timeZone, lastAtMs, nowMs })) return [];
  // Started first and remembered after: an interruption in between repeats a start, which finds the run waiting.
  const started = await startUnlessQueued(context, job);
  const value: ScheduleRow = { v: 1, firstSeenMs: known.success ? known.data.firstSeenMs : nowMs, lastAtMs: nowMs };
  await context.state.transact(schedulePartition, [{ kind: 'upsert', key: job.name, value }]);
  return started;
}

async function startUnlessQueued(context: RunContext, job: JobConfig): Promise<readonly string[]> {
  const started: string[] = [];
  const idle = [];
  for (const { name } of job.destinations) {
    const runs = await activeRuns(context, job.name, name);
    if (runs.some(({ status }) => status === 'queued')) {
      context.telemetry.event('backup.run.missed', { job: job.name, destination: name, reason: 'already queued' });
    } else idle.push(name);
  }
  if (idle.length === job.destinations.length) return startRuns(context, { job, origin: 'app' });
  for (const destination of idle) started.push(...(await startRuns(context, { job, origin: 'app', destination })));
  return started;
}

/** After 5, 15 and 60 minutes on the same snapshot; then with the schedule. */
async function startRetries(context: RunContext, job: JobConfig): Promise<readonly string[]> {
  const started: string[] = [];
  for (const { name } of job.destinations) {
    const row = await context.state.get(schedulePartition, `${job.name}.${name}`);
    const outcome = destinationRowSchema.safeParse(row?.value);
    if (!outcome.success || outcome.data.failures === 0) continue;
    const { failures, failedAtMs = 0, lastRun, sourceSnapshot, snapshotRun } = outcome.data;
    const at = nextRetryAt(failures, failedAtMs);
    if (at === undefined || at > context.clock.now()) continue;
    if ((await activeRuns(context, job.name, name)).length > 0) continue;
    const retryOf = { runId: lastRun, sourceSnapshot, snapshotRun };
    try {
      started.push(...(await startRuns(context, { job, origin: 'app', destination: name, retryOf })));
    } catch (error) {
      if (!(error instanceof FarshareError) || error.code !== 'AlreadyQueued') throw error;
    }
  }
  return started;
}
