/** Between the check of a restore point and the pruning: the content of some of its files is compared with the source. */
import type { Failure, Sample } from '../model/index.ts';
import type { AdvanceSession } from './advance-session.ts';
import { rememberCoverage } from './coverage.ts';
import { endRun } from './end-run.ts';
import { markPoint } from './findings.ts';
import { hasFailed, hasNotes, listAgain } from './passes.ts';
import { beginRecording } from './record.ts';
import type { Progress } from './run-report.ts';
import { keysFrom, runPartition } from './run-state.ts';
import { isRestorePointOf } from './snapshots.ts';
import { unseal } from './seal.ts';

/** Looks at the content of the files whose turn it is, or, when some were copied again, of those. */
export async function beginVerification(session: AdvanceSession): Promise<boolean> {
  const notes = session.row.repaired === undefined ? (['sample', 'fresh'] as const) : (['mismatch'] as const);
  for (const kind of notes) {
    if (!(await hasNotes(session, kind))) continue;
    await session.beginPhase('verifying', { kind: 'fan-out', notes: kind, child: 'verify', after: '' });
    return false;
  }
  return leaveCovered(session);
}

/** All of the slot was compared. */
async function leaveCovered(session: AdvanceSession): Promise<boolean> {
  const { row, context } = session;
  if (row.sample !== undefined) await rememberCoverage(context, row, row.sample);
  return leaveToPrune(session);
}

async function leaveToPrune(session: AdvanceSession): Promise<boolean> {
  if (await beginRecording(session, 'recording-verified')) return false;
  await session.change({ phase: 'pruning' });
  return true;
}

/** A verification that could not be brought to its end takes nothing back. */
export async function leaveVerification(session: AdvanceSession, progress: Progress): Promise<boolean> {
  const { row, context } = session;
  const { verified } = progress.tally;
  const isIncomplete = row.stopping || progress.failedShards > 0 || verified.unread > 0;
  if (isIncomplete) {
    context.telemetry.event('backup.verify.incomplete', { runId: row.runId, unread: verified.unread });
  }
  const differing = verified.differing - (row.repaired ?? 0);
  if (differing > 0) return sealAgain(session, progress, differing);
  if (!isIncomplete && verified.leftOut === 0) return leaveCovered(session);
  return leaveToPrune(session);
}

/**
 * A restore point that holds other content than the source snapshot is deleted. What differed has been copied again by now: the
 * run seals anew and looks at it once more.
 */
async function sealAgain(session: AdvanceSession, progress: Progress, differing: number): Promise<boolean> {
  const { row, context } = session;
  context.telemetry.event('backup.verify.mismatch', { runId: row.runId, files: differing });
  await unseal(session);
  await session.change({ restorePoint: undefined });
  await markNewest(session);
  const hasFailedSince = progress.tally.counts.failed > (row.failedEntries ?? 0);
  if (row.repaired !== undefined || hasFailedSince || hasFailed(row, progress)) {
    await endRun(session, 'failed', { errors: [...row.errors, stillDiffers(differing)] });
    return false;
  }
  if (progress.takenOver) return listAgain(session, 'A shard was taken over while files were copied again.');
  await session.change({ repaired: progress.tally.verified.differing });
  if (await beginRecording(session, 'recording')) return false;
  await session.change({ phase: 'sealing' });
  return true;
}

/** What differed and was not copied by this run is in the restore point before, too. */
async function markNewest({ row, context, destination }: AdvanceSession): Promise<void> {
  let files = 0;
  const notes = context.state.list<readonly Sample[]>(runPartition(row.runId), keysFrom('n-mismatch-'));
  for await (const { value } of notes) files += value.filter(({ as }) => wasThere.has(as)).length;
  if (files === 0) return;
  const points = (await destination.listSnapshots()).filter((point) => isRestorePointOf(point, row));
  const newest = points.at(-1);
  if (newest !== undefined) await markPoint(context, row, newest.snapshot, files);
}

const wasThere: ReadonlySet<Sample['as']> = new Set(['unchanged', 'propertiesSet']);

const stillDiffers = (files: number): Failure => ({
  path: '',
  operation: 'GetFile',
  code: 'ContentDiffers',
  message: `The content of ${files} file(s) at the destination is not the source’s, and copying them again did not help.`,
});
