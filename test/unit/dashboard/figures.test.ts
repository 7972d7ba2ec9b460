import { describe, expect, test } from 'vitest';
import { monthOf, shifted, weeksOf } from '../../../dashboard/calendar-days.ts';
import { bytesText, durationText, percentText, secondsBetween } from '../../../dashboard/format.ts';
import { hrefOf, readRoute } from '../../../dashboard/route.ts';

describe('figures', () => {
  test.each([
    [0, '0 B'],
    [1023, '1,023 B'],
    [1024, '1.0 KiB'],
    [1_572_864, '1.5 MiB'],
    [123 * 1024 ** 3, '123 GiB'],
    [5 * 1024 ** 6, '5,120 PiB'],
  ])('%i bytes are %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });

  test.each([
    [0, '0 s'],
    [-3, '0 s'],
    [59.6, '1 min'],
    [61, '1 min'],
    [3_600, '1 h'],
    [5_400, '1 h 30 min'],
    [90_000, '1 d 1 h'],
  ])('%f seconds are %s', (seconds, text) => {
    expect(durationText(seconds)).toBe(text);
  });

  test.each([
    [0, '0 %'],
    [0.4, '< 1 %'],
    [99.7, '99 %'],
    [100, '100 %'],
  ])('%f percent are %s: not all is never 100', (percent, text) => {
    expect(percentText(percent)).toBe(text);
  });

  test('times with the seven digits of a snapshot are understood', () => {
    expect(secondsBetween('2026-11-22T03:00:00.0000000Z', '2026-11-22T03:01:00.0000000Z')).toBe(60);
  });
});

describe('the months of the calendar', () => {
  test('begin weeks on Monday and hold each day once', () => {
    const weeks = weeksOf({ year: 2026, month: 10 });

    expect(weeks[0]).toEqual([...Array.from({ length: 6 }), 1]);
    expect(weeks.flat().filter((day) => day !== undefined)).toEqual(Array.from({ length: 30 }, (_, at) => at + 1));
    expect(weeks.every((week) => week.length === 7)).toBe(true);
  });

  test('go on over the turn of a year', () => {
    expect(shifted({ year: 2026, month: 11 }, 1)).toEqual({ year: 2027, month: 0 });
    expect(shifted(monthOf('2026-01-15T12:00:00Z'), -1)).toEqual({ year: 2025, month: 11 });
  });
});

describe('addresses within the page', () => {
  test.each([
    [['jobs', 'a b'], { destination: 'w&st=1#2' }],
    [['runs', '../../x?y'], {}],
    [['versions'], { path: '100 %/<ü>+\u{202e}.txt' }],
  ])('hold %j and %j', (parts, query) => {
    expect(readRoute(hrefOf(parts, query))).toEqual({ parts, query });
  });

  test('that are broken are read as far as they go', () => {
    expect(readRoute('#/runs/%E0%A4%A')).toEqual({ parts: ['runs', '%E0%A4%A'], query: {} });
  });
});
