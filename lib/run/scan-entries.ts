import {
  type DirectoryEntry,
  type DirectoryTask,
  type Entry,
  type FileEntry,
  type FileTask,
  isListingAgain,
  joinPath,
  type SharePath,
} from '../model/index.ts';
import {
  type Action,
  type DirectoryAction,
  type EntryPair,
  type FileAction,
  distrustMarginMs,
  planEntry,
  type PlanContext,
  type Selection,
} from '../plan/index.ts';
import type { RunContext } from './context.ts';
import { destinationOf, destinationPath } from './copy-file.ts';
import { makeDirectory, noteEntryFailure } from './entry-steps.ts';
import { FileWriter } from './file-writer.ts';
import { countRenamed } from './guard.ts';
import { planContext } from './plan-context.ts';
import { selectionBefore, selectionOf } from './selection.ts';
import { noteFile } from './file-notes.ts';
import { KeptDirectories } from './kept-directories.ts';
import { digestFor } from './listed-digest.ts';
import type { ShardSession } from './shard-session.ts';
import { type Noted, Visit } from './visit.ts';

/** A path that only the destination has, at its top; for the delete phase. */
export interface DeleteNote {
  readonly path: SharePath;
  readonly kind: Entry['kind'];
  readonly lastModifiedMs: number;
  /** Of a file. */
  readonly sizeBytes?: number;
}

/** A directory whose own times, attributes, permission and metadata are to be set or compared when all is quiet. */
export interface DirectoryNote {
  readonly path: SharePath;
  /** In a dated restore point: the directory of the date that it is read from. */
  readonly from?: string;
  readonly made: boolean;
  /** Files in it were overwritten, which leaves its own times alone: there is only to check it at the end. */
  readonly checkOnly?: boolean;
  /** Of the selected entries that the scan listed in the source snapshot; absent where it did not see all at one go. */
  readonly digest?: string;
}

/** An entry whose name the other kind holds at the destination until the delete phase is over. */
export type LateNote =
  | { readonly kind: 'file'; readonly file: FileTask }
  | { readonly kind: 'directory'; readonly path: SharePath; readonly dates?: readonly string[] };

/** Where a restore goes other ways than a backup. */
export interface EntryPolicy {
  /** Whether a directory that is there keeps its own name, times, attributes, permission and metadata. */
  leaves(path: SharePath, held?: DirectoryEntry): boolean;
  /** Whether a directory is made only when something in it is copied. */
  isMadeLater(path: SharePath): boolean;
  /** In a dated restore point: the date whose directory of this path has the properties. */
  dateOf(path: SharePath): string | undefined;
  /** Makes the directories above an entry that is about to be made, where they were left for later. */
  makeAbove(path: SharePath): Promise<void>;
}

export const fileTaskOf = (path: SharePath, file: FileEntry): FileTask => ({
  path,
  sizeBytes: file.sizeBytes,
  times: file.times,
  attributes: file.attributes,
  permissionKey: file.permissionKey,
  ...(file.dates?.[0] !== undefined && { from: file.dates[0] }),
});

/** Does what the plan says about the entries of one directory after the other. */
export class ScanEntries {
  readonly #session: ShardSession;
  readonly #push: (task: DirectoryTask) => void;
  readonly #selection: Selection;
  readonly #files: FileWriter;
  readonly #plan: PlanContext;
  readonly #repairs: ReadonlySet<SharePath>;
  readonly #before: Selection | undefined;
  #visit = new Visit({ path: '', side: 'both' }, 'nothing');
  readonly #policy: EntryPolicy | undefined;
  readonly #kept: KeptDirectories;

