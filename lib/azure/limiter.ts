import type { Clock } from '../run/ports.ts';

export type RequestOutcome = 'answered' | 'throttled' | 'failed';

/** How many requests to one account are under way at a time, in this process. */
export interface RequestLimiter {
  /** Waits for a place, first come first served; rejects with the signal's reason when aborted. */
  enter(signal?: AbortSignal): Promise<void>;
  /** Gives the place back. Each `enter` has exactly one `leave`. */
  leave(outcome: RequestOutcome): void;
  readonly limit: number;
  readonly underWay: number;
}

const defaultMost = 64;
/** One burst of 503s is one signal: the answers of requests sent before the halving say nothing new. */
const halvingIntervalMs = 1_000;

interface Waiter {
  admit(): void;
}

/**
 * Additive increase, multiplicative decrease: 503 and 429 halve the limit (at most once a second), and as many answers as
 * the limit in a row raise it by one. Azure Files throttles per share and account and names no rate, so it is felt for.
 */
export function createRequestLimiter(clock: Clock, most = defaultMost): RequestLimiter {
  let limit = most;
  let underWay = 0;
  let answeredInARow = 0;
  let halvedAt = Number.NEGATIVE_INFINITY;
  const waiting: Waiter[] = [];

  const admitNext = () => {
    while (underWay < limit && waiting.length > 0) {
      underWay += 1;
      waiting.shift()?.admit();
    }
  };
  const learn = (outcome: RequestOutcome) => {
    if (outcome === 'answered') {
      answeredInARow += 1;
      if (answeredInARow < limit || limit >= most) return;
      limit += 1;
      answeredInARow = 0;
      return;
    }
    answeredInARow = 0;
    if (outcome === 'failed' || clock.monotonic() - halvedAt < halvingIntervalMs) return;
    limit = Math.max(1, Math.floor(limit / 2));
    halvedAt = clock.monotonic();
  };

  return {
    get limit() {
      return limit;
    },
    get underWay() {
      return underWay;
    },
    async enter(signal) {
      signal?.throwIfAborted();
      if (underWay < limit && waiting.length === 0) {
        underWay += 1;
        return;
      }
      await waitForTurn(waiting, signal);
    },
    leave(outcome) {
      underWay -= 1;
      learn(outcome);
      admitNext();
    },
  };
}

function waitForTurn(waiting: Waiter[], signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const waiter: Waiter = {
      admit() {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      },
    };
    const giveUp = () => {
      waiting.splice(waiting.indexOf(waiter), 1);
      reject(signal?.reason as Error);
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    waiting.push(waiter);
  });
}
