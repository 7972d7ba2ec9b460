/** `beforeSnapshot` and `afterSnapshot`: an application is asked to hold still while its share is snapshotted. */
import { FarshareError } from '../errors.ts';
import type { DeliveryRow, Webhook } from '../model/index.ts';
import type { AdvanceSession } from './advance-session.ts';
import { newId } from './context.ts';
import { keepLockIfHeld } from './destination-lock.ts';
import type { WebhookAnswer } from './ports.ts';
import {
  deliveryKey,
  dropDeliveries,
  releaseDelivery,
  snapshotBody,
  storeDelivery,
  tellFailed,
  webhooksFor,
} from './webhooks.ts';

const firstWaitMs = 1000;
/** Beside the time of all answers, what taking a snapshot may take before the application is let go all the same. */
const snapshotSlackMs = 60_000;
/** The lock lives a minute; an answer may take five. */
const keepLockEveryMs = 10_000;

/**
 * Awaits everybody who wants to know of the snapshot beforehand, then takes it, then tells those who want to know it is taken.
 * That is stored first: who was asked to hold still is let go whatever becomes of this process or of the snapshot.
 */
export async function aroundSnapshot<T>(session: AdvanceSession, take: () => Promise<T>): Promise<T> {
  const { context, row } = session;
  const before = webhooksFor(context, row.job.name, 'beforeSnapshot');
  const after = webhooksFor(context, row.job.name, 'afterSnapshot');
  if (before.length + after.length === 0) return take();
  const now = context.clock.now();
  const longestMs = Math.max(0, ...before.map(({ timeoutMs }) => timeoutMs));
  const deliveries = after.map((webhook): DeliveryRow => ({
    v: 1,
    webhook: webhook.id,
    event: 'afterSnapshot',
    runId: row.runId,
    madeAtMs: now,
    attempts: 0,
    // A webhook is asked for the last time before its time is over, and has as long to answer.
    nextAtMs: now + 2 * longestMs + snapshotSlackMs,
  }));
  // What an interrupted try has stored would let the application go while it is asked again.
  await dropDeliveries(context, row.runId, 'afterSnapshot');
  for (const delivery of deliveries) await storeDelivery(context, deliveryKey(delivery), delivery);
  try {
    await Promise.all(before.map((webhook) => askToHold(session, webhook)));
    return await take();
  } finally {
    for (const delivery of deliveries) await releaseDelivery(context, deliveryKey(delivery));
  }
}

/** Asks until the answer is 2xx or the webhook's time is over. */
async function askToHold(session: AdvanceSession, webhook: Webhook): Promise<void> {
  const { context, row } = session;
  const keeping = setInterval(() => void keepLockIfHeld(context, row, session).catch(() => undefined), keepLockEveryMs);
  try {
    const answer = await tryToHold(session, webhook);
    if (answer.kind === 'taken' || webhook.onFailure === 'continue') return;
    throw new FarshareError(
      'BeforeSnapshotFailed',
      `The webhook ${webhook.name} did not let the snapshot be taken: ${answer.reason}`,
      { disposition: 'run' },
    );
  } finally {
    clearInterval(keeping);
  }
}

async function tryToHold({ context, row }: AdvanceSession, webhook: Webhook): Promise<WebhookAnswer> {
  const begunAt = context.clock.monotonic();
  const id = `msg_${newId()}`;
  let waitMs = firstWaitMs;
  for (let attempt = 1; ; attempt += 1) {
    const atMs = context.clock.now();
    const body = snapshotBody(row, 'beforeSnapshot', new Date(atMs).toISOString());
    const answer = (await context.webhooks?.post(webhook, { id, atMs, body })) ?? { kind: 'taken' };
    if (answer.kind === 'taken') return answer;
    tellFailed(context, {
      webhook: webhook.name,
      row: { runId: row.runId, event: 'beforeSnapshot' },
      attempt,
      reason: answer.reason,
    });
    const isLate = context.clock.monotonic() - begunAt + waitMs > webhook.timeoutMs;
    if (isLate || !answer.mayRetry) return answer;
    await context.clock.sleep(waitMs);
    waitMs *= 2;
  }
}
