/** Dated mode: what is new or changed since the previous source snapshot goes under the directory of its date. */
import {
  noCounts,
  type DirectoryEntry,
  type DirectoryTask,
  type Entry,
  type FileEntry,
  type FileTask,
  isFullRun,
  joinPath,
  parentPath,
  type SharePath,
} from '../model/index.ts';
import {
  type Action,
  datedDirectory,
  everything,
  type EntryPair,
  type FileAction,
  planEntry,
  type PlanContext,
  RenamedFiles,
  type Selection,
} from '../plan/index.ts';
import type { RunContext } from './context.ts';
import { destinationPath, settingsFor, sourcePath } from './copy-file.ts';
import { clearingReadOnly, deleteTree } from './delete.ts';
import { isOtherKind } from './entry-steps.ts';
import { FileWriter } from './file-writer.ts';
import { countRenamed } from './guard.ts';
import { fileTaskOf } from './scan-entries.ts';
import { parseSnapshotMs } from './snapshots.ts';
import { selectionOf } from './selection.ts';
import type { ShardSession } from './shard-session.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** Pairs here are the source's snapshots, new and previous: the destination is not listed, and nothing is deleted. */
export class DatedEntries {
  readonly #session: ShardSession;
  readonly #push: (task: DirectoryTask) => void;
  readonly #selection: Selection;
  readonly #files: FileWriter;
  readonly #plan: PlanContext;
  readonly #runAt: string;
  readonly #dayAfterRun: string;
  readonly #made = new Map<SharePath, Promise<void>>();
  #task: DirectoryTask = { path: '', side: 'both' };
  #renamed = new RenamedFiles();

