/** What a verification does about entries of a dated restore point: each selected file of the source has its newest version compared. */
import {
  type DirectoryTask,
  type Entry,
  type FileEntry,
  joinPath,
  type Sample,
  type SharePath,
} from '../model/index.ts';
import type { EntryPair, Selection } from '../plan/index.ts';
import type { RunContext } from './context.ts';
import { versionDifference } from './dated-versions.ts';
import { SampledFiles } from './sampled-files.ts';
import { selectionOf } from './selection.ts';
import type { ShardSession } from './shard-session.ts';

/** What the source does not have any more stays in this mode, and directories are there for their files alone. */
export class VerifyDated {
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

  async enter(task: DirectoryTask): Promise<void> {
    this.#task = task;
  }

  async take({ source, destination }: EntryPair): Promise<void> {
    if (source === undefined) return;
    const path = joinPath(this.#task.path, source.name);
    if (this.#selection.leavesOut(path, source)) return;
    const { counts } = this.#session.tally;
    if (source.kind === 'file') {
      counts.files += 1;
      return this.#file(path, source, destination);
    }
    counts.directories += 1;
    const dates = destination?.kind === 'directory' ? [...(destination.dates ?? [])] : [];
    this.#push({ path, side: 'both', dates });
  }

  async settle(): Promise<void> {
    await this.#content.settle();
  }

  async #file(path: SharePath, source: FileEntry, held: Entry | undefined): Promise<void> {
    const difference = versionDifference(source, held, this.#session.run.compareChangeTime);
    if (difference === undefined) {
      this.#session.tally.counts.unchanged += 1;
      return this.#content.add(sampleOf(path, source, held));
    }
    this.#session.tally.verified.differing += 1;
    // What is there may be an earlier version: it is left, and the right one filed by the date of the run that mends it.
    this.#session.note('mismatch', sampleOf(path, source, undefined));
    this.#session.noteFailure({ path, operation: 'Verify', code: 'RestorePointDiffers', message: difference });
  }
}

function sampleOf(path: SharePath, { sizeBytes, times }: FileEntry, held: Entry | undefined): Sample {
  const { lastWrite, change } = times;
  const date = held?.dates?.[0];
  return { path, ...(date !== undefined && { into: date }), sizeBytes, lastWrite, change, as: 'unchanged' };
}
