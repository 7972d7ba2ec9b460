import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KeepRule } from '../../../lib/model/index.ts';
import { decideRetention, type RetentionPoint } from '../../../lib/plan/index.ts';

const nowMs = Date.parse('2026-11-22T12:00:00Z');
const point = (snapshot: string): RetentionPoint => ({ snapshot, atMs: Date.parse(snapshot) });
const decide = (
  times: readonly string[],
  rule: KeepRule | undefined,
  protect: ReadonlyMap<string, string> = new Map(),
) => decideRetention(times.map(point), rule, { nowMs, protect });
const kept = (times: readonly string[], rule: KeepRule | undefined) =>
  Object.fromEntries(decide(times, rule).keep.map(({ snapshot, reasons }) => [snapshot, reasons.join(' ')]));

describe('which snapshots stay', () => {
  test.each<[string, string[], KeepRule, Record<string, string>]>([
    [
      'the newest ones',
      ['2026-11-20T00:00Z', '2026-11-22T00:00Z', '2026-11-21T00:00Z'],
      { last: 2 },
      { '2026-11-22T00:00Z': 'last-1', '2026-11-21T00:00Z': 'last-2' },
    ],
    [
      'the newest of each hour that has one',
      ['2026-11-22T09:10Z', '2026-11-22T09:50Z', '2026-11-22T11:00Z', '2026-11-21T08:00Z'],
      { hourly: 2 },
      { '2026-11-22T11:00Z': 'hourly-1', '2026-11-22T09:50Z': 'hourly-2' },
    ],
    [
      'the newest of each day that has one, however far apart',
      ['2026-11-22T01:00Z', '2026-11-22T23:00Z', '2026-11-20T01:00Z', '2026-01-01T00:00Z', '2025-01-01T00:00Z'],
      { daily: 3 },
      {
        '2026-11-22T01:00Z': 'daily-1',
        '2026-11-20T01:00Z': 'daily-2',
        '2026-01-01T00:00Z': 'daily-3',
        '2026-11-22T23:00Z': 'future',
      },
    ],
    [
      'weeks from Monday to Sunday',
      ['2026-11-16T00:00Z', '2026-11-15T23:59Z', '2026-11-09T00:00Z', '2026-11-08T00:00Z'],
      { weekly: 2 },
      { '2026-11-16T00:00Z': 'weekly-1', '2026-11-15T23:59Z': 'weekly-2' },
    ],
    [
      'a week across the turn of the year as one',
      ['2026-01-01T00:00Z', '2025-12-29T00:00Z', '2025-12-28T00:00Z', '2025-12-01T00:00Z'],
      { weekly: 2 },
      { '2026-01-01T00:00Z': 'weekly-1', '2025-12-28T00:00Z': 'weekly-2' },
    ],
    [
      'months and years',
      ['2026-11-01T00:00Z', '2026-10-31T23:59Z', '2026-10-01T00:00Z', '2025-12-31T00:00Z', '2024-01-01T00:00Z'],
      { monthly: 2, yearly: 2 },
      {
        '2026-11-01T00:00Z': 'monthly-1 yearly-1',
        '2026-10-31T23:59Z': 'monthly-2',
        '2025-12-31T00:00Z': 'yearly-2',
      },
    ],
    [
      'the oldest while a count is left',
      ['2026-11-22T01:00Z', '2026-11-22T02:00Z', '2026-11-22T03:00Z'],
      { daily: 5 },
      { '2026-11-22T03:00Z': 'daily-1', '2026-11-22T01:00Z': 'daily-2-oldest' },
    ],
    [
      'what is within a time of the newest, not of now',
      ['2026-06-10T00:00Z', '2026-06-08T00:00:00.001Z', '2026-06-08T00:00Z', '2026-06-01T00:00Z'],
      { within: 'P2D' },
      { '2026-06-10T00:00Z': 'within-P2D', '2026-06-08T00:00:00.001Z': 'within-P2D' },
    ],
    ['nothing where there is nothing', [], { within: 'P2D', last: 1 }, {}],
    [
      'what any of the rules keeps',
      ['2026-11-22T00:00Z', '2026-11-21T00:00Z', '2026-11-20T00:00Z'],
      { last: 1, within: 'P1DT1S' },
      { '2026-11-22T00:00Z': 'last-1 within-P1DT1S', '2026-11-21T00:00Z': 'within-P1DT1S' },
    ],
  ])('%s', (_, times, rule, expected) => {
    expect(kept(times, rule)).toEqual(expected);
  });

  test.each<[string, KeepRule | undefined]>([
    ['absent', undefined],
    ['empty', {}],
    ['of zeros', { last: 0, daily: 0 }],
    ['of no time', { within: 'P0D' }],
  ])('all of them with a rule that is %s', (_, rule) => {
    const decision = decide(['2026-11-20T00:00Z', '2020-01-01T00:00Z'], rule);

    expect(decision.prune).toEqual([]);
    expect(decision.keep.map(({ reasons }) => reasons)).toEqual([['no-rule'], ['no-rule']]);
  });

  test('those of the future, which count for nothing', () => {
    const decision = decide(['2027-01-01T00:00Z', '2026-11-20T00:00Z', '2026-11-19T00:00Z'], { last: 1 });

    expect(decision).toEqual({
      keep: [
        { snapshot: '2027-01-01T00:00Z', reasons: ['future'] },
        { snapshot: '2026-11-20T00:00Z', reasons: ['last-1'] },
      ],
      prune: ['2026-11-19T00:00Z'],
    });
  });

  test('the protected ones, with the reason', () => {
    const protect = new Map([
      ['2026-11-19T00:00Z', 'base'],
      ['gone', 'base'],
    ]);

    expect(decide(['2026-11-20T00:00Z', '2026-11-19T00:00Z'], { last: 1 }, protect).keep).toEqual([
      { snapshot: '2026-11-20T00:00Z', reasons: ['last-1'] },
      { snapshot: '2026-11-19T00:00Z', reasons: ['base'] },
    ]);
  });

  test('one of two at the same time, always the same', () => {
    const twins = ['a', 'b', 'c'].map((snapshot) => ({ snapshot, atMs: 5 }));
    const options = { nowMs, protect: new Map() };

    const [one, other] = [
      decideRetention(twins, { last: 1 }, options),
      decideRetention(twins.toReversed(), { last: 1 }, options),
    ];

    expect(one).toEqual(other);
    expect(one.keep.map(({ snapshot }) => snapshot)).toEqual(['c']);
  });
});

