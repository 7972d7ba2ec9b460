/**
 * Restore points kept until a date whatever the rule. A snapshot's own metadata cannot be changed, so the dates stand in the
 * metadata of the live share, where every process sees them; an infinite lease on the snapshot, under another id than that of
 * points without a pin, holds it even if they are lost.
 */
import { FarshareError } from '../errors.ts';
import type { DestinationConfig, JobConfig, Metadata, PinnedPoint } from '../model/index.ts';
import { emptyTally } from '../model/index.ts';
import { meterInto, newId, type RunContext, uuid5 } from './context.ts';
import { withDestinationLock } from './destination-lock.ts';
import { findPoint } from './find-point.ts';
import { pointLeaseId } from './point-leases.ts';
import type { SharePort, SnapshotInfo } from './ports.ts';
import { isRestorePointOf, snapshotTimeMs } from './snapshots.ts';

const pinsKey = 'farshare_pin';
/** The service keeps 8 KiB of metadata; beyond this, pins would push out the marks of what a path equals. */
const mostPins = 50;

/** The day, `YYYY-MM-DD` in UTC, to whose end each pinned point stays, by its snapshot. */
export function readPins(metadata: Metadata): ReadonlyMap<string, string> {
  const pairs = (metadata[pinsKey] ?? '').split(',').map((pin) => pin.split('='));
  return new Map(
    pairs.flatMap(([snapshot = '', until = '']) => (snapshot === '' || until === '' ? [] : [[snapshot, until]])),
  );
}

function withPins(metadata: Metadata, pins: ReadonlyMap<string, string>): Metadata {
  const { [pinsKey]: _before, ...others } = metadata;
  const text = [...pins].map(([snapshot, until]) => `${snapshot}=${until}`).join(',');
  return text === '' ? others : { ...others, [pinsKey]: text };
}

export const isInForce = (until: string, nowMs: number): boolean => new Date(nowMs).toISOString().slice(0, 10) <= until;

/** The lease that holds a pinned snapshot; the same from whichever process. */
export const pinLeaseId = (share: SharePort, snapshot: string): string =>
  uuid5('farshare-pin', share.ref.share, snapshot);

export interface PinRequest {
  readonly job: JobConfig;
  /** Only at this destination; at all of them otherwise. */
  readonly destination?: string | undefined;
  /** `latest`, a time, or a snapshot string. */
  readonly when: string;
  /** `YYYY-MM-DD`; absent: the pin is taken away. */
  readonly until?: string | undefined;
}

/** Answers the points pinned or let go, one for each destination that has one of that time. Throws when none has. */
export async function pinPoints(context: RunContext, request: PinRequest): Promise<readonly PinnedPoint[]> {
  const { job, when, until } = request;
  if (until !== undefined && !isInForce(until, context.clock.now()))
    throw new FarshareError('InvalidRequest', `A pin until ${until} is over already: name today or a later day.`, {
      disposition: 'run',
    });
  const destinations = job.destinations.filter(
    ({ name }) => request.destination === undefined || name === request.destination,
  );
  const pinned: PinnedPoint[] = [];
  for (const destination of destinations) {
    const done = await pinAt(context, request, destination);
    if (done !== undefined) pinned.push(done);
  }
  if (pinned.length > 0) return pinned;
  throw new FarshareError('PointNotFound', `Job ${job.name} has no restore point ${when}.`, { disposition: 'run' });
}

async function pinAt(
  context: RunContext,
  { job, when, until }: PinRequest,
  destination: DestinationConfig,
): Promise<PinnedPoint | undefined> {
  const { account, share: name } = destination;
  const share = context.shares.open({ account, share: name }, { meter: meterInto(() => emptyTally().destination) });
  if ((await share.getShare()) === undefined) return undefined;
  const point = findPoint(await pointsOf(share, job, destination), when);
  if (point === undefined) return undefined;
  const leaseId = newId();
  await withDestinationLock(context, share, leaseId, () => setPin(context, share, { point, until, leaseId }));
  const time = new Date(snapshotTimeMs(point)).toISOString();
  return { job: job.name, destination: destination.name, time, snapshot: point.snapshot, until: until ?? null };
}

const pointsOf = async (share: SharePort, job: JobConfig, destination: DestinationConfig): Promise<SnapshotInfo[]> =>
  (await share.listSnapshots()).filter((point) => isRestorePointOf(point, { job, destination }));

interface Change {
  readonly point: SnapshotInfo;
  readonly until: string | undefined;
  /** Of the lock on the live share. */
  readonly leaseId: string;
}

/**
 * The pin's lease comes before the date and goes after it: what the date promises is always held. It takes the place of the
 * lease that every point is under, and gives it back.
 */
async function setPin(context: RunContext, share: SharePort, { point, until, leaseId }: Change): Promise<void> {
  const { metadata } = (await share.getShare()) ?? { metadata: {} };
  const there = new Set((await share.listSnapshots()).map(({ snapshot }) => snapshot));
  const pins = new Map([...readPins(metadata)].filter(([snapshot]) => there.has(snapshot)));
  const hold = pinLeaseId(share, point.snapshot);
  const pointHold = pointLeaseId(share, point.snapshot);
  if (until === undefined) {
    pins.delete(point.snapshot);
    await share.setShareMetadata(withPins(metadata, pins), leaseId);
    if (!(await share.changeLease(point.snapshot, hold, pointHold))) {
      await share.acquireLease({ leaseId: pointHold, seconds: -1, snapshot: point.snapshot });
    }
    return;
  }
  pins.set(point.snapshot, until);
  if (pins.size > mostPins) {
    throw new FarshareError(
      'TooManyPins',
      `The share ${share.ref.share} has ${mostPins} pinned restore points, which is as many as its metadata has room for. Unpin one.`,
      { disposition: 'run' },
    );
  }
  const isHeld =
    (await share.changeLease(point.snapshot, pointHold, hold)) ||
    (await share.acquireLease({ leaseId: hold, seconds: -1, snapshot: point.snapshot })) === 'acquired';
  if (!isHeld) {
    context.telemetry.event('backup.pin.notheld', { share: share.ref.share, snapshot: point.snapshot });
  }
  await share.setShareMetadata(withPins(metadata, pins), leaseId);
}
