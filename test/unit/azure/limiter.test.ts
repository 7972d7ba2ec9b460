import { expect, test } from 'vitest';
import { createRequestLimiter, type RequestLimiter } from '../../../lib/azure/limiter.ts';
import { createFakeClock } from './fake-clock.ts';

/** Resolved callbacks have run after this. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('no more than the limit are under way, and those who wait come first come first served', async () => {
  const limiter = createRequestLimiter(createFakeClock(), 2);
  const entered: number[] = [];
  for (const number of [1, 2, 3, 4]) void limiter.enter().then(() => entered.push(number));
  await settled();
  expect(entered).toEqual([1, 2]);

  limiter.leave('answered', 0);
  await settled();
  expect(entered).toEqual([1, 2, 3]);
  limiter.leave('failed', 0);
  await settled();
  expect(entered).toEqual([1, 2, 3, 4]);
  expect(limiter.underWay).toBe(2);
});

test('a burst of throttled answers halves the limit once, one sent after that again, never below one', async () => {
  const limiter = createRequestLimiter(createFakeClock(), 16);
  const burst = async () => {
    const entered = [];
    while (limiter.underWay < limiter.limit) entered.push(await limiter.enter());
    for (const one of entered) limiter.leave('throttled', one);
  };

  for (const expected of [8, 4, 2, 1, 1]) {
    await burst();
    expect(limiter.limit).toBe(expected);
  }
});

async function answer(limiter: RequestLimiter, times: number) {
  for (let count = 0; count < times; count += 1) limiter.leave('answered', await limiter.enter());
}

test('as many answers in a row as the limit raise it by one, up to just below where it was refused', async () => {
  const limiter = createRequestLimiter(createFakeClock(), 8);
  limiter.leave('throttled', await limiter.enter());
  expect(limiter.limit).toBe(4);

  await answer(limiter, 4);
  expect(limiter.limit).toBe(5);
  await answer(limiter, 4);
  limiter.leave('failed', await limiter.enter());
  await answer(limiter, 4);
  expect(limiter.limit).toBe(5);
  await answer(limiter, 1);
  expect(limiter.limit).toBe(6);
  await answer(limiter, 100);
  expect(limiter.limit).toBe(7);
});

test('from there on it is raised each second, by one more each time, up to the most, until it is refused again', async () => {
  const clock = createFakeClock();
  const limiter = createRequestLimiter(clock, 20);
  limiter.leave('throttled', await limiter.enter());
  await answer(limiter, 1_000);
  expect(limiter.limit).toBe(19);
  limiter.leave('throttled', await limiter.enter());
  await answer(limiter, 1_000);
  expect(limiter.limit).toBe(18);
  limiter.leave('throttled', await limiter.enter());
  await answer(limiter, 1_000);
  const limits = [];

  for (let second = 0; second < 3; second += 1) {
    clock.advance(1_001);
    await answer(limiter, 1_000);
    limits.push(limiter.limit);
  }

  expect(limits).toEqual([18, 20, 20]);
});

/** A service that answers after 10 ms and refuses what is above its rate; 64 callers, each of which asks again after a pause. */
async function refusedOf(answers: number, ratePerSecond: number): Promise<number> {
  const clock = createFakeClock();
  const limiter = createRequestLimiter(clock);
  const pausedUntil: number[] = Array.from({ length: 64 }, () => 0);
  const underWay: { caller: number; entered: number; isRefused: boolean }[] = [];
  let [left, refused, answered] = [ratePerSecond, 0, 0];
  while (answered < answers) {
    for (const { caller, entered, isRefused } of underWay.splice(0)) {
      limiter.leave(isRefused ? 'throttled' : 'answered', entered);
      if (isRefused) refused += 1;
      else answered += 1;
      pausedUntil[caller] = clock.monotonic() + (isRefused ? 150 : 0);
    }
    for (const [caller, until] of pausedUntil.entries()) {
      if (limiter.underWay === limiter.limit || until > clock.monotonic()) continue;
      left -= 1;
      underWay.push({ caller, entered: await limiter.enter(), isRefused: left < 0 });
      left = Math.max(0, left);
    }
    clock.advance(10);
    left = Math.min(ratePerSecond, left + ratePerSecond / 100);
  }
  return refused;
}

test.for([300, 1_200, 4_000])(
  'at a service of %i requests a second, fewer than two in a hundred are refused',
  async (rate) => {
    expect(await refusedOf(rate * 15, rate)).toBeLessThan(rate * 15 * 0.02);
  },
);

test('who is aborted while waiting leaves the queue and takes no place', async () => {
  const limiter = createRequestLimiter(createFakeClock(), 1);
  const entered = await limiter.enter();
  const stop = new AbortController();
  const aborted = limiter.enter(stop.signal);
  const next = limiter.enter();

  stop.abort(new Error('stopped'));
  await expect(aborted).rejects.toThrow('stopped');
  limiter.leave('answered', entered);
  await next;

  expect(limiter.underWay).toBe(1);
  await expect(limiter.enter(stop.signal)).rejects.toThrow('stopped');
});
