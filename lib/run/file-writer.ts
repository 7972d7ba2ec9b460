import { asFarshareError } from '../errors.ts';
import type { Entry, FileProperties, FileTask, SharePath } from '../model/index.ts';
import { type Action, type FileAction, haveSameProperties, type ListedFileAction, planByMd5 } from '../plan/index.ts';
import type { RunContext } from './context.ts';
import { copyFile, type CopyOutcome, destinationOf, setProperties, sourcePath } from './copy-file.ts';
import { isOtherKind, noteEntryFailure } from './entry-steps.ts';
import { destinationPermission } from './permissions.ts';
import type { ShardSession } from './shard-session.ts';
import { WorkPool } from './work-pool.ts';

type PendingCopy = FileTask & { readonly copyId: string };

/** Copies of one shard at once: the account's limiter has the last word. */
const copiesAtOnce = 64;
/** Pending copies in one transfer. */
const pendingPerTransfer = 500;

export interface FileWriterOptions {
  /** What the source's file is compared with, where the listing could not tell. */
  readonly held: (task: FileTask) => Promise<FileProperties | undefined>;
  /** Called before a file is copied. */
  readonly prepare?: (task: FileTask) => Promise<void>;
  /** Called when an entry of the other kind holds the name; the copy is then tried once more. */
  readonly giveWay?: (task: FileTask) => Promise<void>;
  /** Copies the whole file where its properties alone differ, and overwrites nothing that counts for the guard. */
  readonly wholeFiles?: boolean;
}

/** Brings files of the destination up to date, many at a time. */
export class FileWriter {
  readonly #context: RunContext;
  readonly #session: ShardSession;
  readonly #pool: WorkPool;
  readonly #options: FileWriterOptions;
  #pending: PendingCopy[] = [];
  /** Files compared by their listing, because one side stores no hash. */
  #fellBack = 0;

  constructor(context: RunContext, session: ShardSession, options: FileWriterOptions) {
    this.#options = options;
    this.#context = context;
    this.#session = session;
    this.#pool = new WorkPool(Math.min(copiesAtOnce, session.run.job.limits.concurrentCopies));
  }

  /** Begins with one file, as soon as there is room. `touch` is called if it is written. */
  async add(task: FileTask, action: FileAction, touch: () => void): Promise<void> {
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
    for (let start = 0; start < left.length; start += pendingPerTransfer) {
      const files = left.slice(start, start + pendingPerTransfer);
      this.#session.addChild({ kind: 'pending', files, sinceMs: this.#context.clock.now() });
    }
  }

  /** What a dry run reports of an entry; what only a comparison can tell is added when it has been made. */
  wouldDo(path: SharePath, action: Action, source: Entry | undefined): void {
    if (undecided.has(action.kind)) return;
    if (action.kind === 'enter-directory' && !action.differs) return;
    const size = source?.kind === 'file' ? source.sizeBytes : 0;
    this.#session.note('action', { kind: action.kind, path, reason: action.reason, size });
  }

  #tellFallenBack(): void {
    if (this.#fellBack === 0) return;
    const { run, shard } = this.#session;
    this.#context.telemetry.event('backup.compare.fellback', { runId: run.runId, shard, files: this.#fellBack });
    this.#fellBack = 0;
  }

  async #bring(task: FileTask, planned: FileAction, touch: () => void): Promise<void> {
    const action = planned.kind === 'compare-md5' ? await this.#byMd5(task, planned) : planned;
    const need = await this.#resolve(task, action);
    const { run, tally } = this.#session;
    if (run.dryRun && undecided.has(planned.kind) && need !== 'nothing') {
      this.#session.note('action', { kind: need, path: task.path, reason: action.reason, size: task.sizeBytes });
    }
    if (need === 'nothing') {
      if (run.pass === 1) tally.counts.unchanged += 1;
    } else if (need === 'set-properties' && this.#options.wholeFiles !== true) {
      touch();
      await this.#setProperties(task);
    } else {
      if (run.pass === 1 && this.#options.wholeFiles !== true && !isNew(action)) tally.toOverwrite += 1;
      await this.#copy(task, action, touch);
    }
  }

  async #setProperties(task: FileTask): Promise<void> {
    if (!this.#session.run.dryRun) await setProperties(this.#context, this.#session, task);
    this.#session.tally.floor += 2;
    if (this.#session.run.pass === 1) this.#session.tally.counts.propertiesSet += 1;
  }

  /** The base that what changed of a file may be told by; none where the destination's file is not surely the base's. */
  #baseFor(action: FileAction): { base?: string } {
    const { run, isRepeat } = this.#session;
    const isSure = run.distrustSinceMs === undefined && !isRepeat && run.pass === 1 && !run.full;
    const patches = this.#options.wholeFiles !== true && !isNew(action) && isSure;
    return patches && run.baseSnapshot !== undefined ? { base: run.baseSnapshot } : {};
  }

  async #copy(task: FileTask, action: FileAction, touch: () => void): Promise<void> {
    if (this.#session.run.dryRun) {
      this.#session.tally.counts.copied += 1;
      return;
    }
    touch();
    await this.#options.prepare?.(task);
    const outcome = await this.#copyOver(task);
    switch (outcome.kind) {
      case 'copied':
        countCopied(this.#session, outcome.bytes);
        return;
      case 'pending':
        this.#pending.push({ ...task, copyId: outcome.copyId });
        return;
      case 'transfer':
        this.#session.addChild({ kind: 'ranges', file: task, created: false, doneBefore: 0, ...this.#baseFor(action) });
        return;
    }
  }

