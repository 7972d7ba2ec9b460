import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseArguments } from '../../../cli/arguments.ts';

const root = join(import.meta.dirname, '../../..');
const documents = globSync(['*.md', 'docs/*.md', 'infra/*.md', 'bench/*.md'], { cwd: root })
  .filter((path) => path !== 'CHANGELOG.md')
  .toSorted();

/** `farshare run JOB --approve` and `npm run farshare -- run JOB`, in code spans and in blocks of commands. */
function commandsIn(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8');
  const blocks = [...text.matchAll(/^```(?:sh|console)?\n([\s\S]*?)^```/gmu)].flatMap(([, block = '']) =>
    block.replaceAll('\\\n', ' ').split('\n'),
  );
  const spans = [...text.replaceAll(/^```[\s\S]*?^```/gmu, '').matchAll(/`([^`]+)`/gu)].map(([, span = '']) => span);
  return [...blocks, ...spans].flatMap((line) => {
    const [, command] =
      /(?:^|[\s$(;&|])(?:npm run (?:-s |--silent )?farshare -- |(?:npx )?farshare )([a-z-][^#|;&)>]*)/u.exec(line) ??
      [];
    return command === undefined ? [] : [command.trim()];
  });
}

/** As a shell would part them; placeholders such as `[--all]` and `…` stand for what a user may leave out or add. */
const wordsOf = (command: string): string[] =>
  (command.replaceAll(/[[\]…]|\.{3}/gu, ' ').match(/'[^']*'|"[^"]*"|\S+/gu) ?? []).map((word) =>
    word.replaceAll(/^['"]|['"]$/gu, ''),
  );

const used = documents.flatMap((path) => commandsIn(path).map((command) => [path, command] as const));

test('Documents use the command line', () => {
  expect(used.length).toBeGreaterThan(5);
});

test.each(used)('%s: farshare %s is a command with options that it has', (_, command) => {
  const [name, ...words] = wordsOf(command);

  expect(() => parseArguments(words.length === 0 ? [name ?? '', '--help'] : [name ?? '', ...words])).not.toThrow();
});
