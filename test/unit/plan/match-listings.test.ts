import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../../lib/model/index.ts';
import { compareFolded, foldName, matchListings, type EntryPair } from '../../../lib/plan/index.ts';
import { aFile, inPages, paged } from './entries.ts';

const files = (names: readonly string[]): readonly Entry[] => names.map((name) => aFile(name));

async function allPairs(pairs: AsyncIterable<readonly EntryPair[]>): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const batch of pairs) {
    for (const { source, destination } of batch) found.push(`${source?.name ?? '-'}|${destination?.name ?? '-'}`);
  }
  return found;
}

const match = (source: readonly string[], destination: readonly string[], pageSize = 2) =>
  allPairs(matchListings(inPages(paged(files(source), pageSize)), inPages(paged(files(destination), pageSize))));

describe('matching the listings of a directory', () => {
  test.each<{ pairs: readonly string[] }>([
    { pairs: [] },
    { pairs: ['a|a'] },
    { pairs: ['a|-'] },
    { pairs: ['-|a'] },
    { pairs: ['a|-', '-|b', 'c|c', '-|d', '-|e', '-|f'] },
    { pairs: ['a|-', 'b|-', 'c|-', '-|d', 'e|e'] },
    { pairs: ['Readme|README', 'x|x'] },
  ])('gives back $pairs', async ({ pairs }) => {
    const side = (at: number) => pairs.map((pair) => pair.split('|')[at] ?? '').filter((name) => name !== '-');

    expect(await match(side(0), side(1))).toEqual(pairs);
  });

  test('passes over empty pages', async () => {
    const source = inPages([[], files(['a']), [], files(['b']), []]);
    const destination = inPages([files(['a']), [], [], files(['c'])]);

    expect(await allPairs(matchListings(source, destination))).toEqual(['a|a', 'b|-', '-|c']);
  });

  test('fetches a page only when the one before is used up', async () => {
    const fetched: number[] = [];
    const destination = inPages([files(['b']), files(['d']), files(['f'])], (page) => fetched.push(page));
    const pairs = matchListings(inPages([files(['a', 'c']), files(['e', 'g'])]), destination);

    await pairs.next();
    expect(fetched).toEqual([0]);
    await pairs.next();
    expect(fetched).toEqual([0, 1]);
  });

  test('whatever is written under names given out so far lies behind the position of the listing', async () => {
    const source = files(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
    const written = new Set(['c', 'e']);
    // The destination as a service that answers each page from what is there at that moment.
    async function* live(): AsyncGenerator<readonly Entry[]> {
      for (let after = ''; ;) {
        const page = files(
          [...written]
            .toSorted()
            .filter((name) => name > after)
            .slice(0, 1),
        );
        if (page.length === 0) return;
        yield await Promise.resolve(page);
        after = page[0]?.name ?? '';
      }
    }
    const missing: string[] = [];

    for await (const batch of matchListings(inPages(paged(source, 2)), live())) {
      for (const pair of batch) {
        if (pair.destination === undefined) missing.push(pair.source?.name ?? '');
        written.add(pair.source?.name ?? '');
      }
    }

    expect(missing).toEqual(['a', 'b', 'd', 'f', 'g']);
  });

  test.each([
    { names: ['b', 'a'], code: 'ListingOutOfOrder' },
    { names: ['a', 'b', 'c', 'b'], code: 'ListingOutOfOrder' },
    { names: ['a', 'a'], code: 'ListingRepeated' },
    { names: ['a', 'b', 'B'], code: 'ListingOutOfOrder' },
  ])('refuses $names on either side with $code', async ({ names, code }) => {
    await expect(match(names, ['a', 'z'])).rejects.toMatchObject({ code, disposition: 'run' });
    await expect(match(['a', 'z'], names)).rejects.toMatchObject({ code, disposition: 'run' });
  });

  test('ends both listings when it is left early, even those that cannot be told', async () => {
    let ended = 0;
    async function* endless(): AsyncGenerator<readonly Entry[]> {
      try {
        for (let index = 0; ; index++) yield await Promise.resolve(files([String(index).padStart(9, '0')]));
      } finally {
        ended++;
      }
    }
    const bare: AsyncIterable<readonly Entry[]> = {
      [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: false, value: files(['x']) }) }),
    };

    for await (const batch of matchListings(endless(), endless())) if (batch.length > 0) break;
    for await (const batch of matchListings(endless(), bare)) if (batch.length > 0) break;

    expect(ended).toBe(3);
  });

  test('is stable under the page size and finds each name on its sides', async () => {
    const names = fc
      .uniqueArray(fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }), { selector: foldName, maxLength: 20 })
      .map((list) => list.toSorted(compareFolded));
    await fc.assert(
      fc.asyncProperty(names, names, fc.integer({ min: 1, max: 7 }), async (source, destination, pageSize) => {
        const pairs = await match(source, destination, pageSize);

        expect(pairs).toEqual(await match(source, destination, 1000));
        const folded = new Set([...source, ...destination].map(foldName));
        expect(pairs).toHaveLength(folded.size);
      }),
    );
    // A hundred cases take a second; a loaded machine gets more than the usual time for them.
  }, 60_000);

  test('equal listings match name by name', async () => {
    const names = fc
      .uniqueArray(fc.string({ minLength: 1 }), { selector: foldName })
      .map((list) => list.toSorted(compareFolded));
    await fc.assert(
      fc.asyncProperty(names, async (list) => {
        expect(await match(list, list)).toEqual(list.map((name) => `${name}|${name}`));
      }),
    );
  });
});