  constructor(
    context: RunContext,
    session: ShardSession,
    { push, policy }: { push: (task: DirectoryTask) => void; policy?: EntryPolicy | undefined },
  ) {
    this.#session = session;
    this.#push = push;
    this.#policy = policy;
    const { run } = session;
    this.#selection = selectionOf(run);
    this.#files = new FileWriter(context, session, {
      held: (task) => session.destination.getFile(destinationOf(session, task), {}),
      ...(policy && { prepare: ({ path }) => policy.makeAbove(path) }),
    });
    this.#plan = planContext(session);
    this.#repairs = new Set(run.repairs?.paths);
    this.#before = selectionBefore(run);
    this.#kept = new KeptDirectories(session);
  }

  /**
   * Begins a directory, or goes on in one of which something is `noted`. The root, and all directories of a shard that came
   * again, are looked at when all is quiet.
   */
  async enter(task: DirectoryTask, noted: Noted = 'nothing'): Promise<void> {
    // One that this run makes is noted with its making.
    const isMade = task.side === 'source' && task.path !== '';
    const begun = task.noted === true || isMade ? 'changed' : noted;
    this.#visit = new Visit(task, begun, task.side === 'both' ? digestFor(this.#session) : undefined);
    const isLookedAt = task.path === '' || task.changed === true || this.#session.isRepeat;
    if (task.side !== 'destination' && isLookedAt) this.#touch();
  }

  /** The source's listing of the directory has been taken from its beginning to its end. */
  end(): void {
    this.#visit.end();
  }

  async take(pair: EntryPair): Promise<void> {
    const { source, destination } = pair;
    const either = source ?? destination;
    if (either === undefined) return;
    const path = joinPath(this.#visit.task.path, either.name);
    const action = this.#orWhole(path, this.#planOf(path, either, pair), source);
    if (action.kind === 'excluded')
      return source === undefined ? this.#kept.keep(this.#visit.task) : this.#count('excluded');
    this.countFound(pair);
    if (this.#isToBeRenamed(action, source) && !(await this.#renameCase(source, destination))) return;
    if (this.#session.run.dryRun && this.#isTold(path, action)) this.#files.wouldDo(path, action, source);
    if (source === undefined) this.#noteExtra(path, action, destination);
    else if (action.kind === 'late') this.#late(path, source, destination);
    else if (source.kind === 'file') await this.#file(path, action as FileAction, { source, destination });
    else await this.#directory(path, action as DirectoryAction, { source, held: directoryOf(destination) });
  }

  #planOf(path: SharePath, either: Entry, { source, destination }: EntryPair): Action {
    const excluded = this.#selection.leavesOut(path, either);
    // What is beneath a directory that has to give way goes with it, also where deletions are kept.
    const deletions = this.#visit.task.side === 'destination' ? 'mirror' : this.#plan.deletions;
    return planEntry(source, destination, { ...this.#plan, excluded, deletions });
  }

  /** Notes the current directory, whether or not anything in it changes. */
  noteChanged(): void {
    if (this.#visit.task.side !== 'destination') this.#touch();
  }

  get noted(): Noted {
    return this.#visit.noted;
  }

  /** Does to a file what another shard has decided, and noted, about it. */
  async act(task: FileTask, action: FileAction): Promise<void> {
    await this.#files.add(task, action, () => undefined);
  }

  /** Waits until all copies of the entries taken so far have ended or are handed on. */
  async settle(): Promise<void> {
    await this.#files.settle();
  }

  #noteExtra(path: SharePath, action: Action, destination: Entry | undefined): void {
    if (action.kind === 'delete' && destination !== undefined) this.#noteDelete(path, destination);
  }

  async #directory(
    path: SharePath,
    action: DirectoryAction,
    { source, held }: { source: DirectoryEntry; held: DirectoryEntry | undefined },
  ): Promise<void> {
    if (action.kind === 'make-directory') {
      if (this.#policy?.isMadeLater(path) === true) return this.#push({ path, side: 'source' });
      return this.#makeDirectory(path, source);
    }
    const changed = action.differs || action.touched;
    // A restore has to see what is held there.
    const noted = changed && this.#policy !== undefined;
    if (noted) this.#noteDirectory({ path, made: false }, held);
    this.#push({ path, side: 'both', ...(changed && (noted ? { noted } : { changed })) });
  }

  /** A restore's dry run says nothing of what stays as it is. */
  #isTold(path: SharePath, action: Action): boolean {
    if (this.#policy === undefined) return true;
    return action.kind !== 'keep' && (action.kind !== 'enter-directory' || !this.#policy.leaves(path));
  }

  #isToBeRenamed(action: Action, source: Entry | undefined): boolean {
    if (!('renameCase' in action) || !action.renameCase || source === undefined) return false;
    return source.kind === 'file' || this.#policy?.leaves(joinPath(this.#visit.task.path, source.name)) !== true;
  }

  /** Whether a file of the destination may be an unfinished copy of this run, or of the one that it repeats. */
  isDistrusted({ lastModifiedMs }: FileEntry): boolean {
    const { distrustSinceMs } = this.#plan;
    return distrustSinceMs !== undefined && lastModifiedMs >= distrustSinceMs - distrustMarginMs;
  }

  /** For whoever writes to the current directory besides: it is looked at when all is quiet. */
  touchCurrent(): void {
    this.#touch();
  }

  /** Whatever it looks like: the content of a file was found to differ, or it was left out and what became of it meanwhile is not known. */
  #orWhole(path: SharePath, action: Action, source: Entry | undefined): Action {
    const isFile = action.kind !== 'enter-directory' && action.kind !== 'copy' && 'renameCase' in action;
    if (!isFile || source === undefined) return action;
    const isDue = this.#repairs.has(path) || this.#before?.leavesOut(path, source) === true;
    return isDue ? { kind: 'copy', reason: 'full', renameCase: action.renameCase } : action;
  }

  async #file(
    path: SharePath,
    action: FileAction,
    of: { source: FileEntry; destination: Entry | undefined },
  ): Promise<void> {
    const { source, destination } = of;
    const written = this.#isWritten(destination);
    if (action.kind === 'none') {
      noteFile(this.#session, { ...source, path }, 'unchanged');
      if (written) this.#session.tally.foundWritten += 1;
      return this.#count('unchanged');
    }
    // The writer comes to it when the walk may be in another directory.
    const visit = this.#visit;
    const task = { ...fileTaskOf(path, source), ...(written && { written }) };
    await this.#files.add(task, action, () => this.#touchForCopy(action, visit));
  }

  /** Whether an earlier scan, or lost turn, of this run seems to have written the file. A restore cannot tell its own from others'. */
  #isWritten(destination: Entry | undefined): boolean {
    const { run, isRepeat } = this.#session;
    if (!(isListingAgain(run) || isRepeat) || run.dryRun || run.restore !== undefined || destination === undefined)
      return false;
    return destination.lastModifiedMs >= run.startedAtDestinationMs - 1_000;
  }

  /** Takes note of one selected entry of the source, and counts it and what the destination has of its name. */
  countFound(pair: EntryPair): void {
    const { source, destination } = pair;
    const { tally, run } = this.#session;
    if (source !== undefined) this.#visit.see(source);
    if (source?.kind === 'directory') tally.counts.directories += 1;
    if (source?.kind === 'file') {
      tally.counts.files += 1;
      tally.bytesScanned += source.sizeBytes;
    }
    // The guard looks at what the first pass has found: a later one finds what this run has made of it.
    if (run.pass > 1) return;
    if (this.#visit.task.side === 'both') countRenamed(this.#session, this.#visit.renamed, pair);
    if (destination === undefined) return;
    tally.found += 1;
    if (destination.kind === 'file') tally.foundFiles += 1;
    if (this.#visit.task.side === 'destination') tally.toDelete += 1;
  }

  #count(name: 'excluded' | 'unchanged'): void {
    this.#session.tally.counts[name] += 1;
  }

  /** Only the top of what the destination has too much is noted; what is beneath is walked to be counted. */
  #noteDelete(path: SharePath, destination: Entry): void {
    const isTop = this.#visit.task.side !== 'destination';
    const extra = (this.#visit.task.extra ?? 0) + 1;
    if (destination.kind === 'directory') this.#push({ path, side: 'destination', extra });
    if (this.#session.run.dryRun) this.#session.tally.counts.deleted += 1;
    if (!isTop) return;
    if (this.#session.run.pass === 1) this.#session.tally.toDelete += 1;
    if (this.#session.run.dryRun) return;
    const { kind, lastModifiedMs } = destination;
    const size = destination.kind === 'file' ? { sizeBytes: destination.sizeBytes } : {};
    const note: DeleteNote = { path, kind, lastModifiedMs, ...size };
    this.#session.note('delete', note);
    this.#touch();
  }

  #late(path: SharePath, source: Entry, destination: Entry | undefined): void {
    if (destination === undefined) return;
    this.#noteDelete(path, destination);
    if (this.#session.run.dryRun) {
      if (source.kind === 'directory') this.#push({ path, side: 'source' });
      return;
    }
    const note: LateNote =
      source.kind === 'file'
        ? { kind: 'file', file: fileTaskOf(path, source) }
        : { kind: 'directory', path, ...(source.dates && { dates: source.dates }) };
    this.#session.note('late', note);
  }

  async #makeDirectory(path: SharePath, source: DirectoryEntry): Promise<void> {
    if (this.#session.run.dryRun) {
      this.#session.tally.counts.directoriesMade += 1;
      this.#push({ path, side: 'source' });
      return;
    }
    try {
      await this.#policy?.makeAbove(path);
      const side = await makeDirectory(this.#session, path, source);
      this.#noteDirectory({ path, made: side === 'source' });
      this.#touch();
      this.#push({ path, side, noted: true });
    } catch (error) {
      noteEntryFailure(this.#session, path, error);
    }
  }

  /** False when it was refused: what the name stands for is then left alone. */
  async #renameCase(source: Entry | undefined, destination: Entry | undefined): Promise<boolean> {
    if (this.#session.run.dryRun || source === undefined || destination === undefined) return true;
    const from = destinationPath(this.#session, joinPath(this.#visit.task.path, destination.name));
    const to = destinationPath(this.#session, joinPath(this.#visit.task.path, source.name));
    try {
      await this.#session.destination.renameEntry(source.kind, from, to);
    } catch (error) {
      noteEntryFailure(this.#session, joinPath(this.#visit.task.path, source.name), error);
      return false;
    }
    this.#touch();
    if (source.kind === 'directory')
      this.#noteDirectory({ path: joinPath(this.#visit.task.path, source.name), made: false });
    return true;
  }

  /** The current directory gets an entry, or loses one: its own times must be set again. */
  #touch(visit = this.#visit, as: 'changed' | 'overwritten' = 'changed'): void {
    const note = visit.touch(as, (held) => this.#session.holdsNote('directory', held));
    if (note !== undefined) this.#noteDirectory(note);
  }

  #touchForCopy(action: FileAction, visit: Visit): void {
    this.#touch(visit, action.kind === 'copy' && action.reason === 'missing' ? 'changed' : 'overwritten');
  }

  #noteDirectory(note: DirectoryNote, held?: DirectoryEntry): void {
    if (this.#session.run.dryRun) return;
    // The visit goes on to tell what it finds by the same note.
    if (this.#policy === undefined) return this.#session.note('directory', note);
    const isLeft = !note.made && this.#policy.leaves(note.path, held);
    const from = this.#policy.dateOf(note.path);
    this.#session.note('directory', {
      ...note,
      ...(isLeft && { checkOnly: true }),
      ...(from !== undefined && { from }),
    });
  }
}

const directoryOf = (entry: Entry | undefined): DirectoryEntry | undefined =>
  entry?.kind === 'directory' ? entry : undefined;
