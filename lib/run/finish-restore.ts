/** How a restore decides about deletions, and how it ends. */
import { FarshareError } from '../errors.ts';
import type { RunRow, Tally } from '../model/index.ts';
import { decideGuard, type GuardDecision } from '../plan/index.ts';
import type { AdvanceSession } from './advance-session.ts';
import { endRun, failureOf } from './end-run.ts';
import { readProgress } from './run-report.ts';

/**
 * The guard of a restore looks at deletions alone: that files are overwritten is what `overwrite` asks for. Undefined for
 * other runs.
 */
export function guardRestore(row: RunRow, tally: Tally): GuardDecision | undefined {
  if (row.restore === undefined) return undefined;
  if (row.job.deletions === 'keep') return { tripped: false };
  return decideGuard(
    {
      destinationFound: tally.found,
      toDelete: tally.toDelete,
      destinationFiles: tally.foundFiles,
      toOverwrite: 0,
      sourceEmpty: tally.counts.files + tally.counts.directories === 0,
    },
    row.job.guard,
  );
}

/** Everything that could be restored is: the run ends well if that is all, and the check found nothing different. */
export async function finishRestore(session: AdvanceSession): Promise<boolean> {
  const { row, context } = session;
  const { tally, failedShards } = await readProgress(context.state, row);
  const { counts, differing } = tally;
  const isEmpty = counts.files + counts.directories + counts.failed === 0;
  if (isEmpty && (row.restore?.paths.length ?? 0) > 0) {
    const error = new FarshareError(
      'PathNotFound',
      `Nothing in the restore point matches ${row.restore?.paths.join(', ')}.`,
      { disposition: 'run' },
    );
    await endRun(session, 'failed', { errors: [...row.errors, failureOf(error)] });
    return false;
  }
  const isGood = counts.failed === 0 && differing === 0 && failedShards === 0 && !row.stopping;
  await endRun(session, isGood ? 'succeeded' : 'failed');
  return false;
}
