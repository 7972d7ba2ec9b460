import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createStore } from '../../../emulator/store/index.ts';
import { emptyTree, type Order, treeOfSorted, valuesFrom, withValue } from '../../../emulator/store/ordered-map.ts';

const MEBIBYTE = 2 ** 20;

/** Heap that a kind of content takes in a process of its own. */
function heapOf(kind: 'created' | 'grown' | 'sparse', count: number): number {
  const script = join(import.meta.dirname, 'memory-of.ts');
  return Number(execFileSync(process.execPath, ['--expose-gc', script, kind, String(count)], { encoding: 'utf8' }));
}

describe('A large store', () => {
  // 1 GiB for a million entries, less the 110 MiB of the process and a third for garbage not yet collected.
  test.each(['created', 'grown'] as const)('holds 100,000 %s entries in less than 60 MiB', (kind) => {
    expect(heapOf(kind, 100_000)).toBeLessThan(60 * MEBIBYTE);
  });

  test('holds a sparse file of 4 TiB, its copies and snapshots at the cost of what was written', () => {
    expect(heapOf('sparse', 100)).toBeLessThan(2 * MEBIBYTE);
  });

  test('finds a page at the same cost wherever it stands, and however large the directory is', () => {
    let compared = 0;
    const order: Order<number, { readonly key: number }> = {
      keyOf: (value) => value.key,
      compare(left, right) {
        compared += 1;
        return left - right;
      },
    };
    const costOfPage = (tree: Parameters<typeof valuesFrom<number, { readonly key: number }>>[0], start: number) => {
      compared = 0;
      let left = 100;
      for (const { key } of valuesFrom(tree, order, start)) {
        left -= 1;
        if (left === 0 || key < start) break;
      }
      return compared;
    };
    const small = treeOfSorted(
      Array.from({ length: 1000 }, (_, key) => ({ key })),
      order,
    );
    const large = treeOfSorted(
      Array.from({ length: 1_000_000 }, (_, key) => ({ key })),
      order,
    );
    let inserted = emptyTree<{ readonly key: number }>();
    for (let key = 0; key < 100_000; key += 1) inserted = withValue(inserted, { key: (key * 7919) % 100_000 }, order);

    const inSmall = costOfPage(small, 500);
    const inLarge = [0, 1, 250_000, 500_000, 999_000].map((start) => costOfPage(large, start));
    const inInserted = [0, 1, 50_000, 99_000].map((start) => costOfPage(inserted, start));

    expect(inSmall).toBeLessThan(20);
    expect(Math.max(...inLarge, ...inInserted)).toBeLessThan(40);
  });

  test('pages through 300,000 entries without missing or repeating one', () => {
    const store = createStore({ clock: { nowMs: () => 1_000_000 } });
    const share = { account: 'one', share: 'data' };
    store.shares.create(share);
    const files = 300_000;
    store.tree.grow(share, { path: '', files, filesPerDirectory: files, depth: 1, sizeBytes: 1, seed: 1 });

    let [seen, last, marker] = [0, '', ''];
    do {
      const page = store.directories.list({ ...share, path: 'd00000' }, { marker: marker || undefined });
      const isAscending = page.entries.every(({ name }, index) => name > (page.entries[index - 1]?.name ?? last));
      if (!isAscending) throw new Error(`not ascending after ${last}`);
      seen += page.entries.length;
      last = page.entries.at(-1)?.name ?? last;
      marker = page.nextMarker;
    } while (marker !== '');

    expect(seen).toBe(files);
  });
});
