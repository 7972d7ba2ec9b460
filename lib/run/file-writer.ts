import {
  type Entry,
  type FileProperties,
  type FileTask,
  isFullRun,
  parentPath,
  type SharePath,
} from '../model/index.ts';
import type { Action, FileAction } from '../plan/index.ts';
import type { RunContext } from './context.ts';
import { copyFile, destinationOf, readBackFrom, setProperties } from './copy-file.ts';
import { givingWay } from './dated-directories.ts';
import { limitsNow } from './limits.ts';
import { noteEntryFailure } from './entry-steps.ts';
import { type BothSides, FileComparison } from './file-comparison.ts';
import { noteChange, noteFile } from './file-notes.ts';
import type { ShardSession } from './shard-session.ts';
import { WorkPool } from './work-pool.ts';

type PendingCopy = FileTask & { readonly copyId: string };

/** Copies of one shard at once: the account's limiter has the last word. */
const copiesAtOnce = 64;
/** Pending copies in one transfer, as far as one row holds their paths. */
const pendingPerTransfer = 500;
const pendingCharacters = 150_000;
/** Pending copies that wait for the end of a turn; more are looked at before others are begun. */
const mostPending = 1_000;

export interface FileWriterOptions {
  /** What the source's file is compared with, where the listing could not tell. */
  readonly held: (task: FileTask) => Promise<FileProperties | undefined>;
  /** Called before a file is copied. */
  readonly prepare?: (task: FileTask) => Promise<void>;
  /** Copies the whole file where its properties alone differ, and overwrites nothing that counts for the guard. */
  readonly wholeFiles?: boolean;
}

/** Brings files of the destination up to date, many at a time. */
export class FileWriter {
  readonly #context: RunContext;
  readonly #session: ShardSession;
  readonly #pool: WorkPool;
  readonly #options: FileWriterOptions;
  readonly #comparison: FileComparison;
  #pending: PendingCopy[] = [];
  #directory = '';
  #inDirectory = 0;

  constructor(context: RunContext, session: ShardSession, options: FileWriterOptions) {
    this.#options = options;
    this.#context = context;
    this.#session = session;
    this.#comparison = new FileComparison(session, { held: options.held, isOneShare: options.wholeFiles === true });
    this.#pool = new WorkPool(Math.min(copiesAtOnce, limitsNow(context, session.run.job).concurrentCopies));
  }

  /**
   * Begins with one file, as soon as there is room; of a directory with very many, leaves it to an action shard. `touch` is
   * called if it is written, or left.
   */
  async add(task: FileTask, action: FileAction, touch: () => void): Promise<void> {
    if (this.#isLeftToOthers(task)) {
      touch();
      this.#session.handOn(task, action);
      return;
    }
    if (this.#pending.length >= mostPending) await this.settle();
    await this.#pool.add(async () => {
      try {
        await this.#bring(task, action, touch);
      } catch (error) {
        noteEntryFailure(this.#session, task.path, error);
      }
    });
  }

