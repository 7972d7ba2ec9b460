/** Which source snapshot a run transfers: its own, an older one that its destination still lacks, or one made by others. */
import { FarshareError } from '../errors.ts';
import type { RunRow } from '../model/index.ts';
import { newestOf, planCatchUp } from '../plan/index.ts';
import type { AdvanceSession } from './advance-session.ts';
import type { RunContext } from './context.ts';
import { isContinuous, readOutcome } from './outcomes.ts';
import type { SnapshotInfo } from './ports.ts';
import { isOurSource, pruneSource, snapshotLimit } from './prune.ts';
import { aroundSnapshot } from './snapshot-hooks.ts';
import { holdId, isComplete, isRestorePointOf, ownerOf, parseSnapshotMs } from './snapshots.ts';
import { activeRuns } from './start-run.ts';
import { type OwnProgress, sealedElsewhere, sealedOf } from './source-needs.ts';

/** What to transfer now, and what after it. */
export type SnapshotChoice = Pick<RunRow, 'sourceSnapshot' | 'waiting'>;

/** How long runs of one snapshot wait for the one whose turn it is to begin with taking it; then they take it themselves. */
const sharedSnapshotWaitMs = 30_000;

/** With `source.snapshots: existing`: the oldest that the destination lacks and its retention keeps. */
export async function chooseExisting(
  session: AdvanceSession,
  points: readonly SnapshotInfo[],
): Promise<SnapshotChoice | NothingNewer> {
  const { row, context } = session;
  // Our own may be left from a time when runs took them; they go with their rule.
  const known = (await session.source.listSnapshots()).filter(({ metadata }) => metadata['farshare_role'] !== 'source');
  const newest = newestOf(known.map(({ snapshot }) => snapshot));
  if (newest === undefined) {
    throw new FarshareError(
      'NoSourceSnapshot',
      `The source share ${row.job.source.share} has no snapshot, and the job uses only those made by others.`,
      { disposition: 'run' },
    );
  }
  const outcome = await readOutcome(context, row.job.name, row.destination.name);
  const refused = new Set(outcome?.refused);
  const candidates = known
    .map(({ snapshot }) => snapshot)
    .filter((one) => one === newest || one === row.sourceSnapshot || !refused.has(one));
  const choice = choose(session, points, candidates);
  if (choice !== undefined) return choice;
  if (row.full || row.dryRun) return { sourceSnapshot: newest, waiting: [] };
  const point = newestPoint(points, row);
  // What failed when this snapshot was transferred may succeed now.
  if (point !== undefined && !isComplete(point) && sourceOf(point) === newest) {
    return { sourceSnapshot: newest, waiting: [] };
  }
  return nothingNewer(point);
}

/** The destination has all that there is, or something newer: the newest of what it has. */
interface NothingNewer {
  readonly nothingNewer: Pick<RunRow, 'sourceSnapshot' | 'restorePoint'>;
}

export const isNothingNewer = (choice: object | undefined): choice is NothingNewer =>
  choice !== undefined && 'nothingNewer' in choice;

const nothingNewer = (point: SnapshotInfo | undefined): NothingNewer => ({
  nothingNewer: { sourceSnapshot: point && sourceOf(point), restorePoint: point?.snapshot },
});

/** Complete or not. */
const newestPoint = (points: readonly SnapshotInfo[], row: RunRow): SnapshotInfo | undefined =>
  points
    .filter((point) => isRestorePointOf(point, row))
    .toSorted((a, b) => (sourceOf(a) < sourceOf(b) ? -1 : 1))
    .at(-1);

const sourceOf = (point: SnapshotInfo): string => point.metadata['farshare_snapshot'] ?? '';

/** The oldest of those that are to be transferred, and the others; undefined when there is none. */
function choose(
  { row, context }: AdvanceSession,
  points: readonly SnapshotInfo[],
  candidates: readonly string[],
): SnapshotChoice | undefined {
  const { destination, approval, sourceSnapshot: own } = row;
  // A person's word is for what that run showed.
  const isApproved = approval !== undefined && own !== undefined;
  const sealed = sealedOf(points, row);
  const question = {
    sealed,
    candidates: isApproved ? [own] : candidates,
    keep: destination.keep,
    nowMs: context.clock.now(),
    timeOf: parseSnapshotMs,
    most: snapshotLimit - (points.length - new Set(sealed).size),
  };
  const [sourceSnapshot, ...waiting] = planCatchUp(question);
  return sourceSnapshot === undefined ? undefined : { sourceSnapshot, waiting };
}

/**
 * The run's own snapshot, unless the destination fell behind: then the oldest that it lacks. It lacks what it missed while it
 * was away, and what another destination of the job has got meanwhile. A snapshot that is to be tried again is passed over once a
 * run of another state, such as one of the command line, has sealed a newer one. Undefined while the run that takes the snapshot
 * for several has not done so.
 */
