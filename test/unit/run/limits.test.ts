import { describe, expect, test } from 'vitest';
import { openLocalState } from '../../../lib/local/index.ts';
import { type JobConfig, jobSchema, type RunRow } from '../../../lib/model/index.ts';
import type { RunContext } from '../../../lib/run/context.ts';
import { limitsNow } from '../../../lib/run/limits.ts';
import { marginsFor } from '../../../lib/run/margins.ts';
import { paceBytes, paceRequest } from '../../../lib/run/pace.ts';
import type { Clock } from '../../../lib/run/ports.ts';
import { Slot } from '../../../lib/run/slots.ts';

/** Time that goes on when everybody sleeps. */
class VirtualClock implements Clock {
  #now: number;
  readonly #sleeping: { readonly until: number; readonly wake: () => void }[] = [];

  constructor(startAt: string) {
    this.#now = Date.parse(startAt);
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => this.#sleeping.push({ until: this.#now + ms, wake }));
  }

  async runUntil(endMs: number): Promise<void> {
    while (this.#now < endMs) {
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
      this.#sleeping.sort((a, b) => a.until - b.until);
      const next = this.#sleeping.shift();
      this.#now = Math.max(this.#now, next?.until ?? endMs);
      next?.wake();
    }
  }
}

const jobWith = (limits: unknown): JobConfig =>
  jobSchema.parse({
    name: 'docs',
    timeZone: 'Europe/Berlin',
    source: { account: 'a', share: 'source' },
    destinations: [{ name: 'west', account: 'b', share: 'vault' }],
    limits,
  });

/** Instances of one app: they share the state and nothing else. */
function startInstances(count: number, clock: Clock): RunContext[] {
  const state = openLocalState(':memory:');
  return Array.from({ length: count }, () => ({ clock, state, margins: marginsFor(60) }) as unknown as RunContext);
}

const business = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:00' };
const never = new AbortController().signal;

describe('limits.windows', () => {
  test.each<[string, (context: RunContext, job: JobConfig) => Promise<void>, object, object, number]>([
    [
      'requests',
      (context, job) => paceRequest(context, job, never),
      { requestsPerSecond: 40 },
      { requestsPerSecond: 8 },
      1,
    ],
    [
      'MiB',
      (context, job) => paceBytes(context, job, 1024 * 1024, never),
      { mebibytesPerSecond: 40 },
      { mebibytesPerSecond: 8 },
      1,
    ],
  ])(
    'lower the rate of %s of all instances together while they last, within a tenth over a minute',
    async (_, pace, usual, lowered) => {
      // 07:58 in Berlin: two minutes of the usual rate, two within the window.
      const clock = new VirtualClock('2026-11-23T06:58:00Z');
      const job = jobWith({ ...usual, windows: [{ ...business, ...lowered }] });
      const taken: number[] = [];
      for (const context of startInstances(3, clock)) {
        void (async () => {
          for (;;) {
            await pace(context, job);
            taken.push(clock.now());
          }
        })();
      }

      await clock.runUntil(Date.parse('2026-11-23T07:02:00Z'));

      const within = (from: string, to: string) =>
        taken.filter((at) => at >= Date.parse(`2026-11-23T${from}Z`) && at < Date.parse(`2026-11-23T${to}Z`)).length;
      // The first minute has the beginning in it, when the instances do not know of each other yet.
      const minutes = [within('06:59:00', '07:00:00') / 60, within('07:01:00', '07:02:00') / 60];
      expect(minutes[0]).toBeGreaterThan(36);
      expect(minutes[0]).toBeLessThan(44);
      expect(minutes[1]).toBeGreaterThan(7.2);
      expect(minutes[1]).toBeLessThan(8.8);
    },
  );

  test('lower the shards worked on at once, over all instances', async () => {
    const clock = new VirtualClock('2026-11-23T06:59:00Z');
    const job = jobWith({ concurrentShards: 3, windows: [{ ...business, concurrentShards: 1 }] });
    const [one, two] = startInstances(2, clock) as [RunContext, RunContext];
    const take = async (context: RunContext) => (await Slot.take(context, { job } as RunRow)) !== undefined;

    const before = [await take(one), await take(two)];
    await clock.runUntil(Date.parse('2026-11-23T07:05:00Z'));
    const within = [await take(two), await take(one)];

    expect(before).toEqual([true, true]);
    // The leases of the first two have run out meanwhile: one slot is left to take, not three.
    expect(within).toEqual([true, false]);
  });

  test('however high, cost no list of all that they would let through', async () => {
    const clock = new VirtualClock('2026-11-23T06:59:00Z');
    const [context] = startInstances(1, clock) as [RunContext];
    const run = { job: jobWith({ concurrentShards: 2_000_000_000 }) } as RunRow;

    const slots = [await Slot.take(context, run), await Slot.take(context, run)];

    expect(slots).not.toContain(undefined);
  });

  test('are looked up once a minute, and not at all where there are none', () => {
    const clock = new VirtualClock('2026-11-23T06:59:59Z');
    const [context] = startInstances(1, clock) as [RunContext];
    const plain = jobWith({ concurrentCopies: 5 });
    const job = jobWith({ windows: [{ ...business, concurrentCopies: 2 }] });

    const first = limitsNow(context, job);

    expect(limitsNow(context, plain)).toBe(plain.limits);
    expect(limitsNow(context, job)).toBe(first);
    expect(first.concurrentCopies).toBe(64);
  });
});
