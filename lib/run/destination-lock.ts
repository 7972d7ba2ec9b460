import { FarshareError } from '../errors.ts';
import { emptyTally, hasEnded, type Metadata, type Phase, type RunRow } from '../model/index.ts';
import { meterInto, type RunContext, uuid5 } from './context.ts';
import { readMarks, writerOf } from './marks.ts';
import { holdForReading } from './point-leases.ts';
import type { SharePort } from './ports.ts';
import { readRun, storeRequests } from './run-state.ts';

/** The run's lease id on the live destination share: the same from whichever process, so that any of them can renew it. */
export const lockId = (runId: string): string => uuid5('farshare-lock', runId);

const renewedAt = new WeakMap<RunContext, Map<string, number>>();

interface Ports {
  readonly source: SharePort;
  readonly destination: SharePort;
}

/**
 * Renews the run's lock if this process has not done so for a third of its life. A lock that ran out unnoticed is simply
 * taken again; one that another run holds by now, or has held in between, ends this run.
 */
export async function keepLock(context: RunContext, run: RunRow, { source, destination }: Ports): Promise<void> {
  if (run.dryRun || run.kind === 'verify') return;
  const known = renewedAt.get(context) ?? new Map<string, number>();
  renewedAt.set(context, known);
  const now = context.clock.now();
  const sinceMs = now - (known.get(run.runId) ?? 0);
  const lockMs = context.margins.lockSeconds * 1000;
  if (sinceMs < lockMs / 3) return;
  if (known.size > 1_000) known.clear();
  known.set(run.runId, now);
  if (run.kind !== 'backup') await holdForReading(run, source);
  const answer = await destination.acquireLease({ leaseId: lockId(run.runId), seconds: context.margins.lockSeconds });
  const isLost = answer === 'busy' || (sinceMs >= lockMs && (await isOvertaken(run, destination)));
  if (!isLost) return;
  known.delete(run.runId);
  throw lockLost(run);
}

const lockLost = ({ destination }: RunRow): FarshareError =>
  new FarshareError(
    'DestinationLockLost',
    `Another run has locked the destination share ${destination.share} meanwhile.`,
    { disposition: 'run', operation: 'AcquireShareLease' },
  );

/** Not before the run has marked the destination, nor where it only looks at what it has sealed. */
const marking: ReadonlySet<Phase> = new Set<Phase>([
  ...(['scanning', 'deciding', 'deleting', 'late-copying', 'directories', 'recording', 'sealing'] as const),
  'pruning',
]);

/**
 * Whether somebody has written to the destination since the run marked it: another run, to which the lock went while nobody
 * renewed it, or a restore. What this one has listed, and perhaps the state of the source that it brings, is out of date then.
 */
async function isOvertaken(run: RunRow, destination: SharePort): Promise<boolean> {
  if (run.kind !== 'backup' || !marking.has(run.phase)) return false;
  const share = await destination.getShare();
  return share !== undefined && isMarkOfOthers(run, share.metadata);
}

const isMarkOfOthers = ({ runId, destination }: RunRow, metadata: Metadata): boolean =>
  readMarks(metadata, destination.path).writer !== writerOf(runId);

/** Throws where somebody else has written to the destination since the run marked it. */
export function requireOwnMark(run: RunRow, metadata: Metadata): void {
  if (isMarkOfOthers(run, metadata)) throw lockLost(run);
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
