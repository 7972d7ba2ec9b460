import { FarshareError } from '../errors.ts';
import type { Entry } from '../model/index.ts';
import { foldName } from './names.ts';

/** An entry of a dated restore point: of a file the date whose version is the newest, of a directory all that have it. */
export type DatedEntry = Entry & Required<Pick<Entry, 'dates'>>;

export interface Dated {
  readonly date: string;
  readonly entry: Entry;
}

/**
 * Whether anything beneath one of these directories, each under its date, was written to the destination after a time. Asked where
 * a name is that of a file as well, since a directory's own Last-Modified does not show what was written into it.
 */
export type IsNewerBeneath = (
  directories: readonly { readonly date: string; readonly name: string }[],
  thanMs: number,
) => Promise<boolean>;

/**
 * The newest version of each name of one directory, out of the listings of the dates that have it, ascending by folded name.
 * Versions are ordered by when they were written to the destination, which is the order of sealing, not by the dates that
 * they are filed under; a directory is as new as the newest file beneath it. Holds one page of each date.
 */
export async function* mergeDated(
  listings: ReadonlyMap<string, AsyncIterable<readonly Entry[]>>,
  isNewerBeneath: IsNewerBeneath,
): AsyncGenerator<readonly DatedEntry[], void, undefined> {
  const sides = [...listings].map(([date, pages]) => new Side(date, pages));
  await Promise.all(sides.map((side) => side.fill()));
  let batch: DatedEntry[] = [];
  for (;;) {
    const open = sides.filter(({ next }) => next !== undefined);
    if (open.length === 0) break;
    const lowest = open.reduce((low, { folded }) => (folded < low ? folded : low), open[0]?.folded ?? '');
    const same: Dated[] = [];
    for (const side of open) {
      if (side.folded !== lowest || side.next === undefined) continue;
      same.push({ date: side.date, entry: side.next });
      await side.advance();
    }
    batch.push(await newestVersion(same, isNewerBeneath));
    if (batch.length < batchLength) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

const batchLength = 1_000;

/** Of all that one name stands for. */
export const newestVersion = async (versions: readonly Dated[], isNewerBeneath: IsNewerBeneath): Promise<DatedEntry> =>
  newestOf(await ofNewestKind(versions, isNewerBeneath));

/** A name may have been that of a file at one time, and that of a directory at another. */
async function ofNewestKind(versions: readonly Dated[], isNewerBeneath: IsNewerBeneath): Promise<readonly Dated[]> {
  const files = versions.filter(({ entry }) => entry.kind === 'file');
  const directories = versions.filter(({ entry }) => entry.kind === 'directory');
  if (files.length === 0 || directories.length === 0) return versions;
  const newestMs = Math.max(...files.map(({ entry }) => entry.lastModifiedMs));
  const named = directories.map(({ date, entry }) => ({ date, name: entry.name }));
  return (await isNewerBeneath(named, newestMs)) ? directories : files;
}

function newestOf(versions: readonly Dated[]): DatedEntry {
  const [newest] = versions.toSorted(
    (a, b) => b.entry.lastModifiedMs - a.entry.lastModifiedMs || (a.date < b.date ? 1 : -1),
  );
  if (newest === undefined) throw new Error('a name has a version');
  const { entry, date } = newest;
  if (entry.kind === 'file') return { ...entry, dates: [date] };
  const dates = versions.map((version) => version.date);
  // Its own properties are read from the last one.
  return { ...entry, dates: [...dates.filter((one) => one !== date), date] };
}

/** One date's listing with its next entry. */
class Side {
  readonly date: string;
  next: Entry | undefined;
  folded = '';
  readonly #pages: AsyncIterator<readonly Entry[]>;
  #page: readonly Entry[] = [];
  #at = 0;

  constructor(date: string, pages: AsyncIterable<readonly Entry[]>) {
    this.date = date;
    this.#pages = pages[Symbol.asyncIterator]();
  }

  async advance(): Promise<void> {
    this.#at += 1;
    await this.fill();
  }

  async fill(): Promise<void> {
    while (this.#at >= this.#page.length) {
      const page = await this.#pages.next();
      if (page.done === true) {
        this.next = undefined;
        return;
      }
      this.#page = page.value;
      this.#at = 0;
    }
    const before = this.folded;
    this.next = this.#page[this.#at];
    this.folded = foldName(this.next?.name ?? '');
    if (this.folded > before) return;
    throw new FarshareError('ListingOutOfOrder', `The listing of ${this.date} does not ascend at ${this.next?.name}.`, {
      disposition: 'run',
    });
  }
}
