import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LocationError } from '../../../emulator/persistence/index.ts';
import { PageFile } from '../../../emulator/persistence/page-file.ts';
import { at, newFolder, openStore, seenTree, share } from './support.ts';

let folder: ReturnType<typeof newFolder>;
beforeEach(() => {
  folder = newFolder();
});
afterEach(() => {
  vi.restoreAllMocks();
  folder.remove();
});

const databaseFile = () => join(folder.path, 'state.sqlite');

function inDatabase<T>(use: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(databaseFile());
  try {
    return use(database);
  } finally {
    database.close();
  }
}

const pageCount = () =>
  inDatabase((database) => Number(database.prepare('SELECT count(*) AS n FROM page').get()?.['n']));

/** Bytes of a file that only its own content has. */
const distinct = (seed: number, length: number) => Uint8Array.from({ length }, (_, index) => (index * 31 + seed) % 251);

describe('A location', () => {
  test('belongs to one emulator at a time, and says so', () => {
    const first = openStore(folder.path);

    expect(() => openStore(folder.path)).toThrow(new LocationError(`${folder.path} is in use by another emulator.`));
    first.close();
    openStore(folder.path).close();
  });

  test('that another version wrote, or that is no folder of an emulator, is refused', () => {
    openStore(folder.path).close();
    inDatabase((database) => database.exec('PRAGMA user_version = 99'));

    expect(() => openStore(folder.path)).toThrow(/another version of the emulator \(format 99\)/u);
    expect(() => openStore(databaseFile())).toThrow(LocationError);
  });

  test('that is damaged is noticed, not believed', () => {
    const kept = openStore(folder.path);
    kept.store.shares.create(share);
    kept.store.files.create(at('f'), { sizeBytes: 1000, content: distinct(1, 1000) });
    kept.close();
    inDatabase((database) => database.exec('UPDATE page SET body = zeroblob(length(body)) WHERE length(body) = 1001'));

    const damaged = openStore(folder.path);

    expect(() => damaged.store.files.open(at('f')).read(0, 1000)).toThrow(/damaged: page \d+ is not what was written/u);
    damaged.close();
  });

  test('is loaded as it is looked at: opening and listing a page of 200,000 entries reads some pages of it only', () => {
    let kept = openStore(folder.path);
    kept.store.shares.create(share);
    kept.store.tree.grow(share, {
      path: 'wide',
      files: 200_000,
      filesPerDirectory: 200_000,
      depth: 1,
      sizeBytes: 10,
      seed: 1,
    });
    kept.close();
    const pages = pageCount();
    const read = vi.spyOn(PageFile.prototype, 'read');

    kept = openStore(folder.path);
    const opened = read.mock.calls.length;
    const listing = kept.store.directories.list(at('wide/d00000'), { maxResults: 100 });
    kept.store.files.setMetadata(at('wide/d00000/f00150000.bin'), { changed: 'yes' });
    kept.close();

    expect(listing.entries).toHaveLength(100);
    expect(pages).toBeGreaterThan(4000);
    expect(opened).toBeLessThan(5);
    expect(read.mock.calls.length).toBeLessThan(30);
  });

  test('takes the room of what was written: nothing for holes and generated content, once for copies and snapshots', () => {
    const kept = openStore(folder.path);
    kept.store.shares.create(share);
    kept.store.files.create(at('sparse'), { sizeBytes: 4 * 2 ** 40 });
    kept.store.files.putRange(at('sparse'), 3 * 2 ** 40, distinct(2, 1000));
    const wide = { path: 'g', files: 100, filesPerDirectory: 100, depth: 1, sizeBytes: 2 ** 30, seed: 1 };
    kept.store.tree.grow(share, wide);
    kept.store.files.create(at('one'), { sizeBytes: 2 ** 20, content: distinct(3, 2 ** 20) });
    kept.location.flush();
    for (let index = 0; index < 20; index += 1) {
      kept.store.copies.start(at(`copy-${index}`), at('one'), { sourceUrl: 'https://one' });
      kept.store.snapshots.create(share);
    }
    kept.close();

    expect(statSync(databaseFile()).size).toBeLessThan(2 * 2 ** 20);
  });

  test('whose newest part was torn off anywhere opens with the last commit that is whole', () => {
    const kept = openStore(folder.path);
    const committed: unknown[] = [];
    kept.store.shares.create(share);
    kept.location.flush();
    for (let step = 0; step < 5; step += 1) {
      committed.push(seenTree(kept.store, share));
      kept.store.files.create(at(`f${step}`), { sizeBytes: 5000, content: distinct(step, 5000) });
      if (step > 0) kept.store.files.delete(at(`f${step - 1}`));
      kept.location.flush();
    }
    committed.push(seenTree(kept.store, share));
    const log = readFileSync(`${databaseFile()}-wal`);

    const found = new Set<number>();
    for (let tenth = 10; tenth >= 0; tenth -= 1) {
      const torn = newFolder();
      copyFileSync(databaseFile(), join(torn.path, 'state.sqlite'));
      writeFileSync(join(torn.path, 'state.sqlite-wal'), log.subarray(0, Math.floor((log.length * tenth) / 10)));
      const opened = openStore(torn.path);
      const isThere = opened.store.shares.list('one').shares.length === 1;
      const tree = isThere ? seenTree(opened.store, share) : undefined;
      found.add(committed.findIndex((state) => isDeepStrictEqual(state, tree)));
      opened.close();
      torn.remove();
    }
    kept.close();

    // -1: torn before the share was there.
    const latestFirst = [...found];
    expect(latestFirst[0]).toBe(5);
    expect(latestFirst).toEqual(latestFirst.toSorted((left, right) => right - left));
    expect(latestFirst.length).toBeGreaterThan(3);
  });

  test('gives back what nothing leads to any more, little by little', () => {
    let kept = openStore(folder.path);
    kept.store.shares.create(share);
    kept.location.flush();
    kept.store.tree.grow(share, { path: '', files: 30_000, filesPerDirectory: 10, depth: 1, sizeBytes: 10, seed: 1 });
    kept.store.files.create(at('big'), { sizeBytes: 2 ** 20, content: distinct(4, 2 ** 20) });
    const { snapshot } = kept.store.snapshots.create(share);
    kept.close();
    const full = pageCount();

    kept = openStore(folder.path);
    kept.store.shares.delete({ ...share, snapshot });
    kept.close();
    const withoutSnapshot = pageCount();
    kept = openStore(folder.path);
    kept.store.shares.delete(share);
    kept.close();
    kept = openStore(folder.path);
    for (let step = 0; step < 10; step += 1) kept.location.flush();
    kept.close();

    expect(full).toBeGreaterThan(3000);
    expect(withoutSnapshot).toBeGreaterThan(full - 10);
    // What the deletion looked at was in memory, so that it is free only from the next start or garbage collection on.
    expect(pageCount()).toBe(0);
  });

  test('keeps what is still being read, though it was overwritten and the overwriting kept', () => {
    const kept = openStore(folder.path, { cacheBytes: 0 });
    const old = distinct(5, 100_000);
    kept.store.shares.create(share);
    kept.store.files.create(at('f'), { sizeBytes: 100_000, content: old });
    kept.location.flush();

    const reader = kept.store.files.open(at('f'));
    for (let step = 0; step < 5; step += 1) {
      kept.store.files.putRange(at('f'), 0, distinct(step, 100_000));
      kept.location.flush();
    }
    const read = reader.read(0, 100_000);
    kept.close();

    expect(Buffer.compare(read, old)).toBe(0);
  });

  test('that can no longer be written has every further operation refused, and what was kept stays', () => {
    const kept = openStore(folder.path);
    kept.store.shares.create(share);
    kept.location.flush();
    vi.spyOn(PageFile.prototype, 'setRoot').mockImplementation(() => {
      throw new Error('disk full');
    });
    kept.store.files.create(at('lost'), { sizeBytes: 1 });
    kept.location.flush();

    expect(() => kept.store.files.getProperties(at('lost'))).toThrow('disk full');
    expect(() => kept.close()).toThrow('could not be kept');
    vi.restoreAllMocks();
    const again = openStore(folder.path);
    expect(again.store.directories.list(at('')).entries).toEqual([]);
    again.close();
  });
});
