import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareFolded, foldName } from '../../../lib/plan/index.ts';

describe('folding a name', () => {
  test.each([
    ['readme.TXT', 'README.TXT'],
    ['ärger', 'ÄRGER'],
    // Two units when upper-cased: stays.
    ['straße', 'STRAßE'],
    ['ŉ', 'ŉ'],
    // Outside the basic plane: units by themselves have no case.
    ['𐐨', '𐐨'],
    ['', ''],
    ['a\u0001', 'A\u0001'],
  ])('%j becomes %j', (name, folded) => {
    expect(foldName(name)).toBe(folded);
  });

  test('keeps the length and folds nothing twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const folded = foldName(name);

        expect(folded).toHaveLength(name.length);
        expect(foldName(folded)).toBe(folded);
      }),
    );
  });

  test('is the same for ASCII on the fast path and unit by unit', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(foldName(`${name}ß`)).toBe(`${foldName(name)}ß`);
      }),
    );
  });
});

describe('comparing names', () => {
  test.each([
    ['a', 'B', -1],
    ['b', 'A', 1],
    ['file', 'FILE', 0],
    // `_` lies above the upper-case letters.
    ['a_', 'ab', 1],
    ['a', 'ab', -1],
  ])('%j against %j gives %i', (a, b, order) => {
    expect(compareFolded(a, b)).toBe(order);
  });
});
