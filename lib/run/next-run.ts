import { StateConflictError } from '../errors.ts';
import { hasEnded, type RunRow, type RunStatus } from '../model/index.ts';
import type { RunContext } from './context.ts';
import { readRun, sendAdvance } from './run-state.ts';
import { newRow, runIdFor, storeRun } from './start-run.ts';

/** The id of the run that is to follow one which ends so, if its destination has more source snapshots to get. */
export const nextRunId = (row: RunRow, status: RunStatus, nowMs: number): string | undefined =>
  status === 'succeeded' && !row.dryRun && (row.waiting ?? []).length > 0
    ? runIdFor(row.job.name, row.destination.name, nowMs)
    : undefined;

/**
 * Makes the run that the ended one names, unless it is there: done by who ends a run and again by the watchdog. It chooses
 * its snapshot itself; what else is waiting then may have changed.
 */
export async function startNext(context: RunContext, ended: RunRow): Promise<void> {
  const { next, job, destination, origin, approved, snapshotRun } = ended;
  if (next === undefined || !hasEnded(ended.status)) return;
  if ((await readRun(context.state, next)) === undefined) {
    const request = { job, origin, approved };
    const createdAtMs = ended.endedAtMs ?? context.clock.now();
    try {
      await storeRun(context, { ...newRow(request, createdAtMs), runId: next, destination, snapshotRun });
    } catch (error) {
      if (!(error instanceof StateConflictError)) throw error;
    }
  }
  await sendAdvance(context, next);
}
