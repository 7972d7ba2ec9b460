import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../../lib/model/index.ts';
import {
  compareFolded,
  type EntryPair,
  foldName,
  type HashPass,
  hashOfName,
  matchByHash,
  matchListings,
  splitPass,
} from '../../../lib/plan/index.ts';
import { aFile, inPages, paged } from './entries.ts';

const files = (names: readonly string[]): readonly Entry[] => names.map((name) => aFile(name));
const pages = (names: readonly string[], size = 3) => inPages(paged(files(names), size));
const shown = (pairs: readonly EntryPair[]): readonly string[] =>
  pairs.map(({ source, destination }) => `${source?.name ?? '-'}|${destination?.name ?? '-'}`);

/** Splits whatever has too many names until nothing does, and takes all pairs together. */
async function allPasses(source: readonly string[], destination: readonly string[], mostEntries: number) {
  const [pairs, waiting]: [string[], HashPass[]] = [[], [{ index: 0, of: 1 }]];
  for (let pass = waiting.pop(); pass !== undefined; pass = waiting.pop()) {
    const match = await matchByHash(pages(source), pages(destination), { pass, after: '', mostEntries });
    if (match.kind === 'too-many') waiting.push(...splitPass(pass, match.entries, mostEntries));
    else if (match.pairs.length > mostEntries) throw new Error(`${match.pairs.length} names are held.`);
    else pairs.push(...shown(match.pairs));
  }
  return pairs;
}

const name = fc.stringMatching(/^[a-dA-D_é]{1,4}$/u);
const listing = fc.uniqueArray(name, { selector: foldName, maxLength: 40 });

describe('matching listings of any order by hash', () => {
  test('makes the pairs that a merge of sorted listings makes, in however many passes', async () => {
    await fc.assert(
      fc.asyncProperty(listing, listing, fc.integer({ min: 2, max: 100 }), async (source, destination, mostEntries) => {
        const merged: string[] = [];
        const sorted = (names: readonly string[]) => pages(names.toSorted(compareFolded));
        for await (const pairs of matchListings(sorted(source), sorted(destination))) merged.push(...shown(pairs));

        const found = await allPasses(source, destination, mostEntries);

        expect(found.toSorted()).toEqual(merged.toSorted());
      }),
    );
  });

  test('gives pairs out in the order of folded names, from after the position on', async () => {
    const options = { pass: { index: 0, of: 1 }, after: 'B', mostEntries: 10 };

    const match = await matchByHash(pages(['d', 'a', 'C']), pages(['c', 'B', 'e']), options);

    expect(match.kind === 'pairs' && shown(match.pairs)).toEqual(['C|c', 'd|-', '-|e']);
  });

  test('says how many entries there are when they are too many, and holds none of them', async () => {
    const names = Array.from({ length: 100 }, (_, n) => `n${n}`);
    const options = { pass: { index: 0, of: 1 }, after: '', mostEntries: 20 };

    const match = await matchByHash(pages(names), pages(names), options);

    expect(match).toEqual({ kind: 'too-many', entries: 200 });
  });

  test.each(['source', 'destination'])('refuses a name that the %s lists twice, in whatever case', async (side) => {
    const twice = ['b', 'a', 'c', 'B'];
    const [source, destination] = side === 'source' ? [twice, ['a']] : [['a'], twice];
    const options = { pass: { index: 0, of: 1 }, after: '', mostEntries: 10 };

    const matching = matchByHash(pages(source), pages(destination), options);

    await expect(matching).rejects.toMatchObject({ code: 'ListingRepeated', disposition: 'run' });
  });

  test('asks for room before it holds another page, and reads no further once the other side has failed', async () => {
    const [asked, read]: [number[], number[]] = [[], []];
    async function* failing(): AsyncGenerator<readonly Entry[]> {
      yield files(['x']);
      throw new Error('no more');
    }
    const source = inPages(paged(files(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']), 1), (page) => read.push(page));

    const matching = matchByHash(source, failing(), {
      pass: { index: 0, of: 1 },
      after: '',
      mostEntries: 10,
      room: async (names) => void asked.push(names),
    });

    await expect(matching).rejects.toThrow('no more');
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked[0]).toBe(0);
    expect(read.length).toBeLessThan(8);
  });
});

describe('dividing names among passes', () => {
  test('every name is in exactly one of the passes that take the place of another', () => {
    const arbitraryPass = fc
      .integer({ min: 1, max: 9 })
      .chain((of) => fc.record({ index: fc.nat(of - 1), of: fc.constant(of) }));
    fc.assert(
      fc.property(arbitraryPass, fc.integer({ min: 1, max: 10_000 }), fc.nat(), (pass, names, hash) => {
        const isIn = ({ index, of }: HashPass) => hash % of === index;
        const passes = splitPass(pass, names, 100);

        expect(passes.filter(isIn)).toHaveLength(isIn(pass) ? 1 : 0);
        expect(passes.length).toBeGreaterThanOrEqual(2);
        expect(passes.length).toBeLessThanOrEqual(20);
      }),
    );
  });

  test('names that differ by a number are divided nearly evenly', () => {
    for (const of of [2, 7, 16, 20]) {
      const sizes = new Array<number>(of).fill(0);
      for (let n = 0; n < 20_000; n += 1) {
        const index = hashOfName(`F${String(n).padStart(8, '0')}.BIN`) % of;
        sizes[index] = (sizes[index] ?? 0) + 1;
      }
      for (const size of sizes) expect(Math.abs(size / (20_000 / of) - 1)).toBeLessThan(0.15);
    }
  });
});
