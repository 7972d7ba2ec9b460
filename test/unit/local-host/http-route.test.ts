import { expect, test } from 'vitest';
import { compareRoutes, matchRoute, parseRoute } from '../../../local-host/http-route.ts';

test.each([
  ['runs/{run}', '/runs/a%2Fb', { run: 'a/b' }],
  ['runs/{run}/', '/RUNS/1/', { run: '1' }],
  ['{a}/{b?}', '/x', { a: 'x' }],
  ['{a}/{b?}', '/x/y', { a: 'x', b: 'y' }],
  ['{a}/{b?}', '/x/y/z', undefined],
  ['{a}', '/', undefined],
  ['files/{*path}', '/files/a/b', { path: 'a/b' }],
  ['files/{*path}', '/files', {}],
  ['{n:int:min(3)}', '/3', { n: '3' }],
  ['{n:int:min(3)}', '/2', undefined],
  ['{n:int}', '/three', undefined],
  ['{n:range(1,5)?}', '/9', undefined],
  ['{n:length(2,3)}', '/abcd', undefined],
  ['{n:alpha}', '/abc', { n: 'abc' }],
  ['{n:bool}', '/True', { n: 'True' }],
  ['{n:guid}', '/6f9619ff-8b86-d011-b42d-00c04fc964ff', { n: '6f9619ff-8b86-d011-b42d-00c04fc964ff' }],
  ['{n:guid}', '/6f9619ff', undefined],
  ['{n:datetime}', '/2026-11-22', { n: '2026-11-22' }],
  ['{n:regex(^a+$)}', '/aaa', { n: 'aaa' }],
  ['{n:regex(^a{{2}}$)}', '/aaa', undefined],
])('route %s and path %s give %o', (template, path, parameters) => {
  expect(matchRoute(parseRoute(template), path)).toEqual(parameters);
});

test('Literal segments come before constrained ones, plain ones and catch-alls', () => {
  const templates = ['{*all}', '{a}', '{a:int}', 'fixed', 'fixed/{b}'];

  const sorted = templates.map(parseRoute).toSorted(compareRoutes);

  expect(sorted.map(({ template }) => template)).toEqual(['fixed/{b}', 'fixed', '{a:int}', '{a}', '{*all}']);
});

test.each(['a-{b}', '{a:unknown}', '{a:min}', '{}'])('The route %s is refused', (template) => {
  expect(() => parseRoute(template)).toThrow(`route '${template}'`);
});
