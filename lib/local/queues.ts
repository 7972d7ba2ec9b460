import type { Clock, MessageQueues, QueueName } from '../run/ports.ts';
import { systemClock } from './clock.ts';

/** A message in hand. It must be settled, once: by `done` or by `again`. */
export interface LocalMessage {
  readonly queue: QueueName;
  /** A copy of what was sent, as JSON would carry it. */
  readonly body: unknown;
  /** 1 at the first delivery. */
  readonly dequeueCount: number;
  done(): void;
  /** Puts it back, visible after `delayMs`. */
  again(delayMs?: number): void;
}

/** Queues inside one process, for a pump: `while (queues.pending > 0) { … receive … waitForMessage … }`. */
export interface LocalQueues extends MessageQueues {
  /** The message that is visible for longest, if any. */
  receive(queue: QueueName): LocalMessage | undefined;
  /** Resolves once some queue has a visible message; rejects with the signal's reason when aborted. */
  waitForMessage(signal?: AbortSignal): Promise<void>;
  /** Messages waiting, delayed or in hand, of all queues. 0 = nothing is left to do. */
  readonly pending: number;
}

interface Waiting {
  readonly text: string;
  readonly dequeueCount: number;
  readonly visibleAt: number;
}

export function createLocalQueues(clock: Clock = systemClock): LocalQueues {
  const queues: Record<QueueName, Waiting[]> = { shards: [], transfers: [], finalize: [], webhooks: [] };
  let inHand = 0;
  let onPut = Promise.withResolvers<void>();

  const put = (queue: QueueName, message: Waiting) => {
    const waiting = queues[queue];
    const at = waiting.findLastIndex(({ visibleAt }) => visibleAt <= message.visibleAt) + 1;
    waiting.splice(at, 0, message);
    onPut.resolve();
    onPut = Promise.withResolvers<void>();
  };
  const nextVisibleAt = () =>
    Math.min(...Object.values(queues).map(([first]) => first?.visibleAt ?? Number.POSITIVE_INFINITY));

  return {
    send(queue, message, delayMs = 0) {
      put(queue, { text: JSON.stringify(message), dequeueCount: 0, visibleAt: clock.monotonic() + delayMs });
      return Promise.resolve();
    },
    receive(queue) {
      const [first] = queues[queue];
      if (first === undefined || first.visibleAt > clock.monotonic()) return undefined;
      queues[queue].shift();
      inHand += 1;
      return deliver({ ...first, dequeueCount: first.dequeueCount + 1 }, queue, (again) => {
        inHand -= 1;
        if (again !== undefined) put(queue, { ...again, visibleAt: clock.monotonic() + again.delayMs });
      });
    },
    async waitForMessage(signal) {
      for (;;) {
        signal?.throwIfAborted();
        const waitMs = nextVisibleAt() - clock.monotonic();
        if (waitMs <= 0) return;
        await untilPutOrDue(onPut.promise, { waitMs, clock, signal });
      }
    },
    get pending() {
      return inHand + Object.values(queues).reduce((sum, waiting) => sum + waiting.length, 0);
    },
  };
}

type Settle = (again?: { text: string; dequeueCount: number; delayMs: number }) => void;

function deliver({ text, dequeueCount }: Waiting, queue: QueueName, settle: Settle): LocalMessage {
  let settled = false;
  const once = (work: () => void) => {
    if (settled) throw new TypeError('a message is settled once');
    settled = true;
    work();
  };
  return {
    queue,
    body: JSON.parse(text),
    dequeueCount,
    done: () => once(() => settle()),
    again: (delayMs = 0) => once(() => settle({ text, dequeueCount, delayMs })),
  };
}

async function untilPutOrDue(
  put: Promise<void>,
  { waitMs, clock, signal }: { waitMs: number; clock: Clock; signal: AbortSignal | undefined },
): Promise<void> {
  const over = new AbortController();
  const either = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]);
  // setTimeout takes 24 days at most, and a message that is not there is never due.
  const due = clock.sleep(Math.min(waitMs, 3_600_000), either);
  try {
    await Promise.race([put, due]);
  } finally {
    over.abort();
    await due.catch(() => undefined);
  }
}
