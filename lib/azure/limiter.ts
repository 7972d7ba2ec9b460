import type { Clock } from '../run/ports.ts';

export type RequestOutcome = 'answered' | 'throttled' | 'failed';

/** How many requests to one account are under way at a time, in this process. */
export interface RequestLimiter {
  /**
   * Waits for a place, first come first served; rejects with the signal's reason when aborted. Answers what is to be given
   * back with the place: how often the limit had been lowered by then.
   */
  enter(signal?: AbortSignal): Promise<number>;
  /** Gives the place back. Each `enter` has exactly one `leave`. */
  leave(outcome: RequestOutcome, entered: number): void;
  readonly limit: number;
  readonly underWay: number;
}

const defaultMost = 64;
/** Above what was refused last, the limit is felt for once in this time. */
const probeIntervalMs = 1_000;

interface Waiter {
  admit(): void;
}

/**
 * Azure Files throttles per share and account and names no rate, so it is felt for. 503 and 429 halve the limit; the answers
 * to requests that were sent before the halving say nothing new. As many answers in a row as the limit raise it by one, soon
 * back to just below where it was refused; from there on by one after a second, by two after the next and so on, so that a
 * service at its limit refuses a few requests a second, and one that has recovered is used in full after some ten seconds.
 */
class FeltLimit {
  readonly #clock: Clock;
  readonly #most: number;
  #answeredInARow = 0;
  /** The limit at which a request was refused last, or the next one to be tried. */
  #refusedAt: number;
  #probedAt = Number.NEGATIVE_INFINITY;
  #step = 1;
  limit: number;
  halvings = 0;

  constructor(clock: Clock, most: number) {
    this.#clock = clock;
    this.#most = most;
    this.#refusedAt = most + 1;
    this.limit = most;
  }

  learn(outcome: RequestOutcome, entered: number): void {
    if (outcome === 'answered') return this.#raiseWhenDue();
    this.#answeredInARow = 0;
    if (outcome === 'throttled' && entered === this.halvings) this.#halve();
  }

  #raiseWhenDue(): void {
    this.#answeredInARow += 1;
    if (this.#answeredInARow < this.limit || this.limit >= this.#most) return;
    if (this.limit + 1 < this.#refusedAt) this.limit += 1;
    else if (!this.#probe()) return;
    this.#answeredInARow = 0;
  }

  #probe(): boolean {
    const now = this.#clock.monotonic();
    if (now - this.#probedAt < probeIntervalMs) return false;
    this.limit = Math.min(this.#most, this.limit + this.#step);
    this.#refusedAt = this.limit + 1;
    this.#probedAt = now;
    this.#step += 1;
    return true;
  }

  #halve(): void {
    this.#refusedAt = this.limit;
    this.limit = Math.max(1, Math.floor(this.limit / 2));
    this.halvings += 1;
    this.#probedAt = this.#clock.monotonic();
    this.#step = 1;
  }
}

export function createRequestLimiter(clock: Clock, most = defaultMost): RequestLimiter {
  const felt = new FeltLimit(clock, most);
  let underWay = 0;
  const waiting: Waiter[] = [];

  const admitNext = () => {
    while (underWay < felt.limit && waiting.length > 0) {
      underWay += 1;
      waiting.shift()?.admit();
    }
  };

  return {
    get limit() {
      return felt.limit;
    },
    get underWay() {
      return underWay;
    },
    async enter(signal) {
      signal?.throwIfAborted();
      if (underWay < felt.limit && waiting.length === 0) {
        underWay += 1;
        return felt.halvings;
      }
      await waitForTurn(waiting, signal);
      return felt.halvings;
    },
    leave(outcome, entered) {
      underWay -= 1;
      felt.learn(outcome, entered);
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
