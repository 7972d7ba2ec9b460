import { Branch, sizeOf, type Tree, type TreeNode } from '../store/ordered-map.ts';
import { Stored, type StoredSource } from '../store/stored.ts';
import { PageCache } from './page-cache.ts';
import { LocationError, type PageFile } from './page-file.ts';
import { decodeValue, encodeValue, type EncodeHooks } from './value-codec.ts';

/** Shorter bytes stand in the page of the file they belong to. */
const LONGEST_INLINE_BYTES = 512;
/** A file with so few extents has them in its own page. */
const MOST_INLINE_EXTENTS = 4;
/** Objects take so many times the bytes of their page. */
const OBJECT_WEIGHT = 6;

const BYTES_PAGE = 0;
const VALUE_PAGE = 1;

const STORED_KIND = 1;
const BRANCH_KIND = 2;

/** Kinds of `custom` values from here on are free for whom uses the store of pages. */
export const FIRST_FREE_KIND = 16;

/** What stands in a page for an instance of a class; `link` is the page it leads to. */
type Described = { readonly kind: number; readonly data: unknown; readonly link?: number };

/** What else than trees and bytes is no plain data: how it is described, and made from that again. */
export type Instances = {
  describe(value: object, writer: PageWriter): Described | undefined;
  revive(kind: number, data: unknown): unknown;
};

/** The pages that hold trees and bytes, each loaded when wanted. */
export class PageStore implements StoredSource {
  private readonly file: PageFile;
  private readonly instances: Instances;
  private readonly cache: PageCache;
  /** The one object of each place that is in memory. */
  private readonly places = new Map<number, WeakRef<Stored<unknown>>>();
  private readonly vanished = new FinalizationRegistry<number>((id) => this.forgetPlace(id));

  constructor(file: PageFile, instances: Instances, cacheBytes: number) {
    this.file = file;
    this.instances = instances;
    this.cache = new PageCache(cacheBytes);
  }

  load<T>(stored: Stored<T>): T {
    const body = this.file.read(stored.id);
    const isBytes = body[0] === BYTES_PAGE;
    const value = (isBytes ? body.subarray(1) : this.decode(body)) as T;
    stored.loaded = value;
    this.cache.add(stored, isBytes ? body.length : body.length * OBJECT_WEIGHT);
    return value;
  }

  decode(body: Uint8Array): unknown {
    return decodeValue(body.subarray(1), (kind, data) => {
      if (kind === STORED_KIND) {
        const [id, size] = data as [number, number];
        return this.placeOf(id, size);
      }
      if (kind === BRANCH_KIND) {
        const [nodes, bounds] = data as [Stored<TreeNode<unknown>>[], unknown[]];
        return new Branch(nodes, bounds);
      }
      return this.instances.revive(kind, data);
    });
  }

  /** Begins to store what has changed. */
  newWriter(): PageWriter {
    return new PageWriter(this.file, {
      describe: (value, writer) => this.instances.describe(value, writer),
      placed: (id, size, value) => this.placed(id, size, value),
    });
  }

  /** Whether an object of that place is in memory, so that it may still be read. */
  isInMemory(id: number): boolean {
    return this.places.get(id)?.deref() !== undefined;
  }

  /** Nothing leads to that place any more: nothing of it is kept in memory on its own account. */
  release(id: number): void {
    const place = this.places.get(id)?.deref();
    if (place !== undefined) {
      this.cache.forget(place);
    }
  }

  private placed(id: number, size: number, value: Placed): Stored<unknown> {
    const stored = new Stored<unknown>({ id, size, source: this }, value.value);
    this.remember(stored);
    this.cache.add(stored, value.bytes);
    return stored;
  }

  private placeOf(id: number, size: number): Stored<unknown> {
    const known = this.places.get(id)?.deref();
    if (known !== undefined) {
      return known;
    }
    const stored = new Stored<unknown>({ id, size, source: this });
    this.remember(stored);
    return stored;
  }

  private remember(stored: Stored<unknown>): void {
    this.places.set(stored.id, new WeakRef(stored));
    this.vanished.register(stored, stored.id);
  }

  private forgetPlace(id: number): void {
    if (!this.isInMemory(id)) {
      this.places.delete(id);
    }
  }
}

type Placed = { readonly value: unknown; readonly bytes: number };

