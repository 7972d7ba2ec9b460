import { FarshareError } from '../errors.ts';
import { destinationRowSchema, type JobConfig, type ScheduleRow, scheduleRowSchema } from '../model/index.ts';
import { isDue, isDueAfter, nextRetryAt } from '../plan/index.ts';
import type { RunContext } from './context.ts';
import { startDrills } from './drill.ts';
import { selectionDigest } from './known-base.ts';
import { isContinuous, readOutcome } from './outcomes.ts';
import { schedulePartition } from './run-state.ts';
import { startVerify } from './start-verify.ts';
import { activeRuns, startRuns } from './start-run.ts';

/** Starts what is due, and what failed and is to be tried again. Comes each minute; may come twice. */
export async function runSchedule(context: RunContext, jobs: readonly JobConfig[]): Promise<readonly string[]> {
  const started: string[] = [];
  for (const job of jobs) {
    if (!job.enabled) continue;
    started.push(...(await startDue(context, job)));
    // In continuous mode the next run, on what there is then, is the next try.
    if (!isContinuous(job)) started.push(...(await startRetries(context, job)));
    started.push(...(await startVerifications(context, job)));
    started.push(...(await startDrillsDue(context, job)));
  }
  return started;
}

/** `verify.every`, counted from when the schedule first saw it; a destination without a restore point has nothing to verify. */
async function startVerifications(context: RunContext, job: JobConfig): Promise<readonly string[]> {
  const { every } = job.verify;
  if (every === undefined) return [];
  const started: string[] = [];
  for (const { name } of job.destinations) {
    const key = `verify.${job.name}.${name}`;
    const held = scheduleRowSchema.safeParse((await context.state.get(schedulePartition, key))?.value).data;
    const nowMs = context.clock.now();
    const isStarting = held !== undefined && isDueAfter(every, held.lastAtMs, nowMs);
    if (held !== undefined && !isStarting) continue;
    const sealed = (await readOutcome(context, job.name, name))?.sealedSnapshot;
    if (sealed === undefined) continue;
    if (isStarting) started.push(...(await startVerify(context, { job, origin: 'app', destination: name })));
    const value: ScheduleRow = { v: 1, firstSeenMs: held?.firstSeenMs ?? nowMs, lastAtMs: nowMs };
    await context.state.transact(schedulePartition, [{ kind: 'upsert', key, value }]);
  }
  return started;
}

/** `drill.every` is counted from when the schedule first saw it. However many times were missed, they are made up by one. */
async function startDrillsDue(context: RunContext, job: JobConfig): Promise<readonly string[]> {
  if (job.drill === undefined) return [];
  const { schedule, every } = job.drill;
  const key = `drill..${job.name}`;
  const nowMs = context.clock.now();
  const held = scheduleRowSchema.safeParse((await context.state.get(schedulePartition, key))?.value).data;
  const { firstSeenMs, lastAtMs = firstSeenMs } = held ?? { firstSeenMs: nowMs };
  const isStarting =
    schedule === undefined
      ? every !== undefined && isDueAfter(every, lastAtMs, nowMs)
      : isDue({ schedule, timeZone: job.timeZone, lastAtMs, nowMs });
  if (held !== undefined && !isStarting) return [];
  // Started first and remembered after: an interruption in between repeats a start, which finds the drill under way.
  const started = isStarting && held !== undefined ? await startDrills(context, { job, origin: 'app' }) : [];
  const value: ScheduleRow = { v: 1, firstSeenMs, lastAtMs: nowMs };
  await context.state.transact(schedulePartition, [{ kind: 'upsert', key, value }]);
  return started;
}

/** However many times were missed, they are made up by one run. */
async function startDue(context: RunContext, job: JobConfig): Promise<readonly string[]> {
  if (typeof job.schedule === 'object') return startContinuous(context, job, job.schedule);
  if (job.schedule === undefined) return [];
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
  const idle: string[] = [];
  for (const { name } of job.destinations) {
    const runs = await activeRuns(context, job.name, name);
    if (runs.some(({ status, dryRun }) => status === 'queued' && !dryRun)) {
      context.telemetry.event('backup.run.missed', { job: job.name, destination: name, reason: 'already queued' });
    } else idle.push(name);
  }
  return idle.length === 0 ? [] : startRuns(context, { job, origin: 'app', destination: idle });
}

/**
 * Back to back: each destination whose last run has ended, and began long enough ago. A failed one is simply followed by the
 * next. Those that begin together share a snapshot.
 */
async function startContinuous(
  context: RunContext,
  job: JobConfig,
  { continuous, sealEvery }: Exclude<JobConfig['schedule'], string | undefined>,
): Promise<readonly string[]> {
  const nowMs = context.clock.now();
  const due: string[] = [];
  const unsealed: string[] = [];
  for (const { name } of job.destinations) {
    const outcome = await readOutcome(context, job.name, name);
    if (!isDueAfter(continuous, outcome?.startedAtMs, nowMs)) continue;
    if ((await activeRuns(context, job.name, name)).some(({ dryRun }) => !dryRun)) continue;
    due.push(name);
    // Snapshots of others are points in time already: each becomes a restore point. So does what is selected otherwise from now on:
    // between two restore points the selection is that of the first.
    const isSealing = job.source.snapshots !== 'create' || isDueAfter(sealEvery, outcome?.sealedAtMs, nowMs);
    if (!isSealing && outcome?.sealedSelection === selectionDigest(job)) unsealed.push(name);
  }
  return due.length === 0 ? [] : startRuns(context, { job, origin: 'app', destination: due, unsealed });
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
    if ((await activeRuns(context, job.name, name)).some(({ dryRun }) => !dryRun)) continue;
    const retryOf = { runId: lastRun, sourceSnapshot, snapshotRun };
    try {
      started.push(...(await startRuns(context, { job, origin: 'app', destination: name, retryOf })));
    } catch (error) {
      if (!(error instanceof FarshareError) || error.code !== 'AlreadyQueued') throw error;
    }
  }
  return started;
}
