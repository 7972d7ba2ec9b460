import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KeepRule } from '../../../lib/model/index.ts';
import { decideRetention, planCatchUp } from '../../../lib/plan/index.ts';

const nowMs = Date.parse('2026-11-22T12:00:00Z');
const hourMs = 3_600_000;
const timeOf = (snapshot: string): number => Date.parse(snapshot);

/** A day for each letter: A is the oldest. */
const dayOf = (letter: string): string =>
  new Date(Date.UTC(2026, 9, 1) + (letter.charCodeAt(0) - 65) * 24 * hourMs).toISOString().replace('Z', '0000Z');
const letterOf = (snapshot: string): string =>
  String.fromCharCode(65 + (timeOf(snapshot) - Date.UTC(2026, 9, 1)) / (24 * hourMs));
const plan = (source: string, sealed: string, keep?: KeepRule, most?: number): string =>
  planCatchUp({
    sealed: Array.from(sealed, dayOf),
    candidates: Array.from(source, dayOf),
    keep,
    nowMs,
    timeOf,
    ...(most !== undefined && { most }),
  })
    .map(letterOf)
    .join('');

describe('What is transferred to catch up', () => {
  test.each<[string, [source: string, sealed: string], KeepRule | undefined, string]>([
    ['all onto an empty destination', ['ABC', ''], undefined, 'ABC'],
    ['what is newer than the newest point', ['BCD', 'ABC'], undefined, 'D'],
    ['with room for all of it', ['CDE', 'ABCD'], { last: 4 }, 'E'],
    ['with none of the points at the source any more', ['IJK', 'BCDE'], { last: 4 }, 'IJK'],
    ['only what retention keeps', ['FGHIJK', 'BCDE'], { last: 2 }, 'JK'],
    ['nothing, when the newest is there', ['ABC', 'ABC'], { last: 1 }, ''],
    ['nothing older than the newest point', ['ABC', 'AC'], undefined, ''],
    ['the newest, whatever the rule', ['BC', 'A'], { within: 'PT1H', last: 0 }, 'C'],
    ['the newest of each week', ['ABCDEFGHIJKLMNO', ''], { weekly: 2 }, 'KO'],
    ['a point that is there twice counts once', ['BC', 'AA'], { last: 3 }, 'BC'],
  ])('%s: %j', (_, [source, sealed], keep, transferred) => {
    expect(plan(source, sealed, keep)).toBe(transferred);
  });
});

const count = fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined });
const rules: fc.Arbitrary<KeepRule> = fc.record({
  last: count,
  hourly: count,
  daily: count,
  weekly: count,
  monthly: count,
  yearly: count,
  within: fc.option(fc.constantFrom('P3D', 'PT6H', 'P2M'), { nil: undefined }),
});
const snapshots = fc
  .array(fc.integer({ min: 0, max: 4_000 }), { maxLength: 30 })
  .map((hours) => [...new Set(hours)].map((hour) => new Date(nowMs - hour * hourMs).toISOString()));

/** What is left after a transfer, as pruning does it: the newest always stays. */
function prune(sealed: readonly string[], keep: KeepRule): string[] {
  const newest = sealed.toSorted((a, b) => (a < b ? -1 : 1)).at(-1) ?? '';
  const points = sealed.map((snapshot) => ({ snapshot, atMs: timeOf(snapshot) }));
  const { keep: kept } = decideRetention(points, keep, { nowMs, protect: new Map([[newest, 'newest']]) });
  return kept.map(({ snapshot }) => snapshot);
}

describe('Whatever the snapshots and the rule', () => {
  test('nothing is transferred that retention purges at once or before the last is there, and the newest always is', () => {
    fc.assert(
      fc.property(snapshots, snapshots, rules, (before, candidates, keep) => {
        const sealed = prune(before, keep);
        const newest = candidates.toSorted((a, b) => (a < b ? 1 : -1))[0] ?? '';

        const transferred = planCatchUp({ sealed, candidates, keep, nowMs, timeOf });

        const isBehind = newest !== '' && sealed.every((one) => one < newest);
        expect(transferred.at(-1)).toBe(isBehind ? newest : undefined);
        let points = sealed;
        for (const [index, snapshot] of transferred.entries()) {
          points = prune([...points, snapshot], keep);
          expect(points).toEqual(expect.arrayContaining(transferred.slice(0, index + 1)));
        }
      }),
    );
  });

  test('each transfer planned anew after the one before makes the same order', () => {
    fc.assert(
      fc.property(snapshots, snapshots, rules, (before, candidates, keep) => {
        let sealed = prune(before, keep);
        const planned = planCatchUp({ sealed, candidates, keep, nowMs, timeOf });

        const transferred: string[] = [];
        for (;;) {
          const [next] = planCatchUp({ sealed, candidates, keep, nowMs, timeOf });
          if (next === undefined) break;
          transferred.push(next);
          sealed = prune([...sealed, next], keep);
        }

        expect(transferred).toEqual(planned);
      }),
    );
  });
});

test.each([
  ['all that there is room for', 5, 'CDE'],
  ['not the oldest, for which there is none', 4, 'DE'],
  ['the newest, also onto a full share', 2, 'E'],
])('What is transferred to catch up is %s', (_, most, transferred) => {
  expect(plan('CDE', 'AB', undefined, most)).toBe(transferred);
});
