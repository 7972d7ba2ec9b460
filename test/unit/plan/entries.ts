/** Builders of entries and listings. */
import type { DirectoryEntry, Entry, EntryTimes, FileEntry } from '../../../lib/model/index.ts';

const times: EntryTimes = {
  creation: '2026-01-01T00:00:00.0000001Z',
  lastWrite: '2026-02-01T00:00:00.0000001Z',
  change: '2026-02-01T00:00:00.0000002Z',
};

const common = { times, lastModifiedMs: 1_000_000_000_000, etag: '"1"', permissionKey: '1*1' };

export const aFile = (name: string, fields: Partial<Omit<FileEntry, 'kind' | 'name'>> = {}): FileEntry => ({
  ...common,
  kind: 'file',
  name,
  attributes: 'Archive',
  sizeBytes: 10,
  ...fields,
});

export const aDirectory = (
  name: string,
  fields: Partial<Omit<DirectoryEntry, 'kind' | 'name'>> = {},
): DirectoryEntry => ({
  ...common,
  kind: 'directory',
  name,
  attributes: 'Directory',
  ...fields,
});

/** The usual times with some of them replaced. */
export const timesWith = (fields: Partial<EntryTimes>): EntryTimes => ({ ...times, ...fields });

/** A listing in pages; `onPage` hears of each page when it is fetched. */
export async function* inPages(
  pages: readonly (readonly Entry[])[],
  onPage: (index: number) => void = () => undefined,
): AsyncGenerator<readonly Entry[]> {
  for (const [index, page] of pages.entries()) {
    onPage(index);
    yield await Promise.resolve(page);
  }
}

/** The members in pages of at most `size`. */
export const paged = <T>(members: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(members.length / size) }, (_, at) => members.slice(at * size, (at + 1) * size));
