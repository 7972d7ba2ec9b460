import { describe, expect, it } from 'vitest';
import { datedDirectory } from '../../../lib/plan/index.ts';

const run = { runAt: '2026-11-22T23:59:59.9999999Z', dayAfterRun: '2026-11-23', dateBy: 'modified' as const };

describe('datedDirectory', () => {
  it.each([
    ['the date of the last write', '2024-02-29T23:59:59.9999999Z', '2024-02-29'],
    ['the first date that counts', '1980-01-01T00:00:00.0000000Z', '1980-01-01'],
    ['the run’s date before 1980', '1979-12-31T23:59:59.9999999Z', '2026-11-22'],
    ['the run’s date for the epoch of file times', '1601-01-01T00:00:00.0000000Z', '2026-11-22'],
    ['the day after the run, for clocks that are ahead', '2026-11-23T12:00:00.0000000Z', '2026-11-23'],
    ['the run’s date later than that', '2026-11-24T00:00:00.0000000Z', '2026-11-22'],
    ['the run’s date for years of five digits', '+010000-01-01T00:00:00.0000000Z', '2026-11-22'],
  ])('is %s', (_, lastWrite, expected) => {
    expect(datedDirectory({ ...run, lastWrite })).toBe(expected);
  });

  it('is the run’s date when asked for', () => {
    expect(datedDirectory({ ...run, dateBy: 'run', lastWrite: '2024-02-29T00:00:00.0000000Z' })).toBe('2026-11-22');
  });
});