type WriterSurroundings = {
  readonly describe: Instances['describe'];
  readonly placed: (id: number, size: number, value: Placed) => Stored<unknown>;
};

/**
 * Stores what is not stored yet. In memory the place takes the place of what was stored, in all that leads to it; the
 * trees are immutable to everybody else, who sees no difference.
 */
export class PageWriter {
  /** By how much more pages lead to a page than before. A new page counts as led to by one. */
  readonly differences = new Map<number, number>();
  private readonly file: PageFile;
  private readonly surroundings: WriterSurroundings;
  /** Trees and bytes stored by this writer: one object may be reached on several ways. */
  private readonly stored = new Map<object, Stored<unknown>>();

  constructor(file: PageFile, surroundings: WriterSurroundings) {
    this.file = file;
    this.surroundings = surroundings;
  }

  /** The page of a value, with all that it leads to stored. */
  encode(value: unknown): { readonly body: Uint8Array; readonly links: readonly number[] } {
    const links: number[] = [];
    const hooks: EncodeHooks = {
      replaced: (owner, member, value) => this.replaced(owner, member, value),
      custom: (instance) => this.custom(instance, links),
    };
    const encoded = encodeValue(value, hooks);
    return { body: Buffer.concat([Buffer.of(VALUE_PAGE), encoded]), links };
  }

  /** Adds a page. Answers its id. */
  add(page: { readonly body: Uint8Array; readonly links: readonly number[] }): number {
    const id = this.file.add(page);
    this.refer(id, -1);
    this.referAll(page.links, 1);
    return id;
  }

  referAll(links: readonly number[], difference: number): void {
    for (const link of links) {
      this.refer(link, difference);
    }
  }

  private refer(id: number, difference: number): void {
    this.differences.set(id, (this.differences.get(id) ?? 0) + difference);
  }

  private custom(value: object, links: number[]): Described | undefined {
    if (value instanceof Stored) {
      links.push(value.id);
      return { kind: STORED_KIND, data: [value.id, value.size] };
    }
    if (value instanceof Branch) {
      return { kind: BRANCH_KIND, data: [value.children, value.bounds] };
    }
    const described = this.surroundings.describe(value, this);
    if (described?.link !== undefined) {
      links.push(described.link);
    }
    return described;
  }

  private replaced(owner: object, member: string, value: object): object {
    if (value instanceof Uint8Array) {
      return value.length <= LONGEST_INLINE_BYTES ? value : this.storedBytes(value);
    }
    if (member === 'children' && 'kind' in owner && owner.kind === 'directory') {
      const tree = value as Tree<unknown>;
      return sizeOf(tree) === 0 ? value : this.storedTree(tree);
    }
    if (member === 'extents' && 'sizeBytes' in owner) {
      const isInline = Array.isArray(value) && value.length <= MOST_INLINE_EXTENTS;
      return isInline ? value : this.storedTree(value as Tree<unknown>);
    }
    return value;
  }

  private storedTree(tree: Tree<unknown>): Stored<unknown> {
    if (tree instanceof Stored) {
      return tree;
    }
    const known = this.stored.get(tree);
    if (known !== undefined) {
      return known;
    }
    if (tree instanceof Branch) {
      const children = tree.children as Tree<unknown>[];
      for (const [index, child] of children.entries()) {
        children[index] = this.storedTree(child) as Tree<unknown>;
      }
    }
    const page = this.encode(tree);
    return this.place(tree, sizeOf(tree), { page, weight: page.body.length * OBJECT_WEIGHT });
  }

  private storedBytes(bytes: Uint8Array): Stored<unknown> {
    const known = this.stored.get(bytes);
    if (known !== undefined) {
      return known;
    }
    const body = Buffer.allocUnsafe(bytes.length + 1);
    body[0] = BYTES_PAGE;
    body.set(bytes, 1);
    return this.place(bytes, bytes.length, { page: { body, links: [] }, weight: body.length });
  }

  private place(
    value: object,
    size: number,
    of: { page: { body: Uint8Array; links: readonly number[] }; weight: number },
  ): Stored<unknown> {
    const id = this.add(of.page);
    const stored = this.surroundings.placed(id, size, { value, bytes: of.weight });
    this.stored.set(value, stored);
    return stored;
  }
}

/** @throws LocationError for a value that no page of this version holds */
export function unknownKind(kind: number): never {
  throw new LocationError(`The location holds a value of an unknown kind ${kind}.`);
}
