import { asFarshareError, FarshareError } from '../errors.ts';
import { hasEnded, type ShardWork, type WorkMessage } from '../model/index.ts';
import { advanceRun, failRun } from './advance-run.ts';
import { checkNotes } from './check.ts';
import type { RunContext } from './context.ts';
import { deleteNotes } from './delete.ts';
import { doActions } from './do-actions.ts';
import { settleDirectories } from './directories.ts';
import { keepLock } from './destination-lock.ts';
import { failureOf } from './end-run.ts';
import { fanOut } from './fan-out.ts';
import { copyLate } from './late-copy.ts';
import { isQuiet, readRun, sendAdvance, stopRun } from './run-state.ts';
import { scanShard } from './scan.ts';
import { ShardSession } from './shard-session.ts';
import { recordNotes } from './record.ts';
import { verifyFile, verifyNotes } from './verify.ts';
import { verifyStored } from './verify-stored.ts';
import { transferPending, transferRanges } from './transfer.ts';

/** One turn of one shard or transfer: the function of the `shards` and `transfers` queues. */
export async function workShard(context: RunContext, message: WorkMessage): Promise<void> {
  if (message.shard === undefined) return advanceRun(context, message.run);
  const session = await ShardSession.claim(context, message);
  if (session === undefined) return;
  try {
    await takeTurn(context, session);
  } catch (error) {
    await giveUpTurn(context, session, error);
  }
  await tellWhenQuiet(context, message.run);
}

async function takeTurn(context: RunContext, session: ShardSession): Promise<void> {
  if (isPointless(session)) return session.finish('done');
  if (session.attempts > context.margins.attempts) {
    throw new FarshareError(
      'ShardFailed',
      `Shard ${session.shard} made no progress in ${context.margins.attempts} tries.`,
      {
        disposition: 'run',
      },
    );
  }
  await keepLock(context, session.run, session);
  return doWork(context, session);
}

async function doWork(context: RunContext, session: ShardSession): Promise<void> {
  const { work } = session;
  if (isEndWork(work)) return doAtEnd(context, session, work);
  switch (work.kind) {
    case 'scan':
      return scanShard(context, session, work);
    case 'actions':
      return doActions(context, session, work);
    case 'fan-out':
      return fanOut(context, session, work);
    case 'delete':
      return deleteNotes(context, session, work);
    case 'late':
      return copyLate(context, session, work);
    case 'directories':
      return settleDirectories(context, session, work);
    case 'check':
      return checkNotes(context, session, work);
    case 'ranges':
      return transferRanges(context, session, work);
    case 'pending':
      return transferPending(context, session, work);
  }
}

type EndWork = Extract<ShardWork, { kind: 'record' | 'verify' | 'verify-file' | 'stored' }>;

const isEndWork = (work: ShardWork): work is EndWork =>
  ['record', 'verify', 'verify-file', 'stored'].includes(work.kind);

/** What comes when everything is copied. */
function doAtEnd(context: RunContext, session: ShardSession, work: EndWork): Promise<void> {
  if (work.kind === 'stored') return verifyStored(context, session, work);
  if (work.kind === 'record') return recordNotes(context, session, work);
  return work.kind === 'verify' ? verifyNotes(context, session, work) : verifyFile(context, session, work);
}

/** The run stops, or its scan begins again. Copies under way then end first: what they leave is whole, and counted. */
const isPointless = ({ run, work }: ShardSession): boolean =>
  run.stopping || (run.scanAgain === true && (work.kind === 'scan' || work.kind === 'actions'));

/** An error that a turn could not deal with: the shard goes back, or the run is stopped. */
async function giveUpTurn(context: RunContext, session: ShardSession, error: unknown): Promise<void> {
  const { disposition, code } = asFarshareError(error);
  if (disposition === 'run' && !session.signal.aborted) {
    await stopRun(context, session.run.runId, failureOf(error));
    await session.finish('failed');
    context.telemetry.event('backup.shard.failed', { runId: session.run.runId, shard: session.shard, code });
    return;
  }
  const lost = session.signal.aborted || disposition === 'yield';
  await session.letGo();
  if (!lost) throw error;
}

/** The last shard of a phase wakes the run. */
async function tellWhenQuiet(context: RunContext, runId: string): Promise<void> {
  if (await isQuiet(context.state, runId)) await sendAdvance(context, runId);
}

/** A message that the queue gave up: its shard, unless somebody works on it, is finished as failed, and with it the run. */
export async function poisonShard(context: RunContext, message: WorkMessage, error?: unknown): Promise<void> {
  context.telemetry.event('backup.shard.poisoned', { runId: message.run, shard: message.shard ?? '' });
  if (message.shard === undefined) {
    const run = await readRun(context.state, message.run);
    if (run === undefined || hasEnded(run.value.status)) return;
    // The app keeps trying; somebody waits for the command line's answer.
    if (run.value.origin === 'cli' && error !== undefined) return failRun(context, message.run, error);
    return sendAdvance(context, message.run);
  }
  const session = await ShardSession.claim(context, message);
  if (session === undefined) return;
  const failure = {
    path: '',
    operation: '',
    code: 'ShardPoisoned',
    message: `Shard ${message.shard} failed again and again.`,
    ...(error === undefined ? {} : failureOf(error)),
  };
  await stopRun(context, message.run, failure);
  await session.finish('failed');
  await tellWhenQuiet(context, message.run);
}
