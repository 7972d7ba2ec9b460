import { FarshareError } from '../errors.ts';
import type { Entry, SharePath } from '../model/index.ts';
import { foldName } from '../plan/index.ts';
import type { SharePort } from './ports.ts';

/** Pages of one directory, with what is needed to go on from the middle in another process. */
export class ListingReader {
  requests = 0;
  /** Whether the names have not ascended somewhere in the pages read. */
  isDisordered = false;
  readonly #share: SharePort;
  readonly #path: SharePath;
  readonly #snapshot: string | undefined;
  readonly #wanted: boolean;
  readonly #after: string | undefined;
  readonly #isTrusted: boolean;
  readonly #markers = new Set<string>();
  #lastName = '';
  /** Markers of the pages read and not wholly dealt with, each with its last folded name. */
  #read: { marker: string; last: string }[] = [];
  #next: string;
  #last: string;
  #isMissing = false;
  #ended = false;

  constructor(
    share: SharePort,
    path: SharePath,
    options: {
      snapshot: string | undefined;
      /** False = the directory is known to hold nothing on this side: no request is made. */
      wanted: boolean;
      resume: { marker: string; after: string } | undefined;
      /** False = the order does not matter: entries may come in any. */
      ordered?: boolean;
    },
  ) {
    this.#share = share;
    this.#path = path;
    this.#snapshot = options.snapshot;
    this.#wanted = options.wanted;
    this.#after = options.resume?.after;
    this.#isTrusted = options.ordered !== false;
    this.#next = options.resume?.marker ?? '';
    this.#last = this.#next;
  }

  async *pages(): AsyncIterable<readonly Entry[]> {
    while (this.#wanted) {
      const marker = this.#next;
      this.requests += 1;
      const page = await this.#share.list(this.#path, {
        snapshot: this.#snapshot,
        ...(marker === '' ? {} : { marker }),
      });
      if (page === undefined) {
        this.#isMissing = true;
        return;
      }
      this.#markers.add(marker);
      if (page.nextMarker !== '' && this.#markers.has(page.nextMarker)) throw this.#repeated();
      this.#checkOrder(page.entries);
      this.#next = page.nextMarker;
      this.#ended = page.nextMarker === '';
      const last = page.entries.at(-1)?.name;
      if (last !== undefined) {
        this.#read.push({ marker, last: foldName(last) });
        this.#last = marker;
      }
      const { entries } = page;
      const after = this.#after;
      if (entries.length > 0)
        yield after === undefined ? entries : entries.filter(({ name }) => foldName(name) > after);
      if (this.#ended) return;
    }
    this.#ended = true;
  }

  /** A page whose names do not ascend is not given out: a merge over it would take present entries for missing ones. */
  #checkOrder(entries: readonly Entry[]): void {
    for (const { name } of entries) {
      const folded = foldName(name);
      if (folded < this.#lastName) this.isDisordered = true;
      this.#lastName = folded;
    }
    if (!this.isDisordered || !this.#isTrusted) return;
    const message = `The listing of ${this.#path === '' ? '/' : this.#path} is not in the order that names are merged in.`;
    throw new FarshareError('ListingOutOfOrder', message, { disposition: 'run' });
  }

  #repeated(): FarshareError {
    const message = `The listing of ${this.#path} answers the same page again and again.`;
    return new FarshareError('ListingRepeated', message, {
      disposition: 'entry',
      operation: 'ListFilesAndDirectories',
    });
  }

  /** The marker of the page that holds the first entry after `folded`. */
  markerAt(folded: string): string {
    while (this.#read[0] !== undefined && this.#read[0].last <= folded) this.#read.shift();
    // Past what was read, the last page that held names stands for it: only beside its names does the next one show whether it goes on
    // ascending, and to begin anew would list the whole directory for nothing.
    return this.#read[0]?.marker ?? this.#last;
  }

  /** True when nothing is left behind the position that markerAt was last asked for. */
  isLast(): boolean {
    return this.#ended && this.#read.length === 0;
  }

  isMissing(): boolean {
    return this.#isMissing;
  }
}
