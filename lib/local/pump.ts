import type { Clock, QueueName } from '../run/ports.ts';
import type { LocalMessage, LocalQueues } from './queues.ts';

export interface PumpOptions {
  readonly queues: LocalQueues;
  readonly clock: Clock;
  /** What the functions of the queues do with a message; throws to have it delivered again. */
  readonly work: (body: unknown) => Promise<void>;
  /** What the functions of the poison queues do. */
  readonly poison: (body: unknown) => Promise<void>;
  /** Called now and then, as the watchdog's timer is. */
  readonly watch: () => Promise<void>;
  readonly watchEveryMs: number;
  readonly isDone: () => Promise<boolean>;
  readonly signal: AbortSignal;
}

/** How many messages of a queue are worked on at once, and how often one is tried: as host.json has it. */
const atOnce: Readonly<Record<QueueName, number>> = { shards: 4, transfers: 4, finalize: 1 };
const mostTries = 5;
const retryDelayMs = 1_000;
const lookEveryMs = 200;

/** Drives local queues until `isDone`, or until aborted; either way it returns when nothing is in hand any more. */
export async function pump(options: PumpOptions): Promise<void> {
  const { queues, clock, signal } = options;
  const running = new Map<QueueName, Set<Promise<void>>>();
  let watchedAt = clock.monotonic();
  let failure: Error | undefined;
  while (!signal.aborted && failure === undefined && !(await options.isDone())) {
    for (const [queue, limit] of Object.entries(atOnce) as [QueueName, number][]) {
      const busy = running.get(queue) ?? new Set();
      running.set(queue, busy);
      for (
        let message = next(queues, queue, limit - busy.size);
        message;
        message = next(queues, queue, limit - busy.size)
      ) {
        const working: Promise<void> = deliver(options, message)
          .catch((error: unknown) => {
            failure = error instanceof Error ? error : new Error(String(error));
          })
          .finally(() => busy.delete(working));
        busy.add(working);
      }
    }
    if (clock.monotonic() - watchedAt >= options.watchEveryMs) {
      watchedAt = clock.monotonic();
      await options.watch();
    }
    await settleOrLook(
      options,
      [...running.values()].flatMap((busy) => [...busy]),
    );
  }
  await Promise.all([...running.values()].flatMap((busy) => [...busy]));
  if (failure !== undefined) throw failure;
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
    await poison(message.body);
    throw error;
  }
}
