import { asFarshareError, FarshareError } from '../errors.ts';
import type { RunRow } from '../model/index.ts';
import { foldName, nextSlot, parseSlot } from '../plan/index.ts';
import type { AdvanceSession } from './advance-session.ts';
import { adopts, copyExtent } from './copy-extent.ts';
import { forgetCoverage } from './coverage.ts';
import { type FoundBase, knownBase } from './known-base.ts';
import { lockId, lockTaken } from './destination-lock.ts';
import { repairsFor } from './findings.ts';
import { type Marks, markWriting, readMarks, writerOf } from './marks.ts';
import type { ShareProperties, SnapshotInfo } from './ports.ts';
import { requireRoomForPoint } from './prune.ts';
import { isRestorePointOf, newestComplete, ownerOf, parseSnapshotMs, pathOf, snapshotTimeMs } from './snapshots.ts';
import type { OwnProgress } from './source-needs.ts';
import { chooseExisting, chooseTaken, isNothingNewer, takeSnapshot } from './source-snapshot.ts';
import { activeRuns } from './start-run.ts';

export type Prepared =
  | { kind: 'ready'; change: Partial<RunRow>; destinationExists: boolean }
  /** The destination is busy, or the run that takes the snapshot for several destinations has not done so yet. */
  | { kind: 'wait'; isFor: 'destination' | 'snapshot' }
  /** Every source snapshot is backed up already, or a newer one than the run is to bring. */
  | { kind: 'nothing'; change: Partial<RunRow> }
  | { kind: 'ask'; reason: string };

/** A run of the app waits so long for a busy destination; the CLI's margin is its own. */
const appLockWaitMs = 24 * 60 * 60 * 1000;

/** Lock, mark, snapshot, base. Every part finds what an earlier, interrupted try has left and goes on from there. */
export async function prepareRun(session: AdvanceSession): Promise<Prepared> {
  const { row } = session;
  const source = await checkedSource(session);
  if (row.dryRun) return prepareDryRun(session);
  if (!(await reachDestination(session, source))) return { kind: 'wait', isFor: 'destination' };
  const destination = await session.destination.getShare();
  if (destination === undefined) throw shareMissing('destination', row.destination.share);
  const points = await session.destination.listSnapshots();
  const strange = await isStrange(session, destination, points);
  if (strange !== undefined) return { kind: 'ask', reason: strange };
  const existing = row.job.source.snapshots === 'existing' ? await chooseExisting(session, points) : undefined;
  if (isNothingNewer(existing)) return { kind: 'nothing', change: existing.nothingNewer };
  requireRoomForPoint(session, { all: points, metadata: destination.metadata });
  const marks = await beginWriting(session, destination, points);
  const base = await findBase(session, destination, points);
  // A full copy is due once for each restore point, not for every run until the next.
  const extent = row.unsealed === true ? {} : copyExtent(row, points, base);
  const choice = existing ?? (await chooseTaken(session, points, base));
  if (choice === undefined) return { kind: 'wait', isFor: 'snapshot' };
  if (isNothingNewer(choice)) {
    await takeMarkBack(session, destination, marks);
    return { kind: 'nothing', change: choice.nothingNewer };
  }
  const sealed = lastSealed(row, points);
  if (sealed.lastSealed === undefined) await forgetCoverage(session.context.state, row);
  const change = {
    ...{ ...marks, ...extent, ...choice, ...knownBase(row, base, points), ...sampleOf(row, points) },
    ...sealed,
    ...(await repairsFor(session.context.state, row)),
  };
  return { kind: 'ready', change, destinationExists: true };
}

/**
 * Makes the destination if need be and locks it; false while it is busy. Where it cannot be reached, or has others of the job
 * wait, the snapshot is taken all the same: it is what the schedule asked for, and no other destination waits for this one.
 */
async function reachDestination(session: AdvanceSession, source: ShareProperties): Promise<boolean> {
  const { job } = session.row;
  const isShared = job.destinations.length > 1;
  try {
    await makeDestination(session, source);
    if (await takeLock(session)) return true;
    if (isShared) await takeAhead(session, {});
    return false;
  } catch (error) {
    const { disposition } = asFarshareError(error);
    if (disposition === 'retry' || (disposition === 'run' && isShared)) {
      await takeAhead(session, { isUnreachable: true }).catch(() => undefined);
    }
    throw error;
  }
}

async function takeAhead(session: AdvanceSession, own: OwnProgress): Promise<void> {
  if (session.row.job.source.snapshots === 'existing') return;
  const taken = await takeSnapshot(session, own);
  if (taken !== undefined) await session.change({ sourceSnapshot: taken.snapshot });
}

export const shareMissing = (side: string, share: string): FarshareError =>
  new FarshareError('ShareNotFound', `The ${side} share ${share} does not exist.`, { disposition: 'run' });

