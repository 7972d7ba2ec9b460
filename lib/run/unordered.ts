/** What a run does once a listing has come in an order that names cannot be merged in. */
import type { DirectoryTask, RunRow } from '../model/index.ts';
import type { AdvanceSession } from './advance-session.ts';
import type { RunContext } from './context.ts';
import { readOutcome } from './outcomes.ts';
import type { Progress } from './run-report.ts';
import { updateRun } from './run-state.ts';

/** From here on shards of the run match by hash; with `scanAgain`, those that scan end, and the scan begins again. */
export async function noteDisorder(
  context: RunContext,
  run: RunRow,
  { scanAgain }: { scanAgain: boolean },
): Promise<void> {
  const known = (row: RunRow): boolean => row.disorder === true && (row.scanAgain === true || !scanAgain);
  if (known(run)) return;
  let isNews = false;
  await updateRun(context, run.runId, (row) => {
    isNews = !known(row);
    return isNews ? { ...row, unordered: true, disorder: true, ...(scanAgain && { scanAgain: true }) } : undefined;
  });
  if (isNews) context.telemetry.event('backup.listing.unordered', { runId: run.runId, scanAgain });
}

/** What the last run of the destination has seen. */
export async function knownOrder({ context, row }: AdvanceSession): Promise<Pick<RunRow, 'unordered'>> {
  if (row.kind !== 'backup') return {};
  const outcome = await readOutcome(context, row.job.name, row.destination.name);
  return outcome?.unordered === true ? { unordered: true } : {};
}

/**
 * Begins the scan again: wrong pairs may have been made of a listing before its order showed. What was copied stays and stays
 * counted; what was noted and found is noted and found anew.
 */
export async function beginScanAgain(session: AdvanceSession, progress: Progress): Promise<void> {
  const { row, context } = session;
  context.telemetry.event('backup.run.listedagain', { runId: row.runId, reason: 'A listing was out of order.' });
  const isUnsure = progress.takenOver || progress.repeated;
  const since = Math.min(row.distrustSinceMs ?? Number.MAX_SAFE_INTEGER, row.startedAtDestinationMs - 1_000);
  await session.beginPhase(
    'scanning',
    { kind: 'scan', directories: [{ path: '', side: await sideOf(session) }] },
    {
      scanAgain: undefined,
      countsFrom: row.roots + 1,
      passRoot: row.roots + 1,
      ...(isUnsure && { distrustSinceMs: since }),
    },
  );
}

async function sideOf(session: AdvanceSession): Promise<DirectoryTask['side']> {
  if (session.row.sourceGone === true) return 'destination';
  return (await destinationExists(session)) ? 'both' : 'source';
}

/** Only a dry run may find none. */
async function destinationExists({ row, destination }: AdvanceSession): Promise<boolean> {
  return !row.dryRun || (await destination.getDirectory(row.destination.path, {})) !== undefined;
}
