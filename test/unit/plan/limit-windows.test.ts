import { describe, expect, test } from 'vitest';
import { limitsSchema } from '../../../lib/model/index.ts';
import { limitsAt } from '../../../lib/plan/index.ts';

const night = { from: '22:00', to: '06:00', requestsPerSecond: 4000 };

/** The requests per second that hold at a time; 100 outside of all windows. */
function rateAt(windows: readonly object[], at: string, timeZone = 'UTC'): number | undefined {
  const limits = limitsSchema.parse({ requestsPerSecond: 100, windows });
  return limitsAt(limits, { timeZone, nowMs: Date.parse(at) }).requestsPerSecond;
}

describe('the limits of a moment', () => {
  test.each<[string, object, string, number]>([
    ['before the window', { from: '08:00', to: '18:00' }, '2026-11-23T07:59:59Z', 100],
    ['at its first minute', { from: '08:00', to: '18:00' }, '2026-11-23T08:00:00Z', 7],
    ['at its last minute', { from: '08:00', to: '18:00' }, '2026-11-23T17:59:59Z', 7],
    ['at its end', { from: '08:00', to: '18:00' }, '2026-11-23T18:00:00Z', 100],
    ['to midnight', { from: '18:00', to: '24:00' }, '2026-11-23T23:59:00Z', 7],
    ['after midnight', { from: '18:00', to: '24:00' }, '2026-11-24T00:00:00Z', 100],
    ['across midnight, before it', { from: '22:00', to: '06:00' }, '2026-11-23T23:30:00Z', 7],
    ['across midnight, after it', { from: '22:00', to: '06:00' }, '2026-11-24T05:59:00Z', 7],
    ['across midnight, when it is over', { from: '22:00', to: '06:00' }, '2026-11-24T06:00:00Z', 100],
    ['the whole day', { from: '09:00', to: '09:00' }, '2026-11-24T08:59:00Z', 7],
    ['on its day', { days: ['mon'], from: '08:00', to: '18:00' }, '2026-11-23T12:00:00Z', 7],
    ['on another day', { days: ['mon'], from: '08:00', to: '18:00' }, '2026-11-24T12:00:00Z', 100],
    ['that began on Friday, on Saturday', { days: ['fri'], from: '22:00', to: '06:00' }, '2026-11-28T05:00:00Z', 7],
    ['of Friday, on Friday morning', { days: ['fri'], from: '22:00', to: '06:00' }, '2026-11-27T05:00:00Z', 100],
    ['of Sunday, on Monday', { days: ['sun'], from: '22:00', to: '06:00' }, '2026-11-30T05:00:00Z', 7],
  ])('%s', (_, window, at, rate) => {
    expect(rateAt([{ ...window, requestsPerSecond: 7 }], at)).toBe(rate);
  });

  test.each<[string, string, number]>([
    ['in winter the window is an hour later in UTC', '2026-01-05T21:30:00Z', 4000],
    ['and has not begun before', '2026-01-05T20:59:00Z', 100],
    ['in summer it is two', '2026-07-06T20:30:00Z', 4000],
    ['and ends earlier', '2026-07-06T04:30:00Z', 100],
    ['the night that loses an hour, before it is lost', '2026-03-29T00:59:00Z', 4000],
    ['after it', '2026-03-29T01:00:00Z', 4000],
    ['at its end', '2026-03-29T04:00:00Z', 100],
    ['the night that has one twice, until its end', '2026-10-25T04:59:00Z', 4000],
    ['which is later in UTC', '2026-10-25T05:00:00Z', 100],
  ])('in Berlin: %s', (_, at, rate) => {
    expect(rateAt([night], at, 'Europe/Berlin')).toBe(rate);
  });

  test.each<[string, string, number]>([
    ['a window within the lost hour never comes', '2026-03-29T01:15:00Z', 100],
    ['on any other day it does', '2026-03-28T01:15:00Z', 4000],
    ['a window within the repeated hour comes twice: first', '2026-10-25T00:15:00Z', 4000],
    ['and again', '2026-10-25T01:15:00Z', 4000],
    ['not after it', '2026-10-25T02:15:00Z', 100],
  ])('in Berlin: %s', (_, at, rate) => {
    expect(rateAt([{ ...night, from: '02:00', to: '03:00' }], at, 'Europe/Berlin')).toBe(rate);
  });

  test('where windows overlap, the first in the list counts; what it does not name is the job’s', () => {
    const limits = limitsSchema.parse({
      mebibytesPerSecond: 50,
      windows: [
        { from: '00:00', to: '12:00', concurrentCopies: 8 },
        { from: '06:00', to: '18:00', mebibytesPerSecond: 5 },
      ],
    });
    const at = (time: string) => limitsAt(limits, { timeZone: 'UTC', nowMs: Date.parse(`2026-11-23T${time}:00Z`) });

    expect(at('07:00')).toEqual({ mebibytesPerSecond: 50, concurrentShards: 64, concurrentCopies: 8 });
    expect(at('13:00')).toEqual({ mebibytesPerSecond: 5, concurrentShards: 64, concurrentCopies: 64 });
    expect(at('19:00')).toEqual({ mebibytesPerSecond: 50, concurrentShards: 64, concurrentCopies: 64 });
  });
});
