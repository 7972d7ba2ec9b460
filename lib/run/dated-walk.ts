/**
 * The walk of a dated restore point beside another place: each directory is the union of that directory under all dates, and of
 * each file the newest version counts. Which dates have a directory is known from the one above it.
 */
import { FarshareError } from '../errors.ts';
import { type DirectoryTask, joinPath, type ShardWork } from '../model/index.ts';
import { type EntryPair, foldName, matchListings, mergeDated } from '../plan/index.ts';
import type { RunContext } from './context.ts';
import { destinationPath, sourcePath } from './copy-file.ts';
import { isDate, isFileNewerBeneath } from './dated-versions.ts';
import { failureOf } from './end-run.ts';
import { ListingReader } from './listing-reader.ts';
import { RestoreEntries } from './restore-entries.ts';
import type { ShardSession } from './shard-session.ts';
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

class DatedWalk {
  readonly #session: ShardSession;
  readonly #entries: RestoreEntries | VerifyDated;
  /** The side that is filed under dates. */
  readonly #dated: 'source' | 'destination';
  readonly #pending: DirectoryTask[];
  #waiting = 0;
  #current: DirectoryTask | undefined;
  #after: string | undefined;

  constructor(context: RunContext, session: ShardSession, work: ScanWork) {
    this.#session = session;
    this.#pending = [...work.directories.slice(1)];
    this.#current = work.directories[0];
    this.#after = work.position?.after;
    const push = (task: DirectoryTask): void => {
      this.#pending.push(task);
      this.#waiting += weightOf(task);
    };
    const isRestore = session.run.restore !== undefined;
    this.#dated = isRestore ? 'source' : 'destination';
    this.#entries = isRestore ? new RestoreEntries(context, session, push) : new VerifyDated(context, session, push);
  }

  async run(): Promise<void> {
    while (this.#current !== undefined) {
      if (!(await this.#directory(this.#current))) return;
      this.#after = undefined;
      if (this.#session.isOverBudget() && this.#pending.length > 0) break;
      this.#current = this.#pending.pop();
      if (this.#current !== undefined) await this.#checkpointWhenDue();
    }
    await this.#entries.settle();
    this.#spill();
    await this.#session.finish('done');
  }

  /** False when the shard's turn has ended inside the directory. */
  async #directory(task: DirectoryTask): Promise<boolean> {
    try {
      const dated = { ...task, dates: task.dates ?? (await this.#allDates()) };
      this.#current = dated;
      await this.#entries.enter(dated);
      return await this.#merge(dated);
    } catch (error) {
      if (!(error instanceof FarshareError) || error.disposition !== 'entry') throw error;
      this.#session.tally.unlisted += 1;
      this.#session.noteFailure({ ...failureOf(error), path: task.path });
      return true;
    }
  }

  async #allDates(): Promise<string[]> {
    const root = this.#reader(this.#dated, '');
    const dates: string[] = [];
    for await (const entries of root.pages()) dates.push(...entries.filter(isDate).map(({ name }) => name));
    this.#session.tally.floor += root.requests;
    if (!root.isMissing()) return dates;
    throw missing('The directory that was backed up to is not in the restore point.');
  }

  #reader(
    side: 'source' | 'destination',
    path: string,
    { wanted = true, begins = false }: { wanted?: boolean; begins?: boolean } = {},
  ): ListingReader {
    const { source, destination, run } = this.#session;
    const resume = this.#after === undefined || begins ? undefined : { marker: '', after: this.#after };
    return side === 'source'
      ? new ListingReader(source, sourcePath(this.#session, path), { snapshot: run.sourceSnapshot, wanted, resume })
      : new ListingReader(destination, destinationPath(this.#session, path), {
          snapshot: this.#dated === 'destination' ? run.restorePoint : undefined,
          wanted,
          resume,
        });
  }

  async #merge(task: DirectoryTask): Promise<boolean> {
    const isNew = task.side === 'source' && !this.#session.isRepeat && this.#after === undefined;
    const isRead = this.#dated === 'source';
    const other = this.#reader(isRead ? 'destination' : 'source', task.path, { wanted: !isNew });
    const readers = (task.dates ?? []).map(
      (date) => [date, this.#reader(this.#dated, joinPath(date, task.path))] as const,
    );
    const versions = mergeDated(new Map(readers.map(([date, reader]) => [date, reader.pages()])), (names, thanMs) => {
      const paths = names.map(({ date, name }) => joinPath(joinPath(date, task.path), name));
      return isFileNewerBeneath(paths, thanMs, (path) => this.#reader(this.#dated, path, { begins: true }).pages());
    });
    try {
      const all = isRead ? matchListings(versions, other.pages()) : matchListings(other.pages(), versions);
      const isDone = await this.#takeAll(all);
      if (!isRead && other.isMissing()) throw missing('The directory is not in the source snapshot.');
      return isDone;
    } finally {
      this.#session.tally.floor += other.requests + readers.reduce((sum, [, { requests }]) => sum + requests, 0);
    }
  }

  async #takeAll(all: AsyncIterable<readonly EntryPair[]>): Promise<boolean> {
    for await (const pairs of all) {
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
    return { kind: 'scan', directories, position };
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

const missing = (message: string): FarshareError =>
  new FarshareError('ResourceNotFound', message, { disposition: 'entry', operation: 'ListFilesAndDirectories' });
