/** The steps of a verification beside its shards: which restore point, against what, and how it ends. */
import { FarshareError } from '../errors.ts';
import type { RunRow, Tally } from '../model/index.ts';
import type { AdvanceSession } from './advance-session.ts';
import { nextFullerSlot, rememberCoverage } from './coverage.ts';
import { selectedAt } from './known-base.ts';
import { endRun, failureOf } from './end-run.ts';
import { markPoint, rememberRepairs } from './findings.ts';
import { findPoint } from './find-point.ts';
import type { SnapshotInfo } from './ports.ts';
import { shareMissing } from './prepare-run.ts';
import { readProgress } from './run-report.ts';
import { isRestorePointOf } from './snapshots.ts';

/** Nothing is locked: a restore point does not change. */
export async function prepareVerify(session: AdvanceSession, verify: NonNullable<RunRow['verify']>): Promise<void> {
  const { row, context } = session;
  const share = await session.destination.getShare();
  if (share === undefined) throw shareMissing('destination', row.destination.share);
  const point = pointOf(row, await session.destination.listSnapshots(), verify.when);
  const sourceSnapshot = point.metadata['farshare_snapshot'] ?? '';
  const sourceGone = !(await hasSourceSnapshot(session, sourceSnapshot));
  const sample = verify.all || sourceGone ? { slot: 0, slots: 1 } : await nextFullerSlot(context.state, row);
  await session.beginPhase(
    'scanning',
    { kind: 'scan', directories: [{ path: '', side: sourceGone ? 'destination' : 'both' }] },
    {
      status: 'running',
      sourceSnapshot,
      restorePoint: point.snapshot,
      sample,
      ...selectedAt(row.job, point),
      ...(sourceGone && { sourceGone }),
      ...(share.metadata['farshare_changetime'] === 'lost' ? { compareChangeTime: false } : {}),
    },
  );
}

function pointOf(row: RunRow, snapshots: readonly SnapshotInfo[], when: string): SnapshotInfo {
  const points = snapshots.filter((point) => isRestorePointOf(point, row));
  const complete = points.filter(({ metadata }) => metadata['farshare_complete'] === 'true');
  const point = findPoint(complete, when) ?? findPoint(points, when);
  if (point !== undefined) return point;
  throw new FarshareError(
    'PointNotFound',
    `Job ${row.job.name} has no restore point ${when} at ${row.destination.name}; \`farshare points ${row.job.name}\` lists those that there are.`,
    { disposition: 'run' },
  );
}

async function hasSourceSnapshot(session: AdvanceSession, snapshot: string): Promise<boolean> {
  if ((await session.source.getShare()) === undefined) return false;
  return (await session.source.listSnapshots()).some((known) => known.snapshot === snapshot);
}

const snapshotGone = (point: string, snapshot: string): FarshareError =>
  new FarshareError(
    'SourceSnapshotGone',
    `The source snapshot ${snapshot}, which restore point ${point} equals, is not there any more, and no SHA-256 of its content is stored.`,
    { disposition: 'run' },
  );

/** Once the restore point has been walked: without the source, its content is compared with the hashes of manifests. */
export async function leaveVerify(session: AdvanceSession): Promise<false> {
  const { phase, sourceGone, stopping } = session.row;
  if (phase !== 'scanning' || sourceGone !== true || stopping) return finishVerify(session);
  await session.beginPhase('verifying', { kind: 'stored', index: 0, of: 0, done: '' });
  return false;
}

/** A verification succeeds when it could compare all that it was to, and found nothing different. */
async function finishVerify(session: AdvanceSession): Promise<false> {
  const { row, context } = session;
  const { tally, failedShards } = await readProgress(context.state, row);
  const { verified, counts } = tally;
  if (verified.differing > 0) {
    context.telemetry.event('backup.verify.mismatch', { runId: row.runId, files: verified.differing });
    await rememberRepairs(context, row);
  }
  const isWhole = failedShards === 0 && !row.stopping && counts.failed === 0;
  await markVerified(session, verified.differing, isWhole);
  if (isWhole && hasShownNothing(verified)) {
    const gone = snapshotGone(row.restorePoint ?? '', row.sourceSnapshot ?? '');
    await endRun(session, 'failed', { errors: [...row.errors, failureOf(gone)] });
    return false;
  }
  await endRun(session, isWhole ? 'succeeded' : 'failed');
  return false;
}

/** Files without a hash cannot be vouched for: only a comparison with the source takes a mark away, or covers a part of all. */
async function markVerified({ row, context }: AdvanceSession, differing: number, isWhole: boolean): Promise<void> {
  const isOfSource = isWhole && row.sourceGone !== true;
  if (row.restorePoint !== undefined && (differing > 0 || (isOfSource && row.verify?.all === true))) {
    await markPoint(context, row, row.restorePoint, differing);
  }
  if (isOfSource && row.sample !== undefined) await rememberCoverage(context, row, row.sample);
}

const hasShownNothing = ({ files, withoutHash }: Tally['verified']): boolean => files === 0 && withoutHash > 0;
