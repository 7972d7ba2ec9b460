import { asFarshareError, FarshareError } from '../errors.ts';
import { hasEnded, isPartial, type NoteKind, type Phase, type RunRow } from '../model/index.ts';
import { AdvanceSession } from './advance-session.ts';
import { beginVerification, leaveVerification } from './advance-verification.ts';
import type { RunContext } from './context.ts';
import { isWriting, keepLock, lockWanted } from './destination-lock.ts';
import { endRun, failureOf } from './end-run.ts';
import { beyondApproval, guardOf } from './guard.ts';
import { beginRecording, recordReport, sweepManifests } from './record.ts';
import { settleRepairs } from './findings.ts';
import { hasFailed, hasNotes, hasStopped, listAgain } from './passes.ts';
import { prepareRestore } from './prepare-restore.ts';
import { holdPoint } from './point-leases.ts';
import { prepareRun } from './prepare-run.ts';
import { guardRestore, leaveRestored } from './finish-restore.ts';
import { pruneDestination, pruneSource, releaseBase } from './prune.ts';
import { isComplete, type Progress, readProgress } from './run-report.ts';
import { isQuiet, readRun, sendAdvance } from './run-state.ts';
import { leaveVerify, prepareVerify } from './verify-run.ts';
import { overwrittenBefore } from './outcomes.ts';
import { markHead, sealRun, unseal } from './seal.ts';
import { beginScanAgain, knownOrder } from './unordered.ts';

/** An account that cannot be reached for an hour fails the run; the schedule tries it again. */
const retryLimitMs = 60 * 60 * 1000;

/**
 * Takes a run as far as it can go without shards: the `finalize` queue's function. Comes as often as anybody likes; a run
 * that another worker advances, that waits for shards, or that has ended is left alone.
 */
export async function advanceRun(context: RunContext, runId: string): Promise<void> {
  const session = await AdvanceSession.claim(context, runId);
  if (session === undefined) return;
  lockWanted(context, runId);
  try {
    if (isWriting(session.row)) await keepLock(context, session.row, session);
    while (await nextStep(session));
    if (session.row.retryingSinceMs !== undefined) await session.change({ retryingSinceMs: undefined });
  } catch (error) {
    const { disposition } = asFarshareError(error);
    if (disposition === 'yield') throw error;
    if (disposition === 'retry' && !(await isStuck(session))) throw error;
    await endRun(session, 'failed', { errors: [...session.row.errors, failureOf(error)] });
    if (disposition === 'bug') throw error;
  } finally {
    await session.release();
  }
  await lookAgain(context, runId);
}

/** Ends a run that its message was given up for; one that somebody is at, or that has ended, is left alone. */
export async function failRun(context: RunContext, runId: string, error: unknown): Promise<void> {
  const session = await AdvanceSession.claim(context, runId);
  if (session === undefined) return;
  try {
    await endRun(session, 'failed', { errors: [...session.row.errors, failureOf(error)] });
  } finally {
    await session.release();
  }
}

/** True when nothing but passing errors has been met for so long that the run had better end. */
async function isStuck(session: AdvanceSession): Promise<boolean> {
  const now = session.context.clock.now();
  const since = session.row.retryingSinceMs;
  if (since === undefined) await session.change({ retryingSinceMs: now });
  return since !== undefined && now - since > retryLimitMs;
}

/** A shard that ended while the run was held woke nobody: its message found the run taken. */
async function lookAgain(context: RunContext, runId: string): Promise<void> {
  const row = (await readRun(context.state, runId))?.value;
  if (row === undefined || !isShardPhase(row.phase) || hasEnded(row.status)) return;
  if (await isQuiet(context.state, runId)) await sendAdvance(context, runId);
}

const shardPhases = [
  'scanning',
  'deleting',
  'late-copying',
  'directories',
  'recording',
  'checking',
  'verifying',
  'recording-verified',
] as const satisfies readonly Phase[];

const isShardPhase = (phase: Phase): phase is (typeof shardPhases)[number] =>
  (shardPhases as readonly Phase[]).includes(phase);

/** Of a run that is to be cancelled, shards end first, and what is sealed and checked stays. */
async function nextStep(session: AdvanceSession): Promise<boolean> {
  const { phase, cancelling } = session.row;
  if (cancelling !== true || isShardPhase(phase) || phase === 'pruning') return step(session);
  await endRun(session, 'cancelled');
  return false;
}

