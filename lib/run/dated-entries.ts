/** Dated mode: what is new or changed since the previous source snapshot goes under the directory of its date. */
import {
  type DirectoryEntry,
  type DirectoryTask,
  type Entry,
  type FileEntry,
  type FileTask,
  isFullRun,
  joinPath,
  type SharePath,
  type WrongVersion,
} from '../model/index.ts';
import {
  type Action,
  type EntryPair,
  type FileAction,
  planEntry,
  type PlanContext,
  RenamedFiles,
  type Selection,
} from '../plan/index.ts';
import type { RunContext } from './context.ts';
import { sourcePath } from './copy-file.ts';
import { DatedDirectories } from './dated-directories.ts';
import { dateFor } from './dated-versions.ts';
import { noteFile } from './file-notes.ts';
import { FileWriter } from './file-writer.ts';
import { countRenamed } from './guard.ts';
import { fileTaskOf } from './scan-entries.ts';
import { parseSnapshotMs } from './snapshots.ts';
import { selectionBefore, selectionOf } from './selection.ts';
import type { ShardSession } from './shard-session.ts';

/** Pairs here are the source's snapshots, new and previous: the destination is not listed, and nothing is deleted. */
export class DatedEntries {
  readonly #session: ShardSession;
  readonly #push: (task: DirectoryTask) => void;
  readonly #selection: Selection;
  /** What no run has taken yet is new, although the base has it. */
  readonly #before: Selection | undefined;
  readonly #files: FileWriter;
  readonly #plan: PlanContext;
  readonly #repairs = new Map<SharePath, WrongVersion[]>();
  #task: DirectoryTask = { path: '', side: 'both' };
  #renamed = new RenamedFiles();

