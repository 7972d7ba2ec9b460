import { describe, expect, test } from 'vitest';
import { cadenceOf } from '../../../lib/plan/index.ts';

const at = (time: string): number => Date.parse(`2026-11-23T${time}Z`);
const of = (schedule: Parameters<typeof cadenceOf>[0]['schedule'], now: string, lastStartMs = 0) =>
  cadenceOf({ schedule, timeZone: 'UTC', nowMs: at(now), lastStartMs });

describe('how often restore points are to be expected', () => {
  test('of a cron expression is from one time to the next; overdue is what is older than the time before the last', () => {
    expect(of('0 0 */6 * * *', '13:30:00')).toEqual({
      nextMs: at('18:00:00'),
      everyMs: 6 * 3_600_000,
      overdueBeforeMs: at('06:00:00'),
    });
  });

  test('follows nights and weekends', () => {
    const nights = of('0 0 8-18 * * MON-FRI', '09:30:00');

    expect(nights?.nextMs).toBe(at('10:00:00'));
    // Monday, 23 November: the time before that of 9 o'clock is 8 o'clock, not Friday's.
    expect(nights?.overdueBeforeMs).toBe(at('08:00:00'));
    expect(of('0 0 8 * * MON', '09:30:00')?.overdueBeforeMs).toBe(at('08:00:00') - 7 * 86_400_000);
  });

  test('of continuous mode is the pace of sealing', () => {
    const continuous = of({ continuous: 'PT1M', sealEvery: 'PT1H' }, '13:30:00', at('13:29:30'));

    expect(continuous).toEqual({ nextMs: at('13:30:30'), everyMs: 3_600_000, overdueBeforeMs: at('11:30:00') });
    expect(of({ continuous: 'PT1M', sealEvery: 'PT1H' }, '13:30:00')?.nextMs).toBe(at('13:30:00'));
  });

  test('is not to be told of a job on demand', () => {
    expect(of(undefined, '13:30:00')).toBeUndefined();
  });
});
