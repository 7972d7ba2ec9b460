import { FarshareError } from '../errors.ts';
import { emptyTally, hasEnded, type Metadata, type Phase, phases, type RunRow } from '../model/index.ts';
import { meterInto, type RunContext, uuid5 } from './context.ts';
import { readMarks, writerOf } from './marks.ts';
import { holdForReading } from './point-leases.ts';
import type { SharePort } from './ports.ts';
import { readRun, storeRequests } from './run-state.ts';

/** The run's lease id on the live destination share: the same from whichever process, so that any of them can renew it. */
export const lockId = (runId: string): string => uuid5('farshare-lock', runId);

interface Renewal {
  /** By the process's clock, epoch ms. */
  readonly atMs: number;
  /** Whether it succeeded; does not reject. */
  readonly succeeded: Promise<boolean>;
}

const givenForGood = Number.POSITIVE_INFINITY;

/** The last renewal of each run by this process. */
const renewals = new WeakMap<RunContext, Map<string, Renewal>>();

function renewalsOf(context: RunContext): Map<string, Renewal> {
  const known = renewals.get(context) ?? new Map<string, Renewal>();
  renewals.set(context, known);
  return known;
}

interface Ports {
  readonly source: SharePort;
  readonly destination: SharePort;
}

/**
 * Renews the run's lock if this process has not done so for a third of its life. A lock that ran out unnoticed is simply
 * taken again; one that another run holds by now, or has held in between, ends this run. Who comes meanwhile waits for the answer.
 */
export async function keepLock(context: RunContext, run: RunRow, ports: Ports): Promise<void> {
  if (run.dryRun || run.kind === 'verify') return;
  const known = renewalsOf(context);
  const last = known.get(run.runId);
  const now = context.clock.now();
  const sinceMs = now - (last?.atMs ?? 0);
  if (last !== undefined && sinceMs < (context.margins.lockSeconds * 1000) / 3) {
    if (await last.succeeded) return;
    // It may have failed for a reason of whoever asked.
    return keepLock(context, run, ports);
  }
  if (known.size > 1_000) known.clear();
  const renewing = renew(context, run, { ...ports, sinceMs });
  const forget = (): false => {
    if (known.get(run.runId) === renewal) known.delete(run.runId);
    return false;
  };
  const renewal: Renewal = { atMs: now, succeeded: renewing.then(() => true, forget) };
  known.set(run.runId, renewal);
  await renewing;
}

async function renew(
  { margins }: RunContext,
  run: RunRow,
  { source, destination, sinceMs }: Ports & { readonly sinceMs: number },
): Promise<void> {
  if (run.kind !== 'backup') await holdForReading(run, source);
  const answer = await destination.acquireLease({ leaseId: lockId(run.runId), seconds: margins.lockSeconds });
  const mayBeLost = sinceMs >= margins.lockSeconds * 1000;
  if (answer === 'busy' || (mayBeLost && (await isOvertaken(run, destination)))) throw lockLost(run);
}

const lockLost = ({ destination }: RunRow): FarshareError =>
  new FarshareError(
    'DestinationLockLost',
    `Another run has locked the destination share ${destination.share} meanwhile.`,
    { disposition: 'run', operation: 'AcquireShareLease' },
  );

/** From the run's mark at the destination to its seal. Other phases take the lock themselves, or do without. */
const writingPhases: ReadonlySet<Phase> = new Set(phases.slice(phases.indexOf('scanning'), phases.indexOf('checking')));

export const isWriting = ({ phase }: RunRow): boolean => writingPhases.has(phase);

/**
 * Whether somebody has written to the destination since the run marked it: another run, to which the lock went while nobody
 * renewed it, or a restore. What this one has listed, and perhaps the state of the source that it brings, is out of date then.
 */
async function isOvertaken(run: RunRow, destination: SharePort): Promise<boolean> {
  if (run.kind !== 'backup' || !(isWriting(run) || run.phase === 'pruning')) return false;
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
  if (renewalsOf(context).has(runId)) await keepLock(...of);
}

/** Notes that the lock was just taken, so that the first workers need not ask for it again. */
export function lockTaken(context: RunContext, runId: string): void {
  renewalsOf(context).set(runId, { atMs: context.clock.now(), succeeded: Promise.resolve(true) });
}

/** Notes that the run gave its lock back for good: a renewal that still comes must not take it again. */
export function lockGiven(context: RunContext, runId: string): void {
  renewalsOf(context).set(runId, { atMs: givenForGood, succeeded: Promise.resolve(true) });
}

/** The run goes on all the same: an error came between its lock's return and its end. */
export function lockWanted(context: RunContext, runId: string): void {
  if (renewalsOf(context).get(runId)?.atMs === givenForGood) renewalsOf(context).delete(runId);
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
  renewalsOf(context).delete(runId);
  await destination.releaseLease(lockId(runId));
  await storeRequests(context, runId, tally);
}
