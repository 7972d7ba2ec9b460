import type { JobConfig, RestorePointInfo, SharePath } from '../model/index.ts';
import { foldName } from '../plan/index.ts';
import { type RunContext, uuid5 } from './context.ts';
import type { SnapshotInfo } from './ports.ts';

/** Whose snapshots these are: the deployment and the source share. */
export const ownerOf = (context: RunContext, { job }: { readonly job: JobConfig }): string =>
  `${context.deployment}:${job.source.account}/${job.source.share}`;

/** The lease that keeps a source snapshot while a destination needs it. One for all of a job: a snapshot takes only one. */
export const holdId = (context: RunContext, { job }: { readonly job: JobConfig }): string =>
  uuid5('farshare-hold', ownerOf(context, { job }), job.name);

/**
 * `farshare_path` of a restore point: the directory that was backed up to, from `/` on. Of what no header can carry, and of `%`,
 * percent-encoded as UTF-8; a space at the end too, which a header would lose.
 */
export const pathText = (path: SharePath): string =>
  `/${path}`.replaceAll(/[^ -$&-~]| +$/gu, (part) => encodeURIComponent(part));

/** The directory that was backed up to, without slashes at its ends. */
export function pathOf({ metadata }: Pick<SnapshotInfo, 'metadata'>): SharePath {
  const text = (metadata['farshare_path'] ?? '/').replace(/^\/+/u, '');
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What a restore point must say to be one of this job at this destination. */
export const isRestorePointOf = (
  { metadata }: SnapshotInfo,
  of: { job: { name: string }; destination: { name: string; path: string } },
): boolean =>
  metadata['farshare_role'] === 'point' &&
  metadata['farshare_job'] === of.job.name &&
  metadata['farshare_destination'] === of.destination.name &&
  foldName(pathOf({ metadata })) === foldName(of.destination.path);

/** The runs whose manifests stay: of points with these names in the share, whoever made them, at whichever path. */
export const sealedRuns = (
  points: readonly SnapshotInfo[],
  { job, destination }: { job: { name: string }; destination: { name: string } },
): ReadonlySet<string | undefined> =>
  new Set(
    points
      .filter(({ metadata }) => metadata['farshare_role'] === 'point')
      .filter(({ metadata }) => metadata['farshare_job'] === job.name)
      .filter(({ metadata }) => metadata['farshare_destination'] === destination.name)
      .map(({ metadata }) => metadata['farshare_run']),
  );

/** Whether a restore point holds every entry of its source snapshot. */
export const isComplete = ({ metadata }: SnapshotInfo): boolean => metadata['farshare_complete'] === 'true';

/** The time of a restore point is that of the source snapshot it equals; of other snapshots, their own. Epoch ms. */
export const snapshotTimeMs = (snapshot: SnapshotInfo): number =>
  Date.parse(snapshot.metadata['farshare_snapshot'] ?? snapshot.snapshot);

export const pointInfo = (point: SnapshotInfo): RestorePointInfo => {
  const sourceSnapshot = point.metadata['farshare_snapshot'] ?? '';
  return {
    job: point.metadata['farshare_job'] ?? '',
    destination: point.metadata['farshare_destination'] ?? '',
    time: new Date(Date.parse(sourceSnapshot)).toISOString(),
    snapshot: point.snapshot,
    sourceSnapshot,
    runId: point.metadata['farshare_run'] ?? '',
    complete: isComplete(point) ? 'true' : 'partial',
  };
};

/** The restore point that equals the newest source snapshot wholly. */
export const newestComplete = (
  points: readonly SnapshotInfo[],
  of: Parameters<typeof isRestorePointOf>[1],
): SnapshotInfo | undefined =>
  points
    .filter((point) => isRestorePointOf(point, of) && isComplete(point))
    .toSorted((a, b) => snapshotTimeMs(a) - snapshotTimeMs(b))
    .at(-1);

/** When a snapshot was taken, by the service's clock; epoch ms. */
export const parseSnapshotMs = (snapshot: string): number => Date.parse(snapshot);

/** How long a snapshot taken before a restore stays; a later restore to the same share then deletes it. */
const safetyMs = 30 * 24 * 60 * 60 * 1000;

/** Whether a snapshot was taken before a restore that is long over. */
export const isOlderSafety = ({ snapshot, metadata }: SnapshotInfo, nowMs: number): boolean =>
  metadata['farshare_role'] === 'safety' && nowMs - parseSnapshotMs(snapshot) > safetyMs;
