import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../run/ports.ts';

/** The machine's clocks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    signal?.throwIfAborted();
    try {
      await delay(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      // Node rejects with its own AbortError; the contract is the signal's reason.
      signal?.throwIfAborted();
      throw error;
    }
  },
};
