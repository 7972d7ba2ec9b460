import { expect, test } from 'vitest';
import { createRequestLimiter } from '../../../lib/azure/limiter.ts';
import { createFakeClock } from './fake-clock.ts';

/** Resolved callbacks have run after this. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('no more than the limit are under way, and those who wait come first come first served', async () => {
  const limiter = createRequestLimiter(createFakeClock(), 2);
  const entered: number[] = [];
  for (const number of [1, 2, 3, 4]) void limiter.enter().then(() => entered.push(number));
  await settled();
  expect(entered).toEqual([1, 2]);

  limiter.leave('answered');
  await settled();
  expect(entered).toEqual([1, 2, 3]);
  limiter.leave('failed');
  await settled();
  expect(entered).toEqual([1, 2, 3, 4]);
  expect(limiter.underWay).toBe(2);
});

test('a burst of throttled answers halves the limit once, a later one again, never below one', async () => {
  const clock = createFakeClock();
  const limiter = createRequestLimiter(clock, 16);
  const throttle = async (times: number) => {
    for (let count = 0; count < times; count += 1) {
      await limiter.enter();
      limiter.leave('throttled');
    }
  };

  await throttle(10);
  expect(limiter.limit).toBe(8);
  for (const expected of [4, 2, 1, 1]) {
    clock.advance(1_001);
    await throttle(1);
    expect(limiter.limit).toBe(expected);
  }
});

test('as many answers in a row as the limit raise it by one, up to the most', async () => {
  const clock = createFakeClock();
  const limiter = createRequestLimiter(clock, 4);
  const answer = async (times: number) => {
    for (let count = 0; count < times; count += 1) {
      await limiter.enter();
      limiter.leave('answered');
    }
  };
  await limiter.enter();
  limiter.leave('throttled');
  expect(limiter.limit).toBe(2);

  await answer(2);
  expect(limiter.limit).toBe(3);
  await answer(2);
  await limiter.enter();
  limiter.leave('failed');
  await answer(2);
  expect(limiter.limit).toBe(3);
  await answer(1);
  expect(limiter.limit).toBe(4);
  await answer(100);
  expect(limiter.limit).toBe(4);
});

test('who is aborted while waiting leaves the queue and takes no place', async () => {
  const limiter = createRequestLimiter(createFakeClock(), 1);
  await limiter.enter();
  const stop = new AbortController();
  const aborted = limiter.enter(stop.signal);
  const next = limiter.enter();

  stop.abort(new Error('stopped'));
  await expect(aborted).rejects.toThrow('stopped');
  limiter.leave('answered');
  await next;

  expect(limiter.underWay).toBe(1);
  await expect(limiter.enter(stop.signal)).rejects.toThrow('stopped');
});
