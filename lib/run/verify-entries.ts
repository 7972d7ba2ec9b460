/** What a verification does about entries: compares the listings of both snapshots, and the content of files whose turn it is. */
import { type DirectoryTask, type Entry, type FileEntry, joinPath, type SharePath } from '../model/index.ts';
import type { EntryPair, Selection } from '../plan/index.ts';
import { differenceOf, isKeptForExcluded } from './check.ts';
import type { RunContext } from './context.ts';
import { SampledFiles } from './sampled-files.ts';
import { selectionOf } from './selection.ts';
import type { ShardSession } from './shard-session.ts';

export class VerifyEntries {
  /** Nothing is noted of directories. */
  readonly noted = 'nothing';
  readonly #session: ShardSession;
  readonly #push: (task: DirectoryTask) => void;
  readonly #selection: Selection;
  readonly #content: SampledFiles;
  #task: DirectoryTask = { path: '', side: 'both' };

  constructor(context: RunContext, session: ShardSession, push: (task: DirectoryTask) => void) {
    this.#session = session;
    this.#push = push;
    this.#selection = selectionOf(session.run);
    this.#content = new SampledFiles(context, session);
  }

  noteChanged(): void {}
  end(): void {}

  async enter(task: DirectoryTask): Promise<void> {
    this.#task = task;
  }

  async take(pair: EntryPair): Promise<void> {
    const { source, destination } = pair;
    if (this.#session.run.sourceGone === true) return this.#takeAlone(destination);
    const either = source ?? destination;
    if (either === undefined) return;
    const path = joinPath(this.#task.path, either.name);
    if (this.#selection.leavesOut(path, either)) return;
    const difference = await this.#differenceOf(path, pair);
    this.#count(source, difference === undefined);
    if (difference !== undefined) {
      this.#session.tally.verified.differing += 1;
      this.#session.note('mismatch', { path });
      this.#session.noteFailure({ path, operation: 'Verify', code: 'RestorePointDiffers', message: difference });
    }
    if (source === undefined || source.kind !== destination?.kind) return;
    if (source.kind === 'directory') this.#push({ path, side: 'both' });
    else if (difference === undefined) await this.#file(path, source);
  }

  /** Without the source there is nothing to compare a listing with: it tells how many files there are. */
  #takeAlone(held: Entry | undefined): void {
    if (held === undefined) return;
    const { counts, verified } = this.#session.tally;
    if (held.kind === 'file') {
      counts.files += 1;
      counts.unchanged += 1;
      verified.withoutHash += 1;
      return;
    }
    counts.directories += 1;
    this.#push({ path: joinPath(this.#task.path, held.name), side: 'destination' });
  }

  async settle(): Promise<void> {
    await this.#content.settle();
  }

  #count(source: Entry | undefined, isEqual: boolean): void {
    const { counts } = this.#session.tally;
    if (source?.kind === 'directory') counts.directories += 1;
    if (source?.kind === 'file') counts.files += 1;
    if (source?.kind === 'file' && isEqual) counts.unchanged += 1;
  }

  /** What only the restore point has may be there for the sake of what the selection leaves out. */
  async #differenceOf(path: SharePath, { source, destination }: EntryPair): Promise<string | undefined> {
    const difference = differenceOf(source, destination, this.#session.run);
    if (difference === undefined || source !== undefined) return difference;
    return (await isKeptForExcluded(this.#session, path, this.#selection)) ? undefined : difference;
  }

  async #file(path: SharePath, { sizeBytes, times }: FileEntry): Promise<void> {
    const { lastWrite, change } = times;
    await this.#content.add({ path, sizeBytes, lastWrite, change, as: 'unchanged' });
  }
}
