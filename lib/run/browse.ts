/** Looking into a restore point: one directory of it, or the content of one file. */
import type { Page, PointContent, PointEntry } from '../engine.ts';
import { FarshareError } from '../errors.ts';
import { baseName, type Entry, type FileProperties, joinPath, type SharePath } from '../model/index.ts';
import { fileAt, isOtherKind } from './entry-steps.ts';
import { compareFolded, foldName, rangeLimitBytes } from '../plan/index.ts';
import { type FoundPoint, pagesOf, rootsIn } from './point-places.ts';

const datedPageEntries = 1_000;

const notFound = (path: string): FarshareError =>
  new FarshareError('PathNotFound', `The restore point has no ${path === '' ? 'root' : path}.`, { disposition: 'run' });

/** One page of a directory: the service's own of a mirror; of dated points, the newest of each name over all dates. */
export async function listEntries(
  found: FoundPoint,
  { path, cursor }: { readonly path: SharePath; readonly cursor?: string | undefined },
): Promise<Page<PointEntry>> {
  const { place, point } = found;
  if (place.mode === 'dated') return listDated(found, path, cursor);
  const asked = { snapshot: point.snapshot, ...(cursor !== undefined && { marker: cursor }) };
  const page = await place.share.list(joinPath(place.path, path), asked).catch((error: unknown) => {
    if (isOtherKind(error)) return undefined;
    throw error;
  });
  if (page === undefined) throw notFound(path);
  return { items: page.entries.map(entryOf), ...(page.nextMarker !== '' && { next: page.nextMarker }) };
}

async function listDated(
  { place, point }: FoundPoint,
  path: SharePath,
  cursor: string | undefined,
): Promise<Page<PointEntry>> {
  const newest = new Map<string, Entry>();
  let pages = 0;
  for (const root of await rootsIn(place, point.snapshot)) {
    for await (const entries of pagesOf(place.share, joinPath(root, path), point.snapshot)) {
      pages += 1;
      for (const entry of entries) keepNewest(newest, entry);
    }
  }
  if (pages === 0 && path !== '') throw notFound(path);
  const all = [...newest.values()].toSorted((a, b) => compareFolded(a.name, b.name));
  const rest = cursor === undefined ? all : all.filter(({ name }) => compareFolded(name, cursor) > 0);
  const items = rest.slice(0, datedPageEntries);
  return { items: items.map(entryOf), ...(items.length < rest.length && { next: items.at(-1)?.name ?? '' }) };
}

function keepNewest(newest: Map<string, Entry>, entry: Entry): void {
  const key = foldName(entry.name);
  const known = newest.get(key);
  if (known === undefined || isNewer(entry, known)) newest.set(key, entry);
}

/** By when the destination got it: the date of the folder says nothing of the order of sealing. */
const isNewer = (entry: Entry, than: Entry): boolean => entry.lastModifiedMs >= than.lastModifiedMs;

const entryOf = (entry: Entry): PointEntry => ({
  name: entry.name,
  kind: entry.kind,
  size: entry.kind === 'file' ? entry.sizeBytes : 0,
  modifiedAt: entry.times.lastWrite,
});

/** The one place where content passes through the process on behalf of a person: 4 MiB at a time, one ahead. */
export async function openContent({ place, point }: FoundPoint, path: SharePath): Promise<PointContent> {
  const options = { snapshot: point.snapshot };
  const file = path === '' ? undefined : await newestFile({ place, point }, path);
  if (file === undefined) throw notFound(path);
  const { at, sizeBytes, times } = file;
  const read = async (start: number): Promise<Uint8Array> => {
    const end = Math.min(sizeBytes, start + rangeLimitBytes);
    const bytes = await place.share.getBytes(at, { ...options, range: { start, end } });
    if (bytes === undefined) throw notFound(path);
    return bytes;
  };
  return { name: baseName(path), sizeBytes, modifiedAt: times.lastWrite, chunks: () => inOrder(read, sizeBytes) };
}

async function* inOrder(read: (start: number) => Promise<Uint8Array>, sizeBytes: number): AsyncGenerator<Uint8Array> {
  let ahead = sizeBytes === 0 ? undefined : read(0);
  for (let start = 0; ahead !== undefined; start += rangeLimitBytes) {
    const bytes = await ahead;
    const next = start + rangeLimitBytes;
    ahead = next < sizeBytes ? read(next) : undefined;
    // Its failure is met when it is waited for, which a reader who goes away never does.
    ahead?.catch(() => undefined);
    yield bytes;
  }
}

async function newestFile(
  { place, point }: FoundPoint,
  path: SharePath,
): Promise<(FileProperties & { readonly at: SharePath }) | undefined> {
  let newest: (FileProperties & { readonly at: SharePath }) | undefined;
  for (const root of await rootsIn(place, point.snapshot)) {
    const at = joinPath(root, path);
    const file = await fileAt(place.share, at, point.snapshot);
    if (file !== undefined && (newest === undefined || isNewer(file, newest))) newest = { ...file, at };
  }
  return newest;
}
