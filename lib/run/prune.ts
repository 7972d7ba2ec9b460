import { FarshareError } from '../errors.ts';
import { type DestinationRow, destinationRowSchema } from '../model/index.ts';
import { decideRetention } from '../plan/index.ts';
import type { AdvanceSession } from './advance-session.ts';
import type { SharePort, SnapshotInfo } from './ports.ts';
import { keysFrom, schedulePartition } from './run-state.ts';
import { activeRuns } from './start-run.ts';
import { holdId, isRestorePointOf, ownerOf, snapshotTimeMs } from './snapshots.ts';

/** The service keeps at most 200 snapshots of a share (azure-files-facts.md, section 3). */
const snapshotLimit = 200;
const snapshotWarning = 180;

/** Prunes this job's own snapshots on the source; with `room`, fails when so many more would not fit. */
export async function pruneSource(session: AdvanceSession, options: { room: number }): Promise<void> {
  const { row, context } = session;
  const all = await session.source.listSnapshots();
  const ours = all.filter(
    ({ metadata }) =>
      metadata['farshare_role'] === 'source' &&
      metadata['farshare_owner'] === ownerOf(context, row) &&
      metadata['farshare_job'] === row.job.name,
  );
  const protect = await neededSnapshots(session);
  const { prune } = decideRetention(asPoints(ours), row.job.source.keep, { nowMs: context.clock.now(), protect });
  // A failed run's snapshot is still held for its next try; not needed any more, it goes with its hold.
  for (const snapshot of prune) await session.source.releaseLease(holdId(context, row), snapshot);
  const pruned = await deleteAll(session, session.source, prune);
  checkRoom(session, { count: all.length - pruned, room: options.room, share: row.job.source.share });
}

/** Prunes the restore points of this job at this destination. No rule keeps all. */
export async function pruneDestination(session: AdvanceSession, options: { room: number }): Promise<void> {
  const { row, context } = session;
  const all = await session.destination.listSnapshots();
  const points = all.filter((point) => isRestorePointOf(point, row));
  const complete = points.filter(({ metadata }) => metadata['farshare_complete'] === 'true');
  const newest = complete.toSorted((a, b) => snapshotTimeMs(a) - snapshotTimeMs(b)).at(-1);
  const protect = new Map(newest === undefined ? [] : [[newest.snapshot, 'newest complete']]);
  const { prune } = decideRetention(asPoints(points), row.destination.keep, { nowMs: context.clock.now(), protect });
  const pruned = await deleteAll(session, session.destination, prune);
  checkRoom(session, { count: all.length - pruned, room: options.room, share: row.destination.share });
}

const asPoints = (snapshots: readonly SnapshotInfo[]) =>
  snapshots.map((snapshot) => ({ snapshot: snapshot.snapshot, atMs: snapshotTimeMs(snapshot) }));

/**
 * Source snapshots that this run, the next delta, a run under way or a run to be tried again needs, with the reason.
 * What other destinations need is held by their leases as well, so lost state deletes nothing.
 */
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
  for (const waiting of await failedDestinations(session)) need(waiting.sourceSnapshot, 'to be tried again');
  need(row.sourceSnapshot, 'this run');
  // Once sealed, the run's own snapshot is the base.
  if (row.phase !== 'pruning') need(row.baseSnapshot, 'base');
  return needed;
}

async function failedDestinations({ row, context }: AdvanceSession): Promise<DestinationRow[]> {
  const failed: DestinationRow[] = [];
  for await (const { value } of context.state.list(schedulePartition, keysFrom(`${row.job.name}.`))) {
    const outcome = destinationRowSchema.safeParse(value);
    if (outcome.success && outcome.data.failures > 0) failed.push(outcome.data);
  }
  return failed;
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