/** One step; false when the run has ended or waits. */
async function step(session: AdvanceSession): Promise<boolean> {
  const { phase } = session.row;
  if (isShardPhase(phase)) return leaveShards(session);
  switch (phase) {
    case 'preparing':
      return prepare(session);
    case 'deciding':
      return decide(session);
    case 'sealing':
      return seal(session);
    case 'pruning':
      return finish(session);
    case 'done':
      return false;
  }
}

async function prepare(session: AdvanceSession): Promise<boolean> {
  const { restore, verify } = session.row;
  if (verify !== undefined) {
    await prepareVerify(session, verify);
    return false;
  }
  const prepared = await (restore === undefined ? prepareRun(session) : prepareRestore(session, restore));
  if (prepared.kind === 'wait') {
    const { lockRetryMs, snapshotRetryMs } = session.context.margins;
    const delayMs = prepared.isFor === 'snapshot' ? snapshotRetryMs : lockRetryMs;
    await sendAdvance(session.context, session.row.runId, delayMs);
    return false;
  }
  if (prepared.kind === 'nothing') {
    await endRun(session, 'succeeded', prepared.change);
    return false;
  }
  if (prepared.kind === 'ask') {
    await endRun(session, 'awaiting-approval', { guard: [prepared.reason] });
    return false;
  }
  const side = prepared.destinationExists ? 'both' : 'source';
  session.context.telemetry.event('backup.run.started', { runId: session.row.runId, job: session.row.job.name });
  await session.beginPhase(
    'scanning',
    { kind: 'scan', directories: [{ path: '', side }] },
    {
      ...prepared.change,
      ...(await knownOrder(session)),
      ...(await overwrittenBefore(session.context, session.row, prepared.change.sourceSnapshot)),
      status: 'running',
    },
  );
  return false;
}

function requireComplete(row: RunRow, progress: Progress): void {
  if (isComplete(row, progress)) return;
  const found = `${progress.finished} of ${row.roots + progress.children}`;
  throw new FarshareError('ShardsMissing', `Run ${row.runId} has ${found} shards.`, { disposition: 'bug' });
}

/** The shards of a phase are done: what comes next, or the end when something failed. */
async function leaveShards(session: AdvanceSession): Promise<boolean> {
  const { row, context } = session;
  if (!(await isQuiet(context.state, row.runId))) return false;
  const progress = await readProgress(context.state, row);
  requireComplete(row, progress);
  if (row.verify !== undefined && row.scanAgain !== true) return leaveVerify(session);
  if (row.restore !== undefined && leaveAfterSeal[row.phase] !== undefined) return leaveRestored(session);
  const leave = leaveAfterSeal[row.phase];
  return leave === undefined ? leaveBeforeSeal(session, progress) : leave(session, progress);
}

const leaveAfterSeal: Partial<Record<Phase, (session: AdvanceSession, progress: Progress) => Promise<boolean>>> = {
  recording: (session, progress) => leaveRecording(session, progress, 'sealing'),
  checking: (session, progress) => leaveCheck(session, progress),
  verifying: leaveVerification,
  'recording-verified': (session, progress) => leaveRecording(session, progress, 'pruning'),
};

/** A run that was stopped meanwhile ends before it seals; sealed and checked, it goes on. */
async function leaveRecording(session: AdvanceSession, progress: Progress, phase: Phase): Promise<boolean> {
  if (phase === 'sealing' && hasFailed(session.row, progress)) {
    await endRun(session, 'failed');
    return false;
  }
  await session.change({ phase });
  return true;
}

async function leaveBeforeSeal(session: AdvanceSession, progress: Progress): Promise<boolean> {
  const { row } = session;
  if (row.scanAgain === true && !row.stopping && progress.failedShards === 0) {
    await beginScanAgain(session, progress);
    return false;
  }
  if (row.restore === undefined ? hasFailed(row, progress) : hasStopped(row, progress)) {
    await endRun(session, 'failed');
    return false;
  }
  if (row.phase === 'scanning') {
    await session.change({ phase: 'deciding' });
    return true;
  }
  return nextPhase(session, row.phase, progress);
}

/** Nothing is deleted before this. */
async function decide(session: AdvanceSession): Promise<boolean> {
  const { row, context } = session;
  const progress = await readProgress(context.state, row);
  const { tally } = progress;
  const guard = guardRestore(row, tally) ?? guardOf(row, tally);
  const beyond = beyondApproval(row, tally);
  const reasons = guard.tripped ? [...guard.reasons, ...beyond] : [];
  const isApproved = row.approved || (row.approval !== undefined && beyond.length === 0);
  if (row.dryRun) {
    await endRun(session, 'succeeded', { guard: [...row.guard, ...reasons] });
    return false;
  }
  if (guard.tripped && !isApproved) {
    context.telemetry.event('backup.guard.tripped', { runId: row.runId, reasons: reasons.join('; ') });
    await endRun(session, 'awaiting-approval', { guard: reasons });
    return false;
  }
  return nextPhase(session, 'deciding', progress);
}

