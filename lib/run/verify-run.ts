/** The steps of a verification beside its shards: which restore point, against what, and how it ends. */
import { FarshareError } from '../errors.ts';
import type { RunRow } from '../model/index.ts';
import type { AdvanceSession } from './advance-session.ts';
import { nextFullerSlot, rememberCoverage } from './coverage.ts';
import { endRun } from './end-run.ts';
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
  if (!(await hasSourceSnapshot(session, sourceSnapshot))) throw snapshotGone(point, sourceSnapshot);
  const sample = verify.all ? { slot: 0, slots: 1 } : await nextFullerSlot(context.state, row);
  await session.beginPhase(
    'scanning',
    { kind: 'scan', directories: [{ path: '', side: 'both' }] },
    {
      status: 'running',
      sourceSnapshot,
      restorePoint: point.snapshot,
      sample,
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

const snapshotGone = (point: SnapshotInfo, snapshot: string): FarshareError =>
  new FarshareError(
    'SourceSnapshotGone',
    `The source snapshot ${snapshot}, which restore point ${point.snapshot} equals, is not there any more.`,
    { disposition: 'run' },
  );

/** A verification succeeds when it could compare all that it was to, and found nothing different. */
export async function finishVerify(session: AdvanceSession): Promise<false> {
  const { row, context } = session;
  const { tally, failedShards } = await readProgress(context.state, row);
  const { verified, counts } = tally;
  if (verified.differing > 0) {
    context.telemetry.event('backup.verify.mismatch', { runId: row.runId, files: verified.differing });
    await rememberRepairs(context, row);
  }
  const isAll = row.verify?.all === true;
  const isWhole = failedShards === 0 && !row.stopping && counts.failed === 0;
  if (row.restorePoint !== undefined && (verified.differing > 0 || (isWhole && isAll))) {
    await markPoint(context, row, row.restorePoint, verified.differing);
  }
  if (isWhole && row.sample !== undefined) await rememberCoverage(context, row, row.sample);
  await endRun(session, isWhole ? 'succeeded' : 'failed');
  return false;
}
