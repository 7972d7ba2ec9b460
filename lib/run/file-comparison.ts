import { asFarshareError } from '../errors.ts';
import type { FileProperties, FileTask } from '../model/index.ts';
import {
  type FileAction,
  haveSameProperties,
  type ListedFileAction,
  planByMd5,
  type Selection,
} from '../plan/index.ts';
import { sourceOf } from './copy-file.ts';
import { fileAt } from './entry-steps.ts';
import { destinationPermission } from './permissions.ts';
import { selectionAtBase } from './selection.ts';
import type { ShardSession } from './shard-session.ts';

/** A file on both sides, as HEAD tells of it. */
export interface BothSides {
  readonly from: FileProperties;
  readonly held: FileProperties;
}

interface Answer {
  readonly need: 'nothing' | 'copy' | 'set-properties';
  /** What was asked on the way. */
  readonly sides?: BothSides;
}

export interface Decision extends Answer {
  /** What was planned by then: its reason is the decision's. */
  readonly action: ListedFileAction;
}

export interface ComparisonOptions {
  /** What the source's file is compared with, where the listing could not tell. */
  readonly held: (task: FileTask) => Promise<FileProperties | undefined>;
  /** In dated mode both files are of the source's share. */
  readonly isOneShare: boolean;
}

/** Asks what the listings of a file could not tell. */
export class FileComparison {
  readonly #session: ShardSession;
  readonly #options: ComparisonOptions;
  readonly #atBase: Selection | undefined;
  /** Files compared by their listing, because one side stores no hash. */
  fellBack = 0;

  constructor(session: ShardSession, options: ComparisonOptions) {
    this.#session = session;
    this.#options = options;
    this.#atBase = selectionAtBase(session.run);
  }

