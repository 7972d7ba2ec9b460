/** Every distinct version of files over all restore points: what a pattern can match is listed, and nothing else. */
import type { Page } from '../engine.ts';
import { FarshareError } from '../errors.ts';
import { baseName, type FileEntry, type FileVersion, joinPath, type SharePath } from '../model/index.ts';
import { compareFolded, compilePatterns, foldName } from '../plan/index.ts';
import { fileAt } from './entry-steps.ts';
import { checkedPath, pagesOf, type PointPlace, rootsIn } from './point-places.ts';
import type { SnapshotInfo } from './ports.ts';
import { snapshotTimeMs } from './snapshots.ts';
import { WorkPool } from './work-pool.ts';

/** A page of versions ends with the directory at which one of these is passed. */
const pageRequests = 2_000;
const pageVersions = 1_000;
/** One directory may not bring more into memory. */
const mostVersions = 100_000;
const listingsAtOnce = 16;

/** A directory of one restore point that stands for the walk's root. */
interface Root {
  readonly place: PointPlace;
  readonly point: SnapshotInfo;
  readonly at: SharePath;
}

interface Found {
  readonly path: SharePath;
  readonly entry: FileEntry;
  readonly points: Map<string, { readonly place: PointPlace; readonly point: SnapshotInfo }>;
}

/** `cursor` is the directory that the page before ended with. */
export async function listVersions(
  places: readonly PointPlace[],
  { pattern, cursor }: { readonly pattern: string; readonly cursor?: string | undefined },
): Promise<Page<FileVersion>> {
  const walk = new VersionWalk(places, pattern, cursor);
  return walk.page();
}

interface Child {
  readonly path: SharePath;
  readonly roots: Root[];
}

const partsOf = (path: SharePath): readonly string[] => (path === '' ? [] : path.split('/'));

class VersionWalk {
  readonly #places: readonly PointPlace[];
  readonly #patterns: ReturnType<typeof compilePatterns>;
  /** The components before the first one with a wildcard: nothing outside them is listed. */
  readonly #literal: readonly string[];
  readonly #isLiteral: boolean;
  readonly #after: readonly string[] | undefined;
  readonly #keepsChangeTime: boolean;
  readonly #versions = new Map<string, Found>();
  readonly #pool = new WorkPool(listingsAtOnce);
  #requests = 0;
  #last: SharePath | undefined;
  #isFull = false;

