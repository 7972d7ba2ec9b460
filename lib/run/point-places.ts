/** Where restore points lie: at the destinations of a configured job, or in a share of which nothing else is known. */
import type { PointSource } from '../engine.ts';
import { FarshareError } from '../errors.ts';
import { type Entry, joinPath, pathSchema, type JobConfig, type SharePath } from '../model/index.ts';
import type { RunContext } from './context.ts';
import { isOtherKind } from './entry-steps.ts';
import { findPoint } from './find-point.ts';
import { ListingReader } from './listing-reader.ts';
import type { SharePort, SnapshotInfo } from './ports.ts';
import { isRestorePointOf, pathOf, snapshotTimeMs } from './snapshots.ts';
import { destinationsOf } from './start-run.ts';

/** One directory that is backed up to, with its restore points. */
export interface PointPlace {
  readonly share: SharePort;
  readonly destination: string;
  readonly path: SharePath;
  readonly mode: 'mirror' | 'dated';
  /** Oldest first. */
  readonly points: readonly SnapshotInfo[];
  /** False where the destination does not keep ChangeTime as it is sent. */
  readonly keepsChangeTime: boolean;
}

type JobNamed = (name: string) => JobConfig;

export async function openPlaces(context: RunContext, jobNamed: JobNamed, from: PointSource): Promise<PointPlace[]> {
  if ('account' in from) return placesOfShare(context, from);
  const job = jobNamed(from.job);
  const places = destinationsOf({ job, destination: from.destination }).map(async (destination) => {
    const found = await readShare(context, destination);
    const points = found.points.filter((point) => isRestorePointOf(point, { job, destination }));
    const { name, path, mode } = destination;
    return { ...found, points, destination: name, path, mode };
  });
  return Promise.all(places);
}

/** What the snapshots of the share say: each directory that some restore point was made of. */
async function placesOfShare(
  context: RunContext,
  { account, share, path }: Extract<PointSource, { account: string }>,
): Promise<PointPlace[]> {
  const found = await readShare(context, { account, share });
  const asked = path === undefined ? undefined : checkedPath(path);
  const groups = new Map<string, SnapshotInfo[]>();
  for (const point of found.points) {
    const { metadata } = point;
    const at = pathOf(point);
    if (metadata['farshare_role'] !== 'point' || (asked !== undefined && at !== asked)) continue;
    const key = [metadata['farshare_job'], metadata['farshare_destination'], metadata['farshare_mode'], at].join('\n');
    groups.set(key, [...(groups.get(key) ?? []), point]);
  }
  return [...groups.values()].map((points) => {
    const metadata = points[0]?.metadata ?? {};
    return {
      ...found,
      points,
      destination: metadata['farshare_destination'] ?? '',
      path: pathOf({ metadata }),
      mode: metadata['farshare_mode'] === 'dated' ? 'dated' : 'mirror',
    };
  });
}

async function readShare(
  context: RunContext,
  ref: { readonly account: string; readonly share: string },
): Promise<Pick<PointPlace, 'share' | 'points' | 'keepsChangeTime'>> {
  const { account, share: name } = ref;
  const share = context.shares.open({ account, share: name }, { meter: { record: () => undefined } });
  const live = await share.getShare();
  if (live === undefined) return { share, points: [], keepsChangeTime: true };
  const points = (await share.listSnapshots()).toSorted((a, b) => snapshotTimeMs(a) - snapshotTimeMs(b));
  return { share, points, keepsChangeTime: live.metadata['farshare_changetime'] !== 'lost' };
}

/** A path as people write it, without slashes at its ends. Throws `InvalidPath` for what no entry can be named. */
export function checkedPath(path: string): SharePath {
  const parsed = pathSchema.safeParse(path);
  if (parsed.success && path.length <= 4_096) return parsed.data;
  throw new FarshareError('InvalidPath', 'The path is not one that an entry of a share can have.', {
    disposition: 'run',
  });
}

export interface FoundPoint {
  readonly place: PointPlace;
  readonly point: SnapshotInfo;
}

/** The restore point meant, at whichever place has it; of several, the newest. Throws `PointNotFound`. */
export function pointAmong(places: readonly PointPlace[], when: string): FoundPoint {
  const found = places.flatMap((place) => {
    const point = findPoint(place.points, when);
    return point === undefined ? [] : [{ place, point }];
  });
  const exact = found.find(({ point }) => point.snapshot === when);
  const newest = found.toSorted((a, b) => snapshotTimeMs(b.point) - snapshotTimeMs(a.point))[0];
  const chosen = exact ?? newest;
  if (chosen !== undefined) return chosen;
  throw new FarshareError('PointNotFound', `There is no restore point ${when.slice(0, 100)}.`, { disposition: 'run' });
}

const datePattern = /^\d{4}-\d{2}-\d{2}$/u;

/** The directories of a snapshot that hold what was backed up: one, or in dated mode one for each date, oldest first. */
export async function rootsIn({ share, path, mode }: PointPlace, snapshot: string): Promise<readonly SharePath[]> {
  if (mode === 'mirror') return [path];
  const roots: SharePath[] = [];
  for await (const entries of pagesOf(share, path, snapshot)) {
    for (const { kind, name } of entries) {
      if (kind === 'directory' && datePattern.test(name)) roots.push(joinPath(path, name));
    }
  }
  return roots.toSorted();
}

/** Pages of one directory in a snapshot; none where it does not exist, or is a file. */
export async function* pagesOf(
  share: SharePort,
  path: SharePath,
  snapshot: string | undefined,
): AsyncIterable<readonly Entry[]> {
  try {
    yield* new ListingReader(share, path, { snapshot, wanted: true, resume: undefined }).pages();
  } catch (error) {
    if (!isOtherKind(error)) throw error;
  }
}
