/** Which of our source snapshots somebody still needs, and why. docs/adr/0013-catch-up.md */
import { asFarshareError } from '../errors.ts';
import { type DestinationConfig, type DestinationRow, isPartial, type JobConfig, type RunRow } from '../model/index.ts';
import { newestOf, planCatchUp } from '../plan/index.ts';
import type { AdvanceSession } from './advance-session.ts';
import { meterInto, type RunContext } from './context.ts';
import { readMarks } from './marks.ts';
import { isContinuous, readOutcome } from './outcomes.ts';
import type { SnapshotInfo } from './ports.ts';
import { isComplete, isRestorePointOf, parseSnapshotMs } from './snapshots.ts';
import { activeRuns } from './start-run.ts';

export interface SourceNeeds {
  /** By source snapshot, the reason. */
  readonly needed: ReadonlyMap<string, string>;
  /** Needed for a destination to catch up in all the steps that its retention keeps; given up where there is no room. */
  readonly waitedFor: ReadonlyMap<string, string>;
}

/** What the run knows of its own destination while its row does not say so. */
export interface OwnProgress {
  readonly baseSnapshot?: string | undefined;
  /** The destination could not be asked. */
  readonly isUnreachable?: boolean;
}

/** A destination that does not answer by then keeps nobody waiting; what it needs is then not known. */
const longestQuestionMs = 10_000;

/**
 * What this run, the runs under way, the next delta of each destination, tries to come, and destinations that fell behind
 * need of the job's own snapshots `ours`.
 */
export async function readNeeds(
  session: AdvanceSession,
  ours: readonly string[],
  own: OwnProgress = {},
): Promise<SourceNeeds> {
  const { row, context } = session;
  const needed = await neededSnapshots(context, row.job, row);
  const waitedFor = new Map<string, string>();
  const need = (snapshot: string | undefined, reason: string): void => {
    if (snapshot !== undefined) needed.set(snapshot, reason);
  };
  for (const destination of row.job.destinations) {
    const outcome = await readOutcome(context, row.job.name, destination.name);
    const progress = await progressOf(session, { destination, outcome, own });
    for (const base of progress.bases) need(base, `base of ${destination.name}`);
    for (const snapshot of waitingOf(session, { destination, outcome, progress, ours })) {
      waitedFor.set(snapshot, `waited for by ${destination.name}`);
    }
  }
  need(row.sourceSnapshot, 'this run');
  return { needed, waitedFor };
}

/** What the state alone says is needed: by runs under way, tries to come, and the next delta of each other destination. */
export async function neededSnapshots(context: RunContext, job: JobConfig, run?: RunRow): Promise<Map<string, string>> {
  const needed = new Map<string, string>();
  const need = (snapshot: string | undefined, reason: string): void => {
    if (snapshot !== undefined) needed.set(snapshot, reason);
  };
  for (const other of await activeRuns(context, job.name)) {
    if (other.runId === run?.runId) continue;
    need(other.sourceSnapshot, `run ${other.runId}`);
    need(other.baseSnapshot, `base of run ${other.runId}`);
  }
  for (const { name } of job.destinations) {
    const outcome = await readOutcome(context, job.name, name);
    const isOwn = name === run?.destination.name;
    // Of its own the run knows, and supersedes, what there is.
    if (!isOwn) {
      need(outcome?.baseSnapshot, `base of ${name}`);
      need(awaited(outcome, context.clock.now()), `awaits approval for ${name}`);
    }
    if (!isContinuous(job)) need(triedAgain(outcome), 'to be tried again');
    else if (!isOwn || !isSealed(run)) need(outcome?.sealedSnapshot, `newest restore point of ${name}`);
  }
  return needed;
}

const triedAgain = (outcome: DestinationRow | undefined): string | undefined =>
  outcome !== undefined && outcome.failures > 0 ? outcome.sourceSnapshot : undefined;

const awaited = (outcome: DestinationRow | undefined, nowMs: number): string | undefined =>
  outcome?.awaitsUntilMs !== undefined && nowMs <= outcome.awaitsUntilMs ? outcome.sourceSnapshot : undefined;

const isSealed = (run: RunRow): boolean => run.phase === 'pruning' && run.unsealed !== true && !isPartial(run);

interface Progress {
  readonly bases: readonly string[];
  /** The newest source snapshot that the destination has; `unknown` when nobody can tell. */
  readonly newest: string | undefined;
  readonly isUnknown: boolean;
}

