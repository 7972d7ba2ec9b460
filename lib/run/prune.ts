import { FarshareError } from '../errors.ts';
import { type DestinationRow, destinationRowSchema } from '../model/index.ts';
import { decideRetention } from '../plan/index.ts';
import type { AdvanceSession } from './advance-session.ts';
import type { SharePort, SnapshotInfo } from './ports.ts';
import { schedulePartition } from './run-state.ts';
import { activeRuns } from './start-run.ts';
import { holdId, isRestorePointOf, ownerOf, snapshotTimeMs } from './snapshots.ts';

/** The service keeps at most 200 snapshots of a share (azure-files-facts.md, section 3). */
const snapshotLimit = 200;
const snapshotWarning = 180;

/**
 * Prunes this job's own snapshots on the source; with `room`, fails when so many more would not fit. `baseSnapshot`: what the
 * run is going to compare with, as long as its row does not say so.
 */
export async function pruneSource(
  session: AdvanceSession,
  options: { room: number; baseSnapshot?: string | undefined },
): Promise<void> {
  const { row, context } = session;
  const all = await session.source.listSnapshots();
  const ours = all.filter(
    ({ metadata }) =>
      metadata['farshare_role'] === 'source' &&
      metadata['farshare_owner'] === ownerOf(context, row) &&
      metadata['farshare_job'] === row.job.name,
  );
  const protect = await neededSnapshots(session);
  if (options.baseSnapshot !== undefined) protect.set(options.baseSnapshot, 'base');
  const { prune } = decideRetention(asPoints(ours), row.job.source.keep, { nowMs: context.clock.now(), protect });
  // A failed run's snapshot is still held for its next try; not needed any more, it goes with its hold.
  for (const snapshot of prune) await session.source.releaseLease(holdId(context, row), snapshot);
  const pruned = await deleteAll(session, session.source, prune);
  checkRoom(session, { count: all.length - pruned, room: options.room, share: row.job.source.share });
}

/** Prunes the restore points of this job at this destination. No rule keeps all. */
export async function pruneDestination(session: AdvanceSession, options: { room: number }): Promise<void> {
  const all = await session.destination.listSnapshots();
  const pruned = await deleteAll(session, session.destination, pointsToPrune(session, all));
  checkRoom(session, { count: all.length - pruned, room: options.room, share: session.row.destination.share });
}

/** Fails, before anything is copied, when the run's restore point would not find room. */
export function requireRoomForPoint(session: AdvanceSession, all: readonly SnapshotInfo[]): void {
  const count = all.length - pointsToPrune(session, all).length;
  checkRoom(session, { count, room: 1, share: session.row.destination.share });
}

function pointsToPrune({ row, context }: AdvanceSession, all: readonly SnapshotInfo[]): readonly string[] {
  const points = all.filter((point) => isRestorePointOf(point, row));
  const complete = points.filter(({ metadata }) => metadata['farshare_complete'] === 'true');
  const newest = complete.toSorted((a, b) => snapshotTimeMs(a) - snapshotTimeMs(b)).at(-1);
  const protect = new Map(newest === undefined ? [] : [[newest.snapshot, 'newest complete']]);
  return decideRetention(asPoints(points), row.destination.keep, { nowMs: context.clock.now(), protect }).prune;
}

const asPoints = (snapshots: readonly SnapshotInfo[]) =>
  snapshots.map((snapshot) => ({ snapshot: snapshot.snapshot, atMs: snapshotTimeMs(snapshot) }));

/** Source snapshots that this run, the next delta, a run under way, a run to be tried again or another destination needs. */
async function neededSnapshots(session: AdvanceSession): Promise<Map<string, string>> {
  const { row, context } = session;
  const needed = new Map<string, string>();
  const need = (snapshot: string | undefined, reason: string): void => {
    if (snapshot !== undefined) needed.set(snapshot, reason);
  };
  for (const other of await activeRuns(context, row.job.name)) {
    if (other.runId === row.runId) continue;
    need(other.sourceSnapshot, `run ${other.runId}`);
    need(other.baseSnapshot, `base of run ${other.runId}`);
  }
  for (const [name, outcome] of await readOutcomes(session)) {
    if (outcome.failures > 0) need(outcome.sourceSnapshot, 'to be tried again');
    if (name !== row.destination.name) need(outcome.baseSnapshot, `base of ${name}`);
  }
  need(row.sourceSnapshot, 'this run');
  // Once sealed, the run's own snapshot is the base.
  if (row.phase !== 'pruning') need(row.baseSnapshot, 'base');
  return needed;
}

/** How the last runs of the job's destinations ended, by destination. */
async function readOutcomes({ row, context }: AdvanceSession): Promise<Map<string, DestinationRow>> {
  const outcomes = new Map<string, DestinationRow>();
  for (const { name } of row.job.destinations) {
    const held = await context.state.get(schedulePartition, `${row.job.name}.${name}`);
    const outcome = destinationRowSchema.safeParse(held?.value);
    if (outcome.success) outcomes.set(name, outcome.data);
  }
  return outcomes;
}

/**
 * The base of the next run is this run's snapshot, which stays held; the hold on the one before ends, unless another
 * destination fell behind and still needs it. Whoever prunes it then ends the hold.
 */
export async function releaseBase(session: AdvanceSession): Promise<void> {
  const { row, context } = session;
  const { baseSnapshot } = row;
  if (baseSnapshot === undefined || (await neededSnapshots(session)).has(baseSnapshot)) return;
  await session.source.releaseLease(holdId(context, row), baseSnapshot);
}

/** Deletes what may be deleted; a leased snapshot stays, whoever leased it. Answers how many went. */
async function deleteAll(session: AdvanceSession, share: SharePort, snapshots: readonly string[]): Promise<number> {
  let deleted = 0;
  for (const snapshot of snapshots) {
    try {
      if (await share.deleteSnapshot(snapshot)) deleted += 1;
    } catch (error) {
      if (!(error instanceof FarshareError) || error.disposition === 'yield' || error.disposition === 'retry')
        throw error;
      session.context.telemetry.event('backup.prune.refused', { runId: session.row.runId, snapshot, code: error.code });
    }
  }
  if (deleted > 0) {
    session.context.telemetry.event('backup.retention.pruned', {
      runId: session.row.runId,
      share: share.ref.share,
      count: deleted,
    });
  }
  return deleted;
}

function checkRoom(
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