async function checkedSource(session: AdvanceSession): Promise<ShareProperties> {
  const { share } = session.row.job.source;
  const source = await session.source.getShare();
  if (source === undefined) throw shareMissing('source', share);
  requireSmb(share, source);
  return source;
}

export function requireSmb(name: string, { protocol }: ShareProperties): void {
  if (protocol === 'SMB') return;
  throw new FarshareError(
    'ProtocolNotSupported',
    `The share ${name} is an ${protocol} share; only SMB shares are backed up and restored to.`,
    { disposition: 'run' },
  );
}

/** A dry run reads the live source, or the snapshot of others that comes next, and changes nothing anywhere. */
async function prepareDryRun(session: AdvanceSession): Promise<Prepared> {
  const destination = await session.destination.getShare();
  const points = destination === undefined ? [] : await session.destination.listSnapshots();
  const existing = session.row.job.source.snapshots === 'existing' ? await chooseExisting(session, points) : {};
  const choice = isNothingNewer(existing) ? existing.nothingNewer : existing;
  if (destination === undefined) return { kind: 'ready', change: choice, destinationExists: false };
  const base = await findBase(session, destination, points);
  const exists = (await session.destination.getDirectory(session.row.destination.path, {})) !== undefined;
  const strange = await isStrange(session, destination, points);
  const change = {
    ...{ ...trustOf(session.row, destination), ...copyExtent(session.row, points, base), ...choice },
    ...knownBase(session.row, base, points),
    ...(await repairsFor(session.context.state, session.row)),
    ...(strange !== undefined && { guard: [strange] }),
  };
  return { kind: 'ready', change, destinationExists: exists };
}

async function makeDestination(session: AdvanceSession, source: ShareProperties): Promise<void> {
  if ((await session.destination.getShare()) === undefined) {
    await session.destination.createShare({ quotaGib: source.quotaGib });
  }
}

export async function takeLock(session: AdvanceSession): Promise<boolean> {
  const { row, context } = session;
  const answer = await session.destination.acquireLease({
    leaseId: lockId(row.runId),
    seconds: context.margins.lockSeconds,
  });
  if (answer === 'acquired') {
    lockTaken(context, row.runId);
    return true;
  }
  if (await isOursAtWork(session)) return false;
  const mostMs = row.origin === 'cli' ? context.margins.lockWaitMs : appLockWaitMs;
  if (context.clock.now() - row.createdAtMs > mostMs) {
    throw new FarshareError(
      'DestinationBusy',
      `Another run is writing to the destination share ${row.destination.share}. Try again when it has ended.`,
      {
        disposition: 'run',
        operation: 'AcquireShareLease',
      },
    );
  }
  return false;
}

/** Whether a run of this state is at work in the same share: it ends, and the lock with it. */
async function isOursAtWork({ context, row }: AdvanceSession): Promise<boolean> {
  const { account, share } = row.destination;
  const runs = await activeRuns(context);
  return runs.some(
    ({ runId, phase, advancingOwner, destination, dryRun }) =>
      runId !== row.runId &&
      (phase !== 'preparing' || advancingOwner !== '') &&
      !dryRun &&
      destination.account === account &&
      destination.share === share,
  );
}

/** Why a person should look before the first run writes here: files that are not ours. */
async function isStrange(
  session: AdvanceSession,
  share: ShareProperties,
  points: readonly SnapshotInfo[],
): Promise<string | undefined> {
  const { row } = session;
  if (
    row.approved ||
    row.approval !== undefined ||
    adopts(row) ||
    readMarks(share.metadata, row.destination.path).state !== undefined
  )
    return undefined;
  if (points.some((point) => isRestorePointOf(point, row))) return undefined;
  const first = await session.destination.list(row.destination.path, {});
  if (first === undefined || first.entries.length === 0) return undefined;
  return `The destination ${row.destination.share}/${row.destination.path} is not empty and holds no restore point of this job.`;
}

/**
 * Marks the live destination as being written to, then waits for the service's next full second: Last-Modified shows whole
 * seconds, and what the run meets must be tellable from what is written after its start. The snapshot taken right after the
 * boundary needs, for the same reason, the fewest second looks at the next run.
 */
async function beginWriting(
  session: AdvanceSession,
  share: ShareProperties,
  points: readonly SnapshotInfo[],
): Promise<Partial<RunRow>> {
  const { row, context } = session;
  const { path } = row.destination;
  const trust = trustOf(row, share);
  const sinceMs = trust.distrustSinceMs ?? share.serviceTimeMs;
  const metadata = markWriting(share.metadata, path, {
    sinceMs,
    pathsBeneath: pathsBeneath(path, points),
    writer: writerOf(row.runId),
  });
  const { serviceTimeMs } = await session.destination.setShareMetadata(metadata, lockId(row.runId));
  await makeRoot(session);
  await context.clock.sleep(1_010 - (context.clock.now() % 1_000));
  return {
    startedAtDestinationMs: serviceTimeMs + 1_000,
    ...trust,
  };
}

