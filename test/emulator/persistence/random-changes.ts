import type { Store } from '../../../emulator/store/index.ts';
import { StoreError } from '../../../emulator/store/index.ts';
import { at, share } from './support.ts';

/** Numbers from 0 up to below `limit`, the same for the same seed. */
export type Chance = (limit: number) => number;

/** A small generator of good enough chance (mulberry32). */
export function seededChance(seed: number): Chance {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

export type Change = (store: Store) => unknown;

/** What came of a change: its answer as text, or the code of its refusal. */
export function outcomeOf(store: Store, change: Change): string {
  try {
    return JSON.stringify(change(store)) ?? 'done';
  } catch (error) {
    if (error instanceof StoreError) {
      return error.code;
    }
    throw error;
  }
}

const DIRECTORIES = ['', 'a', 'a/b', 'c', 'c/d', 'c/d/e'];

function pathOf(chance: Chance): string {
  const directory = DIRECTORIES[chance(DIRECTORIES.length)] ?? '';
  const name = `n${chance(120)}`;
  return directory === '' ? name : `${directory}/${name}`;
}

/** A change drawn by chance; most draws fit the tree, the others are refused alike by every store. */
export function randomChange(chance: Chance): Change {
  const [path, other] = [pathOf(chance), pathOf(chance)];
  const size = 1 + chance(chance(10) === 0 ? 300_000 : 3000);
  const start = chance(size);
  const fill = chance(256);
  const changes: readonly Change[] = [
    ...DIRECTORIES.slice(1).map(
      (directory): Change =>
        (store) =>
          store.directories.create(at(directory)),
    ),
    ...Array.from({ length: 8 }, (): Change => (store) => {
      const content = new Uint8Array(size).fill(fill);
      return store.files.create(at(path), { sizeBytes: size, content, metadata: { m: String(fill) } });
    }),
    ...Array.from({ length: 8 }, (): Change => (store) => {
      return store.files.putRange(at(path), start, new Uint8Array(size - start).fill(fill));
    }),
    (store) => store.files.clearRange(at(path), { start, end: size }),
    (store) => store.files.setProperties(at(path), { sizeBytes: size, headers: { contentType: `t/${fill}` } }),
    (store) => store.files.setMetadata(at(path), { n: String(size) }),
    (store) => store.files.delete(at(path)),
    (store) => store.files.delete(at(other)),
    (store) => store.files.rename(at(path), at(other), { replaceIfExists: true }),
    (store) => store.files.putRangeFromFile(at(path), { start: 0, end: size }, at(other), 0),
    (store) => store.directories.rename(at('c/d'), at('a/moved')),
    (store) => store.directories.rename(at('a/moved'), at('c/d')),
    (store) => store.permissions.create(share, `O:SYG:SYD:(A;;FA;;;S-1-5-21-1-2-3-${fill})`),
    (store) => store.snapshots.create(share, { metadata: { k: String(fill) } }),
    ...Array.from({ length: 2 }, (): Change => (store) => {
      const [oldest, ...younger] = store.snapshots.list(share);
      return oldest === undefined || younger.length < 3
        ? undefined
        : store.shares.delete({ ...share, snapshot: oldest });
    }),
    (store) =>
      store.tree.grow(share, {
        path: `g${fill}`,
        files: 150,
        filesPerDirectory: 60,
        depth: 2,
        sizeBytes: size,
        seed: 1,
      }),
  ];
  return changes[chance(changes.length)] as Change;
}