  async #copyOver(task: FileTask): Promise<CopyOutcome> {
    const copy = (): Promise<CopyOutcome> => copyFile(this.#context, this.#session, task);
    const { giveWay } = this.#options;
    try {
      return await copy();
    } catch (error) {
      if (giveWay === undefined || !isOtherKind(error)) throw error;
      await giveWay(task);
      return copy();
    }
  }

  /** Asks what the listing could not tell. */
  async #resolve(task: FileTask, action: ListedFileAction): Promise<'nothing' | 'copy' | 'set-properties'> {
    switch (action.kind) {
      case 'none':
        return 'nothing';
      case 'copy':
        return 'copy';
      case 'compare-ranges':
        if (await this.#hasChangedRanges(task, action.heldChange)) return 'copy';
        // ChangeTime has shown that something differs; without it, that is still to be found out.
        return this.#session.run.compareChangeTime ? 'set-properties' : this.#compareProperties(task, false);
      case 'set-properties':
        return action.distrusted && !(await this.#isWholeCopy(task)) ? 'copy' : 'set-properties';
      case 'verify-copy':
        return (await this.#isWholeCopy(task)) ? 'nothing' : 'copy';
      case 'compare-properties':
        return this.#compareProperties(task, action.distrusted);
    }
  }

  async #byMd5(task: FileTask, { otherwise }: Extract<FileAction, { kind: 'compare-md5' }>): Promise<ListedFileAction> {
    const [from, held] = await this.#bothSides(task);
    if (from === undefined || held === undefined) return otherwise;
    const decided = planByMd5(from, held, otherwise);
    if (decided === undefined) this.#fellBack += 1;
    return decided ?? otherwise;
  }

  #bothSides(task: FileTask): Promise<[FileProperties | undefined, FileProperties | undefined]> {
    const { source, run } = this.#session;
    return Promise.all([
      source.getFile(sourcePath(this.#session, task.path), { snapshot: run.sourceSnapshot }),
      this.#options.held(task),
    ]);
  }

  /** Any range, and any error but a passing one, means yes: a same-size write must never be lost. */
  async #hasChangedRanges(task: FileTask, heldChange: string | undefined): Promise<boolean> {
    const { sourceSnapshot, baseSnapshot } = this.#session.run;
    if (baseSnapshot === undefined) return true;
    try {
      // A file that was left out for some time may have changed in the base as well.
      const path = sourcePath(this.#session, task.path);
      if (heldChange !== undefined) {
        const before = await this.#session.source.getFile(path, { snapshot: baseSnapshot });
        if (before?.times.change !== heldChange) return true;
      }
      const options = { snapshot: sourceSnapshot, previousSnapshot: baseSnapshot };
      const ranges = await this.#session.source.listRanges(path, options);
      return ranges.length > 0;
    } catch (error) {
      if (asFarshareError(error).disposition !== 'entry') throw error;
      return true;
    }
  }

  /** Asks the destination whether the copy that made the file has ended well. */
  async #isWholeCopy(task: FileTask): Promise<boolean> {
    const held = await this.#options.held(task);
    if (held === undefined) return false;
    return held.sizeBytes === task.sizeBytes && (held.copy === undefined || held.copy.status === 'success');
  }

  async #compareProperties(task: FileTask, distrusted: boolean): Promise<'nothing' | 'copy' | 'set-properties'> {
    const [from, held] = await this.#bothSides(task);
    if (from === undefined || held === undefined) return 'copy';
    if (distrusted && held.copy !== undefined && held.copy.status !== 'success') return 'copy';
    const isSame = haveSameProperties(from, held) && (await this.#haveSamePermission(from, held));
    return isSame ? 'nothing' : 'set-properties';
  }

  /** ChangeTime tells of another permission; where it is not compared, the permission itself is. */
  async #haveSamePermission(from: FileProperties, held: FileProperties): Promise<boolean> {
    const { run } = this.#session;
    if (run.compareChangeTime || from.permissionKey === '') return true;
    // In dated mode both files are of the source's share.
    if (this.#options.wholeFiles === true) return from.permissionKey === held.permissionKey;
    return (await destinationPermission(this.#session, from.permissionKey)) === held.permissionKey;
  }
}

const isNew = (action: FileAction): boolean => action.kind === 'copy' && action.reason === 'missing';

const undecided: ReadonlySet<string> = new Set([
  'none',
  'compare-md5',
  'compare-ranges',
  'compare-properties',
  'verify-copy',
]);

/** Each file is counted by what the first pass did with it: a later one may do it again. */
export function countCopied(session: ShardSession, bytes: number): void {
  if (session.run.pass === 1) session.tally.counts.copied += 1;
  session.tally.bytesCopied += bytes;
}

/**
 * Looks at a copy that was pending. True = still pending. One that failed, was aborted, or is not the one begun here is made
 * again by ranges, which end with their answer.
 */
export async function settlePending(context: RunContext, session: ShardSession, copy: PendingCopy): Promise<boolean> {
  const status = await askPending(session, copy);
  if (status === 'success') countCopied(session, copy.sizeBytes);
  if (status === 'lost') {
    context.telemetry.event('backup.copy.repeated', { runId: session.run.runId });
    const { copyId: _copyId, ...file } = copy;
    session.addChild({ kind: 'ranges', file, created: false, doneBefore: 0 });
  }
  return status === 'pending';
}

async function askPending(
  session: ShardSession,
  copy: PendingCopy,
): Promise<'pending' | 'success' | 'lost' | 'reported'> {
  try {
    const held = await session.destination.getFile(destinationOf(session, copy), {});
    if (held?.copy?.id !== copy.copyId) return 'lost';
    if (held.copy.status === 'pending') return 'pending';
    return held.copy.status === 'success' && held.sizeBytes === copy.sizeBytes ? 'success' : 'lost';
  } catch (error) {
    noteEntryFailure(session, copy.path, error);
    return 'reported';
  }
}
