import { asFarshareError } from '../errors.ts';
import { type Failure, isPartial, type RunReport, type RunRow, type RunStatus } from '../model/index.ts';
import type { AdvanceSession } from './advance-session.ts';
import { lockGiven, lockId } from './destination-lock.ts';
import { giveBackPoint } from './point-leases.ts';
import { buildReport } from './run-report.ts';
import { activePartition } from './run-state.ts';
import { nextRunId, startNext } from './next-run.ts';
import { rememberOutcome } from './outcomes.ts';
import type { RunContext } from './context.ts';
import { holdId } from './snapshots.ts';
import { neededSnapshots } from './source-needs.ts';
import { announceRun } from './webhooks.ts';

/** What every end has in common: the lock goes back, the requests are counted, then the report is stored and told. */
export async function endRun(session: AdvanceSession, outcome: RunStatus, change: Partial<RunRow> = {}): Promise<void> {
  const { context } = session;
  await session.change({ ...change, status: 'finalizing' });
  // What had come to its end all the same, such as a sealed restore point, stays what it is.
  const isCut = outcome !== 'succeeded' || session.row.kind === 'verify';
  const status = isCut && session.row.cancelling === true ? 'cancelled' : outcome;
  if (status === 'cancelled') await giveSnapshot(session);
  await giveLock(session);
  await session.keepRequests();
  const endedAtMs = context.clock.now();
  const next = nextRunId(session.row, status, endedAtMs);
  const ended: RunRow = { ...session.row, status, phase: 'done', endedAtMs, ...(next && { next }) };
  const report = await buildReport(context.state, ended);
  // What the schedule goes by is backups alone.
  if (ended.kind === 'backup') await rememberOutcome(context, ended);
  await session.change({ status, phase: 'done', endedAtMs, report, ...(next && { next }) });
  await startNext(context, session.row);
  await announceRun(context, session.row);
  await removeActive(context, ended.runId);
  context.telemetry.event(eventOf(ended), {
    runId: ended.runId,
    job: ended.job.name,
    destination: ended.destination.name,
    dryRun: ended.dryRun,
    files: report.counts.files,
    copied: report.counts.copied,
    deleted: report.counts.deleted,
    failed: report.counts.failed,
    bytesCopied: report.bytes.copied,
    requests: report.requests.total,
    ...(ended.guard.length > 0 && { guard: ended.guard.join('; ') }),
  });
  tellReport(context, report);
  for (const { path, operation, code } of report.failures) {
    if (path !== '') context.telemetry.event('backup.entry.failed', { runId: ended.runId, path, operation, code });
  }
}

/** Of the two ends that say something about what the run is for. */
const endEvents: Readonly<Record<RunRow['kind'], readonly [succeeded: string, failed: string]>> = {
  backup: ['backup.run.completed', 'backup.run.failed'],
  verify: ['backup.verify.completed', 'backup.verify.failed'],
  restore: ['backup.restore.completed', 'backup.restore.failed'],
  drill: ['backup.drill.passed', 'backup.drill.failed'],
};

function eventOf({ status, kind, restorePoint, failedEntries }: RunRow): string {
  if (status === 'cancelled') return 'backup.run.cancelled';
  if (status === 'awaiting-approval') return 'backup.run.awaitingapproval';
  const isPartialSeal = kind === 'backup' && restorePoint !== undefined && isPartial({ failedEntries });
  if (status === 'succeeded' && isPartialSeal) return 'backup.run.partial';
  return endEvents[kind][status === 'succeeded' ? 0 : 1];
}

export const failureOf = (error: unknown): Failure => {
  const { code, message, operation } = asFarshareError(error);
  return { path: '', operation: operation ?? '', code, message };
};

/** The hold on a source snapshot that nobody else needs. It stays as long as retention keeps it, for `retry`. */
async function giveSnapshot({ context, row, source }: AdvanceSession): Promise<void> {
  const { job, sourceSnapshot, baseSnapshot } = row;
  if (row.dryRun || job.source.snapshots === 'existing' || sourceSnapshot === undefined) return;
  if (sourceSnapshot === baseSnapshot || (await neededSnapshots(context, job, row)).has(sourceSnapshot)) return;
  try {
    await source.releaseLease(holdId(context, row), sourceSnapshot);
  } catch (error) {
    if (asFarshareError(error).disposition === 'yield') throw error;
  }
}

/** Best effort: a lock that is not given back runs out by itself. */
async function giveLock(session: AdvanceSession): Promise<void> {
  if (session.row.dryRun || session.row.kind === 'verify') return;
  lockGiven(session.context, session.row.runId);
  if (session.row.kind !== 'backup') await giveBackPoint(session.row, session.source);
  try {
    await session.destination.releaseLease(lockId(session.row.runId));
  } catch (error) {
    if (asFarshareError(error).disposition === 'yield') throw error;
  }
}

export async function removeActive(context: RunContext, runId: string): Promise<void> {
  if ((await context.state.get(activePartition, runId)) === undefined) return;
  try {
    await context.state.transact(activePartition, [{ kind: 'delete', key: runId }]);
  } catch (error) {
    // Somebody else removed it in between.
    if (asFarshareError(error).code !== 'StateConflict') throw error;
  }
}

/** What a run that has ended looked at and did. */
function tellReport(context: RunContext, report: RunReport): void {
  const { job, destination, kind, status, counts } = report;
  const of = { job, destination, kind, status };
  context.telemetry.metric('farshare.files', counts.files, of);
  context.telemetry.metric('farshare.copied', counts.copied + counts.rangeCopied, of);
  context.telemetry.metric('farshare.bytes', report.bytes.copied, of);
  context.telemetry.metric('farshare.requests', report.requests.total, of);
}
