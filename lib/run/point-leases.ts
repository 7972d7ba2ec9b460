/**
 * The infinite lease on each restore point: nobody deletes it who does not mean this point, by its lease's id, or breaks the
 * lease first. Only pruning ends it, with the point. docs/adr/0020-leases-of-restore-points.md
 */
import { asFarshareError } from '../errors.ts';
import { type RunContext, uuid5 } from './context.ts';
import type { RunRow } from '../model/index.ts';
import type { SharePort, SnapshotInfo } from './ports.ts';

/** The same from whichever process. */
export const pointLeaseId = (share: SharePort, snapshot: string): string =>
  uuid5('farshare-point', share.ref.share, snapshot);

/** Takes the lease on a point that was found good. False: not to be able to costs the protection, never the backup. */
export async function holdPoint(
  context: RunContext,
  share: SharePort,
  { snapshot, runId }: { readonly snapshot: string; readonly runId: string },
): Promise<boolean> {
  const notHeld = (code: string): false => {
    context.telemetry.event('backup.point.notheld', { runId, share: share.ref.share, snapshot, code });
    return false;
  };
  try {
    const answer = await share.acquireLease({ leaseId: pointLeaseId(share, snapshot), seconds: -1, snapshot });
    return answer === 'acquired' || notHeld('LeaseAlreadyPresent');
  } catch (error) {
    const { disposition, code } = asFarshareError(error);
    if (disposition !== 'run') throw error;
    return notHeld(code);
  }
}

/** So many a run: points of an earlier version come under their leases by and by. */
const mostHeldAgain = 20;

/**
 * Takes the lease of points that stay and have none: made by an earlier version, read by a process that died, or freed by
 * somebody. Costs nothing where all are held, and where listings do not tell.
 */
export async function holdAgain(
  context: RunContext,
  share: SharePort,
  { all, keep, run }: { all: readonly SnapshotInfo[]; keep: readonly { snapshot: string }[]; run?: RunRow },
): Promise<void> {
  const kept = new Set(keep.map(({ snapshot }) => snapshot));
  // The run's own was just tried.
  if (run?.restorePoint !== undefined) kept.delete(run.restorePoint);
  const free = all.filter(({ snapshot, isLeased }) => isLeased === false && kept.has(snapshot));
  for (const { snapshot } of free.slice(-mostHeldAgain)) {
    if (!(await holdPoint(context, share, { snapshot, runId: run?.runId ?? '' }))) return;
  }
}

const readLeaseId = (runId: string): string => uuid5('farshare-read', runId);

/**
 * Keeps the restore point that is read from being pruned, by a lease that runs out by itself: it takes the place of the
 * point's own. One that a pin or another reader holds is as safe; where the right to lease is lacking, nothing holds it.
 */
export async function holdForReading({ runId, sourceSnapshot }: RunRow, source: SharePort): Promise<void> {
  if (sourceSnapshot === undefined) return;
  const lease = { leaseId: readLeaseId(runId), seconds: 60, snapshot: sourceSnapshot };
  await unlessYielding(async () => {
    if ((await source.acquireLease(lease)) === 'acquired') return;
    const own = pointLeaseId(source, sourceSnapshot);
    if (await source.changeLease(sourceSnapshot, own, lease.leaseId)) await source.acquireLease(lease);
  });
}

/** Puts the point under its own lease again; a snapshot that is none of ours gets none. Not done, pruning does it later. */
export async function giveBackPoint({ runId, sourceSnapshot }: RunRow, source: SharePort): Promise<void> {
  if (sourceSnapshot === undefined) return;
  const leaseId = readLeaseId(runId);
  await unlessYielding(async () => {
    const point = (await source.listSnapshots()).find(({ snapshot }) => snapshot === sourceSnapshot);
    if (point?.metadata['farshare_role'] !== 'point') return void (await source.releaseLease(leaseId, sourceSnapshot));
    const again = await source.acquireLease({ leaseId, seconds: -1, snapshot: sourceSnapshot });
    if (again === 'acquired') await source.changeLease(sourceSnapshot, leaseId, pointLeaseId(source, sourceSnapshot));
  });
}

/** Best effort: a lease that cannot be had is no reason to fail. */
async function unlessYielding(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (asFarshareError(error).disposition === 'yield') throw error;
  }
}

/**
 * Deletes a point with the lease that is to be on it: in one request, so that none is ever left without its lease. Points of
 * earlier versions, and those whose lease somebody broke, have none. False when it is gone already.
 */
export async function deleteHeldPoint(share: SharePort, snapshot: string, leaseId: string): Promise<boolean> {
  try {
    return await share.deleteSnapshot(snapshot, leaseId);
  } catch (error) {
    if (!hasNoLease(asFarshareError(error).code)) throw error;
    return share.deleteSnapshot(snapshot);
  }
}

/** The word for what is leased differs among the services and their versions [M]: Share, Container. */
const hasNoLease = (code: string): boolean => /^LeaseNotPresentWith|^LeaseLost$/u.test(code);
