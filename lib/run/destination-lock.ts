import { FarshareError } from '../errors.ts';
import { emptyTally, hasEnded, type RunRow } from '../model/index.ts';
import { meterInto, type RunContext, uuid5 } from './context.ts';
import { holdForReading } from './point-leases.ts';
import type { SharePort } from './ports.ts';
import { readRun, storeRequests } from './run-state.ts';

/** The run's lease id on the live destination share: the same from whichever process, so that any of them can renew it. */
export const lockId = (runId: string): string => uuid5('farshare-lock', runId);

const renewedAt = new WeakMap<RunContext, Map<string, number>>();

/**
 * Renews the run's lock if this process has not done so for a third of its life. A lock that ran out unnoticed is simply
 * taken again; one that another run holds by now ends this run.
 */
export async function keepLock(
  context: RunContext,
  run: RunRow,
  { source, destination }: { readonly source: SharePort; readonly destination: SharePort },
): Promise<void> {
  if (run.dryRun || run.kind === 'verify') return;
  const known = renewedAt.get(context) ?? new Map<string, number>();
  renewedAt.set(context, known);
  const now = context.clock.now();
  if (now - (known.get(run.runId) ?? 0) < (context.margins.lockSeconds * 1000) / 3) return;
  if (known.size > 1_000) known.clear();
  known.set(run.runId, now);
  if (run.kind !== 'backup') await holdForReading(run, source);
  const answer = await destination.acquireLease({ leaseId: lockId(run.runId), seconds: context.margins.lockSeconds });
  if (answer === 'busy') {
    known.delete(run.runId);
    throw new FarshareError(
      'DestinationLockLost',
      `Another run has locked the destination share ${run.destination.share} meanwhile.`,
      { disposition: 'run', operation: 'AcquireShareLease' },
    );
  }
}

/** Renews the lock only where this process has taken it: for a run that waits before it begins to write. */
export async function keepLockIfHeld(...of: Parameters<typeof keepLock>): Promise<void> {
  const [context, { runId }] = of;
  if (renewedAt.get(context)?.has(runId) === true) await keepLock(...of);
}

/** Notes that the lock was just taken, so that the first workers need not ask for it again. */
export function lockTaken(context: RunContext, runId: string): void {
  const known = renewedAt.get(context) ?? new Map<string, number>();
  renewedAt.set(context, known);
  known.set(runId, context.clock.now());
}

/** Notes that the run gave its lock back for good: a renewal that still comes must not take it again. */
export function lockGiven(context: RunContext, runId: string): void {
  renewedAt.get(context)?.set(runId, Number.POSITIVE_INFINITY);
}

/** Holds the destination share as a run does while `work` lasts; throws `DestinationBusy` while a run, or another, has it. */
export async function withDestinationLock<T>(
  context: RunContext,
  share: SharePort,
  leaseId: string,
  work: () => Promise<T>,
): Promise<T> {
  const seconds = context.margins.lockSeconds;
  if ((await share.acquireLease({ leaseId, seconds })) === 'busy') {
    throw new FarshareError(
      'DestinationBusy',
      `A run is writing to the destination share ${share.ref.share}. Try again when it has ended.`,
      { disposition: 'run', operation: 'AcquireShareLease' },
    );
  }
  const timer = setInterval(
    () => void share.acquireLease({ leaseId, seconds }).catch(() => undefined),
    (seconds * 1000) / 3,
  );
  try {
    return await work();
  } finally {
    clearInterval(timer);
    await share.releaseLease(leaseId);
  }
}

/** Gives the lock back without ending the run, so that nobody waits for it while the run is interrupted. */
export async function pauseRun(context: RunContext, runId: string): Promise<void> {
  const row = (await readRun(context.state, runId))?.value;
  if (row === undefined || row.dryRun || hasEnded(row.status)) return;
  const tally = emptyTally();
  const { account, share } = row.destination;
  const destination = context.shares.open({ account, share }, { meter: meterInto(() => tally.destination) });
  renewedAt.get(context)?.delete(runId);
  await destination.releaseLease(lockId(runId));
  await storeRequests(context, runId, tally);
}
