/** Entries of a restore point beside what is at the place restored to: what is missing is copied, what is there is kept to a rule. */
import {
  type DirectoryTask,
  type Entry,
  type FileEntry,
  type FileTask,
  joinPath,
  type SharePath,
} from '../model/index.ts';
import type { EntryPair, FileAction, Selection } from '../plan/index.ts';
import type { RunContext } from './context.ts';
import { noteEntryFailure } from './entry-steps.ts';
import { FileWriter } from './file-writer.ts';
import { isEqualListed, isUnfinished, nameBeside } from './name-beside.ts';
import { RestorePolicy } from './restore-policy.ts';
import { fileTaskOf, ScanEntries } from './scan-entries.ts';
import { selectionOf } from './selection.ts';
import type { ShardSession } from './shard-session.ts';
import type { Noted } from './visit.ts';

export class RestoreEntries {
  readonly #session: ShardSession;
  readonly #selection: Selection;
  readonly #policy: RestorePolicy;
  /** What does not conflict is dealt with as in a backup. */
  readonly #scan: ScanEntries;
  readonly #beside: FileWriter;
  #task: DirectoryTask = { path: '', side: 'both' };
  /** Of the entry that is dealt with. */
  #dates: readonly string[] | undefined;

  constructor(context: RunContext, session: ShardSession, push: (task: DirectoryTask) => void) {
    this.#session = session;
    this.#selection = selectionOf(session.run);
    this.#policy = new RestorePolicy(session, this.#selection);
    this.#scan = new ScanEntries(context, session, {
      push: (task) => push(this.#dates === undefined ? task : { ...task, dates: [...this.#dates] }),
      policy: this.#policy,
    });
    this.#beside = new FileWriter(context, session, {
      held: async () => undefined,
      prepare: ({ path }) => this.#policy.makeAbove(path),
    });
  }

  get noted(): Noted {
    return this.#scan.noted;
  }

  noteChanged(): void {
    this.#scan.noteChanged();
  }

  async enter(task: DirectoryTask, noted?: Noted): Promise<void> {
    this.#task = task;
    this.#policy.enter(task);
    await this.#scan.enter(task, noted);
  }

  /** What a restore wrote is compared with both sides listed. */
  end(): void {}

  async act(task: FileTask, action: FileAction): Promise<void> {
    await this.#scan.act(task, action);
  }

  async take(pair: EntryPair): Promise<void> {
    const { source, destination } = pair;
    this.#dates = source?.dates;
    if (source?.dates !== undefined) this.#policy.take(source.dates, joinPath(this.#task.path, source.name));
    const rule = this.#session.run.restore?.onConflict;
    if (source === undefined || destination === undefined || rule === 'overwrite') return this.#scan.take(pair);
    const path = joinPath(this.#task.path, source.name);
    if (this.#selection.leavesOut(path, source)) return this.#scan.take(pair);
    if (source.kind === 'file') return this.#takeTaken(path, source, { ...pair, destination });
    if (destination.kind === 'directory') return this.#scan.take(pair);
    this.#scan.countFound(pair);
    this.#session.noteFailure({ path, operation: '', code: 'NameTaken', message: dirOverFile });
  }

  /** A file whose name is taken, and is not simply overwritten. */
  async #takeTaken(
    path: SharePath,
    source: FileEntry,
    pair: EntryPair & { readonly destination: Entry },
  ): Promise<void> {
    const { destination } = pair;
    if (await this.#isToBeCompared(path, source, destination)) return this.#scan.take(pair);
    this.#scan.countFound(pair);
    if (isEqualListed(this.#session, source, destination)) this.#count('unchanged');
    else if (this.#session.run.restore?.onConflict === 'rename') await this.#restoreBeside(path, source);
    else this.#skip(path, source);
  }

  async settle(): Promise<void> {
    await this.#scan.settle();
    await this.#beside.settle();
  }

  /**
   * Written since this restore began: by itself, and perhaps not to its end. An equal one is believed after a look at it; one
   * that is neither equal nor shows the signs of an unfinished copy is somebody else's.
   */
  async #isToBeCompared(path: SharePath, source: FileEntry, held: Entry): Promise<boolean> {
    if (held.kind !== 'file' || !this.#scan.isDistrusted(held)) return false;
    return isEqualListed(this.#session, source, held) || isUnfinished(this.#session, path, held);
  }

  #count(name: 'unchanged'): void {
    this.#session.tally.counts[name] += 1;
  }

  #skip(path: SharePath, source: FileEntry): void {
    this.#count('unchanged');
    this.#session.tally.skipped += 1;
    if (this.#session.run.dryRun)
      this.#session.note('action', { kind: 'skip', path, reason: 'exists', size: source.sizeBytes });
  }

  async #restoreBeside(path: SharePath, source: FileEntry): Promise<void> {
    try {
      const beside = await nameBeside(this.#session, path, source);
      if (beside.isThere) return this.#count('unchanged');
      this.#session.tally.besides += 1;
      const action = { kind: 'copy', reason: 'missing', renameCase: false } as const;
      if (this.#session.run.dryRun)
        this.#session.note('action', { kind: 'copy', path: beside.path, reason: 'renamed', size: source.sizeBytes });
      const task = { ...fileTaskOf(path, source), as: beside.path };
      await this.#beside.add(task, action, () => this.#scan.touchCurrent());
    } catch (error) {
      noteEntryFailure(this.#session, path, error);
    }
  }
}

const dirOverFile =
  'A file has the name of this directory; nothing beneath it was restored. Restore it to another place, or with overwrite.';