const fanOuts: readonly { after: Phase; phase: Phase; notes: NoteKind; child: 'delete' | 'late' | 'directories' }[] = [
  { after: 'deciding', phase: 'deleting', notes: 'delete', child: 'delete' },
  { after: 'deleting', phase: 'late-copying', notes: 'late', child: 'late' },
  { after: 'late-copying', phase: 'directories', notes: 'directory', child: 'directories' },
];

/** Begins the next phase that has something to do; after the last, seals, unless something must be listed again. */
async function nextPhase(session: AdvanceSession, done: Phase, progress: Progress): Promise<boolean> {
  let after = done;
  for (const { after: before, phase, notes, child } of fanOuts) {
    if (before !== after) continue;
    if ((await hasNotes(session, notes)) && mayDo(session.row, phase, progress)) {
      await session.beginPhase(phase, { kind: 'fan-out', notes, child, after: '' });
      return false;
    }
    after = phase;
  }
  // What a restore wrote may have been written to by people since: it is looked at, not gone over again.
  if (progress.takenOver && session.row.restore === undefined)
    return listAgain(session, 'A shard was taken over from a worker that had not given it back.');
  const { failed } = progress.tally.counts;
  const failedEntries = failed === 0 ? undefined : failed;
  await session.change({ failedEntries });
  if (await beginRecording(session, 'recording')) return false;
  await session.change({ phase: 'sealing', status: 'finalizing' });
  return true;
}

/** Nothing is deleted where something failed: only a restore comes here then. */
const mayDo = (row: RunRow, phase: Phase, { tally }: Progress): boolean =>
  row.restore === undefined || phase !== 'deleting' || tally.counts.failed === 0;

async function seal(session: AdvanceSession): Promise<boolean> {
  const restorePoint = await sealAs(session);
  // No directory of a dated restore point is one to compare with.
  if (session.row.restore?.mode !== 'dated' && (await hasNotes(session, 'directory'))) {
    await session.beginPhase(
      'checking',
      { kind: 'fan-out', notes: 'directory', child: 'check', after: '' },
      { restorePoint },
    );
    return false;
  }
  if (session.row.restore !== undefined) return leaveRestored(session);
  await session.change({ restorePoint });
  return beginVerification(session);
}

/** What a restore has written is checked, never sealed. */
async function sealAs(session: AdvanceSession): Promise<string | undefined> {
  const { restore, unsealed } = session.row;
  if (restore !== undefined) return undefined;
  return unsealed === true ? markHead(session) : sealRun(session);
}

/** A restore point that is not what it should be is deleted, and the run goes over everything again. */
async function leaveCheck(session: AdvanceSession, progress: Progress): Promise<boolean> {
  const { row, context } = session;
  if (progress.failedChecks === 0 && progress.failedShards === 0 && !row.stopping) {
    return beginVerification(session);
  }
  // Told first: where another identity prunes, the deletion is refused and the run fails.
  context.telemetry.event('backup.check.mismatch', { runId: row.runId, entries: progress.failedChecks });
  await unseal(session);
  await session.change({ restorePoint: undefined });
  if (row.stopping || progress.failedShards > 0) {
    await endRun(session, 'failed');
    return false;
  }
  return listAgain(session, 'The restore point did not equal the source snapshot.');
}

async function finish(session: AdvanceSession): Promise<boolean> {
  await settleRepairs(session.context, session.row);
  try {
    await settlePlaces(session);
  } catch (error) {
    // Whoever has written there since then prunes there too. What is sealed and checked stays.
    if (asFarshareError(error).code !== 'DestinationLockLost') throw error;
  }
  await endRun(session, 'succeeded');
  return false;
}

async function settlePlaces(session: AdvanceSession): Promise<void> {
  const { context, row, destination } = session;
  await keepLock(context, row, session);
  if (row.restorePoint !== undefined)
    await holdPoint(context, destination, { snapshot: row.restorePoint, runId: row.runId });
  // The base of the next run is still this run's own: what failed is to be compared with it again.
  if (!isPartial(row)) await releaseBase(session);
  await pruneSource(session, { room: 0 });
  const snapshots = row.unsealed === true ? undefined : await pruneDestination(session, { room: 0 });
  await sweepManifests(session, snapshots);
  await recordReport(session);
}
