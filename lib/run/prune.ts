import { FarshareError } from '../errors.ts';
import type { DestinationConfig, JobConfig, Metadata } from '../model/index.ts';
import { decideRetention, type RetentionDecision } from '../plan/index.ts';
import type { AdvanceSession } from './advance-session.ts';
import type { RunContext } from './context.ts';
import { requireOwnMark } from './destination-lock.ts';
import { isInForce, pinLeaseId, readPins } from './pins.ts';
import { deleteHeldPoint, holdAgain, pointLeaseId } from './point-leases.ts';
import type { SharePort, SnapshotInfo } from './ports.ts';
import { holdId, isComplete, isRestorePointOf, newestComplete, ownerOf, snapshotTimeMs } from './snapshots.ts';
import { type OwnProgress, readNeeds } from './source-needs.ts';

/** The service keeps at most 200 snapshots of a share (azure-files-facts.md, section 3). */
export const snapshotLimit = 200;
const snapshotWarning = 180;

/** Where so many would be on the source, destinations that fell behind catch up in fewer steps: ten are left for others. */
const mostWaitedFor = 190;

interface PruneOptions {
  /** So many more snapshots are to fit. */
  readonly room: number;
  /** The share's snapshots, where they have just been listed. */
  readonly all?: readonly SnapshotInfo[];
}

