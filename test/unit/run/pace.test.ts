import { describe, expect, it } from 'vitest';
import { TokenBucket } from '../../../lib/run/pace.ts';
import type { Clock } from '../../../lib/run/ports.ts';

/** A clock that stands still but for sleeping, which takes no real time. */
function sleepingClock(): Clock & { at: number } {
  return {
    at: 0,
    now() {
      return this.at;
    },
    monotonic() {
      return this.at;
    },
    sleep(ms) {
      this.at += ms;
      return Promise.resolve();
    },
  };
}

describe('TokenBucket', () => {
  it.each([10, 250, 4_000])('holds a rate of %i a second over a minute within a tenth', async (rate) => {
    const clock = sleepingClock();
    const bucket = new TokenBucket(clock);
    let taken = 0;

    while (clock.at < 60_000) {
      await bucket.take(1, rate);
      taken += 1;
    }

    expect(taken).toBeGreaterThan(rate * 60 * 0.9);
    expect(taken).toBeLessThan(rate * 60 * 1.1);
  });

  it('lets an amount beyond the rate through and waits for it afterwards', async () => {
    const clock = sleepingClock();
    const bucket = new TokenBucket(clock);

    await bucket.take(1_000, 100);

    expect(clock.at).toBe(10_000);
  });

  it('saves up no more than a fifth of a second', async () => {
    const clock = sleepingClock();
    const bucket = new TokenBucket(clock);
    clock.at = 3_600_000;

    await bucket.take(120, 100);

    expect(clock.at).toBe(3_600_000 + 1_000);
  });
});