interface Question {
  readonly destination: DestinationConfig;
  readonly outcome: DestinationRow | undefined;
  readonly own: OwnProgress;
}

const progressAt = (snapshot: string | undefined): Progress => ({
  bases: snapshot === undefined ? [] : [snapshot],
  newest: snapshot,
  isUnknown: false,
});
const unknown: Progress = { bases: [], newest: undefined, isUnknown: true };

/** From the state where it knows, else from the destination itself: lost state must not lose what one that is away needs. */
async function progressOf(session: AdvanceSession, { destination, outcome, own }: Question): Promise<Progress> {
  const { row } = session;
  if (destination.name === row.destination.name) {
    // Once sealed, the run's own snapshot is the base.
    if (row.phase === 'pruning') return progressAt(isPartial(row) ? row.baseSnapshot : row.sourceSnapshot);
    const base = own.baseSnapshot ?? row.baseSnapshot ?? outcome?.baseSnapshot;
    return base === undefined && own.isUnreachable === true ? unknown : progressAt(base);
  }
  if (outcome?.baseSnapshot !== undefined) return progressAt(outcome.baseSnapshot);
  const read = await readDestination(session, destination);
  if (read === 'unreachable') return unknown;
  const bases = [newestOf(read.complete), read.head].filter((one) => one !== undefined);
  return { bases, newest: newestOf([...bases, ...read.sealed]), isUnknown: false };
}

/** The snapshots that the destination is going to get besides the newest. */
function waitingOf(
  { row, context }: AdvanceSession,
  {
    destination,
    outcome,
    progress,
    ours,
  }: Omit<Question, 'own'> & { readonly progress: Progress; readonly ours: readonly string[] },
): readonly string[] {
  if (progress.isUnknown) return ours;
  if (isContinuous(row.job)) return [];
  if (destination.name === row.destination.name && row.phase === 'pruning') return row.waiting ?? [];
  if (progress.newest === undefined) return [];
  const missed = new Set(outcome?.missed);
  const candidates = row.job.destinations.length > 1 ? ours : ours.filter((snapshot) => missed.has(snapshot));
  return planCatchUp({
    sealed: [progress.newest],
    candidates,
    keep: destination.keep,
    nowMs: context.clock.now(),
    timeOf: parseSnapshotMs,
  });
}

interface ReadDestination {
  /** The source snapshots that its restore points equal. */
  readonly sealed: readonly string[];
  readonly complete: readonly string[];
  /** The one that the live tree equals, but for what a failed run has written since. */
  readonly head: string | undefined;
}

async function readDestination(
  session: AdvanceSession,
  destination: DestinationConfig,
): Promise<ReadDestination | 'unreachable'> {
  const { account, share } = destination;
  const signal = AbortSignal.timeout(longestQuestionMs);
  const meter = meterInto(() => session.tally.destination);
  const port = session.context.shares.open({ account, share }, { meter, signal });
  try {
    const live = await port.getShare();
    if (live === undefined) return { sealed: [], complete: [], head: undefined };
    const { head } = readMarks(live.metadata, destination.path);
    const points = await port.listSnapshots();
    const of = { job: session.row.job, destination };
    const complete = sealedOf(points.filter(isComplete), of);
    return { sealed: sealedOf(points, of), complete, head };
  } catch (error) {
    if (!signal.aborted && asFarshareError(error).disposition === 'bug') throw error;
    return 'unreachable';
  }
}

/** The source snapshots that the restore points of a destination equal. */
export const sealedOf = (
  points: readonly SnapshotInfo[],
  of: Parameters<typeof isRestorePointOf>[1],
): readonly string[] =>
  points
    .filter((point) => isRestorePointOf(point, of))
    .map(({ metadata }) => metadata['farshare_snapshot'] ?? '')
    .filter((snapshot) => snapshot !== '');

/** The source snapshots that other destinations of the job have restore points of, as far as they answer. */
export async function sealedElsewhere(session: AdvanceSession): Promise<ReadonlySet<string>> {
  const { row } = session;
  const others = row.job.destinations.filter(({ name }) => name !== row.destination.name);
  const found = await Promise.all(others.map((destination) => readDestination(session, destination)));
  return new Set(found.flatMap((read) => (read === 'unreachable' ? [] : read.sealed)));
}
