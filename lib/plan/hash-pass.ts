import { FarshareError } from '../errors.ts';
import type { Entry } from '../model/index.ts';
import type { EntryPair, ListingPages } from './match-listings.ts';
import { foldName } from './names.ts';

/** The names with hash mod `of` = `index`: 0 of 1 is all of them. */
export interface HashPass {
  readonly index: number;
  readonly of: number;
}

export interface HashMatchOptions {
  readonly pass: HashPass;
  /** Names up to this one, folded, have been dealt with; '' for none. */
  readonly after: string;
  /** Entries of both sides held at most. */
  readonly mostEntries: number;
  /** Awaited before a page is kept, with the entries held so far: lets one directory after the other hold many. */
  readonly room?: (entries: number) => Promise<void>;
}

export type HashMatch =
  /** In the ascending order of folded names, whatever the order of the listings. Nobody else has the array. */
  | { readonly kind: 'pairs'; readonly pairs: EntryPair[] }
  /** More than may be held: nothing is given out. */
  | { readonly kind: 'too-many'; readonly entries: number };

/** FNV-1a over the UTF-16 units, 32 bits: the same in every process, and even enough for dividing names. */
export function hashOfName(folded: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < folded.length; at++) hash = Math.imul(hash ^ folded.charCodeAt(at), 0x01000193);
  // The low bits of FNV alone follow those of the last units.
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return (hash ^ (hash >>> 12)) >>> 0;
}

/**
 * Joins the listings of one directory by folded name without trusting their order: lists both sides to their ends and holds
 * the names of one pass. Throws `ListingRepeated` when a side lists a name twice.
 */
export async function matchByHash(
  source: ListingPages,
  destination: ListingPages,
  options: HashMatchOptions,
): Promise<HashMatch> {
  const names = new HeldNames(options);
  await Promise.all([takeSide(names, 'source', source), takeSide(names, 'destination', destination)]);
  return names.match();
}

async function takeSide(names: HeldNames, side: Side, pages: ListingPages): Promise<void> {
  try {
    for await (const page of pages) {
      await names.room();
      // The other side may have failed meanwhile.
      if (names.isGivenUp) return;
      for (const entry of page) names.take(side, entry);
    }
  } catch (error) {
    names.isGivenUp = true;
    throw error;
  }
}

type Side = 'source' | 'destination';

class HeldNames {
  isGivenUp = false;
  readonly #options: HashMatchOptions;
  readonly #held = new Map<string, { source?: Entry; destination?: Entry }>();
  #entries = 0;

  constructor(options: HashMatchOptions) {
    this.#options = options;
  }

  async room(): Promise<void> {
    await this.#options.room?.(this.#entries);
  }

  take(side: Side, entry: Entry): void {
    const { pass, after, mostEntries } = this.#options;
    const folded = foldName(entry.name);
    if (folded <= after || (pass.of > 1 && hashOfName(folded) % pass.of !== pass.index)) return;
    this.#entries++;
    if (this.#entries > mostEntries) return this.#held.clear();
    const held = this.#held.get(folded);
    if (held?.[side] !== undefined) throw repeated(side, entry.name);
    if (held !== undefined) held[side] = entry;
    else this.#held.set(folded, { [side]: entry });
  }

  match(): HashMatch {
    if (this.#entries > this.#options.mostEntries) return { kind: 'too-many', entries: this.#entries };
    // Relational operators on strings compare UTF-16 units.
    const sorted = [...this.#held].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return { kind: 'pairs', pairs: sorted.map(([, pair]) => pair) };
  }
}

const repeated = (side: Side, name: string): FarshareError =>
  new FarshareError('ListingRepeated', `The ${side} listing repeats ${JSON.stringify(name)}.`, { disposition: 'run' });

/** One directory's passes at a time; a pass that still has too many is split again. */
const mostPassesAtOnce = 20;
/** How full a pass is meant to be: hashes divide names nearly, not wholly, evenly. */
const fullness = 0.8;

/** The passes that take the place of one with too many entries; together they hold the same ones. */
export function splitPass({ index, of }: HashPass, entries: number, mostEntries: number): readonly HashPass[] {
  const times = Math.min(mostPassesAtOnce, Math.max(2, Math.ceil(entries / (mostEntries * fullness))));
  return Array.from({ length: times }, (_, turn) => ({ index: index + of * turn, of: of * times }));
}
