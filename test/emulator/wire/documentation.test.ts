import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DEFAULT_SWITCHES } from '../../../emulator/store/index.ts';

const page = readFileSync(new URL('../../../docs/emulator.md', import.meta.url), 'utf8');
const source = (file: string) => readFileSync(new URL(`../../../emulator/${file}`, import.meta.url), 'utf8');

describe('docs/emulator.md', () => {
  test.each(Object.entries(DEFAULT_SWITCHES))('lists the switch %s with its default', (name, value) => {
    expect(page).toMatch(new RegExp(`\\| \`${name}\` +\\| ${String(value)} +\\|`));
  });

  test('names every operation that is served', () => {
    const names = [...source('routes.ts').matchAll(/operation\('(\w+)'/g)].map(([, name]) => name ?? '');
    const missing = names.filter((name) => !page.includes(name) && !isInFamily(name));

    expect(names.length).toBeGreaterThan(40);
    expect(missing).toEqual(['CreateSymbolicLink', 'GetSymbolicLink', 'CreateHardLink']);
  });

  test('names every flag of the process', () => {
    const flags = /const FLAGS = \[([^\]]*)\]/.exec(source('main.ts'))?.[1]?.match(/[a-z-]+/g) ?? [];

    expect(flags).toHaveLength(10);
    for (const flag of flags) expect(page).toContain(`--${flag}`);
  });
});

/** `Get/SetShareAcl` on the page stands for both. */
function isInFamily(name: string): boolean {
  const [, verb = '', object = ''] = /^([A-Z][a-z]+)(\w+)$/.exec(name) ?? [];
  return new RegExp(`\\b${verb}(?:/\\w+)*/[A-Z][a-z]+${object}\\b`).test(page) || page.includes(`/${verb}${object}`);
}