  async decide(task: FileTask, planned: FileAction): Promise<Decision> {
    const action = planned.kind === 'compare-md5' ? await this.#byMd5(task, planned) : planned;
    return { action, ...(await this.#answer(task, action)) };
  }

  async #answer(task: FileTask, action: ListedFileAction): Promise<Answer> {
    switch (action.kind) {
      case 'none':
        return { need: 'nothing' };
      case 'copy':
        return { need: 'copy' };
      case 'compare-ranges':
        return this.#compareRanges(task, action);
      case 'set-properties':
        return { need: action.distrusted && !(await this.#isSureCopy(task)) ? 'copy' : 'set-properties' };
      case 'verify-copy':
        return { need: (await this.#isWholeCopy(task)) ? 'nothing' : 'copy' };
      case 'compare-properties':
        return this.#compareProperties(task, action.distrusted);
      case 'adopt':
        return this.#adopt(task);
    }
  }

  async #byMd5(task: FileTask, { otherwise }: Extract<FileAction, { kind: 'compare-md5' }>): Promise<ListedFileAction> {
    const sides = await this.#bothSides(task);
    if (sides === undefined) return otherwise;
    const decided = planByMd5(sides.from, sides.held, otherwise);
    if (decided === undefined) this.fellBack += 1;
    return decided ?? otherwise;
  }

  async #bothSides(task: FileTask): Promise<BothSides | undefined> {
    const { source, run } = this.#session;
    const [from, held] = await Promise.all([
      source.getFile(sourceOf(this.#session, task), { snapshot: run.sourceSnapshot }),
      this.#options.held(task),
    ]);
    return from === undefined || held === undefined ? undefined : { from, held };
  }

  async #compareRanges(
    task: FileTask,
    { heldChange, propertiesDiffer }: Extract<ListedFileAction, { kind: 'compare-ranges' }>,
  ): Promise<Answer> {
    if (await this.#hasChangedRanges(task, heldChange)) return { need: 'copy' };
    return propertiesDiffer ? { need: 'set-properties' } : this.#compareProperties(task, false);
  }

  /** Any range, and any error but a passing one, means yes: a same-size write must never be lost. */
  async #hasChangedRanges(task: FileTask, heldChange: string | undefined): Promise<boolean> {
    const { source, run } = this.#session;
    const { sourceSnapshot: snapshot, baseSnapshot } = run;
    if (baseSnapshot === undefined) return true;
    const path = sourceOf(this.#session, task);
    try {
      // A file that was left out for some time may have changed in the base as well.
      if (heldChange !== undefined || this.#atBase !== undefined) {
        const before = await source.getFile(path, { snapshot: baseSnapshot });
        if (before === undefined || this.#atBase?.leavesOut(task.path, before) === true) return true;
        if (heldChange !== undefined && before.times.change !== heldChange) return true;
      }
      return (await source.listRanges(path, { snapshot, previousSnapshot: baseSnapshot })).length > 0;
    } catch (error) {
      if (asFarshareError(error).disposition !== 'entry') throw error;
      return true;
    }
  }

  /** Asks the destination whether the copy that made the file has ended well. */
  async #isWholeCopy(task: FileTask): Promise<boolean> {
    const held = await this.#options.held(task);
    return held !== undefined && held.sizeBytes === task.sizeBytes && hasEndedWell(held);
  }

  async #isSureCopy(task: FileTask): Promise<boolean> {
    return (await this.#isWholeCopy(task)) && !(await this.#isWrittenUnseen(task));
  }

  async #compareProperties(task: FileTask, distrusted: boolean): Promise<Answer> {
    const sides = await this.#bothSides(task);
    if (sides === undefined || (distrusted && !hasEndedWell(sides.held))) return { need: 'copy' };
    if (distrusted && (await this.#isWrittenUnseen(task))) return { need: 'copy' };
    // ChangeTime would tell of another permission, unless it was put back.
    const isSame = haveSameProperties(sides.from, sides.held) && (await this.#haveSamePermission(sides));
    return { need: isSame ? 'nothing' : 'set-properties', sides };
  }

  /**
   * Of a file that an interrupted run may have copied, the times show that it did, unless the base's file has the same ones: a
   * write after which they were put back.
   */
  async #isWrittenUnseen(task: FileTask): Promise<boolean> {
    const { source, run } = this.#session;
    const { baseSnapshot, baseLostAtMs, job } = run;
    if (job.compare === 'size-and-time') return false;
    if (baseSnapshot === undefined) return baseLostAtMs !== undefined;
    const before = await fileAt(source, sourceOf(this.#session, task), baseSnapshot);
    return before !== undefined && this.#looksAs(task, before) && this.#hasChangedRanges(task, undefined);
  }

  /** In what the destination's file was compared by, which is the task's or the base's. */
  #looksAs({ sizeBytes, times }: FileTask, before: FileProperties): boolean {
    const isSame = before.sizeBytes === sizeBytes && before.times.lastWrite === times.lastWrite;
    return isSame && (!this.#session.run.compareChangeTime || before.times.change === times.change);
  }

  /** Nothing is known of how the file was made but that its size and LastWriteTime are right. */
  async #adopt(task: FileTask): Promise<Answer> {
    const sides = await this.#bothSides(task);
    if (sides === undefined || !hasEndedWell(sides.held) || haveOtherHashes(sides)) return { need: 'copy' };
    const isSame =
      this.#haveSameEntry(task, sides.held) &&
      haveSameProperties(sides.from, sides.held) &&
      (await this.#haveSamePermission(sides));
    return { need: isSame ? 'nothing' : 'set-properties', sides };
  }

  #haveSameEntry(task: FileTask, held: FileProperties): boolean {
    const { compareChangeTime } = this.#session.run;
    return (
      task.attributes === held.attributes &&
      task.times.creation === held.times.creation &&
      (!compareChangeTime || task.times.change === held.times.change)
    );
  }

  async #haveSamePermission({ from, held }: BothSides): Promise<boolean> {
    if (from.permissionKey === '') return true;
    if (this.#options.isOneShare) return from.permissionKey === held.permissionKey;
    return (await destinationPermission(this.#session, from.permissionKey)) === held.permissionKey;
  }
}

const hasEndedWell = ({ copy }: FileProperties): boolean => copy === undefined || copy.status === 'success';

const haveOtherHashes = ({ from, held }: BothSides): boolean =>
  from.headers.contentMd5 !== undefined &&
  held.headers.contentMd5 !== undefined &&
  from.headers.contentMd5 !== held.headers.contentMd5;
