/** `limits` over several instances of one job, by a clock that only sleeping moves: a minute passes at once. */
import { describe, expect, test } from 'vitest';
import { openLocalState } from '../../../lib/local/index.ts';
import type { JobConfig } from '../../../lib/model/index.ts';
import type { RunContext } from '../../../lib/run/context.ts';
import { copying, paceBytes, paceRequest } from '../../../lib/run/pace.ts';
import type { Clock } from '../../../lib/run/ports.ts';

/** All who sleep are woken in the order of their times; the clock stands while anybody is awake. */
class SleepingClock implements Clock {
  at = 1_000_000;
  #sleepers: { at: number; wake: () => void }[] = [];

  now(): number {
    return this.at;
  }

  monotonic(): number {
    return this.at;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => this.#sleepers.push({ at: this.at + ms, wake }));
  }

  async runUntil(end: number): Promise<void> {
    for (;;) {
      // Whoever is awake goes on until he sleeps; the state in between is SQLite, which answers at once.
      await new Promise((resolve) => setImmediate(resolve));
      this.#sleepers.sort((a, b) => a.at - b.at);
      const next = this.#sleepers[0];
      if (next === undefined || next.at > end) return;
      this.at = next.at;
      for (const { wake } of this.#sleepers.splice(0, this.#sleepers.filter(({ at }) => at <= this.at).length)) wake();
    }
  }
}

const second = 1_000;
const MiB = 1024 * 1024;
const start = 1_000_000;

const jobWith = (limits: Record<string, number>): JobConfig => ({ name: 'docs', limits }) as unknown as JobConfig;

interface Worker {
  readonly context: RunContext;
  /** When it begins and ends to work, in ms of the clock. */
  readonly from?: number;
  readonly to?: number;
}

/** When, and how much, each of 16 loops in every instance was let through until `end`. */
async function work(
  clock: SleepingClock,
  workers: readonly Worker[],
  { end, step }: { end: number; step: (context: RunContext) => Promise<number> },
): Promise<readonly { at: number; amount: number }[]> {
  const passed: { at: number; amount: number }[] = [];
  for (const { context, from = start, to = end } of workers) {
    for (let loop = 0; loop < 16; loop += 1) {
      void (async () => {
        await clock.sleep(from - clock.at);
        while (clock.at < to) {
          const amount = await step(context);
          passed.push({ at: clock.at, amount });
          // A request takes its time.
          await clock.sleep(5);
        }
      })();
    }
  }
  await clock.runUntil(end);
  return passed;
}

/** The most that any minute of whole seconds has seen. */
function minutes(all: readonly { at: number; amount: number }[], end: number): readonly number[] {
  const sums: number[] = [];
  for (let from = start; from + 60 * second <= end; from += second) {
    const inside = all.filter(({ at }) => at >= from && at < from + 60 * second);
    sums.push(inside.reduce((sum, { amount }) => sum + amount, 0));
  }
  return sums;
}

const instancesOf = (clock: SleepingClock, count: number): readonly RunContext[] => {
  const state = openLocalState(':memory:');
  return Array.from({ length: count }, () => ({ clock, state }) as unknown as RunContext);
};

const never = new AbortController().signal;

describe('The limits of a job hold over its instances within 10 % over any minute', () => {
  test.each([1, 2, 5])('requests a second, with %i of them', async (count) => {
    const clock = new SleepingClock();
    const job = jobWith({ requestsPerSecond: 100 });
    const end = start + 75 * second;

    const all = await work(
      clock,
      instancesOf(clock, count).map((context) => ({ context })),
      { end, step: (context) => paceRequest(context, job, never).then(() => 1) },
    );

    for (const sum of minutes(all, end)) {
      expect(sum).toBeLessThanOrEqual(6_600);
      expect(sum).toBeGreaterThanOrEqual(5_400);
    }
  });

  test('bytes a second, with three of them', async () => {
    const clock = new SleepingClock();
    const job = jobWith({ mebibytesPerSecond: 200 });
    const end = start + 75 * second;

    const all = await work(
      clock,
      instancesOf(clock, 3).map((context) => ({ context })),
      { end, step: (context) => paceBytes(context, job, 4 * MiB, never).then(() => 4) },
    );

    for (const sum of minutes(all, end)) {
      expect(sum).toBeLessThanOrEqual(200 * 66);
      expect(sum).toBeGreaterThanOrEqual(200 * 54);
    }
  });

  test('bytes a second, also where each file keeps its instance waiting for minutes', async () => {
    const clock = new SleepingClock();
    const job = jobWith({ mebibytesPerSecond: 10 });
    const end = start + 3_600 * second;
    const contexts = instancesOf(clock, 5);

    const all = await work(
      clock,
      contexts.map((context, index) => ({ context, from: start + index * 37 * second })),
      { end, step: (context) => paceBytes(context, job, 64 * MiB, never).then(() => 64) },
    );

    const copied = all.filter(({ at }) => at >= start + 600 * second).reduce((sum, { amount }) => sum + amount, 0);
    expect(copied / 3_000).toBeGreaterThan(9);
    expect(copied / 3_000).toBeLessThan(11);
  });

  test.each([
    [1, 8, 8],
    [2, 8, 8],
    [3, 8, 6],
    [4, 2, 4],
  ])('copies at once: %i instances under a limit of %i begin %i', async (count, concurrentCopies, most) => {
    const clock = new SleepingClock();
    const job = jobWith({ concurrentCopies });
    let [underWay, seen] = [0, 0];
    const copy = async (): Promise<void> => {
      underWay += 1;
      // In the first moments the instances do not know of each other.
      if (clock.at > start + 30 * second) seen = Math.max(seen, underWay);
      await clock.sleep(1_000);
      underWay -= 1;
    };

    await work(
      clock,
      instancesOf(clock, count).map((context) => ({ context })),
      { end: start + 90 * second, step: (context) => copying(context, job, never, copy).then(() => 1) },
    );

    expect(seen).toBe(most);
  });

  test('also while one more joins, and comes back to the whole when it has gone', async () => {
    const clock = new SleepingClock();
    const job = jobWith({ requestsPerSecond: 100 });
    const end = start + 240 * second;
    const [stays, visits] = instancesOf(clock, 2) as [RunContext, RunContext];

    const all = await work(
      clock,
      [{ context: stays }, { context: visits, from: start + 63 * second, to: start + 120 * second }],
      { end, step: (context) => paceRequest(context, job, never).then(() => 1) },
    );

    const sums = minutes(all, end);
    for (const sum of sums) expect(sum).toBeLessThanOrEqual(6_600);
    expect(sums.at(-1)).toBeGreaterThanOrEqual(5_400);
  });
});
