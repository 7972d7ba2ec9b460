import { FarshareError } from '../errors.ts';
import type { Entry } from '../model/index.ts';
import { foldName } from './names.ts';

/** What one name stands for on either side; at least one of the two is there. */
export interface EntryPair {
  readonly source?: Entry;
  readonly destination?: Entry;
}

/** The pages of one directory's listing, in the service's order. A page may be empty. */
export type ListingPages = AsyncIterable<readonly Entry[]>;

/**
 * Merge-joins the listings of one directory by folded name, in ascending order, holding one page of each side. Yields the
 * pairs by the batch, so that nobody awaits per entry.
 *
 * The destination may be written to while this runs: a source entry is given out only after the destination's next entry
 * of an equal or higher name has been fetched (or its listing ended), and a page is fetched only when the one before is
 * used up. What is written under names given out so far lies behind the position of the listing and never comes up in it.
 *
 * Throws `ListingOutOfOrder` or `ListingRepeated` when a side does not ascend strictly: two entries of one directory never
 * have the same folded name, and a merge over anything else would take present entries for missing ones. A name that comes
 * again in another case was renamed by whoever took it, and stands elsewhere now: case has a part in the order.
 */
export async function* matchListings(
  source: ListingPages,
  destination: ListingPages,
): AsyncGenerator<readonly EntryPair[], void, undefined> {
  const [left, right] = [new Side('source', source), new Side('destination', destination)];
  try {
    for (;;) {
      await Promise.all([left.fill(), right.fill()]);
      if (left.isEnded && right.isEnded) return;
      yield mergeLoaded(left, right);
    }
  } finally {
    await Promise.all([left.close(), right.close()]);
  }
}

/** Takes pairs until one side has to fetch its next page. */
function mergeLoaded(left: Side, right: Side): readonly EntryPair[] {
  const pairs: EntryPair[] = [];
  while (left.isReady && right.isReady && !(left.isEnded && right.isEnded)) {
    const order = left.isEnded ? 1 : right.isEnded ? -1 : orderOf(left.folded, right.folded);
    if (order < 0) pairs.push({ source: left.take() });
    else if (order > 0) pairs.push({ destination: right.take() });
    else pairs.push({ source: left.take(), destination: right.take() });
  }
  return pairs;
}

const orderOf = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** One side's listing with one entry of look-ahead. */
class Side {
  isEnded = false;
  /** Folded name of the next entry; the previous one's while a page has to be fetched. */
  folded = '';
  readonly #side: string;
  #name = '';
  readonly #pages: AsyncIterator<readonly Entry[]>;
  #page: readonly Entry[] = [];
  #at = 0;
  #hasNext = false;
  #isFirst = true;

  constructor(side: string, pages: ListingPages) {
    this.#side = side;
    this.#pages = pages[Symbol.asyncIterator]();
  }

  /** Whether the next entry is known, or that there is none. */
  get isReady(): boolean {
    return this.#hasNext || this.isEnded;
  }

  async fill(): Promise<void> {
    while (!this.isReady) {
      const next = await this.#pages.next();
      if (next.done === true) {
        this.isEnded = true;
      } else {
        this.#page = next.value;
        this.#at = 0;
        this.#lookAhead();
      }
    }
  }

  /** Only while the next entry is known. */
  take(): Entry {
    const entry = this.#page[this.#at] as Entry;
    this.#at++;
    this.#lookAhead();
    return entry;
  }

  async close(): Promise<void> {
    if (!this.isEnded) await this.#pages.return?.();
  }

  #lookAhead(): void {
    const entry = this.#page[this.#at];
    this.#hasNext = entry !== undefined;
    if (entry === undefined) return;
    const folded = foldName(entry.name);
    if (!this.#isFirst && folded <= this.folded) throw this.#disorder(entry.name, entry.name === this.#name);
    this.#isFirst = false;
    this.#name = entry.name;
    this.folded = folded;
  }

  #disorder(name: string, isRepeated: boolean): FarshareError {
    const what = `The ${this.#side} listing ${isRepeated ? 'repeats' : 'is out of order at'} ${JSON.stringify(name)}.`;
    return new FarshareError(isRepeated ? 'ListingRepeated' : 'ListingOutOfOrder', what, { disposition: 'run' });
  }
}