  constructor(context: RunContext, session: ShardSession, push: (task: DirectoryTask) => void) {
    this.#session = session;
    this.#push = push;
    const { run } = session;
    this.#selection = selectionOf(run);
    this.#before = selectionBefore(run);
    this.#plan = {
      compareChangeTime: run.job.compare !== 'size-and-time',
      compareMd5: run.job.compare === 'md5',
      diffTouched: run.job.compare !== 'size-and-time',
      full: isFullRun(run),
      deletions: 'keep',
      ...(run.baseSnapshot === undefined ? {} : { baseSnapshotMs: parseSnapshotMs(run.baseSnapshot) }),
    };
    for (const wrong of run.repairs?.versions ?? []) {
      this.#repairs.set(wrong.path, [...(this.#repairs.get(wrong.path) ?? []), wrong]);
    }
    const directories = new DatedDirectories(session);
    this.#files = new FileWriter(context, session, {
      // A change of properties alone is a new version too, and a version is a whole file.
      wholeFiles: true,
      held: (task) => session.source.getFile(sourcePath(session, task.path), { snapshot: run.baseSnapshot }),
      prepare: (task) => directories.makeAbove(task),
    });
  }

  async enter(task: DirectoryTask): Promise<void> {
    this.#task = task;
    this.#renamed = new RenamedFiles();
  }

  async take(pair: EntryPair): Promise<void> {
    this.#countForGuard(pair);
    const { source } = pair;
    if (source === undefined) return;
    const path = joinPath(this.#task.path, source.name);
    const before = this.#taken(path, pair.destination);
    const { counts } = this.#session.tally;
    if (this.#selection.leavesOut(path, source)) {
      counts.excluded += 1;
      return;
    }
    if (source.kind === 'directory') {
      counts.directories += 1;
      this.#push({ path, side: this.#isAllNew(path, source, before) ? 'source' : 'both' });
      return;
    }
    counts.files += 1;
    this.#session.tally.bytesScanned += source.sizeBytes;
    const action = this.#decide(path, source, before);
    const wrong = action.kind === 'copy' ? undefined : this.#wrongVersion(path, source);
    if (wrong !== undefined) await this.#copy(path, source, { action: copyAgain, into: wrong.into });
    else if (action.kind === 'none') {
      counts.unchanged += 1;
      noteFile(this.#session, fileTaskOf(path, source), 'unchanged');
    } else {
      this.#countChanged(action, before);
      await this.#copy(path, source, { action });
    }
  }

  /** What a verification found wrong of this very version. Of another there is nothing left to make it good from. */
  #wrongVersion(path: SharePath, { sizeBytes, times }: FileEntry): WrongVersion | undefined {
    const wrong = this.#repairs.get(path);
    return wrong?.find((one) => one.sizeBytes === sizeBytes && one.lastWrite === times.lastWrite);
  }

  /** Nothing is deleted or overwritten, so that the guards have less to say: what was there before stands for the destination. */
  #countForGuard(pair: EntryPair): void {
    const before = pair.destination;
    const either = pair.source ?? before;
    if (either === undefined || this.#selection.leavesOut(joinPath(this.#task.path, either.name), either)) return;
    const { run, tally } = this.#session;
    if (run.pass === 1 && before !== undefined) tally.found += 1;
    if (run.pass === 1 && before?.kind === 'file') tally.foundFiles += 1;
    if (this.#task.side === 'both') countRenamed(this.#session, this.#renamed, pair);
  }

  #countChanged(action: FileAction, before: Entry | undefined): void {
    if (before?.kind !== 'file' || action.kind !== 'copy' || action.reason === 'full') return;
    if (this.#session.run.pass === 1) this.#session.tally.changed += 1;
  }

  /** Nothing is noted of directories in this mode. */
  readonly noted = 'nothing';
  noteChanged(): void {}
  end(): void {}

  /** Does to a file what another shard has decided about it. */
  async act(task: FileTask, action: FileAction): Promise<void> {
    await this.#files.add(task, action, () => undefined);
  }

  async settle(): Promise<void> {
    await this.#files.settle();
  }

  async #copy(
    path: SharePath,
    source: FileEntry,
    { action, into }: { readonly action: FileAction; readonly into?: string | undefined },
  ): Promise<void> {
    const date = into ?? dateFor(this.#session.run, source.times.lastWrite);
    if (this.#session.run.dryRun) this.#files.wouldDo(path, action, source);
    await this.#files.add({ ...fileTaskOf(path, source), into: date }, action, () => undefined);
  }

  #decide(path: SharePath, source: FileEntry, before: Entry | undefined): FileAction {
    const since = this.#session.run.datedSinceMs;
    if (since !== undefined && !this.#plan.full && this.#task.side !== 'source') {
      const isNew = source.lastModifiedMs >= Math.floor(since / 1000) * 1000 || this.#wasLeftOut(path, source);
      return isNew
        ? { kind: 'copy', reason: 'modified', renameCase: false }
        : { kind: 'none', reason: 'equal', renameCase: false };
    }
    return asCopy(planEntry(source, before?.kind === 'file' ? before : undefined, this.#plan));
  }

  /**
   * A directory that the base lacks is new with all it holds. Without the base, one that changed may hold anything moved
   * there with its old times.
   */
  #isAllNew(path: SharePath, directory: DirectoryEntry, before: Entry | undefined): boolean {
    const since = this.#session.run.datedSinceMs;
    if (since === undefined) return before?.kind !== 'directory';
    const isMoved = Date.parse(directory.times.change) >= since;
    return this.#task.side === 'source' || isMoved || this.#wasLeftOut(path, directory);
  }

  /** What the base has of a name, if the run that backed it up has taken it. */
  #taken(path: SharePath, before: Entry | undefined): Entry | undefined {
    return before === undefined || this.#wasLeftOut(path, before) ? undefined : before;
  }

  #wasLeftOut = (path: SharePath, entry: Entry): boolean => this.#before?.leavesOut(path, entry) === true;
}

const copyAgain: FileAction = { kind: 'copy', reason: 'full', renameCase: false };

const asTheyAre: ReadonlySet<string> = new Set(['none', 'copy', 'compare-properties', 'compare-md5']);

/** Whatever differs is a new version; only where no time tells is a second look needed. */
const asCopy = (action: Action): FileAction =>
  asTheyAre.has(action.kind) || (action.kind === 'compare-ranges' && !action.propertiesDiffer)
    ? (action as FileAction)
    : { kind: 'copy', reason: 'changed', renameCase: false };
