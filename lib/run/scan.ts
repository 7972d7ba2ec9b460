/** Walks directories on both sides, decides about each entry, copies what differs and notes what later phases do. */
import { joinPath, type DirectoryTask, type ScanPosition, type ShardWork } from '../model/index.ts';
import { type EntryPair, foldName, type HashPass, matchListings, splitDirectories, splitPass } from '../plan/index.ts';
import type { RunContext } from './context.ts';
import { destinationPath, sourcePath } from './copy-file.ts';
import { asFarshareError, FarshareError } from '../errors.ts';
import { datedShard } from './dated-walk.ts';
import { failureOf } from './end-run.ts';
import { entriesFor } from './entries.ts';
import { holdNames } from './hold-names.ts';
import { VerifyEntries } from './verify-entries.ts';
import { ListingReader } from './listing-reader.ts';
import type { ShardSession } from './shard-session.ts';
import { noteDisorder } from './unordered.ts';

type ScanWork = Extract<ShardWork, { kind: 'scan' }>;

/** Directories in one child, and children made at once. */
const directoriesPerChild = 500;
/** A stack beyond this is handed to children at the next step: memory stays bounded in a directory of a million directories. */
const stackLimit = 2_000;
/** After this long, a shard with enough left to do shares it. */
const shareAfterMs = 2_000;
const shareFrom = 8;
/** Pairs of a hash pass between two looks at the clock and at what waits. */
const pairsAtOnce = 1_000;

/** `left`: the shard's turn has ended inside the directory. `over`: the run's scan begins again. */
type DirectoryOutcome = 'done' | 'left' | 'over';

export async function scanShard(context: RunContext, session: ShardSession, work: ScanWork): Promise<void> {
  if (readsDates(session)) return datedShard(context, session, work);
  const walk = new ScanWalk(context, session, work);
  await walk.run();
}

/** Of the dated side each name's newest version counts. Without the source there is nothing to pair it with: all are looked at. */
const readsDates = ({ run: { restore, kind, destination, sourceGone } }: ShardSession): boolean =>
  restore?.mode === 'dated' || (kind === 'verify' && destination.mode === 'dated' && sourceGone !== true);

/** In dated mode the other side of a backup is the previous snapshot of the source. */
const readsBase = ({ run }: ShardSession): boolean => run.destination.mode === 'dated' && run.kind === 'backup';

class ScanWalk {
  readonly #context: RunContext;
  readonly #session: ShardSession;
  readonly #entries: ReturnType<typeof entriesFor> | VerifyEntries;
  readonly #pending: DirectoryTask[];
  #sharedAt: number;
  #current: DirectoryTask | undefined;
  #position: ScanPosition | undefined;
  /** Set while the current directory is matched by hash. */
  #hash: HashPass | undefined;
  #isUnordered: boolean;

  constructor(context: RunContext, session: ShardSession, work: ScanWork) {
    this.#context = context;
    this.#session = session;
    this.#pending = [...work.directories.slice(1)];
    this.#current = work.directories[0];
    this.#position = work.position;
    this.#hash = work.hash;
    this.#isUnordered = session.run.unordered === true;
    const push = (task: DirectoryTask): number => this.#pending.push(task);
    this.#entries =
      session.run.kind === 'verify' ? new VerifyEntries(context, session, push) : entriesFor(context, session, push);
    this.#sharedAt = context.clock.monotonic();
  }

