/** Walks directories on both sides, decides about each entry, copies what differs and notes what later phases do. */
import { joinPath, type DirectoryTask, type ScanPosition, type ShardWork } from '../model/index.ts';
import { type EntryPair, foldName, matchListings, splitDirectories } from '../plan/index.ts';
import type { RunContext } from './context.ts';
import { destinationPath, sourcePath } from './copy-file.ts';
import { FarshareError } from '../errors.ts';
import { failureOf } from './end-run.ts';
import { entriesFor } from './entries.ts';
import { ListingReader } from './listing-reader.ts';
import type { ShardSession } from './shard-session.ts';

type ScanWork = Extract<ShardWork, { kind: 'scan' }>;

/** Directories in one child, and children made at once. */
const directoriesPerChild = 500;
/** A stack beyond this is handed to children at the next step: memory stays bounded in a directory of a million directories. */
const stackLimit = 2_000;
/** After this long, a shard with enough left to do shares it. */
const shareAfterMs = 2_000;
const shareFrom = 8;

export async function scanShard(context: RunContext, session: ShardSession, work: ScanWork): Promise<void> {
  const walk = new ScanWalk(context, session, work);
  await walk.run();
}

class ScanWalk {
  readonly #context: RunContext;
  readonly #session: ShardSession;
  readonly #entries: ReturnType<typeof entriesFor>;
  readonly #pending: DirectoryTask[];
  #sharedAt: number;
  #current: DirectoryTask | undefined;
  #position: ScanPosition | undefined;

  constructor(context: RunContext, session: ShardSession, work: ScanWork) {
    this.#context = context;
    this.#session = session;
    this.#pending = [...work.directories.slice(1)];
    this.#current = work.directories[0];
    this.#position = work.position;
    this.#entries = entriesFor(context, session, (task) => this.#pending.push(task));
    this.#sharedAt = context.clock.monotonic();
  }

  async run(): Promise<void> {
    while (this.#current !== undefined) {
      const finished = await this.#directory(this.#current);
      if (!finished) return;
      this.#position = undefined;
      if (this.#session.isOverBudget() && this.#pending.length > 0) break;
      this.#current = this.#pending.pop();
      if (this.#current !== undefined) await this.#checkpointWhenDue();
    }
    await this.#entries.settle();
    this.#spill(this.#pending.splice(0));
    await this.#session.finish('done');
  }

  /** True when the directory is done; false when the shard's turn has ended inside it. */
  async #directory(task: DirectoryTask): Promise<boolean> {
    const left = this.#reader('source', task);
    const right = this.#reader('destination', task);
    try {
      await this.#entries.enter(task, this.#position?.noted);
      const isDone = await this.#merge(left, right);
      if (isDone && left.isMissing()) throw missing(joinPath(this.#session.run.job.source.path, task.path));
      return isDone;
    } catch (error) {
      this.#failListing(task, error);
      return true;
    } finally {
      this.#session.tally.floor += left.requests + right.requests;
    }
  }

  #reader(side: 'source' | 'destination', task: DirectoryTask): ListingReader {
    const { run, source, destination, isRepeat } = this.#session;
    const at = this.#position;
    if (side === 'source') {
      return new ListingReader(source, sourcePath(this.#session, task.path), {
        snapshot: run.sourceSnapshot,
        wanted: task.side !== 'destination',
        resume: at && { marker: at.sourceMarker, after: at.after },
      });
    }
    if (run.destination.mode === 'dated') {
      // The other side is the previous snapshot of the source.
      return new ListingReader(source, sourcePath(this.#session, task.path), {
        snapshot: run.baseSnapshot,
        wanted: run.baseSnapshot !== undefined && task.side !== 'source',
        resume: at && { marker: at.destinationMarker, after: at.after },
      });
    }
    return new ListingReader(destination, destinationPath(this.#session, task.path), {
      snapshot: undefined,
      // A directory just made needs no listing, unless an earlier claim may have written into it.
      wanted: task.side !== 'source' || isRepeat || at !== undefined,
      resume: at && { marker: at.destinationMarker, after: at.after },
    });
  }

  async #merge(left: ListingReader, right: ListingReader): Promise<boolean> {
    for await (const pairs of matchListings(left.pages(), right.pages())) {
      for (const pair of pairs) {
        await this.#entries.take(pair);
        // A page may be more than one checkpoint holds.
        if (!this.#session.needsCheckpoint()) continue;
        this.#position = this.#positionAfter(nameOf(pair), left, right);
        await this.#checkpointWhenDue();
      }
      const last = pairs.at(-1);
      const after = last === undefined ? (this.#position?.after ?? '') : nameOf(last);
      this.#session.countEntries(pairs.length);
      this.#position = this.#positionAfter(after, left, right);
      if (this.#session.isOverBudget() && !(left.isLast() && right.isLast())) {
        await this.#leaveInside();
        return false;
      }
      await this.#checkpointWhenDue();
    }
    return true;
  }

  #positionAfter(after: string, left: ListingReader, right: ListingReader): ScanPosition {
    return { sourceMarker: left.markerAt(after), destinationMarker: right.markerAt(after), after };
  }

  /** One directory that cannot be listed fails by itself; the others go on, and nothing is deleted in this run. */
  #failListing(task: DirectoryTask, error: unknown): void {
    const failure = failureOf(error);
    const isEntryError = error instanceof FarshareError && error.disposition === 'entry';
    if (!isEntryError) throw error;
    this.#session.tally.unlisted += 1;
    this.#session.noteFailure({ ...failure, path: task.path });
  }

  /** Gives the directories left to children, and this one, from its position, back to the queue. */
  async #leaveInside(): Promise<void> {
    await this.#entries.settle();
    this.#spill(this.#pending.splice(0));
    await this.#session.continueLater(this.#work([]));
  }

  #work(rest: readonly DirectoryTask[]): ScanWork {
    const directories = this.#current === undefined ? [] : [this.#current, ...rest];
    if (this.#position === undefined) return { kind: 'scan', directories };
    return { kind: 'scan', directories, position: { ...this.#position, noted: this.#entries.noted } };
  }

  async #checkpointWhenDue(): Promise<void> {
    const now = this.#context.clock.monotonic();
    const shares = now - this.#sharedAt > shareAfterMs && this.#pending.length >= shareFrom;
    if (this.#pending.length > stackLimit || shares) {
      this.#sharedAt = now;
      this.#spill(this.#pending.splice(0, Math.ceil(this.#pending.length * (shares ? 0.75 : 0.9))));
    } else if (!this.#session.needsCheckpoint()) {
      return;
    }
    await this.#entries.settle();
    await this.#session.checkpoint(this.#work(this.#pending));
  }

  #spill(tasks: readonly DirectoryTask[]): void {
    if (tasks.length === 0) return;
    const pieces = Math.min(25, Math.max(Math.ceil(tasks.length / directoriesPerChild), Math.min(tasks.length, 8)));
    for (const directories of splitDirectories(tasks, pieces))
      this.#session.addChild({ kind: 'scan', directories: [...directories] });
  }
}

/** The folded name of a pair; they ascend. */
const nameOf = ({ source, destination }: EntryPair): string => foldName((source ?? destination)?.name ?? '');

const missing = (path: string): FarshareError =>
  new FarshareError('ResourceNotFound', `The directory ${path === '' ? '/' : path} is not in the source.`, {
    disposition: 'entry',
    operation: 'ListFilesAndDirectories',
  });
