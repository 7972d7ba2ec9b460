/** Before a restore changes anything: lock, safety snapshot, marks. Every part may be done again after an interruption. */
import { FarshareError } from '../errors.ts';
import type { RestoreRow, RunRow } from '../model/index.ts';
import type { AdvanceSession } from './advance-session.ts';
import { lockId } from './destination-lock.ts';
import { removeLeftovers, sampleFraction } from './drill.ts';
import { holdForReading } from './point-leases.ts';
import { markRestored } from './marks.ts';
import type { ShareProperties, SnapshotInfo } from './ports.ts';
import { makeRoot, type Prepared, requireSmb, shareMissing, takeLock } from './prepare-run.ts';
import { isOlderSafety, ownerOf, pathOf } from './snapshots.ts';
import { deleteSnapshots, requireRoom } from './prune.ts';

export async function prepareRestore(session: AdvanceSession, restore: RestoreRow): Promise<Prepared> {
  const { row, destination: target } = session;
  const from = await checkedPoint(session, restore);
  if (row.dryRun) {
    const isThere = (await target.getShare()) !== undefined && (await hasRoot(session));
    return { kind: 'ready', change: changeTimeOf(from, await target.getShare()), destinationExists: isThere };
  }
  if ((await target.getShare()) === undefined) {
    await change(session, { made: true });
    await target.createShare({ quotaGib: from.quotaGib });
  }
  if (!(await takeLock(session))) return { kind: 'wait', isFor: 'destination' };
  await holdForReading(row, session.source);
  const share = await target.getShare();
  if (share === undefined) throw shareMissing('destination', row.destination.share);
  requireSmb(row.destination.share, share);
  const snapshots = await target.listSnapshots();
  if (restore.drill === undefined) await change(session, { safety: await takeSafety(session, snapshots) });
  else await prepareDrill(session, restore.drill);
  const serviceTimeMs = await markTarget(session, share, snapshots);
  if (!(await hasRoot(session))) await change(session, { made: true });
  await makeRoot(session);
  const { clock } = session.context;
  // Last-Modified shows whole seconds: what was there before must be tellable from what is written from now on.
  await clock.sleep(1_010 - (clock.now() % 1_000));
  const learnt = changeTimeOf(from, share);
  return {
    kind: 'ready',
    change: { startedAtDestinationMs: serviceTimeMs + 1_000, ...learnt },
    destinationExists: true,
  };
}

/** Found out by an earlier run, of the share that is read or of the one restored to: ChangeTime tells nothing there. */
const changeTimeOf = (
  ...shares: readonly (ShareProperties | undefined)[]
): Pick<RunRow, 'compareChangeTime'> | object =>
  shares.some((share) => share?.metadata['farshare_changetime'] === 'lost') ? { compareChangeTime: false } : {};

async function prepareDrill(session: AdvanceSession, drill: NonNullable<RestoreRow['drill']>): Promise<void> {
  await removeLeftovers(session);
  await change(session, { drill: { ...drill, fraction: await sampleFraction(session) } });
}

async function change(session: AdvanceSession, part: Partial<RestoreRow>): Promise<void> {
  const { restore } = session.row;
  if (restore !== undefined) await session.change({ restore: { ...restore, ...part } });
}

async function checkedPoint({ source, row }: AdvanceSession, { point }: RestoreRow): Promise<ShareProperties> {
  const share = await source.getShare();
  if (share === undefined) throw shareMissing('source', row.job.source.share);
  if ((await source.listSnapshots()).some(({ snapshot }) => snapshot === point)) return share;
  throw new FarshareError('PointNotFound', `The restore point ${point} of ${row.job.source.share} is gone.`, {
    disposition: 'run',
  });
}

const hasRoot = async ({ destination, row }: AdvanceSession): Promise<boolean> =>
  (await destination.getDirectory(row.destination.path, {})) !== undefined;

/** The share as it was, whole: taken once for each restore, found again by the run's id. Answers its snapshot string. */
async function takeSafety(session: AdvanceSession, snapshots: readonly SnapshotInfo[]): Promise<string> {
  const { row, context, destination: target } = session;
  const taken = snapshots.find(
    ({ metadata }) => metadata['farshare_role'] === 'safety' && metadata['farshare_run'] === row.runId,
  );
  if (taken !== undefined) return taken.snapshot;
  const old = snapshots.filter((snapshot) => isOlderSafety(snapshot, context.clock.now())).map((one) => one.snapshot);
  const deleted = await deleteSnapshots(context, target, old, { runId: row.runId });
  requireRoom(session, { count: snapshots.length - deleted, room: 1, share: row.destination.share });
  return target.createSnapshot({
    farshare_role: 'safety',
    farshare_owner: ownerOf(context, row),
    farshare_job: row.job.name,
    farshare_run: row.runId,
  });
}

/**
 * Where the place restored to has been backed up to, its marks say from now on that it equals nothing that is known. Answers
 * the service's clock.
 */
async function markTarget(
  session: AdvanceSession,
  share: ShareProperties,
  snapshots: readonly SnapshotInfo[],
): Promise<number> {
  const { row, destination: target } = session;
  const paths = snapshots.filter(({ metadata }) => metadata['farshare_path'] !== undefined).map(pathOf);
  const marked = markRestored(share.metadata, row.destination.path, paths);
  if (marked === undefined) return share.serviceTimeMs;
  return (await target.setShareMetadata(marked, lockId(row.runId))).serviceTimeMs;
}
