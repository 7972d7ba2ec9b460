import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Location } from '../../../emulator/persistence/index.ts';
import { createStore, type EntryRef, type Store, type Switches } from '../../../emulator/store/index.ts';

export const share = { account: 'one', share: 'data' };

export function at(path: string, snapshot?: string): EntryRef {
  return { ...share, path, snapshot };
}

/** A folder that is gone after the test. */
export function newFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'emulator-location-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export type OpenOptions = {
  cacheBytes?: number | undefined;
  switches?: Partial<Switches> | undefined;
  clock?: { nowMs(): number } | undefined;
};

/** The store over a folder. Failures to keep it are thrown by `close`. */
export function openStore(
  folder: string,
  options: OpenOptions = {},
): { store: Store; location: Location; close(): void } {
  const failures: unknown[] = [];
  const location = new Location(folder, {
    onFailure: (error) => void failures.push(error),
    cacheBytes: options.cacheBytes,
  });
  const clock = options.clock ?? { nowMs: () => Date.now() };
  const store = createStore({ clock, switches: options.switches, keeper: location });
  const close = () => {
    location.close();
    if (failures.length > 0) {
      throw new AggregateError(failures, 'The location could not be kept.');
    }
  };
  return { store, location, close };
}

/** Everything a client can see of a tree: properties, content and allocated ranges, by path. */
export function seenTree(store: Store, tree: { account: string; share: string; snapshot?: string | undefined }) {
  const seen = new Map<string, unknown>();
  const visit = (path: string) => {
    const ref = { ...tree, path, allowTrailingDot: true };
    seen.set(path, store.directories.getProperties(ref));
    let marker: string | undefined;
    do {
      const page = store.directories.list(ref, { marker, maxResults: 100 });
      for (const entry of page.entries) {
        const inner = path === '' ? entry.name : `${path}/${entry.name}`;
        if (entry.kind === 'directory') {
          visit(inner);
        } else {
          seen.set(inner, { ...entry, ...seenFile(store, { ...ref, path: inner }) });
        }
      }
      marker = page.nextMarker;
    } while (marker !== '');
  };
  visit('');
  return seen;
}

const MOST_READ_BYTES = 2 ** 20;

function seenFile(store: Store, ref: EntryRef) {
  const reader = store.files.open(ref);
  const bytes = reader.read(0, Math.min(reader.properties.sizeBytes, MOST_READ_BYTES));
  return { content: Buffer.from(bytes).toString('latin1'), ranges: store.files.listRanges(ref).ranges };
}
