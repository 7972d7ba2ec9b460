import { expect, test } from 'vitest';
import { parseSchedule } from '../../../local-host/timer-schedule.ts';

const after = (expression: string, instant: string) =>
  parseSchedule(expression).next(new Date(instant))?.toISOString().replace('.000Z', 'Z');

test.each([
  ['0 */5 * * * *', '2026-11-22T10:01:00Z', '2026-11-22T10:05:00Z'],
  ['0 */5 * * * *', '2026-11-22T10:05:00Z', '2026-11-22T10:10:00Z'],
  ['30 0 9-17 * * MON-FRI', '2026-11-21T12:00:00Z', '2026-11-23T09:00:30Z'],
  ['0 0 0 29 2 *', '2026-11-22T00:00:00Z', '2028-02-29T00:00:00Z'],
  ['*/5 * * * *', '2026-11-22T10:01:30Z', '2026-11-22T10:05:00Z'],
  // Both days must match: the next Friday the 13th, not the next Friday.
  ['0 0 0 13 * 5', '2026-11-22T00:00:00Z', '2027-08-13T00:00:00Z'],
])('%s after %s is %s', (expression, instant, next) => {
  expect(after(expression, instant)).toBe(next);
});

test.each([
  '',
  '* * * *',
  '* * * * * * *',
  '60 * * * * *',
  '0 0 25 * * *',
  '@daily',
  '0 0 0 L * *',
  '0 0 0 ? * *',
  'x',
])('The expression "%s" is refused', (expression) => {
  expect(() => parseSchedule(expression)).toThrow('was not recognized as a valid cron expression');
});

test('Schedules of under a minute are told apart', () => {
  expect(parseSchedule('*/30 * * * * *').isUnderOneMinute).toBe(true);
  expect(parseSchedule('0,10 0 * * * *').isUnderOneMinute).toBe(true);
  expect(parseSchedule('0 * * * * *').isUnderOneMinute).toBe(false);
});
