import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ByteRange } from '../../../lib/model/index.ts';
import {
  blockCount,
  blockRange,
  blocksToProve,
  blocksTouched,
  intersectRanges,
  subtractRanges,
} from '../../../lib/plan/index.ts';

const mebi = 1024 * 1024;
/** Ascending ranges within 100 bytes that do not touch. */
const ranges = fc
  .uniqueArray(fc.integer({ min: 0, max: 100 }), { maxLength: 12 })
  .map((points) => points.toSorted((a, b) => a - b))
  .map((points) =>
    points.flatMap((start, index): ByteRange[] => {
      const end = points[index + 1];
      return index % 2 === 0 && end !== undefined ? [{ start, end }] : [];
    }),
  );
const bytesOf = (of: readonly ByteRange[]): Set<number> =>
  new Set(of.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, index) => start + index)));

describe('subtractRanges and intersectRanges', () => {
  it('agree with sets of bytes, ascending and without empty ranges', () => {
    fc.assert(
      fc.property(ranges, ranges, (left, right) => {
        const [a, b] = [bytesOf(left), bytesOf(right)];
        const difference = subtractRanges(left, right);
        const common = intersectRanges(left, right);
        expect(bytesOf(difference)).toEqual(new Set([...a].filter((byte) => !b.has(byte))));
        expect(bytesOf(common)).toEqual(new Set([...a].filter((byte) => b.has(byte))));
        for (const result of [difference, common]) {
          expect(result.every(({ start, end }) => start < end)).toBe(true);
          expect(result).toEqual(result.toSorted((x, y) => x.start - y.start));
        }
      }),
    );
  });
});

describe('blocks', () => {
  it('touched by ranges are each named once, also where two ranges share one', () => {
    const touched = blocksTouched(
      [
        { start: 1, end: 2 },
        { start: 3 * mebi, end: 5 * mebi },
        { start: 12 * mebi, end: 99 * mebi },
      ],
      17 * mebi,
    );

    expect(touched).toEqual([0, 1, 3, 4]);
  });

  it('cover a file, the last one shorter', () => {
    expect(blockCount(9 * mebi)).toBe(3);
    expect(blockRange(2, 9 * mebi)).toEqual({ start: 8 * mebi, end: 9 * mebi });
  });

  it('to prove are all of few, and an even sample of many that moves with the seed', () => {
    const many = Array.from({ length: 100 }, (_, index) => index * 2);

    expect(blocksToProve([1, 5, 9], 16, 0.9)).toEqual([1, 5, 9]);
    expect(blocksToProve(many, 4, 0)).toEqual([0, 50, 100, 150]);
    expect(blocksToProve(many, 4, 0.5)).toEqual([24, 74, 124, 174]);
    for (const seed of [0, 0.3, 0.999_999]) expect(new Set(blocksToProve(many, 16, seed)).size).toBe(16);
  });
});
