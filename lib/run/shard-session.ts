import { asFarshareError, ShardLeaseLostError, StateConflictError } from '../errors.ts';
import {
  addTally,
  emptyTally,
  type Failure,
  lastingOf,
  type FileTask,
  hasEnded,
  type NoteKind,
  type RunRow,
  type ShardRow,
  type ShardWork,
  type Tally,
  type WorkMessage,
} from '../model/index.ts';
import { ActionBundles, type HandedAction } from './action-bundles.ts';
import { catalogShare } from './catalog-share.ts';
import { isBudgetSpent } from '../plan/index.ts';
import { meterInto, type RunContext } from './context.ts';
import { keepLock } from './destination-lock.ts';
import { copying, paceBytes, paceRequest } from './pace.ts';
import type { SharePort, StateOperation, StateRow } from './ports.ts';
import { claimedRow, isHeldLive } from './shard-claim.ts';
import { Slot, slotRetryShare } from './slots.ts';
import {
  newShardRow,
  noteKey,
  pendingKey,
  queueOf,
  readRun,
  readShard,
  runPartition,
  sendShard,
  shardInserts,
  shardKey,
  storeRequests,
} from './run-state.ts';

/** Notes in one row: keeps a row well below the store's 400,000 characters even with 2,048-character paths. */
const notesPerRow = 100;
/** Of one transaction of the state store. */
const mostOperations = 100;
/**
 * Large files that become children of their own in one checkpoint. With a few bundles and pending copies, and the 25 pieces
 * that a walker spills at its end, a transaction still holds them all.
 */
const transfersAtOnce = 10;

/** One worker's hold on one shard: the only way it changes state, and what tells it when it must stop. */
export class ShardSession {
  readonly run: RunRow;
  readonly shard: string;
  readonly source: SharePort;
  readonly destination: SharePort;
  /** Farshare's own share in the destination account; it may not exist yet. */
  readonly catalog: SharePort;
  /** True when an earlier turn may have done part of what is left without storing it. */
  readonly isRepeat: boolean;
  /** What was done since the last checkpoint. */
  tally: Tally = emptyTally();

  readonly #context: RunContext;
  readonly #abort = new AbortController();
  readonly #startedAt: number;
  #row: ShardRow;
  #etag: string;
  #leaseUntilMonotonic: number;
  #children: ShardWork[] = [];
  readonly #bundles = new ActionBundles();
  #notes = new Map<NoteKind, unknown[]>();
  #queue: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #entries = 0;
  #slot: Slot | undefined;
  /** The run was asked to end since the shard was taken. */
  #isStopping = false;

  private constructor(context: RunContext, run: RunRow, shard: string, held: StateRow<ShardRow>) {
    this.#context = context;
    this.run = run;
    this.shard = shard;
    this.#row = held.value;
    this.#etag = held.etag;
    this.isRepeat = held.value.repeat;
    this.#startedAt = context.clock.monotonic();
    this.#leaseUntilMonotonic = this.#startedAt + (held.value.leaseUntil - context.clock.now());
    const signal = this.#abort.signal;
    const { job, destination } = run;
    const pace = (): Promise<void> => paceRequest(context, job, signal);
    this.source = context.shares.open(
      { account: job.source.account, share: job.source.share },
      { meter: meterInto(() => this.tally.source), signal, pace },
    );
    const writing = {
      meter: meterInto(() => this.tally.destination),
      signal,
      pace,
      beforeWrite: () => this.beforeWrite(),
    };
    this.destination = context.shares.open({ account: destination.account, share: destination.share }, writing);
    this.catalog = context.shares.open({ account: destination.account, share: catalogShare }, writing);
  }

  /**
   * Takes the shard of the message, or answers undefined when there is nothing to do: finished, held by a live owner, taken
   * by somebody faster, or its run has ended. Without a free slot the message is sent again for later.
   */
  static async claim(context: RunContext, message: WorkMessage): Promise<ShardSession | undefined> {
    const { run: runId, shard = '' } = message;
    const run = await readRun(context.state, runId);
    if (run === undefined || hasEnded(run.value.status)) return undefined;
    const held = await readShard(context.state, runId, shard);
    if (held === undefined || held.value.result !== '') return undefined;
    if (isHeldLive(context, held.value)) return undefined;
    const slot = await Slot.take(context, run.value);
    if (slot === undefined) {
      const delayMs = context.margins.renewMs * slotRetryShare;
      await sendShard(context, runId, shard, { queue: queueOf(held.value.work), epoch: held.value.epoch, delayMs });
      return undefined;
    }
    const claimed = claimedRow(context, held.value);
    try {
      const operation: StateOperation = { kind: 'update', key: shardKey(shard), value: claimed, etag: held.etag };
      const etags = await context.state.transact(runPartition(runId), [operation]);
      const etag = etags.get(shardKey(shard)) ?? '';
      const session = new ShardSession(context, run.value, shard, { key: held.key, etag, value: claimed });
      session.#slot = slot;
      session.#keepAlive();
      return session;
    } catch (error) {
      await slot.release();
      if (error instanceof StateConflictError) return undefined;
      throw error;
    }
  }

