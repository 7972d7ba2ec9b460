/** What a run is compared with, and what of it the runs before have not taken: the previous source snapshot stands for the destination only as far as they did. */
import { createHash } from 'node:crypto';
import { type JobConfig, type RunRow, type SelectedBefore, selectedBeforeSchema } from '../model/index.ts';
import { foldName } from '../plan/index.ts';
import type { SnapshotInfo } from './ports.ts';
import { newestComplete, snapshotTimeMs } from './snapshots.ts';

export type FoundBase = Pick<RunRow, 'baseSnapshot' | 'baseLostAtMs' | 'sourceRecreated'>;

/** The service keeps 8 KiB of metadata; of longer rules a digest says whether they are still the same. */
const mostCharacters = 4_000;
const digestPrefix = 'sha256-';

interface Selected extends Omit<SelectedBefore, 'atMs'> {
  readonly path: string;
}

const selectedBy = ({ source, include, exclude, archiveOnly, changedSince }: JobConfig): Selected => ({
  path: source.path,
  include,
  exclude,
  ...(archiveOnly === true && { archiveOnly }),
  ...(changedSince !== undefined && { changedSince }),
});

/** For `farshare_selection` in the metadata of a restore point: what was taken of the source snapshot. */
export function selectionText(job: JobConfig): string {
  const text = encodeURIComponent(JSON.stringify(selectedBy(job)));
  return text.length <= mostCharacters ? text : digestPrefix + createHash('sha256').update(text).digest('hex');
}

/** Short enough for a row: whether a job selects what a run before it has selected. */
export const selectionDigest = (job: JobConfig): string =>
  createHash('sha256').update(selectionText(job)).digest('hex').slice(0, 16);

/** What was selected when a restore point was sealed; nothing where that is the same, or not known. */
export function selectedAt(job: JobConfig, point: SnapshotInfo): Pick<RunRow, 'selectedBefore'> {
  const selected = selectedSince(job, point.metadata['farshare_selection'], snapshotTimeMs(point));
  return selected === 'unknown' ? {} : selected;
}

/**
 * The base as found, of a mirror, and what was left out of it. In dated mode one that is gone is stood in for by the time of the newest
 * restore point; and what no run has taken yet is new whatever the base holds: everything, where the restore point is of another mode,
 * directory or share, else what its selection left out.
 */
export function knownBase(row: RunRow, found: FoundBase, points: readonly SnapshotInfo[]): Partial<RunRow> {
  const newest = newestComplete(points, row);
  if (row.destination.mode === 'mirror') return { ...found, ...leftOutOf(row, newest, found) };
  const { baseSnapshot } = found;
  if (newest === undefined) return baseSnapshot === undefined ? {} : found;
  const { metadata } = newest;
  const { account, share } = row.job.source;
  const isSameShare = baseSnapshot !== undefined || metadata['farshare_source'] === `${account}/${share}`;
  if (metadata['farshare_mode'] !== 'dated' || !isSameShare) return {};
  const atMs = snapshotTimeMs(newest);
  const selected = selectedSince(row.job, metadata['farshare_selection'], atMs);
  if (selected === 'unknown') return {};
  return { ...(baseSnapshot === undefined ? { datedSinceMs: atMs } : { baseSnapshot }), ...selected };
}

/** Between two restore points of continuous mode the selection stays as it is. */
function leftOutOf(
  { job }: RunRow,
  newest: SnapshotInfo | undefined,
  { baseSnapshot }: FoundBase,
): Pick<RunRow, 'selectedBefore'> {
  if (newest === undefined) return {};
  const atMs = baseSnapshot === undefined ? snapshotTimeMs(newest) : Date.parse(baseSnapshot);
  const selected = selectedSince(job, newest.metadata['farshare_selection'], atMs);
  return selected === 'unknown' ? { selectedBefore: { include: [], exclude: ['**'], atMs } } : selected;
}

/** Points of versions that did not say what they selected are taken to have selected the same. */
function selectedSince(
  job: JobConfig,
  text: string | undefined,
  atMs: number,
): Pick<RunRow, 'selectedBefore'> | 'unknown' {
  if (text === undefined || text === selectionText(job)) return {};
  if (text.startsWith(digestPrefix)) return 'unknown';
  const { path, ...rules } = parsed(text);
  if (typeof path !== 'string' || foldName(path) !== foldName(job.source.path)) return 'unknown';
  const before = selectedBeforeSchema.safeParse({ ...rules, atMs });
  return before.success ? { selectedBefore: before.data } : 'unknown';
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(decodeURIComponent(text)) as Record<string, unknown>;
  } catch {
    return {};
  }
}
