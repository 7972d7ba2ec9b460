/** Changes of a share as random data, made past the wire as SMB clients would make them. */
import type { FilesEmulator } from '../../../emulator/index.ts';
import type { EntryRef, SharePlace } from '../engine-tree.ts';
import { permissions } from './pools.ts';

type Store = FilesEmulator['store'];

/** What an entry is given besides its content; an absent member is left as the service makes it. */
export interface Look {
  readonly creationTime?: string;
  readonly lastWriteTime?: string;
  readonly changeTime?: string;
  /** An index, since one is very long. */
  readonly permission?: number;
  readonly metadata?: Readonly<Record<string, string>>;
  /** An index: files and directories have attributes of their own. */
  readonly attributes?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** `size` bytes of `fill`. */
export interface Content {
  readonly size: number;
  readonly fill: string;
}

/** Times that a writer puts back after its write. */
export type Kept = 'nothing' | 'lastWrite' | 'all';

/** `at` and `to` choose one of the entries there are, by their number modulo how many. */
export type Change =
  | { readonly do: 'file'; readonly at: number; readonly name: string; readonly content: Content; readonly look: Look }
  | { readonly do: 'directory'; readonly at: number; readonly name: string; readonly look: Look }
  | { readonly do: 'remove'; readonly at: number }
  | { readonly do: 'empty' }
  | { readonly do: 'rename'; readonly at: number; readonly to: number; readonly name: string }
  | { readonly do: 'case'; readonly at: number }
  | { readonly do: 'swap'; readonly at: number; readonly to: number }
  | { readonly do: 'kind'; readonly at: number; readonly content: Content }
  | { readonly do: 'write'; readonly at: number; readonly fill: string; readonly keep: Kept }
  | { readonly do: 'resize'; readonly at: number; readonly size: number; readonly keep: Kept }
  | { readonly do: 'look'; readonly at: number; readonly look: Look };

export interface Attributes {
  readonly file: readonly string[];
  readonly directory: readonly string[];
}

interface Found {
  readonly path: string;
  readonly kind: 'file' | 'directory';
}

export class RandomChanges {
  readonly #store: Store;
  readonly #place: SharePlace;
  readonly #root: string;
  readonly #attributes: Attributes;
  readonly #written = new Set<string>();

  /** Everything happens beneath `root`, which exists and stays. */
  constructor(store: Store, place: SharePlace, root: string, attributes: Attributes) {
    this.#store = store;
    this.#place = place;
    this.#root = root;
    this.#attributes = attributes;
  }

  /** A change that the service would refuse is none. */
  make(change: Change): void {
    try {
      this.#make(change);
    } catch (error) {
      if ((error as Error).name !== 'StoreError') throw error;
    }
  }

  /** The files beneath the root whose content was written or exchanged since this was asked, perhaps to what it was before. */
  takeWritten(): readonly string[] {
    const written = [...this.#written];
    this.#written.clear();
    return written.map((path) => path.slice(this.#root === '' ? 0 : this.#root.length + 1));
  }

  #make(change: Change): void {
    if (change.do === 'empty') return this.#entries().forEach((entry) => this.#remove(entry));
    if (change.do === 'swap') return this.#swap(this.#file(change.at), this.#file(change.to));
    if (change.do === 'file' || change.do === 'directory') {
      const path = child(this.#directory(change.at), change.name);
      if (change.do === 'file') return this.#makeFile(path, change.content, change.look);
      return this.#makeDirectory(path, change.look);
    }
    const entry = this.#entry(change);
    if (entry !== undefined) this.#change(entry, change);
  }

  /** The root has a look as well, and stays where it is. */
  #entry(change: { readonly do: string; readonly at: number }): Found | undefined {
    const root: Found = { path: this.#root, kind: 'directory' };
    const among = change.do === 'look' ? [root, ...this.#entries()] : this.#entries();
    return among[change.at % Math.max(1, among.length)];
  }

  #change(entry: Found, change: Exclude<Change, { do: 'file' | 'directory' | 'empty' | 'swap' }>): void {
    switch (change.do) {
      case 'remove':
        return this.#remove(entry);
      case 'rename':
        return this.#rename(entry, child(this.#directory(change.to), change.name));
      case 'case':
        return this.#rename(entry, child(parent(entry.path), otherCase(entry.path.slice(parent(entry.path).length))));
      case 'kind':
        this.#remove(entry);
        return this.#makeFile(
          entry.kind === 'directory' ? entry.path : child(entry.path, 'inside'),
          change.content,
          {},
        );
      case 'look':
        return this.#setLook(entry, change.look);
      case 'write':
      case 'resize':
        if (entry.kind === 'file') this.#write(entry.path, change);
    }
  }

  #at(path: string): EntryRef {
    return { ...this.#place, path, allowTrailingDot: true };
  }

  /** All beneath the root, in the order of the store, each directory before what is in it. */
  #entries(): Found[] {
    const found: Found[] = [];
    const walk = (directory: string): void => {
      let marker = '';
      do {
        const page = this.#store.directories.list(this.#at(directory), { marker });
        for (const { name, kind } of page.entries) {
          const path = child(directory, name);
          found.push({ path, kind });
          if (kind === 'directory') walk(path);
        }
        marker = page.nextMarker;
      } while (marker !== '');
    };
    walk(this.#root);
    return found;
  }

  #directory(number: number): string {
    const directories = [
      this.#root,
      ...this.#entries().flatMap(({ path, kind }) => (kind === 'directory' ? path : [])),
    ];
    return directories[number % directories.length] as string;
  }

  #file(number: number): string | undefined {
    const files = this.#entries().flatMap(({ path, kind }) => (kind === 'file' ? path : []));
    return files[number % Math.max(1, files.length)];
  }

