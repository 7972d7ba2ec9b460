import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  emptyTree,
  floorOf,
  type Order,
  sizeOf,
  type Tree,
  treeOfSorted,
  valueOf,
  valuesFrom,
  withoutKey,
  withValue,
} from '../../../emulator/store/ordered-map.ts';

type Pair = { readonly key: number; readonly mark: number };

const order: Order<number, Pair> = { keyOf: (pair) => pair.key, compare: (left, right) => left - right };

const changes = fc.array(fc.record({ key: fc.nat(400), isRemoval: fc.boolean() }), { maxLength: 1500, size: 'max' });

function sorted(model: Map<number, Pair>): Pair[] {
  return [...model.values()].toSorted((left, right) => left.key - right.key);
}

describe('the persistent ordered map', () => {
  it('equals a sorted array after any inserts, replacements and removals, and older trees stay as they were', () => {
    fc.assert(
      fc.property(changes, fc.nat(400), (steps, probe) => {
        let tree: Tree<Pair> = emptyTree();
        const model = new Map<number, Pair>();
        const kept: { tree: Tree<Pair>; values: Pair[] }[] = [];
        for (const [mark, { key, isRemoval }] of steps.entries()) {
          if (isRemoval) {
            tree = withoutKey(tree, key, order);
            model.delete(key);
          } else {
            tree = withValue(tree, { key, mark }, order);
            model.set(key, { key, mark });
          }
          if (mark % 300 === 0) {
            kept.push({ tree, values: sorted(model) });
          }
        }
        const values = sorted(model);
        expect([...valuesFrom(tree, order)]).toEqual(values);
        expect([...valuesFrom(tree, order, probe)]).toEqual(values.filter((pair) => pair.key >= probe));
        expect(valueOf(tree, probe, order)).toEqual(model.get(probe));
        expect(floorOf(tree, probe, order)).toEqual(values.findLast((pair) => pair.key <= probe));
        expect(sizeOf(tree)).toBe(values.length);
        for (const old of kept) {
          expect([...valuesFrom(old.tree, order)]).toEqual(old.values);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('shrinks without losing order, down to nothing', () => {
    const values = Array.from({ length: 20_000 }, (_, key) => ({ key, mark: 0 }));
    let tree = treeOfSorted(values, order);
    for (let key = 0; key < 20_000; key += 1) {
      tree = key % 97 === 0 ? tree : withoutKey(tree, key, order);
    }
    expect([...valuesFrom(tree, order)].map((pair) => pair.key)).toEqual(
      values.map((pair) => pair.key).filter((key) => key % 97 === 0),
    );
    expect(valueOf(tree, 9700, order)?.key).toBe(9700);
    for (let key = 19_999; key >= 0; key -= 1) {
      tree = withoutKey(tree, key, order);
    }
    expect([...valuesFrom(tree, order)]).toEqual([]);
    expect(sizeOf(tree)).toBe(0);
  });

  it('is built from sorted values and then changes like any other', () => {
    const values = Array.from({ length: 10_000 }, (_, index) => ({ key: index * 2, mark: 0 }));
    const tree = withValue(treeOfSorted(values, order), { key: 7001, mark: 1 }, order);
    expect(sizeOf(tree)).toBe(10_001);
    expect(valueOf(tree, 7001, order)?.mark).toBe(1);
    expect(valueOf(tree, 7003, order)).toBeUndefined();
    expect([...valuesFrom(tree, order, 19_997)].map((pair) => pair.key)).toEqual([19_998]);
  });
});
