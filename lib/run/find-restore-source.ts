/** Which restore point a restore reads: of a configured job, or, with nothing known but a share, of what is found there. */
import { asFarshareError, FarshareError } from '../errors.ts';
import {
  emptyTally,
  type JobConfig,
  type ParsedRestoreRequest,
  type RestorePointInfo,
  type Tally,
} from '../model/index.ts';
import { areNested } from '../plan/index.ts';
import { meterInto, type RunContext } from './context.ts';
import { findPoint } from './find-point.ts';
import { jobNamed } from './job-named.ts';
import { readPins } from './pins.ts';
import type { ShareRef, SnapshotInfo } from './ports.ts';
import { isRestorePointOf, pathOf, pointInfo, snapshotTimeMs } from './snapshots.ts';

type From = ParsedRestoreRequest['from'];

/** A restore point with where it lies. */
export interface FoundPoint {
  readonly place: ShareRef;
  readonly point: SnapshotInfo;
  /** The configured job that it is of. */
  readonly job?: JobConfig;
  /** What was asked to find it. */
  readonly asked: Tally;
}

/** Of several destinations of a job, the one with the newest point in question; one that does not answer is passed over. */
export async function findRestorePoint(
  context: RunContext,
  jobs: readonly JobConfig[],
  request: { readonly from: From; readonly point: string },
): Promise<FoundPoint> {
  const { from, point: when } = request;
  const asked = emptyTally();
  if (!('job' in from)) return { ...(await findInShare(context, from, { when, asked })), asked };
  const job = jobNamed(jobs, from.job);
  const destinations = job.destinations.filter(({ name }) => name === (from.destination ?? name));
  if (destinations.length === 0) {
    const known = job.destinations.map(({ name }) => name).join(', ');
    throw refused('DestinationNotFound', `Job ${job.name} has no destination ${from.destination}; it has ${known}.`);
  }
  const found: FoundPoint[] = [];
  const errors: unknown[] = [];
  for (const destination of destinations) {
    const place = { account: destination.account, share: destination.share };
    try {
      const points = (await snapshotsOf(context, place, asked)).filter((point) =>
        isRestorePointOf(point, { job, destination }),
      );
      const point = newestComplete(points, when) ?? findPoint(points, when);
      if (point !== undefined) found.push({ place, point, job, asked });
    } catch (error) {
      errors.push(error);
    }
  }
  const best = found.toSorted((a, b) => snapshotTimeMs(b.point) - snapshotTimeMs(a.point))[0];
  if (best !== undefined) return best;
  if (errors.length > 0) throw asFarshareError(errors[0]);
  throw refused(
    'PointNotFound',
    `Job ${job.name} has no restore point ${when}; \`farshare points ${job.name}\` lists those that there are.`,
  );
}

/** A partial point is restored from only when it is asked for by its time or its name. */
const newestComplete = (points: readonly SnapshotInfo[], when: string): SnapshotInfo | undefined =>
  when === 'latest'
    ? findPoint(
        points.filter(({ metadata }) => metadata['farshare_complete'] === 'true'),
        when,
      )
    : undefined;

async function findInShare(
  context: RunContext,
  from: ShareRef & { readonly path: string },
  { when, asked }: { readonly when: string; readonly asked: Tally },
): Promise<Omit<FoundPoint, 'asked'>> {
  const place = { account: from.account, share: from.share };
  const shown = `${from.account}/${from.share}${from.path === '' ? '' : `/${from.path}`}`;
  const all = (await snapshotsOf(context, place, asked)).filter(isPoint);
  const exact = all.find(({ snapshot }) => snapshot === when);
  const inPath = all.filter((point) => pathOf(point) === from.path);
  // Without a path, whatever directory was backed up to, as long as it is only one.
  const points = inPath.length > 0 || from.path !== '' ? inPath : all;
  const paths = [...new Set(points.map(pathOf))];
  if (exact === undefined && paths.length > 1) {
    const choices = paths.map((path) => `${from.account}/${from.share}/${path}`).join(', ');
    throw refused(
      'PointAmbiguous',
      `The share ${shown} holds restore points of several directories. Name one: ${choices}.`,
    );
  }
  const point = exact ?? newestComplete(points, when) ?? findPoint(points, when);
  if (point !== undefined) return { place, point };
  const known = [...new Set(all.map((one) => `/${pathOf(one)}`))].join(', ');
  const hint = all.length === 0 ? 'It holds none.' : `It holds ${all.length}, of ${known}.`;
  throw refused('PointNotFound', `The share ${shown} has no restore point ${when}. ${hint}`);
}

/** The restore points in a share, oldest first, with nothing needed but the share: for a disaster. */
export async function pointsFrom(
  context: RunContext,
  from: ShareRef & { readonly path?: string | undefined },
): Promise<readonly RestorePointInfo[]> {
  const { account, share, path } = from;
  const port = context.shares.open({ account, share }, { meter: meterInto(() => emptyTally().destination) });
  const properties = await port.getShare();
  if (properties === undefined) throw shareMissing(`${account}/${share}`);
  const pins = readPins(properties.metadata);
  return (await port.listSnapshots())
    .filter((point) => isPoint(point) && (path === undefined || path === '' || areNested(pathOf(point), path)))
    .toSorted((a, b) => snapshotTimeMs(a) - snapshotTimeMs(b))
    .map((point) => {
      const until = pins.get(point.snapshot);
      return { ...pointInfo(point), ...(until === undefined ? {} : { pinnedUntil: until }) };
    });
}

const isPoint = ({ metadata }: SnapshotInfo): boolean =>
  metadata['farshare_role'] === 'point' && !Number.isNaN(Date.parse(metadata['farshare_snapshot'] ?? ''));

async function snapshotsOf(context: RunContext, place: ShareRef, asked: Tally): Promise<readonly SnapshotInfo[]> {
  const port = context.shares.open(place, { meter: meterInto(() => asked.source) });
  if ((await port.getShare()) === undefined) throw shareMissing(`${place.account}/${place.share}`);
  return port.listSnapshots();
}

const shareMissing = (share: string): FarshareError => refused('ShareNotFound', `The share ${share} does not exist.`);

const refused = (code: string, message: string): FarshareError =>
  new FarshareError(code, message, { disposition: 'run' });
