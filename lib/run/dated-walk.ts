/**
 * The walk of a dated restore point beside another place: each directory is the union of that directory under all dates, and of
 * each file the newest version counts. Which dates have a directory is known from the one above it.
 */
import { FarshareError } from '../errors.ts';
import { type DirectoryTask, joinPath, type ShardWork } from '../model/index.ts';
import {
  type EntryPair,
  foldName,
  hashDated,
  type HashMatch,
  type HashMatchOptions,
  type HashPass,
  type IsNewerBeneath,
  matchByHash,
  matchListings,
  mergeDated,
  splitPass,
} from '../plan/index.ts';
import type { RunContext } from './context.ts';
import { destinationPath, sourcePath } from './copy-file.ts';
import { isDate, isFileNewerBeneath } from './dated-versions.ts';
import { failureOf } from './end-run.ts';
import { roomIn } from './hold-names.ts';
import { ListingReader } from './listing-reader.ts';
import { RestoreEntries } from './restore-entries.ts';
import type { ShardSession } from './shard-session.ts';
import { noteDisorder } from './unordered.ts';
import { VerifyDated } from './verify-dated.ts';

type ScanWork = Extract<ShardWork, { kind: 'scan' }>;

/** Directories in one row, by their paths and dates: a transaction of 30 such rows stays below the table's 4 MiB. */
const charactersPerChild = 30_000;
/** What waits beyond this is handed to children. */
const charactersWaiting = 60_000;

const weightOf = ({ path, dates }: DirectoryTask): number => path.length + 80 + 13 * (dates?.length ?? 0);

/** Of a restore the side that is read, of a verification the one that is verified. */
export async function datedShard(context: RunContext, session: ShardSession, work: ScanWork): Promise<void> {
  await new DatedWalk(context, session, work).run();
}

/** `left`: the shard's turn has ended inside the directory. `over`: the run's scan begins again. */
type DirectoryOutcome = 'done' | 'left' | 'over';

interface DatedReaders {
  readonly other: ListingReader;
  readonly dates: ReadonlyMap<string, ListingReader>;
  readonly requests: () => number;
}

class DatedWalk {
  readonly #context: RunContext;
  readonly #session: ShardSession;
  readonly #entries: RestoreEntries | VerifyDated;
  /** Whether the side that is filed under dates is the one that is read; else it is the one that is verified. */
  readonly #isRead: boolean;
  readonly #dated: 'source' | 'destination';
  readonly #pending: DirectoryTask[];
  #waiting = 0;
  #current: DirectoryTask | undefined;
  #after: string | undefined;
  /** Set while the current directory is matched by hash. */
  #hash: HashPass | undefined;
  #isUnordered: boolean;

  constructor(context: RunContext, session: ShardSession, work: ScanWork) {
    this.#context = context;
    this.#session = session;
    this.#isUnordered = session.run.unordered === true;
    this.#hash = work.hash;
    this.#pending = [...work.directories.slice(1)];
    this.#current = work.directories[0];
    this.#after = work.position?.after;
    const push = (task: DirectoryTask): void => {
      this.#pending.push(task);
      this.#waiting += weightOf(task);
    };
    this.#isRead = session.run.restore !== undefined;
    this.#dated = this.#isRead ? 'source' : 'destination';
    this.#entries = this.#isRead ? new RestoreEntries(context, session, push) : new VerifyDated(context, session, push);
  }

