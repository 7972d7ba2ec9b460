import type { RunRow } from '../model/index.ts';
import { parseDuration, subtractDuration } from '../plan/index.ts';
import type { SnapshotInfo } from './ports.ts';
import { isComplete, isRestorePointOf, snapshotTimeMs } from './snapshots.ts';

/**
 * Whether this run copies everything because `fullEvery` says so, or takes over what it finds because there is no restore
 * point yet and `adopt` says so. Read from the restore points, so that losing all state changes neither.
 */
export function copyExtent(row: RunRow, snapshots: readonly SnapshotInfo[]): Pick<RunRow, 'fullDue' | 'adopting'> {
  const points = snapshots.filter((point) => isRestorePointOf(point, row) && isComplete(point));
  if (points.length === 0) return adopts(row) && row.destination.mode === 'mirror' ? { adopting: true } : {};
  return isFullDue(row, points) ? { fullDue: true } : {};
}

/** What the configuration says about a destination that holds files and no restore point of this job. */
export const adopts = ({ job, destination }: RunRow): boolean => destination.adopt ?? job.adopt ?? false;

/** Everything was copied for the newest full point, or, where none is left, may have been for the oldest one. */
function isFullDue({ job, createdAtMs }: RunRow, points: readonly SnapshotInfo[]): boolean {
  if (job.fullEvery === undefined) return false;
  const full = points.filter(({ metadata }) => metadata['farshare_kind'] === 'full').map(snapshotTimeMs);
  const lastMs = full.length > 0 ? Math.max(...full) : Math.min(...points.map(snapshotTimeMs));
  return lastMs <= subtractDuration(createdAtMs, parseDuration(job.fullEvery));
}