export async function chooseTaken(
  session: AdvanceSession,
  points: readonly SnapshotInfo[],
  own: OwnProgress,
): Promise<SnapshotChoice | NothingNewer | undefined> {
  const taken = await takeSnapshot(session, own);
  if (taken === undefined) return undefined;
  const { snapshot, ours } = taken;
  const newest = newestPoint(points, session.row);
  if (newest !== undefined && sourceOf(newest) > snapshot) return nothingNewer(newest);
  const choice = choose(session, points, [...(await missedOf(session, points, ours)), snapshot]);
  const { sourceSnapshot = snapshot, waiting = [] } = choice ?? {};
  if (sourceSnapshot !== snapshot) await hold(session, sourceSnapshot);
  return { sourceSnapshot, waiting };
}

async function missedOf(
  session: AdvanceSession,
  points: readonly SnapshotInfo[],
  ours: readonly string[],
): Promise<readonly string[]> {
  const { row, context } = session;
  if (isContinuous(row.job)) return [];
  const newest = newestOf(sealedOf(points, row));
  const newer = newest === undefined ? [] : ours.filter((snapshot) => snapshot > newest);
  if (newer.length === 0) return [];
  const outcome = await readOutcome(context, row.job.name, row.destination.name);
  const missed = new Set([...(outcome?.missed ?? []), ...(await sealedElsewhere(session))]);
  for (const snapshot of outcome?.refused ?? []) missed.delete(snapshot);
  return newer.filter((snapshot) => missed.has(snapshot));
}

/**
 * The snapshot of this run, or of the run started together with it, with the others of the job; undefined while that run has
 * yet to take it.
 */
export async function takeSnapshot(
  session: AdvanceSession,
  own: OwnProgress,
): Promise<{ snapshot: string; ours: readonly string[] } | undefined> {
  const { row, context } = session;
  const known = await session.source.listSnapshots();
  const snapshot = takenOf(row, known) ?? (await takeInTurn(session, own, known));
  if (snapshot === undefined) return undefined;
  await hold(session, snapshot);
  const ours = known.filter((one) => isOurSource(context, row.job, one)).map((one) => one.snapshot);
  return { snapshot, ours: ours.filter((one) => one !== snapshot) };
}

const takenOf = (row: RunRow, known: readonly SnapshotInfo[]): string | undefined =>
  known.find(
    ({ snapshot, metadata }) => snapshot === row.sourceSnapshot || metadata['farshare_run'] === row.snapshotRun,
  )?.snapshot;

/**
 * Of the runs that share the snapshot one at a time, however long an application is awaited: what a second one would let go holds
 * still for the first. Undefined while it is another's turn.
 */
async function takeInTurn(
  session: AdvanceSession,
  own: OwnProgress,
  all: readonly SnapshotInfo[],
): Promise<string | undefined> {
  const { row, context } = session;
  if (row.job.destinations.length === 1) return take(session, own, all);
  const others = await othersToTake(session);
  const isYoung = context.clock.now() - row.createdAtMs < sharedSnapshotWaitMs;
  if (others.some((other) => isTaking(context, other) || (isYoung && isBefore(other, row)))) return undefined;
  await session.change({ takingSnapshot: true });
  try {
    if ((await othersToTake(session)).some((other) => isTaking(context, other))) return undefined;
    // Another may have had its turn since the snapshots were listed.
    const known = await session.source.listSnapshots();
    return takenOf(row, known) ?? (await take(session, own, known));
  } finally {
    await session.change({ takingSnapshot: undefined });
  }
}

async function take(session: AdvanceSession, own: OwnProgress, all: readonly SnapshotInfo[]): Promise<string> {
  const { row, context } = session;
  await pruneSource(session, { room: 1, own, all });
  const metadata = {
    farshare_role: 'source',
    farshare_owner: ownerOf(context, row),
    farshare_job: row.job.name,
    farshare_run: row.snapshotRun,
    ...(row.working === true && { farshare_working: 'true' }),
  };
  return aroundSnapshot(session, () => session.source.createSnapshot(metadata));
}

async function othersToTake({ row, context }: AdvanceSession): Promise<readonly RunRow[]> {
  const active = await activeRuns(context, row.job.name);
  return active.filter(
    ({ runId, snapshotRun, phase }) => runId !== row.runId && snapshotRun === row.snapshotRun && phase === 'preparing',
  );
}

/** Of one that died at it, the hold runs out. */
const isTaking = (
  { clock, margins }: RunContext,
  { takingSnapshot, advancingOwner, advancingUntil }: RunRow,
): boolean => takingSnapshot === true && advancingOwner !== '' && clock.now() < advancingUntil + margins.takeoverMs;

/** The one whose id the snapshot carries, then whichever came first. */
const isBefore = (one: RunRow, other: RunRow): boolean =>
  one.runId === one.snapshotRun ||
  (other.runId !== other.snapshotRun &&
    (one.createdAtMs < other.createdAtMs || (one.createdAtMs === other.createdAtMs && one.runId < other.runId)));

/** Held under one id by all destinations of the job: nobody but them deletes it, with or without our state. */
async function hold({ source, context, row }: AdvanceSession, snapshot: string): Promise<void> {
  await source.acquireLease({ leaseId: holdId(context, row), seconds: -1, snapshot });
}