  async run(): Promise<void> {
    while (this.#current !== undefined) {
      const outcome = await this.#directory(this.#current);
      if (outcome === 'left') return;
      if (outcome === 'over') this.#pending.splice(0);
      this.#position = undefined;
      this.#hash = undefined;
      if (this.#session.isOverBudget() && this.#pending.length > 0) break;
      this.#current = this.#pending.pop();
      if (this.#current !== undefined) await this.#checkpointWhenDue();
    }
    await this.#entries.settle();
    this.#spill(this.#pending.splice(0));
    await this.#session.finish('done');
  }

  async #directory(task: DirectoryTask): Promise<DirectoryOutcome> {
    try {
      await this.#entries.enter(task, this.#position?.noted);
      const isByHash = this.#hash !== undefined || (this.#isUnordered && this.#position === undefined);
      return await (isByHash ? this.#byHash(task) : this.#inOrder(task));
    } catch (error) {
      this.#failListing(task, error);
      return 'done';
    }
  }

  /** As long as names ascend. When they do not, by hash: at once if nothing has been taken, else in a scan of its own. */
  async #inOrder(task: DirectoryTask): Promise<DirectoryOutcome> {
    const [left, right] = [this.#reader('source', task), this.#reader('destination', task)];
    const isFromBeginning = this.#position === undefined;
    try {
      const isDone = await this.#merge(left, right);
      if (isDone) this.#requireSource(left, task);
      if (isDone && isFromBeginning) this.#entries.end();
      return isDone ? 'done' : 'left';
    } catch (error) {
      if (asFarshareError(error).code !== 'ListingOutOfOrder') throw error;
      const scanAgain = this.#position !== undefined;
      await noteDisorder(this.#context, this.#session.run, { scanAgain });
      this.#isUnordered = true;
      return scanAgain ? 'over' : await this.#byHash(task);
    } finally {
      if (!this.#isUnordered) this.#session.tally.floor += left.requests + right.requests;
    }
  }

  /** Lists both sides to their ends first. With more names than may be held, leaves the directory to several passes. */
  async #byHash(task: DirectoryTask): Promise<DirectoryOutcome> {
    const pass = this.#hash ?? { index: 0, of: 1 };
    const after = this.#position?.after ?? '';
    this.#hash = pass;
    const [left, right] = [this.#reader('source', task), this.#reader('destination', task)];
    const { match, release } = await holdNames(this.#context, { left, right }, { pass, after });
    try {
      if (pass.of === 1 && after === '') this.#session.tally.floor += left.requests + right.requests;
      if (left.isDisordered || right.isDisordered) {
        await noteDisorder(this.#context, this.#session.run, { scanAgain: false });
      }
      this.#requireSource(left, task);
      if (match.kind === 'pairs') return (await this.#takeAll(match.pairs)) ? 'done' : 'left';
      await this.#split(task, splitPass(pass, match.entries, this.#context.margins.entriesHeld), after);
      return 'done';
    } finally {
      release();
    }
  }

  /** A turn ends inside only when the process does: going on lists both sides from their beginnings. */
  async #takeAll(pairs: readonly EntryPair[]): Promise<boolean> {
    for (const [at, pair] of pairs.entries()) {
      await this.#entries.take(pair);
      if (at % pairsAtOnce !== pairsAtOnce - 1 && !this.#session.needsCheckpoint()) continue;
      this.#position = { sourceMarker: '', destinationMarker: '', after: nameOf(pair) };
      if (this.#context.stopping?.aborted === true) {
        await this.#leaveInside();
        return false;
      }
      await this.#checkpointWhenDue();
    }
    this.#session.countEntries(pairs.length);
    return true;
  }

  /** Each pass is a shard of its own. The directory is noted once, for all of them. */
  async #split(task: DirectoryTask, passes: readonly HashPass[], after: string): Promise<void> {
    this.#entries.noteChanged();
    const position = { sourceMarker: '', destinationMarker: '', after, noted: this.#entries.noted };
    for (const hash of passes) this.#session.addChild({ kind: 'scan', directories: [task], position, hash });
    [this.#current, this.#position, this.#hash] = [undefined, undefined, undefined];
    await this.#entries.settle();
    await this.#session.checkpoint(this.#work(this.#pending));
  }

  #requireSource(left: ListingReader, task: DirectoryTask): void {
    if (left.isMissing()) throw missing(joinPath(this.#session.run.job.source.path, task.path));
  }

  #reader(side: 'source' | 'destination', task: DirectoryTask): ListingReader {
    const { run, source, destination, isRepeat } = this.#session;
    const at = this.#position;
    const isByHash = this.#hash !== undefined;
    const from = (marker: string | undefined) => ({
      ordered: !isByHash,
      resume: isByHash || at === undefined ? undefined : { marker: marker ?? '', after: at.after },
    });
    if (side === 'source') {
      return new ListingReader(source, sourcePath(this.#session, task.path), {
        snapshot: run.sourceSnapshot,
        wanted: task.side !== 'destination',
        ...from(at?.sourceMarker),
      });
    }
    if (readsBase(this.#session)) {
      return new ListingReader(source, sourcePath(this.#session, task.path), {
        snapshot: run.baseSnapshot,
        wanted: run.baseSnapshot !== undefined && task.side !== 'source',
        ...from(at?.destinationMarker),
      });
    }
    // A hash pass begins with a position, in which it has come nowhere yet.
    const isResumed = at !== undefined && !(isByHash && at.after === '');
    return new ListingReader(destination, destinationPath(this.#session, task.path), {
      snapshot: run.kind === 'verify' ? run.restorePoint : undefined,
      // A directory just made needs no listing, unless an earlier claim may have written into it.
      wanted: task.side !== 'source' || isRepeat || isResumed,
      ...from(at?.destinationMarker),
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
    const directories = this.#current === undefined ? [...rest] : [this.#current, ...rest];
    if (this.#position === undefined) return { kind: 'scan', directories };
    const position = { ...this.#position, noted: this.#entries.noted };
    return { kind: 'scan', directories, position, ...(this.#hash !== undefined && { hash: this.#hash }) };
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
