import { isFullRun, isPartial, type Metadata, type RunRow } from '../model/index.ts';
import { formatSlot } from '../plan/index.ts';
import type { AdvanceSession } from './advance-session.ts';
import { selectionText } from './known-base.ts';
import { lockId, requireOwnMark } from './destination-lock.ts';
import { markClean, markTorn } from './marks.ts';
import { pruneDestination } from './prune.ts';
import { isRestorePointOf, ownerOf, pathText } from './snapshots.ts';

/**
 * Marks the quiet destination clean and takes its snapshot: the restore point. Done again after an interruption, it finds the
 * point by the run's id. Answers the point's snapshot string.
 */
export async function sealRun(session: AdvanceSession): Promise<string> {
  const { row } = session;
  await markHead(session);
  const known = await session.destination.listSnapshots();
  const sealed = known.find((point) => point.metadata['farshare_run'] === row.runId && isRestorePointOf(point, row));
  if (sealed !== undefined) return sealed.snapshot;
  await pruneDestination(session, { room: 1, all: known });
  return session.destination.createSnapshot(pointMetadata(session));
}

/** Marks the quiet destination as equal to the source snapshot, if it is: with failed entries it is not. All that a run does which seals no restore point. */
export async function markHead(session: AdvanceSession): Promise<undefined> {
  const { row } = session;
  const share = await session.destination.getShare();
  const held = share?.metadata ?? {};
  requireOwnMark(row, held);
  const metadata: Metadata = {
    // What failed may be torn: the mark that something is being written stays, and the next run believes nothing since then.
    ...(isPartial(row) ? held : markClean(held, row.destination.path, row.sourceSnapshot ?? '')),
    ...(row.compareChangeTime || row.job.compare === 'size-and-time' ? {} : { farshare_changetime: 'lost' }),
  };
  await session.destination.setShareMetadata(metadata, lockId(row.runId));
}

function pointMetadata({ row, context }: AdvanceSession): Metadata {
  return {
    farshare_role: 'point',
    farshare_format: '1',
    farshare_owner: ownerOf(context, row),
    farshare_job: row.job.name,
    farshare_run: row.runId,
    farshare_destination: row.destination.name,
    farshare_mode: row.destination.mode,
    farshare_path: pathText(row.destination.path),
    farshare_kind: isFullRun(row) || hasNothingBefore(row) ? 'full' : 'incremental',
    farshare_source: `${row.job.source.account}/${row.job.source.share}`,
    farshare_snapshot: row.sourceSnapshot ?? '',
    farshare_complete: isPartial(row) ? 'partial' : 'true',
    farshare_failed: String(row.failedEntries ?? 0),
    ...(row.manifest === undefined ? {} : { farshare_manifest: row.manifest }),
    farshare_selection: selectionText(row.job),
    ...(row.sample === undefined ? {} : { farshare_sample: formatSlot(row.sample) }),
  };
}

/** With nothing to compare with, everything is copied. A mirror without its base still has the destination to compare with. */
function hasNothingBefore({ baseSnapshot, adopting, datedSinceMs, destination, lastSealed }: RunRow): boolean {
  if (baseSnapshot !== undefined || adopting === true || datedSinceMs !== undefined) return false;
  return destination.mode === 'dated' || lastSealed === undefined;
}

/** Takes a seal back: the live destination does not equal the snapshot after all. The mark goes first. */
export async function unseal(session: AdvanceSession): Promise<void> {
  const { row } = session;
  const share = await session.destination.getShare();
  requireOwnMark(row, share?.metadata ?? {});
  const metadata = markTorn(share?.metadata ?? {}, row.destination.path, row.startedAtDestinationMs - 1_000);
  await session.destination.setShareMetadata(metadata, lockId(row.runId));
  if (row.restorePoint !== undefined) await session.destination.deleteSnapshot(row.restorePoint);
}
