import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Store } from '../../../emulator/store/index.ts';
import { at, bytes, refusal, share, storeWithShare, textOf, writeFile } from './support.ts';

/** Everything a tree shows: paths, properties and bytes. */
function shown(store: Store, snapshot: string | undefined, path = ''): unknown[] {
  return store.directories.list(at(path, snapshot)).entries.flatMap((entry) => {
    const below = path === '' ? entry.name : `${path}/${entry.name}`;
    const { lease: _lease, ...properties } = { lease: undefined, ...entry };
    return entry.kind === 'directory'
      ? [properties, ...shown(store, snapshot, below)]
      : [{ ...properties, text: textOf(store, at(below, snapshot)) }];
  });
}

const name = fc.constantFrom('a', 'B', 'c.txt', 'd');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
type Act = (store: Store) => unknown;
const act: fc.Arbitrary<Act> = fc.oneof(
  path.map(
    (p): Act =>
      (store) =>
        store.directories.create(at(p)),
  ),
  fc.tuple(path, fc.string()).map(
    ([p, text]): Act =>
      (store) =>
        writeFile(store, p, text),
  ),
  fc.tuple(path, path).map(
    ([p, q]): Act =>
      (store) =>
        store.files.rename(at(p), at(q), { replaceIfExists: true }),
  ),
  fc.tuple(path, path).map(
    ([p, q]): Act =>
      (store) =>
        store.directories.rename(at(p), at(q)),
  ),
  path.map(
    (p): Act =>
      (store) =>
        store.files.delete(at(p)),
  ),
  path.map(
    (p): Act =>
      (store) =>
        store.directories.delete(at(p)),
  ),
  path.map(
    (p): Act =>
      (store) =>
        store.files.setMetadata(at(p), { k: p.length.toString() }),
  ),
  path.map(
    (p): Act =>
      (store) =>
        store.files.setProperties(at(p), { sizeBytes: 3, attributes: 'Hidden' }),
  ),
  path.map(
    (p): Act =>
      (store) =>
        store.files.putRange(at(p), 0, bytes('!')),
  ),
  fc.tuple(path, path).map(
    ([p, q]): Act =>
      (store) =>
        store.copies.start(at(q), at(p), { sourceUrl: '', pendingMs: p.length % 2 }),
  ),
  path.map(
    (p): Act =>
      (store) =>
        store.leases.acquire(at(p), { durationSeconds: -1 }),
  ),
);

describe('share snapshots', () => {
  it('show what the share held at their moment, whatever happens to it afterwards', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 120, size: 'max' }), (acts) => {
        const { store, clock } = storeWithShare();
        const kept: { snapshot: string; tree: unknown[] }[] = [];
        for (const [index, next] of acts.entries()) {
          if (index % 20 === 10) {
            const { snapshot } = store.snapshots.create(share);
            kept.push({ snapshot, tree: shown(store, undefined) });
          }
          clock.ms += index % 3;
          refusal(() => next(store));
        }
        for (const { snapshot, tree } of kept) {
          expect(shown(store, snapshot)).toEqual(tree);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('a refused operation changes nothing', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60, size: 'max' }), (acts) => {
        const { store } = storeWithShare();
        for (const next of acts) {
          const before = shown(store, undefined);
          const isRefused = refusal(() => next(store)) !== undefined;
          expect(isRefused ? shown(store, undefined) : before).toEqual(before);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('a new share snapshot', () => {
  it('have unique ascending timestamps of 7 digits even while the clock stands', () => {
    const { store } = storeWithShare();
    const made = Array.from({ length: 50 }, () => store.snapshots.create(share).snapshot);
    expect(store.snapshots.list(share)).toEqual(made);
    expect(made.toSorted()).toEqual(made);
    expect(new Set(made).size).toBe(50);
    expect(made[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/);
  });

  it('carry their own metadata if given, else the share\u2019s', () => {
    const { store } = storeWithShare();
    store.shares.setMetadata(share, { from: 'share' });
    const plain = store.snapshots.create(share).snapshot;
    const own = store.snapshots.create(share, { metadata: { own: '1' } }).snapshot;
    store.shares.setMetadata(share, { later: '1' });
    expect(store.shares.getProperties({ ...share, snapshot: plain }).metadata).toEqual({ from: 'share' });
    expect(store.shares.getProperties({ ...share, snapshot: own }).metadata).toEqual({ own: '1' });
  });

  it('number 200 at most', () => {
    const { store } = storeWithShare();
    for (let count = 0; count < 200; count += 1) {
      store.snapshots.create(share);
    }
    expect(refusal(() => store.snapshots.create(share))).toBe('ShareSnapshotCountExceeded');
    store.shares.delete({ ...share, snapshot: store.snapshots.list(share)[0] });
    store.snapshots.create(share);
  });

  it('take no writes, and are missed when they are gone', () => {
    const { store } = storeWithShare();
    writeFile(store, 'a', 'x');
    const { snapshot } = store.snapshots.create(share);
    for (const write of [
      () => store.files.create(at('b', snapshot), { sizeBytes: 1 }),
      () => store.files.delete(at('a', snapshot)),
      () => store.files.putRange(at('a', snapshot), 0, bytes('y')),
      () => store.files.setProperties(at('a', snapshot), {}),
      () => store.directories.create(at('d', snapshot)),
      () => store.copies.start(at('b', snapshot), at('a'), { sourceUrl: '' }),
      () => store.snapshots.create({ ...share, snapshot } as typeof share),
    ]) {
      expect(refusal(write)).toBe('ShareSnapshotOperationNotSupported');
    }
    store.shares.delete({ ...share, snapshot });
    expect(refusal(() => store.files.getProperties(at('a', snapshot)))).toBe('ShareSnapshotNotFound');
  });
});
