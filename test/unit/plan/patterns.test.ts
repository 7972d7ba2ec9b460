import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePatterns } from '../../../lib/plan/index.ts';

describe('files', () => {
  test.each([
    ['**', 'a', true],
    ['**', 'a/b/c', true],
    ['*', 'a', true],
    // Matches the directory, which covers what is beneath.
    ['*', 'a/b', true],
    ['*.tmp', 'x.tmp', true],
    ['*.tmp', 'a/x.tmp', false],
    ['**/*.tmp', 'x.tmp', true],
    ['**/*.tmp', 'a/b/x.TMP', true],
    ['**/*.tmp', 'a/b/x.tmp2', false],
    ['docs', 'docs', true],
    ['docs', 'docs/a/b', true],
    ['docs', 'docs2', false],
    ['/docs/', 'DOCS/a', true],
    ['docs/**', 'docs', false],
    ['docs/**', 'docs/a', true],
    ['docs/**', 'docs/a/b', true],
    ['docs/**/x', 'docs/x', true],
    ['docs/**/x', 'docs/a/b/x', true],
    ['docs/**/**/x', 'docs/x', true],
    ['docs/**/x', 'a/docs/x', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['a?c', 'a/c', false],
    ['a**c', 'abbc', true],
    ['a**c', 'a/c', false],
    // Everything else is meant as it stands.
    ['a.c', 'abc', false],
    ['[ab]', '[ab]', true],
    ['a(1)+$^{}|', 'A(1)+$^{}|', true],
    ['ärger*', 'ÄRGERLICH', true],
  ])('include %j and %j: %j', (pattern, path, selected) => {
    expect(compilePatterns([pattern], []).file(path)).toBe(selected);
    expect(compilePatterns(['**'], [pattern]).file(path)).toBe(!selected);
  });

  test('exclude beats include', () => {
    const patterns = compilePatterns(['docs/**', 'a.txt'], ['**/*.tmp', 'docs/private']);

    expect(['a.txt', 'docs/b', 'docs/b.tmp', 'docs/private/c', 'other'].filter((path) => patterns.file(path))).toEqual([
      'a.txt',
      'docs/b',
    ]);
  });
});

describe('directories', () => {
  test.each([
    [['**'], [], '', 'all'],
    [['**'], [], 'a/b', 'all'],
    [['**'], ['**/*.tmp'], 'a', 'some'],
    [['**'], ['**/*.tmp'], 'a/x.tmp', 'none'],
    [['**'], ['docs/**'], 'docs', 'some'],
    [['**'], ['docs/**'], 'docs/a', 'none'],
    [['**'], ['docs'], 'docs', 'none'],
    [['**'], ['docs'], 'docs/a/b', 'none'],
    [['**'], ['docs'], 'other', 'all'],
    [['**'], ['docs/a'], 'docs', 'some'],
    [['docs'], [], 'docs', 'all'],
    [['docs'], [], 'docs/a', 'all'],
    [['docs/a'], [], '', 'some'],
    [['docs/a'], [], 'docs', 'some'],
    [['docs/**'], [], 'docs', 'all'],
    [['docs/a'], [], 'docs/b', 'none'],
    [['docs/a'], [], 'other', 'none'],
    [['**/*.txt'], [], 'a/b', 'some'],
    [[], [], 'a', 'none'],
  ] as const)('include %j, exclude %j, %j: %s', (include, exclude, path, selected) => {
    expect(compilePatterns(include, exclude).directory(path)).toBe(selected);
  });

  test('what they say of what is beneath holds for every file', () => {
    const part = fc.constantFrom('a', 'b', 'ab', '*', '**', 'a*', '?');
    const pattern = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    const path = fc.array(fc.constantFrom('a', 'b', 'ab'), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        fc.array(pattern, { maxLength: 3 }),
        fc.array(pattern, { maxLength: 2 }),
        path,
        (include, exclude, parts) => {
          const patterns = compilePatterns(include, exclude);
          const isSelected = patterns.file(parts.join('/'));
          const above = parts.map((_, length) => patterns.directory(parts.slice(0, length).join('/')));

          expect(above).not.toContain(isSelected ? 'none' : 'all');
        },
      ),
      { numRuns: 2000 },
    );
  });
});
