/** How a restore decides about deletions, and how it ends. */
import type { Failure, RunRow, Tally } from '../model/index.ts';
import { decideGuard, type GuardDecision } from '../plan/index.ts';
import type { AdvanceSession } from './advance-session.ts';
import { lockId } from './destination-lock.ts';
import { removeScratch } from './drill.ts';
import { endRun } from './end-run.ts';
import { hasNotes } from './passes.ts';
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
async function finishRestore(session: AdvanceSession): Promise<boolean> {
  const { row, context } = session;
  const { tally, failedShards } = await readProgress(context.state, row);
  if (row.kind === 'drill') await removeScratch(session);
  else if (!row.compareChangeTime) await rememberChangeTime(session);
  const { counts, differing, verified } = tally;
  const error = nothingRestored(row, tally);
  const isDifferent = differing + verified.differing + verified.unread > 0;
  const isBad = counts.failed > 0 || isDifferent || failedShards > 0 || row.stopping || error !== undefined;
  await endRun(session, isBad ? 'failed' : 'succeeded', error && { errors: [...row.errors, error] });
  return false;
}

/** So that the next restore to the share does not take everything for changed. */
async function rememberChangeTime({ row, destination }: AdvanceSession): Promise<void> {
  const metadata = (await destination.getShare())?.metadata ?? {};
  if (metadata['farshare_changetime'] === 'lost') return;
  await destination.setShareMetadata({ ...metadata, farshare_changetime: 'lost' }, lockId(row.runId));
}

/** What was asked for is not there. */
function nothingRestored({ kind, restore }: RunRow, { counts }: Tally): Failure | undefined {
  if (kind === 'drill') return counts.files === 0 && counts.excluded > 0 ? nothingSampled : undefined;
  const paths = restore?.paths ?? [];
  if (paths.length === 0 || counts.files + counts.directories + counts.failed > 0) return undefined;
  const message = `Nothing in the restore point matches ${paths.join(', ')}.`;
  return { path: '', operation: '', code: 'PathNotFound', message };
}

const nothingSampled: Failure = {
  path: '',
  operation: '',
  code: 'NothingSampled',
  message: 'No file was in the sample, so nothing is proved. Set files or samplePercent of the drill higher.',
};

/** After the check of what was restored. A drill compares it by content and all properties besides. */
export async function leaveRestored(session: AdvanceSession): Promise<boolean> {
  const { kind, phase } = session.row;
  if (kind !== 'drill' || phase === 'verifying' || !(await hasNotes(session, 'fresh'))) return finishRestore(session);
  await session.beginPhase('verifying', { kind: 'fan-out', notes: 'fresh', child: 'verify', after: '' });
  return false;
}
