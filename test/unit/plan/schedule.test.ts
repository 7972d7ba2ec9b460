import { describe, expect, test } from 'vitest';
import {
  findScheduleProblem,
  isDue,
  isDueAfter,
  isTimeZone,
  latestOccurrence,
  nextRetryAt,
} from '../../../lib/plan/index.ts';

const berlin = 'Europe/Berlin';
const latest = (schedule: string, now: string, timeZone = berlin): string | undefined => {
  const ms = latestOccurrence({ schedule, timeZone, nowMs: Date.parse(now) });
  return ms === undefined ? undefined : new Date(ms).toISOString().replace('.000Z', 'Z');
};

describe('the latest scheduled time', () => {
  test.each([
    ['is the present second itself', '0 0 3 * * *', '2026-11-22T02:00:00Z', '2026-11-22T02:00:00Z'],
    ['is still the present second within it', '0 0 3 * * *', '2026-11-22T02:00:00.999Z', '2026-11-22T02:00:00Z'],
    ['is the one of the day before', '0 0 3 * * *', '2026-11-22T01:59:59.999Z', '2026-11-21T02:00:00Z'],
    ['follows steps', '0 0 */6 * * *', '2026-11-22T12:00:00Z', '2026-11-22T11:00:00Z'],
    ['follows lists and ranges', '0 15,45 8-10 * * MON-FRI', '2026-11-22T12:00:00Z', '2026-11-20T09:45:00Z'],
    ['follows steps within ranges', '0 0 8-20/4 * * *', '2026-11-22T12:30:00Z', '2026-11-22T11:00:00Z'],
    ['follows steps from a start', '0 30 1/12 * * *', '2026-11-22T12:45:00Z', '2026-11-22T12:30:00Z'],
    ['follows seconds', '*/20 * * * * *', '2026-11-22T12:00:59Z', '2026-11-22T12:00:40Z'],
    // Sunday 29 March 2026, 02:00 becomes 03:00.
    [
      'skipped by daylight saving is the first minute after',
      '0 30 2 * * *',
      '2026-03-29T01:00:00Z',
      '2026-03-29T01:00:00Z',
    ],
    ['skipped is not before that', '0 30 2 * * *', '2026-03-29T00:59:59Z', '2026-03-28T01:30:00Z'],
    ['skipped in a list', '0 30 2,14 * * *', '2026-03-29T02:00:00Z', '2026-03-29T01:00:00Z'],
    ['skipped in a step', '0 30 */2 * * *', '2026-03-29T01:10:00Z', '2026-03-29T01:00:00Z'],
    ['skipped with any second', '* 30 2 * * *', '2026-03-29T01:10:00Z', '2026-03-29T01:00:00Z'],
    // Sunday 25 October 2026, 03:00 becomes 02:00.
    ['in the repeated hour, the first time', '0 30 2 * * *', '2026-10-25T00:30:00Z', '2026-10-25T00:30:00Z'],
    ['in the repeated hour, the second time', '0 30 2 * * *', '2026-10-25T01:45:00Z', '2026-10-25T00:30:00Z'],
    ['repeated in a step comes once', '0 30 */2 * * *', '2026-10-25T01:45:00Z', '2026-10-25T00:30:00Z'],
    ['keeps its rhythm with any hour', '0 */15 * * * *', '2026-10-25T01:46:00Z', '2026-10-25T01:45:00Z'],
  ])('%s', (_, schedule, now, expected) => {
    expect(latest(schedule, now)).toBe(expected);
  });

  test('at midnight skipped is the first minute of the day', () => {
    expect(latest('0 0 */6 * * *', '2026-04-23T22:30:00Z', 'Africa/Cairo')).toBe('2026-04-23T22:00:00Z');
  });

  test('is none when it has never come', () => {
    expect(latest('0 0 0 30 2 *', '2026-11-22T00:00:00Z')).toBeUndefined();
  });
});

describe('a job', () => {
  const question = { schedule: '0 0 * * * *', timeZone: 'UTC', nowMs: Date.parse('2026-11-22T12:00:30Z') };

  test.each([
    ['that never ran is due at once', undefined, true],
    ['that ran before the latest time is due', '2026-11-22T11:59:59Z', true],
    ['that missed many times is due once', '2026-11-01T00:00:00Z', true],
    ['that ran since is not', '2026-11-22T12:00:01Z', false],
    ['that ran at the time itself is not', '2026-11-22T12:00:00Z', false],
    ['that ran by a clock a minute ahead is not', '2026-11-22T12:01:30Z', false],
    ['that ran in the future, by a clock put right since, is due', '2026-11-23T12:00:00Z', true],
  ])('%s', (_, last, due) => {
    expect(isDue({ ...question, lastAtMs: last === undefined ? undefined : Date.parse(last) })).toBe(due);
  });

  test('whose schedule never comes is not due again', () => {
    expect(isDue({ ...question, schedule: '0 0 0 30 2 *', lastAtMs: 0 })).toBe(false);
  });

  test('that failed is tried again after 5, 15 and 60 minutes, then with the schedule', () => {
    expect([1, 2, 3, 4].map((failures) => nextRetryAt(failures, 0))).toEqual([300_000, 900_000, 3_600_000, undefined]);
  });
});

describe('checking a schedule', () => {
  test.each(['0 0 */6 * * *', '*/5 * * * * *', '0 0 3 * * MON-FRI', '0 0 3 1 JAN *', ' 0 0 3 * * * '])(
    '%j is one',
    (schedule) => {
      expect(findScheduleProblem(schedule)).toBeUndefined();
    },
  );

  test.each([
    '* * * * *',
    '0 0 3 * * * *',
    'every day now and then please',
    '0 60 * * * *',
    '0 0 24 * * *',
    '0 0 5-2 * * *',
    '0 0 0-24/2 * * *',
    '0 0 */0 * * *',
    '0 0 x * * *',
    '0 0 0 30 2 *',
  ])('%j is none, and it says why', (schedule) => {
    expect(findScheduleProblem(schedule)).toMatch(/\w/u);
  });

  test.each([
    ['Europe/Berlin', true],
    ['UTC', true],
    ['Europe/Berln', false],
    ['', false],
  ])('%j is a time zone: %j', (timeZone, isKnown) => {
    expect(isTimeZone(timeZone)).toBe(isKnown);
  });
});

test.each([
  ['not before its interval', -59_000, false],
  ['after its interval, with a little slack for the timer', -296_000, true],
  ['not when a clock a minute ahead started it', 60_000, false],
  ['at once when a clock that was put right since started it', 3_600_000, true],
])('what comes after an interval is due %s', (_, sinceMs, due) => {
  const nowMs = Date.parse('2026-11-22T12:00:00Z');
  expect(isDueAfter('PT5M', nowMs + sinceMs, nowMs)).toBe(due);
});
