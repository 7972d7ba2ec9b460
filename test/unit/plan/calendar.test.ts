import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { civilFromDays, dayMs, daysFromCivil, parseDuration, subtractDuration } from '../../../lib/plan/calendar.ts';

const at = (iso: string) => Date.parse(iso);

describe('the UTC calendar', () => {
  test('agrees with Date for every day that Date knows', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), (days) => {
        const date = new Date(days * dayMs);
        const civil = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };

        expect(civilFromDays(days)).toEqual(civil);
        expect(daysFromCivil(civil)).toBe(days);
      }),
      { numRuns: 2000 },
    );
  });

  test('goes back by durations as Date does', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4e12 }),
        fc.nat(30),
        fc.nat(40),
        fc.nat(500),
        (atMs, years, months, days) => {
          const date = new Date(atMs);
          date.setUTCFullYear(date.getUTCFullYear() - years, date.getUTCMonth() - months, date.getUTCDate() - days);

          expect(subtractDuration(atMs, { years, months, days, milliseconds: 7 })).toBe(date.getTime() - 7);
        },
      ),
    );
  });

  test('a day that its month lacks runs over', () => {
    expect(subtractDuration(at('2026-10-31T12:00:00Z'), parseDuration('P1M'))).toBe(at('2026-10-01T12:00:00Z'));
  });

  test.each([
    ['P1Y2M3W4D', { years: 1, months: 2, days: 25, milliseconds: 0 }],
    ['PT1H1M1S', { years: 0, months: 0, days: 0, milliseconds: 3_661_000 }],
    ['P30D', { years: 0, months: 0, days: 30, milliseconds: 0 }],
    ['nothing', { years: 0, months: 0, days: 0, milliseconds: 0 }],
  ])('reads %s', (text, duration) => {
    expect(parseDuration(text)).toEqual(duration);
  });
});