  /** Waits for all, looks once at the copies still pending, and hands those that still are to a transfer. */
  async settle(): Promise<void> {
    await this.#pool.drain();
    this.#tellFallenBack();
    const pending = this.#pending.splice(0);
    for (const copy of pending) {
      await this.#pool.add(() =>
        settlePending(this.#context, this.#session, copy).then((left) => {
          if (left) this.#pending.push(copy);
        }),
      );
    }
    await this.#pool.drain();
    const left = this.#pending.splice(0);
    for (const files of transfersOf(left)) {
      this.#session.addChild({ kind: 'pending', files, sinceMs: this.#context.clock.now() });
    }
  }

  #isLeftToOthers(task: FileTask): boolean {
    const { run, work } = this.#session;
    if (run.dryRun || work.kind !== 'scan') return false;
    const directory = parentPath(task.path);
    this.#inDirectory = directory === this.#directory ? this.#inDirectory + 1 : 1;
    this.#directory = directory;
    return this.#inDirectory > this.#context.margins.filesInline;
  }

  /** What a dry run reports of an entry; what only a comparison can tell is added when it has been made. */
  wouldDo(path: SharePath, action: Action, source: Entry | undefined): void {
    if (undecided.has(action.kind)) return;
    if (action.kind === 'enter-directory' && !action.differs) return;
    const size = source?.kind === 'file' ? source.sizeBytes : 0;
    this.#session.note('action', { kind: action.kind, path, reason: action.reason, size });
  }

  #tellFallenBack(): void {
    const { run, shard } = this.#session;
    const { fellBack: files } = this.#comparison;
    if (files > 0) this.#context.telemetry.event('backup.compare.fellback', { runId: run.runId, shard, files });
    this.#comparison.fellBack = 0;
  }

  async #bring(task: FileTask, planned: FileAction, touch: () => void): Promise<void> {
    const { need, action, sides } = await this.#comparison.decide(task, planned);
    const { run, tally } = this.#session;
    if (run.dryRun && undecided.has(planned.kind) && need !== 'nothing') {
      this.#session.note('action', { kind: need, path: task.path, reason: action.reason, size: task.sizeBytes });
    }
    if (need === 'nothing') {
      tally.counts.unchanged += 1;
      if (task.written === true) this.#takeWritten(task);
      noteFile(this.#session, task, 'unchanged');
    } else if (need === 'set-properties' && this.#options.wholeFiles !== true) {
      touch();
      await this.#setProperties(task, sides);
    } else {
      await this.#write(task, action, touch);
    }
  }

  /** What a turn has written whose notes were lost with it is noted by the one that finds it; how it was written is not known. */
  #takeWritten(task: FileTask): void {
    this.#session.tally.foundWritten += 1;
    const { path, sizeBytes, times } = task;
    if (this.#session.isRepeat)
      noteChange(this.#session, { kind: 'copied', path, sizeBytes, lastWrite: times.lastWrite });
  }

  async #setProperties(task: FileTask, sides: BothSides | undefined): Promise<void> {
    if (!this.#session.run.dryRun) await setProperties(this.#context, this.#session, task, sides);
    this.#session.tally.floor += 2;
    this.#session.tally.counts.propertiesSet += 1;
    noteFile(this.#session, task, 'propertiesSet');
  }

  /** The base that what changed of a file may be told by; none where the destination's file is not surely the base's. */
  #baseFor({ path }: FileTask, action: FileAction): { base?: string } {
    const { run, isRepeat } = this.#session;
    const isSure = run.distrustSinceMs === undefined && !isRepeat && run.pass === 1 && !isFullRun(run);
    // What was found to have lost its content equals the base by its times, and in nothing else.
    const isSpoilt = run.repairs?.paths.includes(path) === true;
    const patches = this.#options.wholeFiles !== true && !isNew(action) && isSure && !isSpoilt;
    return patches && run.baseSnapshot !== undefined ? { base: run.baseSnapshot } : {};
  }

  async #write(task: FileTask, action: FileAction, touch: () => void): Promise<void> {
    const isCounted = this.#session.run.pass === 1 && this.#options.wholeFiles !== true && isOverwriting(action);
    if (isCounted) this.#session.tally.toOverwrite += 1;
    const isDone = await this.#copy(task, action, touch);
    if (isCounted && isDone) this.#session.tally.overwritten += 1;
  }

  /** False when it is left to a later look, or to a transfer. */
  async #copy(task: FileTask, action: FileAction, touch: () => void): Promise<boolean> {
    if (this.#session.run.dryRun) {
      this.#session.tally.counts.copied += 1;
      return false;
    }
    touch();
    await this.#options.prepare?.(task);
    const outcome = await givingWay(this.#session, task, () => copyFile(this.#context, this.#session, task));
    switch (outcome.kind) {
      case 'copied':
        countCopied(this.#session, outcome.bytes);
        noteFile(this.#session, task, 'copied');
        return true;
      case 'pending':
        this.#pending.push({ ...task, copyId: outcome.copyId });
        return false;
      case 'transfer':
        this.#session.addChild({
          kind: 'ranges',
          file: task,
          created: false,
          doneBefore: 0,
          ...this.#baseFor(task, action),
        });
        return false;
    }
  }
}

/** In their order, as many together as one row holds. */
function transfersOf(pending: readonly PendingCopy[]): PendingCopy[][] {
  const transfers: PendingCopy[][] = [];
  let characters = 0;
  for (const copy of pending) {
    const last = transfers.at(-1);
    const isFull = (last?.length ?? 0) >= pendingPerTransfer || characters + copy.path.length > pendingCharacters;
    if (last === undefined || isFull) {
      transfers.push([copy]);
      characters = copy.path.length;
    } else {
      last.push(copy);
      characters += copy.path.length;
    }
  }
  return transfers;
}

/** Whether other content is replaced: a new file has none, and a full run's copy puts the same again. */
const isOverwriting = (action: FileAction): boolean =>
  action.kind !== 'copy' || (action.reason !== 'missing' && action.reason !== 'full');

const isNew = (action: FileAction): boolean => action.kind === 'copy' && action.reason === 'missing';

const undecided: ReadonlySet<string> = new Set([
  'none',
  'adopt',
  'compare-md5',
  'compare-ranges',
  'compare-properties',
  'verify-copy',
]);

export function countCopied(session: ShardSession, bytes: number): void {
  session.tally.counts.copied += 1;
  session.tally.bytesCopied += bytes;
}

/**
 * Looks at a copy that was pending. True = still pending. One that failed, was aborted, or is not the one begun here is made
 * again by ranges, which end with their answer.
 */
export async function settlePending(context: RunContext, session: ShardSession, copy: PendingCopy): Promise<boolean> {
  const status = await askPending(context, session, copy);
  if (status === 'success') {
    countCopied(session, copy.sizeBytes);
    noteFile(session, copy, 'copied');
  }
  if (status === 'lost') {
    context.telemetry.event('backup.copy.repeated', { runId: session.run.runId });
    const { copyId: _copyId, ...file } = copy;
    session.addChild({ kind: 'ranges', file, created: false, doneBefore: 0 });
  }
  return status === 'pending';
}

async function askPending(
  context: RunContext,
  session: ShardSession,
  copy: PendingCopy,
): Promise<'pending' | 'success' | 'lost' | 'reported'> {
  try {
    const held = await session.destination.getFile(destinationOf(session, copy), {});
    if (held?.copy?.id !== copy.copyId) return 'lost';
    if (held.copy.status === 'pending') return 'pending';
    if (held.copy.status !== 'success' || held.sizeBytes !== copy.sizeBytes) return 'lost';
    await readBackFrom(context, session, { task: copy, held });
    return 'success';
  } catch (error) {
    noteEntryFailure(session, copy.path, error);
    return 'reported';
  }
}
