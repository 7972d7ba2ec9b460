import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DEFAULT_SWITCHES } from '../../../emulator/store/index.ts';

const page = readFileSync(new URL('../../../docs/emulator.md', import.meta.url), 'utf8');
const source = (file: string) => readFileSync(new URL(`../../../emulator/${file}`, import.meta.url), 'utf8');

describe('docs/emulator.md', () => {
  test.each(Object.entries(DEFAULT_SWITCHES))('lists the switch %s with its default', (name, value) => {
    expect(cellsOf(`\`${name}\``)[1]).toBe(String(value));
  });

  test('has a row with the state of every operation that is served, and of no other', () => {
    const routes = source('routes.ts');
    const leases = ['Acquire', 'Renew', 'Change', 'Release', 'Break'].map((verb) => `${verb}ShareLease`);
    const fileLeases = ['Acquire', 'Change', 'Release', 'Break'].map((verb) => `${verb}FileLease`);
    const served = [...routes.matchAll(/operation\('(\w+)'/g)].map(([, name]) => name ?? '');
    const table = page.slice(page.indexOf('## Operations'), page.indexOf('Differences that concern'));
    const rows = [...table.matchAll(/^\| ([A-Z]\w+) +\| (?:whole|files of this emulator) +\|/gm)].map(
      ([, name]) => name,
    );

    expect(new Set(rows)).toEqual(new Set([...served, ...leases, ...fileLeases]));
    expect(rows).toHaveLength(new Set(rows).size);
  });

  test('names every flag of the process', () => {
    const flags = /const FLAGS = \[([^;]*)\]/.exec(source('main.ts'))?.[1]?.match(/'[a-z-]+'/g) ?? [];

    expect(flags).toHaveLength(12);
    for (const flag of [...flags, "'switch'"]) expect(page).toContain(`--${flag.slice(1, -1)}`);
  });
});

/** The cells of the row that begins so. */
function cellsOf(first: string): string[] {
  const row = page.split('\n').find((line) => line.startsWith(`| ${first} `)) ?? '';
  return row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}
