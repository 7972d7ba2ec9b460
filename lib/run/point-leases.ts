/**
 * The infinite lease on each restore point: nobody deletes it who does not mean this point, by its lease's id, or breaks the
 * lease first. Only pruning ends it, with the point. docs/adr/0020-leases-of-restore-points.md
 */
import { asFarshareError } from '../errors.ts';
import { type RunContext, uuid5 } from './context.ts';
import type { SharePort } from './ports.ts';

/** The same from whichever process. */
export const pointLeaseId = (share: SharePort, snapshot: string): string =>
  uuid5('farshare-point', share.ref.share, snapshot);

/** Takes the lease on a point that was found good. Not to be able to costs the protection, never the backup. */
export async function holdPoint(
  context: RunContext,
  share: SharePort,
  { snapshot, runId }: { readonly snapshot: string; readonly runId: string },
): Promise<void> {
  const tell = (code: string): void =>
    context.telemetry.event('backup.point.notheld', { runId, share: share.ref.share, snapshot, code });
  try {
    const answer = await share.acquireLease({ leaseId: pointLeaseId(share, snapshot), seconds: -1, snapshot });
    if (answer === 'busy') tell('LeaseAlreadyPresent');
  } catch (error) {
    const { disposition, code } = asFarshareError(error);
    if (disposition !== 'run') throw error;
    tell(code);
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