  constructor(places: readonly PointPlace[], pattern: string, cursor: string | undefined) {
    const components = pattern.split('/').filter((component) => component !== '');
    const wild = components.findIndex((component) => /[*?]/u.test(component));
    this.#places = places;
    this.#patterns = compilePatterns([pattern], []);
    this.#isLiteral = wild < 0;
    this.#literal = wild < 0 ? components : components.slice(0, wild);
    checkedPath(this.#literal.join('/'));
    this.#after = cursor === undefined ? undefined : partsOf(checkedPath(cursor));
    this.#keepsChangeTime = places.every((place) => place.keepsChangeTime);
  }

  async page(): Promise<Page<FileVersion>> {
    const roots = await this.#roots();
    const path = this.#literal.join('/');
    const left = this.#isLiteral && this.#after === undefined ? await this.#takeFile(path, roots) : roots;
    await this.#walk(path, left);
    const items = [...this.#versions.values()].map((found) => this.#versionOf(found)).toSorted(inOrder);
    return { items, ...(this.#isFull && this.#last !== undefined && { next: `/${this.#last}` }) };
  }

  async #roots(): Promise<readonly Root[]> {
    const roots: Root[] = [];
    for (const place of this.#places) {
      for (const point of place.points) {
        await this.#pool.add(async () => {
          this.#requests += place.mode === 'dated' ? 1 : 0;
          for (const at of await rootsIn(place, point.snapshot)) roots.push({ place, point, at });
        });
      }
    }
    await this.#pool.drain();
    return roots;
  }

  /** A path without wildcards: one request a point. Answers the roots where it is no file: it may be a directory there. */
  async #takeFile(path: SharePath, roots: readonly Root[]): Promise<readonly Root[]> {
    if (path === '') return roots;
    const left: Root[] = [];
    for (const root of roots) {
      await this.#pool.add(async () => {
        this.#requests += 1;
        const file = await fileAt(root.place.share, joinPath(root.at, path), root.point.snapshot);
        if (file === undefined) left.push(root);
        else this.#add(path, file, root);
      });
    }
    await this.#pool.drain();
    return left;
  }

  /** Depth first, in the order of folded names, one directory at all points at once. */
  async #walk(path: SharePath, roots: readonly Root[]): Promise<void> {
    if (this.#isFull || this.#isBefore(path)) return;
    const children = await this.#list(path, roots, this.#isDone(path));
    this.#last = path;
    if (this.#requests >= pageRequests || this.#versions.size >= pageVersions) this.#isFull = true;
    const names = [...children.keys()].toSorted((a, b) => (a < b ? -1 : 1));
    for (const name of names) {
      const child = children.get(name);
      if (child !== undefined) await this.#walk(child.path, child.roots);
    }
  }

  /** Files that match are taken; directories that may hold some are answered, with the points that have them. */
  async #list(path: SharePath, roots: readonly Root[], isDone: boolean): Promise<ReadonlyMap<string, Child>> {
    const children = new Map<string, Child>();
    for (const root of roots) {
      await this.#pool.add(async () => {
        this.#requests += 1;
        for await (const entries of pagesOf(root.place.share, joinPath(root.at, path), root.point.snapshot)) {
          this.#requests += entries.length >= 5_000 ? 1 : 0;
          for (const entry of entries) {
            const at = joinPath(path, entry.name);
            if (entry.kind === 'directory') this.#addChild(children, at, root);
            else if (!isDone && this.#patterns.file(at)) this.#add(at, entry, root);
          }
        }
      });
    }
    await this.#pool.drain();
    return children;
  }

  #addChild(children: Map<string, Child>, path: SharePath, root: Root): void {
    if (this.#patterns.directory(path) === 'none') return;
    const key = foldName(baseName(path));
    const child = children.get(key) ?? { path, roots: [] };
    children.set(key, child);
    child.roots.push(root);
  }

  /** Whether the whole subtree came in an earlier page. */
  #isBefore(path: SharePath): boolean {
    if (this.#after === undefined || path === '') return false;
    for (const [index, part] of partsOf(path).entries()) {
      const reached = this.#after[index];
      if (reached === undefined) return false;
      const order = compareFolded(part, reached);
      if (order !== 0) return order < 0;
    }
    return false;
  }

  /** Whether the directory's own files came in an earlier page: it is the last one of that page, or above it. */
  #isDone(path: SharePath): boolean {
    if (this.#after === undefined) return false;
    return partsOf(path).every((part, index) => compareFolded(part, this.#after?.[index] ?? '') === 0);
  }

  #add(path: SharePath, entry: FileEntry, { place, point }: Root): void {
    const { lastWrite, change } = entry.times;
    const time = this.#keepsChangeTime ? `${lastWrite} ${change}` : lastWrite;
    const key = `${foldName(path)}\n${entry.sizeBytes}\n${time}`;
    const found = this.#versions.get(key) ?? { path, entry, points: new Map() };
    this.#versions.set(key, found);
    found.points.set(`${place.destination}\n${place.path}\n${point.snapshot}`, { place, point });
    if (this.#versions.size <= mostVersions) return;
    throw new FarshareError(
      'TooManyVersions',
      `More than ${mostVersions} versions in one directory: narrow the pattern.`,
      {
        disposition: 'run',
      },
    );
  }

  #versionOf({ path, entry, points }: Found): FileVersion {
    const held = [...points.values()].toSorted((a, b) => snapshotTimeMs(a.point) - snapshotTimeMs(b.point));
    return {
      path,
      size: entry.sizeBytes,
      modifiedAt: entry.times.lastWrite,
      points: held.map(({ place, point }) => ({
        destination: place.destination,
        time: new Date(snapshotTimeMs(point)).toISOString(),
        snapshot: point.snapshot,
      })),
    };
  }
}

/** By path; of one path, the newest first. */
function inOrder(a: FileVersion, b: FileVersion): number {
  const order = compareFolded(a.path, b.path);
  if (order !== 0) return order;
  const [of, other] = [a.points.at(-1)?.time ?? '', b.points.at(-1)?.time ?? ''];
  return of < other ? 1 : -1;
}
