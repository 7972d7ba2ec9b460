import { expect, test } from 'vitest';
import { parseRetryAfter, retryDelayMs } from '../../../lib/azure/retry.ts';

test('delays grow from 200 ms to 5 s, at least half of each kept', () => {
  const shortest = [1, 2, 3, 4, 5, 6, 9].map((attempt) => retryDelayMs(attempt, 0, 0));
  const longest = [1, 2, 3, 4, 5, 6, 9].map((attempt) => retryDelayMs(attempt, 0, 1));

  expect(shortest).toEqual([100, 200, 400, 800, 1600, 2500, 2500]);
  expect(longest).toEqual([200, 400, 800, 1600, 3200, 5000, 5000]);
});

test('the service’s own wait is never cut short', () => {
  expect(retryDelayMs(1, 7_000, 1)).toBe(7_000);
  expect(retryDelayMs(6, 1_000, 0)).toBe(2_500);
});

const now = Date.parse('Fri, 20 Nov 2026 03:00:00 GMT');

test.for([
  [undefined, 0],
  ['', 0],
  ['3', 3_000],
  ['0', 0],
  ['-3', 0],
  ['Fri, 20 Nov 2026 03:00:05 GMT', 5_000],
  ['Fri, 20 Nov 2026 02:00:00 GMT', 0],
  ['soon', 0],
] as const)('Retry-After %j is %i ms', ([header, ms]) => {
  expect(parseRetryAfter(header, now)).toBe(ms);
});