/** Prunes this job's own snapshots on the source; with `room`, fails when so many more would not fit. */
export async function pruneSource(
  session: AdvanceSession,
  options: PruneOptions & { own?: OwnProgress },
): Promise<void> {
  const { row, context } = session;
  const { room, own, all = await session.source.listSnapshots() } = options;
  const ours = all.filter((snapshot) => isOurSource(context, row.job, snapshot));
  const needs = await readNeeds(
    session,
    ours.map(({ snapshot }) => snapshot),
    own,
  );
  const decide = (waitedFor: ReadonlyMap<string, string>) =>
    decideSource(context, row.job, { ours, protect: new Map([...waitedFor, ...needs.needed]) });
  const waitedFor = new Map([...needs.waitedFor].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  let { prune } = decide(waitedFor);
  for (const [oldest] of needs.waitedFor.size === 0 ? [] : waitedFor) {
    if (all.length - prune.length + room <= mostWaitedFor) break;
    waitedFor.delete(oldest);
    ({ prune } = decide(waitedFor));
  }
  if (waitedFor.size < needs.waitedFor.size) {
    const count = needs.waitedFor.size - waitedFor.size;
    context.telemetry.event('backup.snapshots.givenup', { runId: row.runId, share: row.job.source.share, count });
  }
  // A failed run's snapshot is still held for its next try; not needed any more, it goes with its hold.
  const release = context.pruning === 'separate' ? [] : prune;
  for (const snapshot of release) await session.source.releaseLease(holdId(context, row), snapshot);
  const pruned = await deleteSnapshots(context, session.source, prune, { runId: row.runId });
  requireRoom(session, { count: all.length - pruned, room, share: row.job.source.share });
}

/**
 * Which of the job's own snapshots of the source stay. The rule is for those that restore points were made of; the others stay
 * only while they are needed.
 */
export function decideSource(
  { clock }: RunContext,
  { source }: JobConfig,
  { ours, protect }: { ours: readonly SnapshotInfo[]; protect: ReadonlyMap<string, string> },
): RetentionDecision {
  const nowMs = clock.now();
  const sealed = ours.filter((one) => !isWorking(one));
  const { keep, prune } = decideRetention(asPoints(sealed), source.keep, { nowMs, protect });
  const [needed, unneeded] = [new Map<string, string>(), [] as string[]];
  for (const { snapshot } of ours.filter(isWorking)) {
    const reason = protect.get(snapshot);
    if (reason === undefined) unneeded.push(snapshot);
    else needed.set(snapshot, reason);
  }
  const kept = [...keep, ...[...needed].map(([snapshot, reason]) => ({ snapshot, reasons: [reason] }))];
  return {
    keep: kept.toSorted((a, b) => (a.snapshot < b.snapshot ? 1 : -1)),
    prune: [...prune, ...unneeded].toSorted().toReversed(),
  };
}

/**
 * Prunes the restore points of this job at this destination. No rule keeps all. Answers the share's snapshots as they are now,
 * where it knows them: when it deleted none.
 */
export async function pruneDestination(
  session: AdvanceSession,
  options: PruneOptions,
): Promise<readonly SnapshotInfo[] | undefined> {
  const { row, context, destination } = session;
  const { all = await destination.listSnapshots() } = options;
  const { metadata } = (await destination.getShare()) ?? { metadata: {} };
  requireOwnMark(row, metadata);
  const { keep, prune } = decidePoints(context, row, { all, metadata });
  await holdAgain(context, destination, { all, keep, run: row });
  const pruned = await deletePoints(context, destination, { prune, metadata, runId: row.runId });
  requireRoom(session, { count: all.length - pruned, room: options.room, share: session.row.destination.share });
  return prune.length === 0 ? all : undefined;
}

/** Fails, before anything is copied, when the run's restore point would not find room. */
export function requireRoomForPoint(session: AdvanceSession, found: FoundPoints): void {
  const { context, row } = session;
  // Where another identity prunes, nothing goes before it comes.
  const gone = context.pruning === 'separate' ? 0 : decidePoints(context, row, found).prune.length;
  const count = found.all.length - gone;
  requireRoom(session, { count, room: 1, share: session.row.destination.share });
}

/** What a destination holds: its snapshots, and the metadata of its live share. */
export interface FoundPoints {
  readonly all: readonly SnapshotInfo[];
  readonly metadata: Metadata;
}

/** Which restore points of a job stay at a destination, and why. Points of another deployment or source are not looked at. */
export function decidePoints(
  context: RunContext,
  place: { readonly job: JobConfig; readonly destination: DestinationConfig },
  { all, metadata }: FoundPoints,
): RetentionDecision {
  const nowMs = context.clock.now();
  const points = all.filter(
    (point) => isRestorePointOf(point, place) && point.metadata['farshare_owner'] === ownerOf(context, place),
  );
  const newest = newestComplete(points, place);
  const protect = new Map<string, string>();
  for (const [snapshot, until] of readPins(metadata)) {
    if (isInForce(until, nowMs)) protect.set(snapshot, `pinned until ${until}`);
  }
  if (newest !== undefined) protect.set(newest.snapshot, 'newest complete');
  const replaced = points.filter((point) => !protect.has(point.snapshot) && isReplaced(point, points));
  const others = points.filter((point) => !replaced.includes(point));
  const { keep, prune } = decideRetention(asPoints(others), place.destination.keep, { nowMs, protect });
  return { keep, prune: [...prune, ...replaced.map(({ snapshot }) => snapshot)] };
}

/** A partial restore point goes when there is a later one of the same source snapshot. */
const isReplaced = (point: SnapshotInfo, points: readonly SnapshotInfo[]): boolean =>
  !isComplete(point) &&
  points.some(
    ({ snapshot, metadata }) =>
      snapshot > point.snapshot && metadata['farshare_snapshot'] === point.metadata['farshare_snapshot'],
  );

/**
 * Deletes points that the rule gave up, each with its lease: a point's own, or that of a pin that is over. One that is under
 * another lease stays, also where that is of a pin whose date was lost. Answers how many went.
 */
export function deletePoints(
  context: RunContext,
  share: SharePort,
  { prune, metadata, runId = '' }: { prune: readonly string[]; metadata: Metadata; runId?: string },
): Promise<number> {
  const pins = readPins(metadata);
  const leaseOf = (snapshot: string): string => {
    const until = pins.get(snapshot);
    const isOver = until !== undefined && !isInForce(until, context.clock.now());
    return isOver ? pinLeaseId(share, snapshot) : pointLeaseId(share, snapshot);
  };
  const remove = (snapshot: string): Promise<boolean> => deleteHeldPoint(share, snapshot, leaseOf(snapshot));
  return deleteSnapshots(context, share, prune, { runId, remove });
}

/** Whether a snapshot of the source was made for this job by this deployment. */
export const isOurSource = (context: RunContext, job: JobConfig, { metadata }: SnapshotInfo): boolean =>
  metadata['farshare_role'] === 'source' &&
  metadata['farshare_owner'] === ownerOf(context, { job }) &&
  metadata['farshare_job'] === job.name;

/** Taken in continuous mode for runs none of which was to seal. */
const isWorking = ({ metadata }: SnapshotInfo): boolean => metadata['farshare_working'] === 'true';

const asPoints = (snapshots: readonly SnapshotInfo[]) =>
  snapshots.map((snapshot) => ({ snapshot: snapshot.snapshot, atMs: snapshotTimeMs(snapshot) }));

/**
 * The base of the next run is this run's snapshot, which stays held; the hold on the one before ends, unless another
 * destination fell behind and still needs it. Whoever prunes it then ends the hold.
 */
export async function releaseBase(session: AdvanceSession): Promise<void> {
  const { row, context } = session;
  const { baseSnapshot } = row;
  if (baseSnapshot === undefined || row.job.source.snapshots === 'existing') return;
  const { needed, waitedFor } = await readNeeds(session, [baseSnapshot]);
  if (needed.has(baseSnapshot) || waitedFor.has(baseSnapshot)) return;
  await session.source.releaseLease(holdId(context, row), baseSnapshot);
}

interface DeleteOptions {
  readonly runId?: string;
  readonly remove?: (snapshot: string) => Promise<boolean>;
}

/** Deletes what may be deleted; a leased snapshot stays, whoever leased it. Answers how many went. */
export async function deleteSnapshots(
  context: RunContext,
  share: SharePort,
  snapshots: readonly string[],
  { runId = '', remove = (one) => share.deleteSnapshot(one) }: DeleteOptions = {},
): Promise<number> {
  if (context.pruning === 'separate') return 0;
  let deleted = 0;
  for (const snapshot of snapshots) {
    try {
      if (await remove(snapshot)) deleted += 1;
    } catch (error) {
      if (!(error instanceof FarshareError) || error.disposition === 'yield' || error.disposition === 'retry')
        throw error;
      context.telemetry.event('backup.prune.refused', { runId, snapshot, code: error.code });
    }
  }
  if (deleted > 0) {
    context.telemetry.event('backup.retention.pruned', { runId, share: share.ref.share, count: deleted });
  }
  return deleted;
}

export function requireRoom(
  session: AdvanceSession,
  { count, room, share }: { count: number; room: number; share: string },
): void {
  if (count + room > snapshotLimit) {
    throw new FarshareError(
      'SnapshotLimit',
      `The share ${share} has ${count} snapshots, of ${snapshotLimit} at most, and retention has none to prune. Delete some, or keep fewer.`,
      { disposition: 'run' },
    );
  }
  if (count >= snapshotWarning) {
    session.context.telemetry.event('backup.snapshots.many', { runId: session.row.runId, share, count });
  }
}
