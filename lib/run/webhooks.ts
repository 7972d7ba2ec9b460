/**
 * Telling others of runs. What is to be sent is a row before it is a message, and the row goes when the receiver has taken it:
 * each message is delivered at least once, under one id, whoever dies in between, and no run waits for it.
 */
import { StateConflictError } from '../errors.ts';
import {
  type DeliveryRow,
  deliveryMessageSchema,
  deliveryRowSchema,
  isPartial,
  type JobConfig,
  type RunEvent,
  type RunRow,
  type Webhook,
  type WebhookEvent,
} from '../model/index.ts';
import { type RunContext, uuid5 } from './context.ts';
import { digestOf, dueDigests } from './digest.ts';
import type { StateRow, WebhookAnswer } from './ports.ts';
import { keysFrom, readRun } from './run-state.ts';

const partition = 'webhooks';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
/** Waits between tries: those of the Standard Webhooks specification, some 18 hours in all. */
const retryDelaysMs = [5 * second, minute, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour];
/** A receiver that asks for more rest than this is asked sooner. */
const longestRetryAfterMs = hour;
/** How long after its time a row is taken for one whose message was lost. */
const lostAfterMs = 2 * minute;
/** Beside the webhook's own timeout, what a try may take before another process takes it over. */
const claimSlackMs = 30 * second;

/** The webhooks that are told of an event of a job. */
export const webhooksFor = (context: RunContext, job: string, event: WebhookEvent): readonly Webhook[] =>
  (context.webhooks?.webhooks ?? []).filter(
    (webhook) => (webhook.job ?? job) === job && webhook.events.includes(event),
  );

/** What the end of a run is to those who are told; undefined where there is nothing to tell. */
function runEventOf(row: RunRow): RunEvent | undefined {
  if (row.dryRun) return undefined;
  switch (row.status) {
    case 'succeeded':
      // Between restore points of continuous mode: a message a minute would say nothing.
      if (row.unsealed === true) return undefined;
      return isPartial(row) ? 'partial' : 'completed';
    case 'failed':
    case 'cancelled':
    case 'awaiting-approval':
      return row.status;
    case 'queued':
    case 'running':
    case 'finalizing':
      return undefined;
  }
}

/** Puts on its way what is to be told of an ended run. Done again, it adds nothing that is still waiting. */
export async function announceRun(context: RunContext, row: RunRow): Promise<void> {
  const event = runEventOf(row);
  if (event === undefined) return;
  const nowMs = context.clock.now();
  for (const webhook of webhooksFor(context, row.job.name, event)) {
    const delivery: DeliveryRow = {
      v: 1,
      webhook: webhook.id,
      event,
      runId: row.runId,
      madeAtMs: row.endedAtMs ?? nowMs,
      attempts: 0,
      nextAtMs: nowMs,
    };
    await storeDelivery(context, deliveryKey(delivery), delivery);
    await sendDelivery(context, deliveryKey(delivery));
  }
}

/** One for each end of a run; snapshots and digests have a message each time. */
export const deliveryKey = ({ webhook, event, runId, madeAtMs }: DeliveryRow): string =>
  event === 'digest' || event === 'afterSnapshot'
    ? `${runId || 'digest'}.${webhook}.${event}-${madeAtMs}`
    : `${runId}.${webhook}.${event}`;

/** A row that is there already stays as it is. */
export async function storeDelivery(context: RunContext, key: string, value: DeliveryRow): Promise<void> {
  try {
    await context.state.transact(partition, [{ kind: 'insert', key, value }]);
  } catch (error) {
    if (!(error instanceof StateConflictError)) throw error;
  }
}

const sendDelivery = (context: RunContext, delivery: string, delayMs?: number): Promise<void> =>
  context.queues.send('webhooks', { v: 1, delivery }, delayMs);

