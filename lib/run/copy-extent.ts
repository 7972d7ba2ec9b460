import type { RunRow } from '../model/index.ts';
import { parseDuration, subtractDuration } from '../plan/index.ts';
import type { SnapshotInfo } from './ports.ts';
import { isComplete, isRestorePointOf, snapshotTimeMs } from './snapshots.ts';

/**
 * Whether this run copies everything because `fullEvery` says so, or takes over what it finds because nothing here is of ours yet
 * and `adopt` says so. Read from the restore points and the base, so that losing all state changes neither.
 */
export function copyExtent(
  row: RunRow,
  snapshots: readonly SnapshotInfo[],
  { baseSnapshot }: Pick<RunRow, 'baseSnapshot'>,
): Pick<RunRow, 'fullDue' | 'adopting'> {
  const points = snapshots.filter((point) => isRestorePointOf(point, row));
  const complete = points.filter(isComplete);
  if (complete.length > 0) return isFullDue(row, points) ? { fullDue: true } : {};
  // What a run has brought, if only in part, or sealed once, its ChangeTime tells more of than size and LastWriteTime.
  const isOurs = points.length > 0 || baseSnapshot !== undefined;
  return !isOurs && adopts(row) && row.destination.mode === 'mirror' ? { adopting: true } : {};
}

/** What the configuration says about a destination that holds files and no restore point of this job. */
export const adopts = ({ job, destination }: RunRow): boolean => destination.adopt ?? job.adopt ?? false;

/**
 * Everything was copied for the newest full point, or, where none is left, may have been for the oldest one. Also for a partial one,
 * but for what failed and is tried again anyway: lest one entry that keeps failing has each run copy everything.
 */
function isFullDue({ job, createdAtMs }: RunRow, points: readonly SnapshotInfo[]): boolean {
  if (job.fullEvery === undefined) return false;
  const full = points.filter(({ metadata }) => metadata['farshare_kind'] === 'full').map(snapshotTimeMs);
  const lastMs = full.length > 0 ? Math.max(...full) : Math.min(...points.map(snapshotTimeMs));
  return lastMs <= subtractDuration(createdAtMs, parseDuration(job.fullEvery));
}
