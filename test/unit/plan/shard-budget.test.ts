import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isBudgetSpent, splitDirectories } from '../../../lib/plan/index.ts';

describe('spilling the rest of a shard', () => {
  test.each([
    { pending: 0, pieces: 4, lengths: [] },
    { pending: 3, pieces: 4, lengths: [1, 1, 1] },
    { pending: 10, pieces: 4, lengths: [2, 3, 2, 3] },
    { pending: 10, pieces: 0, lengths: [10] },
    { pending: 80, pieces: 100, lengths: Array.from({ length: 40 }, () => 2) },
  ])('$pending directories in $pieces pieces', ({ pending, pieces, lengths }) => {
    const list = Array.from({ length: pending }, (_, index) => index);

    expect(splitDirectories(list, pieces).map((piece) => piece.length)).toEqual(lengths);
  });

  test('keeps every directory once, in order, in pieces of nearly equal length', () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), fc.integer({ min: 1, max: 60 }), (pending, pieces) => {
        const split = splitDirectories(pending, pieces);

        const lengths = split.map((piece) => piece.length);
        expect(split.flat()).toEqual(pending);
        expect(split.length).toBeLessThanOrEqual(Math.min(40, pieces));
        expect(Math.max(0, ...lengths) - Math.min(...lengths, Infinity)).toBeLessThanOrEqual(1);
        expect(lengths).not.toContain(0);
      }),
    );
    expect(splitDirectories(Array.from({ length: 100 }, () => 0))).toHaveLength(40);
  });

  test.each([
    [{ entries: 19_999, milliseconds: 59_999 }, false],
    [{ entries: 20_000, milliseconds: 0 }, true],
    [{ entries: 0, milliseconds: 60_000 }, true],
  ])('after %j the budget is spent: %j', (spent, isSpent) => {
    expect(isBudgetSpent(spent)).toBe(isSpent);
  });
});
