import { asFarshareError } from '../errors.ts';
import type { Clock, QueueName } from '../run/ports.ts';
import type { LocalMessage, LocalQueues } from './queues.ts';

export interface PumpOptions {
  readonly queues: LocalQueues;
  readonly clock: Clock;
  /** What the functions of the queues do with a message; throws to have it delivered again. */
  readonly work: (body: unknown) => Promise<void>;
  /** What the functions of the poison queues do. The error is the last one; in the cloud nobody knows it. */
  readonly poison: (body: unknown, error: unknown) => Promise<void>;
  /** Called now and then, as the watchdog's timer is. */
  readonly watch: () => Promise<void>;
  readonly watchEveryMs: number;
  /** Asked again and again. `isIdle`: the last message in hand has just been done with, so that this may be the end. */
  readonly isDone: (isIdle: boolean) => Promise<boolean>;
  readonly signal: AbortSignal;
}

/**
 * How many messages of a queue are worked on at once. Several of `finalize`, since a run whose destination does not answer
 * holds its message for minutes, and the runs to other destinations go on.
 */
const atOnce: Readonly<Record<QueueName, number>> = { shards: 4, transfers: 4, finalize: 4, webhooks: 4 };
/** As host.json has it. */
const mostTries = 5;
const retryDelayMs = 1_000;
const lookEveryMs = 200;

/** Drives local queues until `isDone`, or until aborted; either way it returns when nothing is in hand any more. */
export async function pump(options: PumpOptions): Promise<void> {
  const { clock, signal } = options;
  const running = new Map<QueueName, Set<Promise<void>>>();
  let watchedAt = clock.monotonic();
  let watching: Promise<void> | undefined;
  let failure: Error | undefined;
  const noteFailure = (error: unknown): void => {
    failure = error instanceof Error ? error : new Error(String(error));
  };
  let [isIdle, isNews] = [false, false];
  while (!signal.aborted && failure === undefined && !(await options.isDone(isIdle && isNews))) {
    const busy = fill(options, running, noteFailure);
    if (watching === undefined && clock.monotonic() - watchedAt >= options.watchEveryMs) {
      watching = options
        .watch()
        .catch(noteFailure)
        .finally(() => {
          watchedAt = clock.monotonic();
          watching = undefined;
        });
    }
    isNews = isIdle !== (busy.length === 0);
    isIdle = busy.length === 0;
    if (!isIdle || !isNews) await settleOrLook(options, busy);
  }
  await Promise.all([...running.values()].flatMap((busy) => [...busy]));
  await watching;
  if (failure !== undefined) throw failure;
}

/** Begins with as many messages as there is room for; answers all that are in hand. */
function fill(
  options: PumpOptions,
  running: Map<QueueName, Set<Promise<void>>>,
  noteFailure: (error: unknown) => void,
): readonly Promise<void>[] {
  const { queues } = options;
  for (const [queue, limit] of Object.entries(atOnce) as [QueueName, number][]) {
    const busy = running.get(queue) ?? new Set();
    running.set(queue, busy);
    for (
      let message = next(queues, queue, limit - busy.size);
      message;
      message = next(queues, queue, limit - busy.size)
    ) {
      const working: Promise<void> = deliver(options, message)
        .catch(noteFailure)
        .finally(() => busy.delete(working));
      busy.add(working);
    }
  }
  return [...running.values()].flatMap((busy) => [...busy]);
}

const next = (queues: LocalQueues, queue: QueueName, room: number): LocalMessage | undefined =>
  room > 0 ? queues.receive(queue) : undefined;

async function settleOrLook({ queues, clock, signal }: PumpOptions, busy: readonly Promise<void>[]): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const look = clock.sleep(lookEveryMs, either).catch(() => undefined);
  const message = busy.length === 0 ? queues.waitForMessage(either).catch(() => undefined) : look;
  await Promise.race([...busy, look, message]);
  over.abort();
  await Promise.all([look, message]);
}

async function deliver({ work, poison }: PumpOptions, message: LocalMessage): Promise<void> {
  try {
    await work(message.body);
    message.done();
  } catch (error) {
    if (message.dequeueCount < mostTries) return message.again(retryDelayMs * message.dequeueCount);
    message.done();
    await poison(message.body, error);
    // The run it belongs to has failed and says so; the others are worked on. A bug is told at once.
    if (asFarshareError(error).disposition === 'bug') throw error;
  }
}
