import { describe, expect, test } from 'vitest';
import { isInForce, readPins } from '../../../lib/run/pins.ts';

describe('pins', () => {
  test('are read from the metadata of the share, also where it holds something else', () => {
    const metadata = { farshare_pin: '2026-11-22T03:00:00.0000000Z=2027-01-01,nonsense,=2027-01-01,x=' };

    expect(readPins(metadata)).toEqual(new Map([['2026-11-22T03:00:00.0000000Z', '2027-01-01']]));
    expect(readPins({})).toEqual(new Map());
  });

  test.each([
    ['2027-01-01T23:59:59.999Z', true],
    ['2027-01-02T00:00:00.000Z', false],
  ])('hold to the end of their day in UTC: at %s %s', (now, holds) => {
    expect(isInForce('2027-01-01', Date.parse(now))).toBe(holds);
  });
});
