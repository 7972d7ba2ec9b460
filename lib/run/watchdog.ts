import { asFarshareError } from '../errors.ts';
import { emptyTally, hasEnded, type RequestCounts, type RunRow } from '../model/index.ts';
import { meterInto, type RunContext } from './context.ts';
import { keepLock } from './destination-lock.ts';
import { removeActive } from './end-run.ts';
import { startNext } from './next-run.ts';
import type { QueueName, ShareRef } from './ports.ts';
import {
  activePartition,
  keysFrom,
  readRun,
  readShard,
  runPartition,
  sendAdvance,
  sendShard,
  storeRequests,
} from './run-state.ts';
import { announceRun, watchDeliveries } from './webhooks.ts';

/** Unfinished shards looked at in one round: enough to find those of a dead worker, little beside a large run. */
const shardsPerRound = 500;
/** A run without a row for so long after its index row was written never got one. */
const orphanAgeMs = 10 * 60 * 1000;

/**
 * Makes runs end: sends again what a lost message or a dead worker has left behind, makes the move of phase that nobody made,
 * and keeps the locks of runs whose workers are idle for a moment. All of it may be done twice.
 */
export async function watchRuns(context: RunContext): Promise<void> {
  const running: RunRow[] = [];
  for await (const { key: runId } of context.state.list(activePartition, keysFrom(''))) {
    const row = (await readRun(context.state, runId))?.value;
    if (row === undefined) await dropOrphan(context, runId);
    else if (hasEnded(row.status)) await settleEnded(context, row);
    else running.push(row);
  }
  // Beside each other: one whose destination does not answer keeps no other's lock from being renewed.
  const settled = await Promise.allSettled(running.map((row) => watchRun(context, row)));
  for (const outcome of settled) if (outcome.status === 'rejected') throw outcome.reason;
  if (context.webhooks !== undefined) await watchDeliveries(context);
}

/** What the process that ended a run may not have come to. */
async function settleEnded(context: RunContext, row: RunRow): Promise<void> {
  await startNext(context, row);
  await announceRun(context, row);
  await removeActive(context, row.runId);
}

async function watchRun(context: RunContext, row: RunRow): Promise<void> {
  if (row.phase !== 'preparing') await renewLock(context, row);
  const { isEmpty } = await resendShards(context, row);
  if (!isEmpty) return;
  const isHeld = row.advancingOwner !== '' && context.clock.now() < row.advancingUntil + context.margins.takeoverMs;
  if (!isHeld) await sendAdvance(context, row.runId);
}

/** Shards of a dead owner always; shards that nobody has begun only while nobody works on the run at all. */
async function resendShards(context: RunContext, row: RunRow): Promise<{ isEmpty: boolean }> {
  const unbegun: { shard: string; queue: QueueName; epoch: number }[] = [];
  let [seen, live] = [0, 0];
  for await (const pending of context.state.list<{ queue: QueueName }>(runPartition(row.runId), keysFrom('p-'))) {
    seen += 1;
    if (seen > shardsPerRound) break;
    const shard = pending.key.slice(2);
    const held = (await readShard(context.state, row.runId, shard))?.value;
    if (held === undefined) continue;
    const message = { queue: pending.value.queue, epoch: held.epoch };
    if (held.owner === '') unbegun.push({ shard, ...message });
    else if (context.clock.now() >= held.leaseUntil + context.margins.takeoverMs) {
      context.telemetry.event('backup.shard.redriven', { runId: row.runId, shard });
      await sendShard(context, row.runId, shard, message);
    } else live += 1;
  }
  if (live === 0) for (const { shard, ...message } of unbegun) await sendShard(context, row.runId, shard, message);
  return { isEmpty: seen === 0 };
}

async function renewLock(context: RunContext, row: RunRow): Promise<void> {
  const tally = emptyTally();
  const open = ({ account, share }: ShareRef, counts: () => RequestCounts) =>
    context.shares.open({ account, share }, { meter: meterInto(counts) });
  try {
    const source = open(row.job.source, () => tally.source);
    await keepLock(context, row, { source, destination: open(row.destination, () => tally.destination) });
  } catch (error) {
    // The run's own workers meet the same and end it; other runs must still be watched.
    context.telemetry.event('backup.lock.notkept', { runId: row.runId, code: asFarshareError(error).code });
  } finally {
    await storeRequests(context, row.runId, tally);
  }
}

async function dropOrphan(context: RunContext, runId: string): Promise<void> {
  const time = /(\d{4})(\d{2})(\d{2})t(\d{2})(\d{2})(\d{2})z-[0-9a-f]{6}$/u.exec(runId);
  if (time === null) return;
  const [, year, month, day, hour, minute, second] = time.map(Number);
  const madeAt = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
  if (context.clock.now() - madeAt > orphanAgeMs) await removeActive(context, runId);
}
