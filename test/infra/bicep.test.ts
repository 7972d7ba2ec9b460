import { expect, test } from 'vitest';
import { Expression, parseBicep } from './bicep.ts';

test('Bicep is read into literals, and expressions as they are written', () => {
  const declarations = parseBicep(`
@description('Required. It\\'s one.')
@minLength(3)
param name string
param count int = 4
var rows = [for (row, i) in items(x): { key: row.key, at: i }]
resource thing 'A.B/c@2024-01-01' = if (a == 'b') {
  name: '\${name}-x' // what it is called
  flag: true
  list: [
    1
    'two'
  ]
  chosen: a
    ? 'yes'
    : 'no'
  call: union({ a: 1 }, b)
  inner: { 'odata.type': 'x', n: null }
}
`);

  expect(declarations.map(({ kind, symbol, what }) => [kind, symbol, what])).toEqual([
    ['param', 'name', 'string'],
    ['param', 'count', 'int'],
    ['var', 'rows', ''],
    ['resource', 'thing', 'A.B/c@2024-01-01'],
  ]);
  expect(declarations.map(({ value }) => value)).toEqual([
    null,
    4,
    [{ key: new Expression('row.key'), at: new Expression('i') }],
    {
      name: '${name}-x',
      flag: true,
      list: [1, 'two'],
      chosen: new Expression("a\n    ? 'yes'\n    : 'no'"),
      call: new Expression('union({ a: 1 }, b)'),
      inner: { 'odata.type': 'x', n: null },
    },
  ]);
  expect(declarations[0]?.decorators).toHaveLength(2);
});
