import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ByteRange } from '../../../lib/model/index.ts';
import { copyRanges, rangeLimitBytes } from '../../../lib/plan/index.ts';

const range = (start: number, end: number): ByteRange => ({ start, end });

describe('the ranges to copy', () => {
  test.each<{ name: string; size: number; allocated: ByteRange[]; expected: ByteRange[] }>([
    { name: 'nothing is allocated', size: 10, allocated: [], expected: [] },
    { name: 'one request is enough', size: 4, allocated: [range(0, 4)], expected: [range(0, 4)] },
    { name: 'the limit cuts', size: 9, allocated: [range(0, 9)], expected: [range(0, 4), range(4, 8), range(8, 9)] },
    { name: 'cuts are aligned', size: 9, allocated: [range(3, 9)], expected: [range(3, 4), range(4, 8), range(8, 9)] },
    { name: 'holes stay', size: 20, allocated: [range(0, 1), range(18, 20)], expected: [range(0, 1), range(18, 20)] },
    { name: 'the file ends inside a range', size: 5, allocated: [range(4, 512)], expected: [range(4, 5)] },
    { name: 'a range lies beyond the file', size: 5, allocated: [range(8, 512)], expected: [] },
    {
      name: 'ranges overlap',
      size: 9,
      allocated: [range(2, 6), range(0, 3)],
      expected: [range(0, 3), range(3, 4), range(4, 6)],
    },
    { name: 'ranges repeat', size: 9, allocated: [range(0, 3), range(0, 3)], expected: [range(0, 3)] },
  ])('when $name', ({ size, allocated, expected }) => {
    expect(copyRanges(size, allocated, 4)).toEqual(expected);
  });

  test('are at most 4 MiB', () => {
    expect(copyRanges(rangeLimitBytes + 1, [range(0, rangeLimitBytes + 1)])).toEqual([
      range(0, rangeLimitBytes),
      range(rangeLimitBytes, rangeLimitBytes + 1),
    ]);
  });

  test('cover each allocated byte of the file once, and no other', () => {
    const ranges = fc.array(fc.tuple(fc.nat(60), fc.nat(20)).map(([start, length]) => range(start, start + length)));
    fc.assert(
      fc.property(fc.nat(70), ranges, fc.integer({ min: 1, max: 9 }), (size, allocated, limit) => {
        const copied = copyRanges(size, allocated, limit);

        const bytes = (list: readonly ByteRange[]) =>
          list.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, at) => start + at));
        const wanted = [...new Set(bytes(allocated))].filter((byte) => byte < size).toSorted((a, b) => a - b);
        expect(bytes(copied)).toEqual(wanted);
        expect(
          copied.every(({ start, end }) => end > start && Math.floor(start / limit) === Math.floor((end - 1) / limit)),
        ).toBe(true);
      }),
    );
  });
});
