/** What a person does to a run: cancel it, approve it, try it again. */
import { FarshareError } from '../errors.ts';
import { hasEnded, type JobConfig, type RunRow } from '../model/index.ts';
import type { RunContext } from './context.ts';
import { selectionDigest } from './known-base.ts';
import { approvableMs, readOutcome } from './outcomes.ts';
import { readProgress } from './run-report.ts';
import { readRun, sendAdvance, updateRun } from './run-state.ts';
import { restoreAgain } from './start-restore.ts';
import { activeRuns, startRuns } from './start-run.ts';

const refuse = (code: string, message: string): FarshareError =>
  new FarshareError(code, message, { disposition: 'run' });

export interface FollowUp {
  readonly runId: string;
  readonly origin: 'app' | 'cli';
  /** The job of that name as it is configured now. */
  readonly jobNamed: (name: string) => JobConfig;
}

/** The row of a run; throws `RunNotFound`. */
export async function knownRow(context: RunContext, runId: string): Promise<RunRow> {
  const row = /^[a-z0-9-]{1,190}$/u.test(runId) ? await readRun(context.state, runId) : undefined;
  if (row === undefined) throw refuse('RunNotFound', `There is no run ${runId.slice(0, 200)}.`);
  return row.value;
}

/**
 * Asks a run to end: shards that have not begun finish without work, those at work stop at their next checkpoint. The
 * destination stays marked as written to, so the next run believes nothing that this one left half done.
 */
export async function cancelRun(context: RunContext, runId: string): Promise<void> {
  await knownRow(context, runId);
  await updateRun(context, runId, (row) => {
    if (hasEnded(row.status)) throw refuse('RunEnded', `Run ${runId} has ended: ${row.status}.`);
    if (row.phase === 'pruning') {
      throw refuse('RunEnded', `Run ${runId} is as good as ended: its restore point is sealed and checked.`);
    }
    return row.cancelling === true ? undefined : { ...row, cancelling: true, stopping: true };
  });
  await sendAdvance(context, runId);
}

/**
 * A new run on the snapshot of one that stopped at its guard. It compares and proves each deletion again, and stops again if
 * it would delete or overwrite more than was approved. Answers its id.
 */
export async function approveRun(context: RunContext, request: FollowUp): Promise<string> {
  const row = await knownRow(context, request.runId);
  if (row.status !== 'awaiting-approval') {
    throw refuse('NotAwaiting', `Run ${row.runId} does not await approval: it is ${row.status}.`);
  }
  if (context.clock.now() - (row.endedAtMs ?? 0) > approvableMs) {
    throw refuse(
      'ApprovalExpired',
      `Run ${row.runId} ended more than 7 days ago. Start a new run and look at its report.`,
    );
  }
  await refuseSuperseded(context, row);
  const { toDelete, toOverwrite, changed } = (await readProgress(context.state, row)).tally;
  return startAgain(context, row, { ...request, approval: { of: row.runId, toDelete, toOverwrite, changed } });
}

/** A new run on the snapshot of one that failed or was cancelled. Answers its id. */
export async function retryRun(context: RunContext, request: FollowUp): Promise<string> {
  const row = await knownRow(context, request.runId);
  if (row.status !== 'failed' && row.status !== 'cancelled') {
    throw refuse('NotRetryable', `Run ${row.runId} neither failed nor was it cancelled: it is ${row.status}.`);
  }
  await refuseSuperseded(context, row);
  return startAgain(context, row, request);
}

/** An older state of the source must not be put over what a later run has brought. */
async function refuseSuperseded(context: RunContext, row: RunRow): Promise<void> {
  if (row.dryRun || row.kind !== 'backup') return;
  const [job, destination] = [row.job.name, row.destination.name];
  const last = (await readOutcome(context, job, destination))?.lastRun;
  const active = (await activeRuns(context, job, destination)).find((run) => !run.dryRun && run.kind === 'backup');
  const later = active?.runId ?? last;
  if (later === undefined || later === row.runId) return;
  throw refuse('Superseded', `Run ${row.runId} is superseded by run ${later} of job ${job} to ${destination}.`);
}

async function startAgain(
  context: RunContext,
  row: RunRow,
  { origin, jobNamed, approval }: FollowUp & { readonly approval?: NonNullable<RunRow['approval']> },
): Promise<string> {
  const { runId, dryRun, full, approved, sourceSnapshot, snapshotRun, destination } = row;
  if (row.restore !== undefined) {
    await requireSnapshot(context, row);
    return restoreAgain(context, row, { origin, approval });
  }
  if (row.kind === 'verify') throw refuse('NotRetryable', `Run ${runId} only compared: start a new verification.`);
  const job = jobNamed(row.job.name);
  await requireSnapshot(context, row);
  const isSameSelection = selectionDigest(row.job) === selectionDigest(job);
  const [started = ''] = await startRuns(context, {
    job,
    origin,
    destination: destination.name,
    unsealed: row.unsealed === true && isSameSelection ? [destination.name] : undefined,
    dryRun,
    full,
    approved,
    approval,
    retryOf: { runId, sourceSnapshot, snapshotRun },
  });
  return started;
}

/** Another snapshot would hold something else than what failed or was approved. */
async function requireSnapshot(context: RunContext, { runId, job, sourceSnapshot }: RunRow): Promise<void> {
  if (sourceSnapshot === undefined) return;
  const { account, share } = job.source;
  const source = context.shares.open({ account, share }, { meter: { record: () => undefined } });
  const known = await source.listSnapshots();
  if (known.some(({ snapshot }) => snapshot === sourceSnapshot)) return;
  throw refuse('SnapshotGone', `The source snapshot ${sourceSnapshot} of run ${runId} is gone. Start a new run.`);
}
