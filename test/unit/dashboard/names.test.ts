import { describe, expect, test } from 'vitest';
import { nameParts, savedName, spokenName } from '../../../dashboard/names.ts';

describe('a name from a share', () => {
  test.each([
    ['plan.xlsx', [['plan.xlsx', false]]],
    ['Straße 日本 ✓.txt', [['Straße 日本 ✓.txt', false]]],
    ['<img src=x onerror=hit()>', [['<img src=x onerror=hit()>', false]]],
    [
      'invoice\u{202e}fdp.exe',
      [
        ['invoice', false],
        ['U+202E', true],
        ['fdp.exe', false],
      ],
    ],
    [
      'a\u{200b}',
      [
        ['a', false],
        ['U+200B', true],
      ],
    ],
    [
      ' a',
      [
        ['U+0020', true],
        ['a', false],
      ],
    ],
    ['\u{e0041}', [['U+E0041', true]]],
    [
      'a\nb',
      [
        ['a', false],
        ['U+000A', true],
        ['b', false],
      ],
    ],
    [
      'a\u{d800}',
      [
        ['a', false],
        ['U+D800', true],
      ],
    ],
    ['', []],
  ])('%j has the parts that are shown', (name, expected) => {
    const parts = nameParts(name).map(({ text, isCode }) => [text, isCode]);

    expect(parts).toEqual(expected);
  });

  test('is read aloud with its unseen characters named', () => {
    expect(spokenName('invoice\u{202e}fdp.exe')).toBe('invoice U+202E fdp.exe');
  });

  test.each([
    ['reports/plan.xlsx', 'plan.xlsx'],
    ['invoice\u{202e}fdp.exe', 'invoice_fdp.exe'],
    ['a/..', 'file'],
    ['', 'file'],
    ['con"tr:ol.txt', 'con_tr_ol.txt'],
  ])('%j is saved as %j', (path, expected) => {
    expect(savedName(path)).toBe(expected);
  });
});