const ruleArbitrary: fc.Arbitrary<KeepRule> = fc.record({
  last: fc.nat(4),
  hourly: fc.nat(4),
  daily: fc.nat(4),
  weekly: fc.nat(4),
  monthly: fc.nat(4),
  yearly: fc.nat(4),
});
const pointsArbitrary = fc
  .uniqueArray(fc.integer({ min: Date.parse('2024-01-01'), max: nowMs + 1e9 }), { maxLength: 30 })
  .map((times) => times.map((atMs) => ({ snapshot: new Date(atMs).toISOString(), atMs })));

describe('properties of retention', () => {
  test('every point is kept or pruned, and the newest is kept', () => {
    fc.assert(
      fc.property(pointsArbitrary, ruleArbitrary, (points, rule) => {
        const { keep, prune } = decideRetention(points, rule, { nowMs, protect: new Map() });

        const all = [...keep.map(({ snapshot }) => snapshot), ...prune].toSorted();
        expect(all).toEqual(points.map(({ snapshot }) => snapshot).toSorted());
        const newest = points.toSorted((a, b) => b.atMs - a.atMs).map(({ snapshot }) => snapshot);
        expect(prune).not.toContain(newest[0] ?? '(none)');
      }),
    );
  });

  test('a larger count keeps no less', () => {
    const name = fc.constantFrom('last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly');
    fc.assert(
      fc.property(pointsArbitrary, ruleArbitrary, name, (points, rule, grown) => {
        // With no oldest point to fill up the count, which moves when the count grows.
        const decideWith = (keep: KeepRule) =>
          decideRetention(points, { last: 1, ...keep }, { nowMs, protect: new Map() })
            .keep.filter(({ reasons }) => reasons.some((reason) => !reason.endsWith('-oldest')))
            .map(({ snapshot }) => snapshot);

        const smaller = decideWith({ ...rule, last: (rule.last ?? 0) + 1 });
        const larger = decideWith({ ...rule, last: (rule.last ?? 0) + 1, [grown]: (rule[grown] ?? 0) + 2 });

        expect(larger).toEqual(expect.arrayContaining(smaller));
      }),
    );
  });
});