/** Nothing is going to be written after all: what was clean still is. */
async function takeMarkBack(
  { destination, row }: AdvanceSession,
  { metadata }: ShareProperties,
  { distrustSinceMs }: Partial<RunRow>,
): Promise<void> {
  if (distrustSinceMs === undefined) await destination.setShareMetadata(metadata, lockId(row.runId));
}

/** What the live share's metadata says of how far its listing is believed. */
function trustOf({ destination }: RunRow, { metadata }: ShareProperties): Partial<RunRow> {
  const { state, sinceMs } = readMarks(metadata, destination.path);
  return {
    // Without a mark nothing is known of what was written when: 1970, which stays until a run has ended well.
    ...(state === 'clean' ? {} : { distrustSinceMs: sinceMs ?? 0 }),
    // Found out by an earlier run.
    ...(metadata['farshare_changetime'] === 'lost' ? { compareChangeTime: false } : {}),
  };
}

/** Paths inside this one that an earlier configuration has backed up to. */
function pathsBeneath(path: string, points: readonly SnapshotInfo[]): readonly string[] {
  return points
    .map(pathOf)
    .filter((one) => one !== path && (path === '' || foldName(one).startsWith(`${foldName(path)}/`)));
}

/** The directory that the destination's path names, with all above it. */
export async function makeRoot(session: AdvanceSession): Promise<void> {
  const parts = session.row.destination.path.split('/').filter((part) => part !== '');
  for (let depth = 1; depth <= parts.length; depth += 1) {
    await session.destination.createDirectory(parts.slice(0, depth).join('/'), { metadata: {} });
  }
}

/** The slot after that of the newest restore point, whichever state that was made with. Runs that do not seal take none. */
function sampleOf(row: RunRow, points: readonly SnapshotInfo[]): Pick<RunRow, 'sample' | 'allCopiedOn'> {
  if (row.unsealed === true) return {};
  const newest = points.filter((point) => isRestorePointOf(point, row)).at(-1);
  const sample = nextSlot(row.job.verify.samplePercent, parseSlot(newest?.metadata['farshare_sample']));
  return sample === undefined ? {} : { sample, ...allCopied(row, points) };
}

/** Also a partial one has its manifest. */
function lastSealed(row: RunRow, points: readonly SnapshotInfo[]): Pick<RunRow, 'lastSealed'> {
  const runs = points
    .filter((point) => isRestorePointOf(point, row))
    .map(({ metadata }) => metadata['farshare_run'] ?? '');
  const newest = runs.toSorted().at(-1);
  return newest === undefined ? {} : { lastSealed: newest };
}

/** In dated mode, files of the sample are under this date or a later one. */
function allCopied(row: RunRow, points: readonly SnapshotInfo[]): Pick<RunRow, 'allCopiedOn'> {
  const full = points.filter((point) => isRestorePointOf(point, row) && point.metadata['farshare_kind'] === 'full');
  const newestMs = Math.max(...full.map(snapshotTimeMs));
  if (row.destination.mode !== 'dated' || full.length === 0) return {};
  return { allCopiedOn: new Date(newestMs).toISOString().slice(0, 10) };
}

/** The source snapshot that the live destination equals, if it is known and still there. */
async function findBase(
  session: AdvanceSession,
  share: ShareProperties,
  points: readonly SnapshotInfo[],
): Promise<FoundBase> {
  const { row } = session;
  const marks = readMarks(share.metadata, row.destination.path);
  // Somebody restored to it: an older version of a file may differ from the base in nothing that a listing shows.
  if (marks.restored === true && row.destination.mode === 'mirror') return {};
  const sealed = newestComplete(points, row)?.metadata['farshare_snapshot'] ?? '';
  if (marks.head === undefined && sealed === '') return {};
  const known = await session.source.listSnapshots();
  const isKnown = (head: string): boolean => known.some(({ snapshot }) => snapshot === head);
  const head = headOf(marks, isKnown) ?? sealed;
  if (head === '') return {};
  if (isKnown(head)) return { baseSnapshot: head };
  // Those who make the snapshots also delete them, whatever was backed up of them.
  const lost = { baseLostAtMs: parseSnapshotMs(head) };
  if (row.job.source.snapshots === 'existing') return lost;
  // The base alone may have been deleted by hand; a share made anew has none of the older ones either.
  return known.some((snapshot) => isEarlierOfOurs(session, snapshot, head)) ? lost : { sourceRecreated: true };
}

const isEarlierOfOurs = ({ context, row }: AdvanceSession, known: SnapshotInfo, head: string): boolean =>
  known.metadata['farshare_owner'] === ownerOf(context, row) && known.snapshot < head;

/** After a run that failed, what it may have written is told by the mark's time: the rest still equals the head. docs/adr/0024-base-after-a-failure.md */
const headOf = ({ state, head }: Marks, isKnown: (head: string) => boolean): string | undefined =>
  head !== undefined && (state === 'clean' || isKnown(head)) ? head : undefined;
