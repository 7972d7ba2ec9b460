import { expect, test } from 'vitest';
import type { Entry } from '../../../lib/model/index.ts';
import { type IsNewerBeneath, mergeDated } from '../../../lib/plan/index.ts';
import { aDirectory, aFile } from './entries.ts';

async function* pages(...of: readonly (readonly Entry[])[]): AsyncGenerator<readonly Entry[]> {
  yield* of;
}

/** When something was written beneath which name, at the latest. */
const writtenBeneath: Readonly<Record<string, number>> = { '2024-02-01/D': 11, '2024-01-01/d': 30, '2024-01-01/x': 9 };
const isNewerBeneath: IsNewerBeneath = async (directories, thanMs) =>
  directories.some(({ date, name }) => (writtenBeneath[`${date}/${name}`] ?? 0) > thanMs);

async function merged(listings: Readonly<Record<string, AsyncIterable<readonly Entry[]>>>) {
  const all: { name: string; dates: readonly string[] }[] = [];
  for await (const batch of mergeDated(new Map(Object.entries(listings)), isNewerBeneath)) {
    all.push(...batch.map(({ name, dates }) => ({ name, dates })));
  }
  return all;
}

const file = (name: string, lastModifiedMs: number): Entry => aFile(name, { lastModifiedMs });
const directory = (name: string, lastModifiedMs: number): Entry => aDirectory(name, { lastModifiedMs });

test('Of each name the version that was written last counts, whatever its date', async () => {
  expect(
    await merged({
      '2024-01-01': pages([file('a', 30), file('b', 10)], [], [file('C', 10)]),
      '2024-02-01': pages([file('B', 20)], [file('c', 5), file('d', 1)]),
      '2024-03-01': pages(),
    }),
  ).toEqual([
    { name: 'a', dates: ['2024-01-01'] },
    { name: 'B', dates: ['2024-02-01'] },
    { name: 'C', dates: ['2024-01-01'] },
    { name: 'd', dates: ['2024-02-01'] },
  ]);
});

test('A directory is of all dates that have it, with the properties of the last one, and as new as what is beneath it', async () => {
  expect(
    await merged({
      '2024-01-01': pages([directory('d', 9), directory('x', 50)]),
      '2024-02-01': pages([directory('D', 8), file('x', 9)]),
      '2024-03-01': pages([file('d', 10), directory('x', 1)]),
    }),
  ).toEqual([
    { name: 'd', dates: ['2024-02-01', '2024-01-01'] },
    { name: 'x', dates: ['2024-02-01'] },
  ]);
});

test('More names than a batch holds come in order', async () => {
  const names = Array.from({ length: 2_500 }, (_, index) => `n${String(index).padStart(5, '0')}`);
  const of = (remainder: number) => names.filter((_, index) => index % 3 === remainder).map((name) => file(name, 1));

  const all = await merged({ '2024-01-01': pages(of(0)), '2024-01-02': pages(of(1)), '2024-01-03': pages(of(2)) });

  expect(all.map(({ name }) => name)).toEqual(names);
});

test('A listing that does not ascend is refused', async () => {
  await expect(merged({ '2024-01-01': pages([file('b', 1), file('a', 1)]) })).rejects.toThrow('does not ascend');
});
