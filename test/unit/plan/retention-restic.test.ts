/** The examples of restic's documentation (doc/060_forget.rst), each with its outcome as it is told there. */
import { expect, test } from 'vitest';
import type { KeepRule } from '../../../lib/model/index.ts';
import { decideRetention } from '../../../lib/plan/index.ts';

const dayMs = 86_400_000;
const timesOf = (newest: string, count: number, apartMs: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => new Date(Date.parse(newest) - n * apartMs).toISOString());

function decide(times: readonly string[], rule: KeepRule, now = times[0] ?? '') {
  const points = times.map((snapshot) => ({ snapshot, atMs: Date.parse(snapshot) }));
  const { keep, prune } = decideRetention(points, rule, { nowMs: Date.parse(now), protect: new Map() });
  return { kept: keep.map(({ snapshot }) => snapshot), reasons: keep.map(({ reasons }) => reasons), prune };
}

const twelveSundays = timesOf('2019-11-17T11:00:00.000Z', 12, 7 * dayMs);

test('one backup every Sunday for 12 weeks, --keep-daily 4: the last four Sundays', () => {
  const { kept, reasons, prune } = decide(twelveSundays, { daily: 4 });

  expect(kept.map((time) => time.slice(0, 10))).toEqual(['2019-11-17', '2019-11-10', '2019-11-03', '2019-10-27']);
  expect(reasons).toEqual([['daily-1'], ['daily-2'], ['daily-3'], ['daily-4']]);
  expect(prune).toEqual(twelveSundays.slice(4));
});

test('one backup every day for 100 years, daily 7, weekly 5, monthly 12, yearly 75: 7 + 4 + 11 + 74', () => {
  const days = timesOf('2019-12-29T23:00:00.000Z', 36_525, dayMs);

  const { kept, reasons } = decide(days, { daily: 7, weekly: 5, monthly: 12, yearly: 75 });

  const first = (name: string) => reasons.filter(([reason]) => reason?.startsWith(name) === true).length;
  // The newest is of all four kinds; each other one is of the first kind that it is kept for.
  expect([first('daily'), first('weekly'), first('monthly'), first('yearly')]).toEqual([7, 4, 11, 74]);
  const dates = kept.map((time) => time.slice(0, 10));
  const [weeks, months] = [dates.slice(7, 12), dates.filter((date) => date.startsWith('2019-'))];
  expect(weeks).toEqual(['2019-12-22', '2019-12-15', '2019-12-08', '2019-12-01', '2019-11-30']);
  expect(months.slice(-3)).toEqual(['2019-03-31', '2019-02-28', '2019-01-31']);
  expect(dates.slice(-74).every((date) => date.endsWith('-12-31'))).toBe(true);
});

test('--keep-last 1 of two: the later one', () => {
  const two = ['2017-02-21T10:49:18.000Z', '2017-02-21T10:48:33.000Z'];

  expect(decide(two, { last: 1 })).toMatchObject({ kept: two.slice(0, 1), prune: two.slice(1) });
});

test('--keep-last 0, an empty policy: nothing is removed', () => {
  expect(decide(twelveSundays, { last: 0 })).toMatchObject({ kept: twelveSundays, prune: [] });
});

test('--keep-within 2y5m7d3h: all of that time before the latest one', () => {
  const hours = [
    '2019-11-17T11:00:00.000Z',
    '2018-01-01T00:00:00.000Z',
    '2017-06-10T08:00:00.001Z',
    '2017-06-10T08:00:00.000Z',
    '2016-01-01T00:00:00.000Z',
  ];

  expect(decide(hours, { within: 'P2Y5M7DT3H' }, '2026-01-01T00:00:00Z')).toMatchObject({
    kept: hours.slice(0, 3),
    prune: hours.slice(3),
  });
});

test('a snapshot with a time in the future: is not removed, and takes no place of another', () => {
  const withFuture = ['2030-01-01T00:00:00.000Z', ...twelveSundays];

  const { kept, reasons } = decide(withFuture, { daily: 1 }, '2019-11-18T00:00:00Z');

  expect(kept).toEqual(withFuture.slice(0, 2));
  expect(reasons).toEqual([['future'], ['daily-1']]);
});

test('not enough snapshots for a count: the oldest is kept too, and called so', () => {
  const ofTwoDays = ['2019-11-17T11:00:00.000Z', '2019-11-16T11:00:00.000Z', '2019-11-16T10:00:00.000Z'];

  expect(decide(ofTwoDays, { daily: 4 }).reasons).toEqual([['daily-1'], ['daily-2'], ['daily-3-oldest']]);
});

test('an attacker adds a later snapshot to each of three weeks: three weekly keep theirs, --keep-within both', () => {
  const good = ['2019-11-17T11:00:00.000Z', '2019-11-10T11:00:00.000Z', '2019-11-03T11:00:00.000Z'];
  const bad = good.map((time) => time.replace('T11', 'T12'));
  const older = '2019-10-27T11:00:00.000Z';
  const all = [...good, ...bad, older];

  expect(decide(all, { weekly: 3 }, '2019-11-18T00:00:00Z').kept.toSorted()).toEqual(bad.toSorted());
  expect(decide(all, { within: 'P20D' }, '2019-11-18T00:00:00Z').kept.toSorted()).toEqual([...good, ...bad].toSorted());
});