/** The function of the queue `webhooks`. A message that is not ours, or that comes again, does nothing. */
export async function deliverMessage(context: RunContext, message: unknown, signal?: AbortSignal): Promise<void> {
  const parsed = deliveryMessageSchema.safeParse(message);
  if (parsed.success) await deliver(context, parsed.data.delivery, signal);
}

async function deliver(context: RunContext, key: string, signal?: AbortSignal): Promise<void> {
  const held = await readDelivery(context, key);
  if (held === undefined || held.value.nextAtMs > context.clock.now() + second) return;
  const webhook = context.webhooks?.webhooks.find(({ id }) => id === held.value.webhook);
  if (webhook === undefined) return giveUp(context, held, 'It is not in the configuration any more.');
  const claimed = await change(context, held, {
    nextAtMs: context.clock.now() + webhook.timeoutMs + claimSlackMs,
  });
  if (claimed === undefined) return;
  const body = await bodyOf(context, claimed.value);
  if (body === undefined) return remove(context, claimed);
  const id = `msg_${uuid5('farshare-webhook', key, String(held.value.madeAtMs))}`;
  const answer = await context.webhooks?.post(webhook, { id, atMs: context.clock.now(), body }, signal);
  if (answer === undefined || answer.kind === 'taken') await remove(context, claimed);
  else await tryLater(context, { webhook, claimed, answer });
}

async function tryLater(
  context: RunContext,
  of: { webhook: Webhook; claimed: StateRow<DeliveryRow>; answer: Exclude<WebhookAnswer, { kind: 'taken' }> },
): Promise<void> {
  const { webhook, claimed, answer } = of;
  const { attempts } = claimed.value;
  const delayMs = retryDelaysMs[attempts];
  if (answer.isFinal || delayMs === undefined) return giveUp(context, claimed, answer.reason);
  tellFailed(context, { webhook: webhook.name, row: claimed.value, attempt: attempts + 1, reason: answer.reason });
  const waitMs = Math.max(delayMs, Math.min(answer.retryAfterMs, longestRetryAfterMs));
  const next = { attempts: attempts + 1, nextAtMs: context.clock.now() + waitMs };
  const isStored = (await change(context, claimed, next)) !== undefined;
  if (isStored) await sendDelivery(context, claimed.key, waitMs);
}

export function tellFailed(
  { telemetry }: RunContext,
  {
    webhook,
    row,
    attempt,
    reason,
  }: { webhook: string; row: Pick<DeliveryRow, 'runId' | 'event'>; attempt: number; reason: string },
): void {
  telemetry.event('backup.webhook.failed', { webhook, runId: row.runId, event: row.event, attempt, reason });
}

async function giveUp(context: RunContext, held: StateRow<DeliveryRow>, reason: string): Promise<void> {
  const { webhook: id, runId, event, attempts } = held.value;
  const webhook = context.webhooks?.webhooks.find((one) => one.id === id)?.name ?? '';
  context.telemetry.event('backup.webhook.givenup', { webhook, runId, event, attempts: attempts + 1, reason });
  await remove(context, held);
}

/** `{"type", "timestamp", "data"}`; undefined when the run is not there any more. */
async function bodyOf(
  context: RunContext,
  { event, runId, digest, madeAtMs }: DeliveryRow,
): Promise<string | undefined> {
  const timestamp = new Date(madeAtMs).toISOString();
  if (event === 'digest') {
    if (digest === undefined) return undefined;
    return JSON.stringify({ type: 'farshare.digest', timestamp, data: await digestOf(context, digest) });
  }
  const row = (await readRun(context.state, runId))?.value;
  if (row === undefined) return undefined;
  if (event === 'beforeSnapshot' || event === 'afterSnapshot') return snapshotBody(row, event, timestamp);
  return row.report && JSON.stringify({ type: `farshare.run.${event}`, timestamp, data: row.report });
}

export function snapshotBody(row: RunRow, event: 'beforeSnapshot' | 'afterSnapshot', timestamp: string): string {
  const { runId, job } = row;
  const type = event === 'beforeSnapshot' ? 'farshare.snapshot.before' : 'farshare.snapshot.after';
  return JSON.stringify({ type, timestamp, data: { runId, job: job.name, share: job.source.share } });
}

