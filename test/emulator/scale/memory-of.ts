/** A process that fills a store and prints the heap it takes, bytes: `node --expose-gc memory-of.ts KIND ENTRIES`. */
import { createStore } from '../../../emulator/store/index.ts';

const [kind, count] = [process.argv[2] ?? '', Number(process.argv[3])];
const share = { account: 'one', share: 'data' };
let ms = Date.parse('2026-11-20T03:00:00Z');
const store = createStore({ clock: { nowMs: () => ms } });
store.shares.create(share);

const FILLS: Record<string, () => void> = {
  /** As clients make them: each with a moment of its own. */
  created() {
    for (let index = 0; index < count; index += 1) {
      ms += 1;
      store.files.create({ ...share, path: `file-${String(index).padStart(8, '0')}.dat` }, { sizeBytes: 1000 });
    }
  },
  grown() {
    store.tree.grow(share, { path: '', files: count, filesPerDirectory: count, depth: 1, sizeBytes: 1000, seed: 1 });
  },
  /** A sparse file of 4 TiB, written here and there, copied, kept in snapshots and compared. */
  sparse() {
    const path = 'sparse';
    store.files.create({ ...share, path }, { sizeBytes: 4 * 2 ** 40 });
    const { snapshot } = store.snapshots.create(share);
    for (let index = 0; index < count; index += 1) {
      store.files.putRange({ ...share, path }, index * 2 ** 32, new Uint8Array(512).fill(index));
      store.copies.start({ ...share, path: `copy-${index}` }, { ...share, path }, { sourceUrl: 'https://sparse' });
    }
    store.files.listRanges({ ...share, path }, { previousSnapshot: snapshot });
    store.files.clearRange({ ...share, path }, { start: 0, end: 4 * 2 ** 40 });
    store.files.open({ ...share, path }).read(2 ** 41, 2 ** 41 + 2 ** 20);
  },
};

const used = () => {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};
const before = used();
FILLS[kind]?.();
process.stdout.write(`${used() - before}\n`);
// The store must be alive when it is measured.
store.shares.list('one');
