import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pathOf, pathText } from '../../../lib/run/snapshots.ts';

test('any path of a destination can be sent in a header, and is read as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const path = text.replaceAll(/^\/+|\/+$/gu, '');

      const sent = pathText(path);

      expect(sent).toMatch(/^[!-~](?:[ -~]*[!-~])?$/u);
      expect(pathOf({ metadata: { farshare_path: sent } })).toBe(path);
    }),
  );
});

test.each([
  ['', '/'],
  ['copies/here', '/copies/here'],
  ['a+b & c', '/a+b & c'],
  ['50%', '/50%25'],
  ['Größe ', '/Gr%C3%B6%C3%9Fe%20'],
])('%j is sent as %j', (path, text) => {
  expect(pathText(path)).toBe(text);
});

test('a path that is no encoding of anything is taken as it stands', () => {
  expect(pathOf({ metadata: { farshare_path: '/100%' } })).toBe('100%');
});
