import type { SnapshotInfo } from './ports.ts';
import { snapshotTimeMs } from './snapshots.ts';

/**
 * The restore point that a person means: `latest`, the snapshot with exactly this string, or the newest one that equals the
 * source as of this time or before.
 */
export function findPoint(points: readonly SnapshotInfo[], when: string): SnapshotInfo | undefined {
  const exact = points.find(({ snapshot }) => snapshot === when);
  if (exact !== undefined) return exact;
  const untilMs = when === 'latest' ? Number.POSITIVE_INFINITY : Date.parse(when);
  return points
    .filter((point) => snapshotTimeMs(point) <= untilMs)
    .toSorted((a, b) => snapshotTimeMs(a) - snapshotTimeMs(b))
    .at(-1);
}