async function readDelivery(context: RunContext, key: string): Promise<StateRow<DeliveryRow> | undefined> {
  const held = await context.state.get(partition, key);
  const parsed = deliveryRowSchema.safeParse(held?.value);
  return held === undefined || !parsed.success ? undefined : { ...held, value: parsed.data };
}

/** Under the row's ETag; undefined when somebody else was first. */
async function change(
  context: RunContext,
  held: StateRow<DeliveryRow>,
  of: Partial<DeliveryRow>,
): Promise<StateRow<DeliveryRow> | undefined> {
  const { key, etag } = held;
  const value = { ...held.value, ...of };
  try {
    const etags = await context.state.transact(partition, [{ kind: 'update', key, value, etag }]);
    return { key, etag: etags.get(key) ?? '', value };
  } catch (error) {
    if (!(error instanceof StateConflictError)) throw error;
    return undefined;
  }
}

async function remove(context: RunContext, { key }: StateRow<DeliveryRow>): Promise<void> {
  try {
    await context.state.transact(partition, [{ kind: 'delete', key }]);
  } catch (error) {
    if (!(error instanceof StateConflictError)) throw error;
  }
}

/** Brings a row that was stored ahead of its time on its way now. */
export async function releaseDelivery(context: RunContext, key: string): Promise<void> {
  const held = await readDelivery(context, key);
  if (held === undefined) return;
  if ((await change(context, held, { nextAtMs: context.clock.now() })) !== undefined) await sendDelivery(context, key);
}

/** Takes back what a run has stored of an event; what is on its way to the receiver at this moment cannot be. */
export async function dropDeliveries(context: RunContext, runId: string, event: WebhookEvent): Promise<void> {
  for await (const row of context.state.list<DeliveryRow>(partition, keysFrom(`${runId}.`))) {
    if (row.value.event === event) await remove(context, row);
  }
}

/** For the schedule's timer: puts the digests that are due on their way. */
export async function sendDigests(context: RunContext, jobs: readonly JobConfig[]): Promise<void> {
  for (const { delivery, remember } of await dueDigests(context, jobs)) {
    await storeDelivery(context, deliveryKey(delivery), delivery);
    await remember();
    await sendDelivery(context, deliveryKey(delivery));
  }
}

/** For the watchdog: sends again what was lost, or left behind by a process that died. */
export async function watchDeliveries(context: RunContext): Promise<void> {
  for await (const { key, value } of pendingDeliveries(context)) {
    if (context.clock.now() >= value.nextAtMs + lostAfterMs) await sendDelivery(context, key);
  }
}

async function* pendingDeliveries(context: RunContext): AsyncIterable<StateRow<DeliveryRow>> {
  for await (const row of context.state.list(partition, keysFrom(''))) {
    const parsed = deliveryRowSchema.safeParse(row.value);
    if (parsed.success) yield { ...row, value: parsed.data };
  }
}

/**
 * For a process that ends: delivers what is due, and what comes due, until `untilMs`. Answers how many messages are left to
 * the next process of this state.
 */
export async function deliverPending(context: RunContext, untilMs: number, signal: AbortSignal): Promise<number> {
  for (;;) {
    const left: StateRow<DeliveryRow>[] = [];
    for await (const row of pendingDeliveries(context)) left.push(row);
    const nextAtMs = Math.min(...left.map(({ value }) => value.nextAtMs));
    if (left.length === 0 || nextAtMs > untilMs || signal.aborted) return left.length;
    await context.clock.sleep(Math.max(0, nextAtMs - context.clock.now()), signal).catch(() => undefined);
    const due = left.filter(({ value }) => value.nextAtMs <= context.clock.now());
    await Promise.all(due.map(({ key }) => deliver(context, key, signal)));
  }
}