  /** Waits until so many bytes may be copied under the job's limit. */
  paceBytes(bytes: number): Promise<void> {
    return paceBytes(this.#context, this.run.job, bytes, this.signal);
  }

  /** Does one request that copies, or streams, content: `limits.concurrentCopies` of the job at once. */
  readonly copying = <T>(copy: () => Promise<T>): Promise<T> => copying(this.#context, this.run.job, this.signal, copy);

  get work(): ShardWork {
    return this.#row.work;
  }

  get attempts(): number {
    return this.#row.attempts;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Throws once either clock comes close to the lease's end, or the lease is lost. */
  beforeWrite(): void {
    if (this.#abort.signal.aborted) throw new ShardLeaseLostError(`The lease on shard ${this.shard} is lost.`);
    const { quietMs } = this.#context.margins;
    const wall = this.#context.clock.now() >= this.#row.leaseUntil - quietMs;
    const steady = this.#context.clock.monotonic() >= this.#leaseUntilMonotonic - quietMs;
    if (wall || steady)
      throw new ShardLeaseLostError(`The lease on shard ${this.shard} is too close to its end to write.`);
  }

  countEntries(entries: number): void {
    this.#entries += entries;
  }

  /** True when the shard has had its turn and should give the rest back to the queue. */
  isOverBudget(): boolean {
    const { margins, stopping, clock } = this.#context;
    if (this.#isStopping || stopping?.aborted === true) return true;
    const spent = { entries: this.#entries, milliseconds: clock.monotonic() - this.#startedAt };
    return isBudgetSpent(spent, { entries: margins.shardEntries, milliseconds: margins.shardMs });
  }

  /** Large files beyond the first few are bundled: a directory may hold thousands, a transaction 100 rows. */
  addChild(work: ShardWork): void {
    const isBundled = work.kind === 'ranges' && !work.created && !this.hasRoomForTransfers();
    if (isBundled) this.handOn(work.file, { kind: 'transfer', ...(work.base !== undefined && { base: work.base }) });
    else this.#children.push(work);
  }

  hasRoomForTransfers(): boolean {
    return this.#children.length < transfersAtOnce;
  }

  /** Leaves one file to an action shard, which gets it together with others. */
  handOn(file: FileTask, action: HandedAction): void {
    this.#bundles.add(file, action);
  }

  note(kind: NoteKind, value: unknown): void {
    const list = this.#notes.get(kind) ?? [];
    this.#notes.set(kind, list);
    list.push(value);
  }

  /** Whether a value that was noted is still to be stored. */
  holdsNote(kind: NoteKind, value: unknown): boolean {
    return this.#notes.get(kind)?.includes(value) === true;
  }

  noteFailure(failure: Failure): void {
    this.tally.counts.failed += 1;
    this.note('failure', failure);
  }

  /** True when so much is waiting that a checkpoint is due: 30 children are 60 of a transaction's 100 operations. */
  needsCheckpoint(): boolean {
    const notes = [...this.#notes.values()].reduce((sum, list) => sum + list.length, 0);
    return this.#children.length >= 30 || notes >= 2_000 || this.#bundles.isFull();
  }

  /** Stores position, counts, notes and children in one transaction, then sends the children on their way. */
  async checkpoint(work: ShardWork): Promise<void> {
    await this.#store({ work, attempts: 0 });
  }

  /** Shows that a long step gets on, so that its interruption is not taken for one more try without progress. */
  async markProgress(): Promise<void> {
    await this.#store({ attempts: 0 });
  }

  /** Ends the shard for good. */
  async finish(result: 'done' | 'failed'): Promise<void> {
    await this.#stopRenewing();
    await this.#store({ result, owner: '', leaseUntil: 0 });
  }

  /** Ends this turn; the shard goes on from `work` with the message sent here. */
  async continueLater(work: ShardWork, delayMs?: number): Promise<void> {
    await this.#stopRenewing();
    await this.#store({ work, attempts: 0, owner: '', leaseUntil: 0 });
    const delay = delayMs === undefined ? {} : { delayMs };
    await sendShard(this.#context, this.run.runId, this.shard, {
      queue: queueOf(work),
      epoch: this.#row.epoch,
      ...delay,
    });
  }

  /**
   * Lets go after an error, keeping position and attempts: the redelivered message begins at the last checkpoint. Notes and
   * counts since then are dropped (they will be made again); requests are kept, and what the next turn finds done.
   */
  async letGo(): Promise<void> {
    this.#abort.abort(new ShardLeaseLostError(`Shard ${this.shard} was given back.`));
    await this.#stopRenewing();
    const requests = lastingOf(this.tally, this.run);
    this.tally = requests;
    this.#children = [];
    this.#bundles.take();
    this.#notes.clear();
    try {
      await this.#store({ owner: '', leaseUntil: 0, attempts: Math.max(1, this.#row.attempts) });
    } catch (error) {
      if (asFarshareError(error).disposition !== 'yield') throw error;
      await storeRequests(this.#context, this.run.runId, requests);
    }
  }

  /** Renews until told to stop. A renewal that fails for any reason ends the session's writing. */
  #keepAlive(): void {
    const { renewMs } = this.#context.margins;
    this.#timer = setInterval(() => {
      void this.#serial(() => this.#renew()).catch((error: unknown) => this.#abort.abort(error));
    }, renewMs);
  }

  async #renew(): Promise<void> {
    if (this.#timer === undefined) return;
    const run = await readRun(this.#context.state, this.run.runId);
    if (run === undefined || hasEnded(run.value.status)) throw new ShardLeaseLostError('The run has ended.');
    this.#isStopping = run.value.stopping;
    await this.#write(this.#row, []);
    await this.#slot?.renew();
    await keepLock(this.#context, this.run, this);
  }

  async #stopRenewing(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#queue;
    await this.#slot?.release();
    this.#slot = undefined;
  }

  async #store(change: Partial<ShardRow>): Promise<void> {
    const sent = await this.#serial(() => this.#commit(change));
    for (const { shard, work } of sent) {
      await sendShard(this.#context, this.run.runId, shard, { queue: queueOf(work), epoch: 0 });
    }
  }

  async #commit(change: Partial<ShardRow>): Promise<{ shard: string; work: ShardWork }[]> {
    const notes = this.#noteInserts();
    this.#children.push(...this.#bundles.take());
    // Notes may come twice, children may not: only what does not fit beside the children goes ahead of them.
    const room = Math.max(0, mostOperations - 2 - 2 * this.#children.length);
    while (notes.length > room) await this.#write(this.#row, notes.splice(0, mostOperations - 1));
    const children = this.#children.map((work, index) => ({
      shard: `${this.shard}.${this.#row.children + index + 1}`,
      work,
    }));
    const inserts = children.flatMap(({ shard, work }) =>
      shardInserts(shard, newShardRow(this.#row.phase, work, this.isRepeat)),
    );
    const ends: StateOperation[] = change.result === undefined ? [] : [{ kind: 'delete', key: pendingKey(this.shard) }];
    const delta = this.tally;
    this.tally = emptyTally();
    const tally = emptyTally();
    addTally(tally, this.#row.tally);
    addTally(tally, delta);
    const row = { ...this.#row, ...change, tally, children: this.#row.children + children.length };
    if (row.result !== '' && row.work.kind === 'actions') row.work = { ...row.work, files: [] };
    try {
      await this.#write(row, [...notes, ...inserts, ...ends]);
    } catch (error) {
      addTally(this.tally, delta);
      throw error;
    }
    this.#children = [];
    return children;
  }

  #noteInserts(): StateOperation[] {
    const inserts: StateOperation[] = [];
    let number = this.#row.notes;
    for (const [kind, list] of this.#notes) {
      for (let start = 0; start < list.length; start += notesPerRow) {
        number += 1;
        const value = list.slice(start, start + notesPerRow);
        inserts.push({ kind: 'insert', key: noteKey(kind, this.shard, number), value });
      }
    }
    this.#row = { ...this.#row, notes: number };
    this.#notes.clear();
    return inserts;
  }

  async #write(row: ShardRow, others: readonly StateOperation[]): Promise<void> {
    const renewed =
      row.owner === '' ? row : { ...row, leaseUntil: this.#context.clock.now() + this.#context.margins.leaseMs };
    const monotonic = this.#context.clock.monotonic();
    const key = shardKey(this.shard);
    const operation: StateOperation = { kind: 'update', key, value: renewed, etag: this.#etag };
    const etags = await this.#context.state.transact(runPartition(this.run.runId), [operation, ...others]);
    this.#etag = etags.get(key) ?? '';
    this.#row = renewed;
    this.#leaseUntilMonotonic = monotonic + this.#context.margins.leaseMs;
  }

  /** One change of the row at a time: a renewal and a checkpoint would otherwise refuse each other. */
  #serial<T>(step: () => Promise<T>): Promise<T> {
    const next = this.#queue.then(step);
    this.#queue = next.then(
      () => undefined,
      () => undefined,
    );
    return next;
  }
}