  async run(): Promise<void> {
    while (this.#current !== undefined) {
      const outcome = await this.#directory(this.#current);
      if (outcome === 'left') return;
      if (outcome === 'over') this.#pending.splice(0);
      [this.#after, this.#hash] = [undefined, undefined];
      if (this.#session.isOverBudget() && this.#pending.length > 0) break;
      this.#current = this.#pending.pop();
      if (this.#current !== undefined) await this.#checkpointWhenDue();
    }
    await this.#entries.settle();
    this.#spill();
    await this.#session.finish('done');
  }

  async #directory(task: DirectoryTask): Promise<DirectoryOutcome> {
    try {
      const dated = { ...task, dates: task.dates ?? (await this.#allDates()) };
      this.#current = dated;
      await this.#entries.enter(dated);
      const isByHash = this.#hash !== undefined || (this.#isUnordered && this.#after === undefined);
      return await (isByHash ? this.#byHash(dated) : this.#inOrder(dated));
    } catch (error) {
      if (!(error instanceof FarshareError) || error.disposition !== 'entry') throw error;
      this.#session.tally.unlisted += 1;
      this.#session.noteFailure({ ...failureOf(error), path: task.path });
      return 'done';
    }
  }

  /** As long as names ascend. When they do not, by hash: at once if nothing has been taken, else in a scan of its own. */
  async #inOrder(task: DirectoryTask): Promise<DirectoryOutcome> {
    try {
      return (await this.#merge(task)) ? 'done' : 'left';
    } catch (error) {
      if (!(error instanceof FarshareError) || error.code !== 'ListingOutOfOrder') throw error;
      const scanAgain = this.#after !== undefined;
      await noteDisorder(this.#context, this.#session.run, { scanAgain });
      this.#isUnordered = true;
      return scanAgain ? 'over' : await this.#byHash(task);
    }
  }

  /** Lists everything to its end first. With more names than may be held, leaves the directory to several passes. */
  async #byHash(task: DirectoryTask): Promise<DirectoryOutcome> {
    const pass = this.#hash ?? { index: 0, of: 1 };
    const position = { pass, after: this.#after ?? '', mostEntries: this.#context.margins.entriesHeld };
    this.#hash = pass;
    const readers = this.#readersOf(task, false);
    const { room, release } = roomIn(this.#context);
    try {
      const match = await this.#matchByHash(task, readers, { ...position, room });
      if (pass.of === 1 && position.after === '') this.#session.tally.floor += readers.requests();
      if (readers.other.isDisordered || [...readers.dates.values()].some(({ isDisordered }) => isDisordered)) {
        await noteDisorder(this.#context, this.#session.run, { scanAgain: false });
      }
      if (match.kind === 'pairs') return (await this.#takeAll([match.pairs])) ? 'done' : 'left';
      await this.#split(task, splitPass(pass, match.entries, position.mostEntries), position.after);
      return 'done';
    } finally {
      release();
    }
  }

  async #matchByHash(
    task: DirectoryTask,
    { other, dates }: DatedReaders,
    options: HashMatchOptions,
  ): Promise<HashMatch> {
    const pages = new Map([...dates].map(([date, reader]) => [date, reader.pages()]));
    const names = await hashDated(pages, this.#isNewerBeneath(task), options);
    if (names.kind === 'too-many') return { kind: 'too-many', entries: names.versions };
    const versions = onePage(names.entries);
    const match = await (this.#isRead
      ? matchByHash(versions, other.pages(), options)
      : matchByHash(other.pages(), versions, options));
    this.#requireOther(other);
    return match;
  }

  /** Each pass is a shard of its own. */
  async #split(task: DirectoryTask, passes: readonly HashPass[], after: string): Promise<void> {
    const position = { sourceMarker: '', destinationMarker: '', after, noted: this.#entries.noted };
    for (const hash of passes) this.#session.addChild({ kind: 'scan', directories: [task], position, hash });
    [this.#current, this.#after, this.#hash] = [undefined, undefined, undefined];
    await this.#entries.settle();
    await this.#session.checkpoint(this.#work(this.#pending));
  }

  async #allDates(): Promise<string[]> {
    const root = this.#reader(this.#dated, '', { begins: true });
    const dates: string[] = [];
    for await (const entries of root.pages()) dates.push(...entries.filter(isDate).map(({ name }) => name));
    this.#session.tally.floor += root.requests;
    if (!root.isMissing()) return dates;
    throw missing('The directory that was backed up to is not in the restore point.');
  }

  #reader(
    side: 'source' | 'destination',
    path: string,
    { wanted = true, begins = false, ordered = true }: { wanted?: boolean; begins?: boolean; ordered?: boolean } = {},
  ): ListingReader {
    const { source, destination, run } = this.#session;
    const resume = this.#after === undefined || begins ? undefined : { marker: '', after: this.#after };
    // What is looked for, and not merged, may come in any order.
    const options = { wanted, resume, ordered: ordered && !begins };
    return side === 'source'
      ? new ListingReader(source, sourcePath(this.#session, path), { snapshot: run.sourceSnapshot, ...options })
      : new ListingReader(destination, destinationPath(this.#session, path), {
          snapshot: this.#isRead ? undefined : run.restorePoint,
          ...options,
        });
  }

  #readersOf(task: DirectoryTask, ordered: boolean): DatedReaders {
    // A hash pass begins with a position, in which it has come nowhere yet.
    const isResumed = this.#after !== undefined && !(this.#hash !== undefined && this.#after === '');
    const isNew = task.side === 'source' && !this.#session.isRepeat && !isResumed;
    const other = this.#reader(this.#isRead ? 'destination' : 'source', task.path, { wanted: !isNew, ordered });
    const dates = new Map(
      (task.dates ?? []).map((date) => [date, this.#reader(this.#dated, joinPath(date, task.path), { ordered })]),
    );
    const requests = (): number => [...dates.values()].reduce((sum, reader) => sum + reader.requests, other.requests);
    return { other, dates, requests };
  }

  #isNewerBeneath({ path: directory }: DirectoryTask): IsNewerBeneath {
    return (names, thanMs) => {
      const paths = names.map(({ date, name }) => joinPath(joinPath(date, directory), name));
      return isFileNewerBeneath(paths, thanMs, (path) => this.#reader(this.#dated, path, { begins: true }).pages());
    };
  }

  async #merge(task: DirectoryTask): Promise<boolean> {
    const { other, dates, requests } = this.#readersOf(task, true);
    const pages = new Map([...dates].map(([date, reader]) => [date, reader.pages()]));
    const versions = mergeDated(pages, this.#isNewerBeneath(task));
    try {
      const isDone = await this.#takeAll(
        this.#isRead ? matchListings(versions, other.pages()) : matchListings(other.pages(), versions),
      );
      this.#requireOther(other);
      return isDone;
    } finally {
      if (!this.#isUnordered) this.#session.tally.floor += requests();
    }
  }

  #requireOther(other: ListingReader): void {
    if (!this.#isRead && other.isMissing()) throw missing('The directory is not in the source snapshot.');
  }

  async #takeAll(all: AsyncIterable<readonly EntryPair[]> | readonly (readonly EntryPair[])[]): Promise<boolean> {
    for await (const pairs of all) {
      // A turn that found nothing left has come to the end, however long it took to list: else none would ever be the last.
      if (pairs.length === 0) continue;
      for (const pair of pairs) {
        await this.#entries.take(pair);
        this.#after = foldName((pair.source ?? pair.destination)?.name ?? '');
        if (this.#session.needsCheckpoint()) await this.#checkpointWhenDue();
      }
      this.#session.countEntries(pairs.length);
      if (this.#session.isOverBudget()) {
        await this.#entries.settle();
        const rest = this.#work([]);
        this.#spill();
        await this.#session.continueLater(rest);
        return false;
      }
      await this.#checkpointWhenDue();
    }
    return true;
  }

  #work(rest: readonly DirectoryTask[]): ScanWork {
    const directories = this.#current === undefined ? [...rest] : [this.#current, ...rest];
    if (this.#after === undefined) return { kind: 'scan', directories };
    const position = { sourceMarker: '', destinationMarker: '', after: this.#after, noted: this.#entries.noted };
    return { kind: 'scan', directories, position, ...(this.#hash !== undefined && { hash: this.#hash }) };
  }

  async #checkpointWhenDue(): Promise<void> {
    if (this.#waiting > charactersWaiting) this.#spill();
    if (!this.#session.needsCheckpoint()) return;
    await this.#entries.settle();
    await this.#session.checkpoint(this.#work(this.#pending));
  }

  /** All that waits, in children of bounded size. */
  #spill(): void {
    let directories: DirectoryTask[] = [];
    let weight = 0;
    const hand = (): void => {
      if (directories.length > 0) this.#session.addChild({ kind: 'scan', directories });
      [directories, weight] = [[], 0];
    };
    for (const task of this.#pending.splice(0)) {
      if (weight + weightOf(task) > charactersPerChild) hand();
      directories.push(task);
      weight += weightOf(task);
    }
    hand();
    this.#waiting = 0;
  }
}

async function* onePage<T>(page: readonly T[]): AsyncGenerator<readonly T[]> {
  yield page;
}

const missing = (message: string): FarshareError =>
  new FarshareError('ResourceNotFound', message, { disposition: 'entry', operation: 'ListFilesAndDirectories' });