  #makeFile(path: string, { size, fill }: Content, look: Look): void {
    if (parent(path) !== this.#root) this.#makeDirectory(parent(path), {});
    this.#clearReadOnly(path);
    const ref = this.#at(path);
    this.#store.files.create(ref, { sizeBytes: size, headers: look.headers, metadata: look.metadata });
    for (const [start, length] of written(size)) this.#store.files.putRange(ref, start, Buffer.alloc(length, fill));
    this.#setLook({ path, kind: 'file' }, look);
  }

  #makeDirectory(path: string, look: Look): void {
    try {
      this.#store.directories.create(this.#at(path));
    } catch (error) {
      if ((error as { code?: string }).code !== 'ResourceAlreadyExists') throw error;
    }
    this.#setLook({ path, kind: 'directory' }, look);
  }

  #remove({ path, kind }: Found): void {
    if (kind === 'file') {
      this.#clearReadOnly(path);
      return this.#store.files.delete(this.#at(path)) as unknown as undefined;
    }
    let page;
    do {
      page = this.#store.directories.list(this.#at(path), {});
      for (const entry of page.entries) this.#remove({ path: child(path, entry.name), kind: entry.kind });
    } while (page.nextMarker !== '');
    this.#store.directories.delete(this.#at(path));
  }

  #rename({ path, kind }: Found, to: string): void {
    const { files, directories } = this.#store;
    if (kind === 'file') files.rename(this.#at(path), this.#at(to), { replaceIfExists: true, ignoreReadOnly: true });
    else directories.rename(this.#at(path), this.#at(to));
  }

  /** Two files change names: each has the other's content under its own name, with the times that it had. */
  #swap(one: string | undefined, other: string | undefined): void {
    if (one === undefined || other === undefined || one === other) return;
    const aside = child(this.#root, 'aside for a moment');
    this.#written.add(one).add(other);
    for (const [from, to] of [
      [one, aside],
      [other, one],
      [aside, other],
    ] as const) {
      this.#store.files.rename(this.#at(from), this.#at(to));
    }
  }

  #write(path: string, change: Extract<Change, { do: 'write' | 'resize' }>): void {
    const ref = this.#at(path);
    this.#written.add(path);
    const { attributes, headers, sizeBytes, lastWriteTime, changeTime } = this.#store.files.getProperties(ref);
    this.#clearReadOnly(path);
    if (change.do === 'resize') {
      this.#store.files.setProperties(ref, { headers, sizeBytes: change.size });
    } else if (sizeBytes > 0) {
      const [start, length] = written(sizeBytes).at(-1) as readonly [number, number];
      // Always another content: the same one, written again, may or may not be taken for a new version.
      const [held] = this.#store.files.open(ref).read(start, start + 1);
      const fill = held === change.fill.charCodeAt(0) ? 'w' : change.fill;
      this.#store.files.putRange(ref, start, Buffer.alloc(length, fill));
    }
    const kept = {
      nothing: {},
      lastWrite: { lastWriteTime },
      all: { lastWriteTime, changeTime },
    }[change.keep];
    this.#store.files.setProperties(ref, { headers, attributes, ...kept });
  }

  #setLook({ path, kind }: Found, look: Look): void {
    const ref = this.#at(path);
    const { metadata, permission, headers, attributes, ...moments } = look;
    const smb = {
      ...moments,
      ...(permission === undefined
        ? {}
        : { permissionKey: this.#store.permissions.create(this.#place, of(permissions, permission)).permissionKey }),
      ...(attributes === undefined ? {} : { attributes: of(this.#attributes[kind], attributes) }),
    };
    if (kind === 'directory') {
      if (metadata !== undefined) this.#store.directories.setMetadata(ref, metadata);
      if (Object.keys(smb).length > 0) this.#store.directories.setProperties(ref, smb);
      return;
    }
    if (metadata !== undefined) this.#store.files.setMetadata(ref, metadata);
    if (Object.keys(smb).length === 0 && headers === undefined) return;
    this.#store.files.setProperties(ref, {
      ...smb,
      headers: headers ?? this.#store.files.getProperties(ref).headers,
    });
  }

  #clearReadOnly(path: string): void {
    const ref = this.#at(path);
    let held;
    try {
      held = this.#store.files.getProperties(ref);
    } catch {
      return;
    }
    const { attributes, headers } = held;
    if (attributes.includes('ReadOnly')) this.#store.files.setProperties(ref, { attributes: 'None', headers });
  }
}

const of = <T>(values: readonly T[], index: number): T => values[index % values.length] as T;
const parent = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
const child = (directory: string, name: string): string =>
  directory === '' ? name.replace(/^\//u, '') : `${directory}/${name.replace(/^\//u, '')}`;

function otherCase(name: string): string {
  const [upper, lower] = [name.toUpperCase(), name.toLowerCase()];
  return name === upper ? lower : upper;
}

/** Where a file of the size is written: all of it, or the two ends of a large one, whose middle is a hole. */
function written(size: number): (readonly [start: number, length: number])[] {
  const most = 64 * 1024;
  if (size === 0) return [];
  if (size <= most) return [[0, size]];
  return [
    [0, most],
    [size - most, most],
  ];
}
