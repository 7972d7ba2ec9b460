import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareNames, foldName } from '../../../emulator/store/collation.ts';
import type { Store } from '../../../emulator/store/index.ts';
import { at, refusal, storeWithShare, textOf } from './support.ts';

function paged(store: Store, options: { prefix?: string; maxResults?: number }, between?: () => void): string[] {
  const names: string[] = [];
  let marker = '';
  do {
    const page = store.directories.list(at(''), { ...options, marker });
    expect(page.entries.length).toBeLessThanOrEqual(options.maxResults ?? 5000);
    names.push(...page.entries.map((entry) => entry.name));
    marker = page.nextMarker;
    between?.();
  } while (marker !== '');
  return names;
}

const name = fc.string({ minLength: 1, maxLength: 6, unit: fc.constantFrom(...Array.from('aAbBzZ019_-~éÉßẞ😀')) });

describe('listing', () => {
  it('gives every entry once, in the order of the collation, for any page size and prefix', () => {
    fc.assert(
      fc.property(
        fc.array(name, { maxLength: 120, size: 'max' }),
        fc.integer({ min: 1, max: 50 }),
        name,
        (names, maxResults, prefix) => {
          const { store } = storeWithShare();
          const expected = new Map<string, string>();
          for (const [index, each] of names.entries()) {
            if (!expected.has(foldName(each))) {
              expected.set(foldName(each), each);
              if (index % 3 === 0) {
                store.directories.create(at(each));
              } else {
                store.files.create(at(each), { sizeBytes: 0 });
              }
            }
          }
          const sorted = [...expected.values()].toSorted(compareNames);
          expect(paged(store, { maxResults })).toEqual(sorted);
          const matching = sorted.filter((each) => foldName(each).startsWith(foldName(prefix)));
          expect(paged(store, { maxResults, prefix })).toEqual(matching);
        },
      ),
      { numRuns: 80 },
    );
  });

  it('goes on behind the marker when entries come and go between pages', () => {
    const { store } = storeWithShare();
    for (const each of ['b', 'd', 'f', 'h']) {
      store.files.create(at(each), { sizeBytes: 0 });
    }
    let page = 0;
    const names = paged(store, { maxResults: 2 }, () => {
      page += 1;
      if (page === 1) {
        store.files.delete(at('d'));
        store.files.create(at('c'), { sizeBytes: 0 });
        store.files.create(at('e'), { sizeBytes: 0 });
      }
    });
    expect(names).toEqual(['b', 'd', 'e', 'f', 'h']);
  });
});

describe('a page of a listing', () => {
  it('shows what a properties request shows', () => {
    const { store } = storeWithShare();
    store.directories.create(at('d'), { attributes: 'Hidden' });
    store.files.create(at('f'), { sizeBytes: 5, metadata: { k: 'v' } });
    const { entries, directoryId } = store.directories.list(at(''));
    expect(entries).toEqual([store.directories.getProperties(at('d')), store.files.getProperties(at('f'))]);
    expect(directoryId).toBe('0');
  });

  it('refuses foreign markers, empty pages, missing directories; cuts large pages', () => {
    const { store } = storeWithShare();
    expect(refusal(() => store.directories.list(at(''), { marker: 'junk' }))).toBe('InvalidContinuationToken');
    expect(refusal(() => store.directories.list(at(''), { maxResults: 0 }))).toBe('OutOfRangeQueryParameterValue');
    expect(refusal(() => store.directories.list(at('gone')))).toBe('ResourceNotFound');
    store.tree.grow(at(''), { path: '', files: 5001, filesPerDirectory: 5001, depth: 1, sizeBytes: 0, seed: 1 });
    expect(store.directories.list(at('d00000'), { maxResults: 9999 }).entries).toHaveLength(5000);
  });
});

describe('a grown tree', () => {
  it('has the directories and files asked for, nested at most so deep', () => {
    const { store } = storeWithShare();
    const grown = store.tree.grow(at(''), {
      path: 'base/dir',
      files: 7,
      filesPerDirectory: 2,
      depth: 3,
      sizeBytes: 700,
      seed: 5,
    });
    expect(grown).toEqual({ files: 7, directories: 4, bytes: 4900 });
    const names = (path: string): string[] => store.directories.list(at(path)).entries.map((entry) => entry.name);
    expect(names('base/dir')).toEqual(['d00000', 'd00003']);
    expect(names('base/dir/d00000')).toEqual(['d00001', 'f00000000.bin', 'f00000001.bin']);
    expect(names('base/dir/d00000/d00001/d00002')).toEqual(['f00000004.bin', 'f00000005.bin']);
    expect(names('base/dir/d00003')).toEqual(['f00000006.bin']);
  });

  it('holds the same bytes for the same seed and path, and keeps them through copies', () => {
    const spec = { path: '', files: 1, filesPerDirectory: 1, depth: 1, sizeBytes: 700, seed: 5 };
    const one = storeWithShare().store;
    const other = storeWithShare().store;
    one.tree.grow(at(''), spec);
    other.tree.grow(at(''), spec);
    const text = textOf(one, at('d00000/f00000000.bin'));
    expect(textOf(other, at('d00000/f00000000.bin'))).toBe(text);
    one.copies.start(at('copy'), at('d00000/f00000000.bin'), { sourceUrl: '' });
    expect(textOf(one, at('copy'))).toBe(text);
    other.tree.grow(at(''), { ...spec, seed: 6 });
    expect(textOf(other, at('d00000/f00000000.bin'))).not.toBe(text);
    expect(one.files.listRanges(at('copy')).ranges).toEqual([{ start: 0, end: 700 }]);
  });

  it('refuses a nonsensical specification', () => {
    const { store } = storeWithShare();
    const spec = { path: '', files: 1, filesPerDirectory: 0, depth: 1, sizeBytes: 1, seed: 1 };
    expect(refusal(() => store.tree.grow(at(''), spec))).toBe('InvalidInput');
  });
});
