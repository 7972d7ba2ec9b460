import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { events } from '../../../lib/telemetry/events.ts';
import { metrics } from '../../../lib/telemetry/metrics.ts';

const root = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const documents = globSync(['*.md', 'docs/**/*.md', 'infra/*.md', 'bench/*.md'], { cwd: root }).toSorted();
const sources = globSync('lib/**/*.ts', { cwd: root }).toSorted();
/** Text outside fenced blocks: what is in them is shell or JSON, not a link. */
const prose = (path: string): string => read(path).replaceAll(/^```[\s\S]*?^```/gmu, '');

test('there are documents and sources to look at', () => {
  expect(documents).toEqual(expect.arrayContaining(['docs/architecture.md', 'docs/operations.md', 'CHANGELOG.md']));
  expect(sources).toContain('lib/run/run-state.ts');
});

describe.each(documents)('%s', (path) => {
  test('links to files that exist', () => {
    const links = [...prose(path).matchAll(/\]\(([^)\s]+)\)/gu)].map(([, link = '']) => link.split('#', 1)[0] ?? '');
    const relative = links.filter((link) => link !== '' && !/^[a-z]+:/u.test(link) && !/NNNN/u.test(link));

    expect(relative.filter((link) => !existsSync(join(root, dirname(path), link)))).toEqual([]);
  });

  test('names files of the project that exist', () => {
    const named = [...prose(path).matchAll(/`((?:lib|functions|test|cli|emulator|bench|docs)\/[\w./-]+\.\w+)`/gu)];

    expect(named.map(([, file = '']) => file).filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  test('names npm scripts that exist', () => {
    const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts);
    const named = [...read(path).matchAll(/\bnpm run (?:--?[a-z]+ )*([a-z][\w:-]*)/gu)].map(([, name = '']) => name);

    expect(named.filter((name) => !scripts.includes(name))).toEqual([]);
  });
});

test('docs/architecture.md names tests that exist', () => {
  const named = [...read('docs/architecture.md').matchAll(/`(test\/[\w./-]+\.ts)`\s+"([^"]+)"/gu)];

  expect(named.length).toBeGreaterThan(5);
  expect(
    named.filter(([, file = '', name = '']) => !read(file).includes(`('${name}', `)).map(([text]) => text),
  ).toEqual([]);
});

describe('events', () => {
  test('are those that docs/operations.md describes, one row each', () => {
    const described = [...read('docs/operations.md').matchAll(/^\| `(backup\.[a-z.]+)`/gmu)].map(
      ([, name = '']) => name,
    );

    expect(described.toSorted()).toEqual(Object.keys(events).toSorted());
  });

  test('that lib sends are listed, and those listed are sent', () => {
    const sent = sources
      .filter((path) => !path.startsWith('lib/telemetry/'))
      .flatMap((path) => [...read(path).matchAll(/'(backup\.[\w.]+)'/gu)].map(([, name = '']) => name));

    expect([...new Set(sent)].toSorted()).toEqual(Object.keys(events).toSorted());
  });

  test('are sent under names that stand in the code, or come from the function that picks one', () => {
    const told = sources.filter((path) => !path.startsWith('lib/telemetry/'));
    const names = told.flatMap((path) =>
      [...read(path).matchAll(/telemetry\.event\(\s*([^,)]+)/gu)].map(([, name = '']) => name),
    );
    const unclear = names.filter((name) => !/^'backup\.[a-z.]+'$/u.test(name) && !name.startsWith('eventOf('));

    expect(names.length).toBeGreaterThan(10);
    expect(unclear).toEqual([]);
  });
});

test('metrics are those that docs/operations.md describes, one row each', () => {
  const described = [...read('docs/operations.md').matchAll(/^\| `(farshare\.[a-z.]+)`/gmu)].map(
    ([, name = '']) => name,
  );

  expect(described.toSorted()).toEqual(Object.keys(metrics).toSorted());
});