  constructor(context: RunContext, session: ShardSession, push: (task: DirectoryTask) => void) {
    this.#session = session;
    this.#push = push;
    const { run } = session;
    this.#selection = selectionOf(run);
    this.#plan = {
      compareChangeTime: run.job.compare !== 'size-and-time',
      compareMd5: run.job.compare === 'md5',
      diffTouched: run.job.compare !== 'size-and-time',
      full: isFullRun(run),
      deletions: 'keep',
      ...(run.baseSnapshot === undefined ? {} : { baseSnapshotMs: parseSnapshotMs(run.baseSnapshot) }),
    };
    this.#runAt = run.sourceSnapshot ?? new Date(run.createdAtMs).toISOString();
    this.#dayAfterRun = new Date(Date.parse(this.#runAt) + dayMs).toISOString().slice(0, 10);
    this.#files = new FileWriter(context, session, {
      // A change of properties alone is a new version too, and a version is a whole file.
      wholeFiles: true,
      held: (task) => session.source.getFile(sourcePath(session, task.path), { snapshot: run.baseSnapshot }),
      prepare: (task) => this.#make(parentPath(joinPath(task.into ?? '', task.path)), task.into ?? ''),
      // A directory saved under the file's name on the same date gives way; its versions are in earlier restore points.
      giveWay: async (task) => {
        await deleteTree(session, joinPath(task.into ?? '', task.path), everything);
      },
    });
  }

  async enter(task: DirectoryTask): Promise<void> {
    this.#task = task;
    this.#renamed = new RenamedFiles();
  }

  async take(pair: EntryPair): Promise<void> {
    this.#countForGuard(pair);
    const { source, destination: before } = pair;
    if (source === undefined) return;
    const path = joinPath(this.#task.path, source.name);
    // Counted once, however often a run goes over everything.
    const counts = this.#session.run.pass === 1 ? this.#session.tally.counts : noCounts();
    if (this.#selection.leavesOut(path, source)) {
      counts.excluded += 1;
      return;
    }
    if (source.kind === 'directory') {
      counts.directories += 1;
      this.#push({ path, side: this.#isAllNew(source, before) ? 'source' : 'both' });
      return;
    }
    counts.files += 1;
    if (this.#session.run.pass === 1) this.#session.tally.bytesScanned += source.sizeBytes;
    const action = this.#decide(source, before);
    if (action.kind === 'none') counts.unchanged += 1;
    else {
      this.#countChanged(action, before);
      await this.#copy(path, source, action);
    }
  }

  /** Nothing is deleted or overwritten, so that of the guards only the one against encryption has something to say. */
  #countForGuard(pair: EntryPair): void {
    const before = pair.destination;
    const either = pair.source ?? before;
    if (either === undefined || this.#selection.leavesOut(joinPath(this.#task.path, either.name), either)) return;
    if (this.#session.run.pass === 1 && before?.kind === 'file') this.#session.tally.foundFiles += 1;
    if (this.#task.side === 'both') countRenamed(this.#session, this.#renamed, pair);
  }

  #countChanged(action: FileAction, before: Entry | undefined): void {
    if (before?.kind !== 'file' || action.kind !== 'copy' || action.reason === 'full') return;
    if (this.#session.run.pass === 1) this.#session.tally.changed += 1;
  }

  /** Nothing is noted of directories in this mode. */
  readonly noted = 'nothing';
  noteChanged(): void {}

  /** Does to a file what another shard has decided about it. */
  async act(task: FileTask, action: FileAction): Promise<void> {
    await this.#files.add(task, action, () => undefined);
  }

  async settle(): Promise<void> {
    await this.#files.settle();
  }

  async #copy(path: SharePath, source: FileEntry, action: FileAction): Promise<void> {
    const { job, destination, dryRun } = this.#session.run;
    const dateBy = destination.dateBy ?? job.dateBy ?? 'modified';
    const into = datedDirectory({
      lastWrite: source.times.lastWrite,
      runAt: this.#runAt,
      dayAfterRun: this.#dayAfterRun,
      dateBy,
    });
    if (dryRun) this.#files.wouldDo(path, action, source);
    await this.#files.add({ ...fileTaskOf(path, source), into }, action, () => undefined);
  }

  #decide(source: FileEntry, before: Entry | undefined): FileAction {
    const since = this.#session.run.datedSinceMs;
    if (since !== undefined && this.#task.side !== 'source') {
      const isNew = source.lastModifiedMs >= Math.floor(since / 1000) * 1000;
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
  #isAllNew(directory: DirectoryEntry, before: Entry | undefined): boolean {
    const since = this.#session.run.datedSinceMs;
    if (since === undefined) return before?.kind !== 'directory';
    return this.#task.side === 'source' || Date.parse(directory.times.change) >= since;
  }

  /** The directory and those above it, each once in a turn, with the source's attributes and permissions. */
  #make(path: SharePath, date: string): Promise<void> {
    const known = this.#made.get(path);
    if (known !== undefined) return known;
    const making = this.#makeNow(path, date);
    making.catch(() => this.#made.delete(path));
    this.#made.set(path, making);
    return making;
  }

  async #makeNow(path: SharePath, date: string): Promise<void> {
    if (path === '') return;
    await this.#make(parentPath(path), date);
    const { source, destination, run, tally } = this.#session;
    const at = destinationPath(this.#session, path);
    const from =
      path === date
        ? undefined
        : await source.getDirectory(sourcePath(this.#session, path.slice(date.length + 1)), {
            snapshot: run.sourceSnapshot,
          });
    const settings = from === undefined ? {} : await settingsFor(this.#session, from);
    const { times: _times, ...kept } = { times: undefined, ...settings };
    const make = () => destination.createDirectory(at, { ...kept, metadata: from?.metadata ?? {} });
    try {
      if (await make()) tally.counts.directoriesMade += 1;
    } catch (error) {
      if (!isOtherKind(error)) throw error;
      // A file of this name was saved on the same date; its version is in an earlier restore point.
      await clearingReadOnly(this.#session, path, 'file', async () => {
        await destination.deleteFile(at);
      });
      if (await make()) tally.counts.directoriesMade += 1;
    }
  }
}

const asTheyAre: ReadonlySet<string> = new Set(['none', 'copy', 'compare-properties', 'compare-md5']);

/** Whatever differs is a new version; only where no time tells is a second look needed. */
const asCopy = (action: Action): FileAction =>
  asTheyAre.has(action.kind) || (action.kind === 'compare-ranges' && !action.propertiesDiffer)
    ? (action as FileAction)
    : { kind: 'copy', reason: 'changed', renameCase: false };
