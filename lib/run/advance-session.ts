import { ShardLeaseLostError, StateConflictError } from '../errors.ts';
import { emptyTally, hasEnded, type Phase, type RunRow, type ShardWork, type Tally } from '../model/index.ts';
import { meterInto, newId, type RunContext } from './context.ts';
import { keepLock } from './destination-lock.ts';
import type { SharePort } from './ports.ts';
import {
  newShardRow,
  queueOf,
  readRun,
  runKey,
  runPartition,
  sendShard,
  shardInserts,
  storeRequests,
  updateRun,
} from './run-state.ts';

/** One worker's hold on the run itself: makes the steps between the phases, one at a time. */
export class AdvanceSession {
  readonly context: RunContext;
  readonly source: SharePort;
  readonly destination: SharePort;
  row: RunRow;
  tally: Tally = emptyTally();

  readonly #owner: string;
  readonly #abort = new AbortController();
  #until: number;
  #untilMonotonic: number;
  #timer: NodeJS.Timeout | undefined;

  private constructor(context: RunContext, row: RunRow, owner: string) {
    this.context = context;
    this.row = row;
    this.#owner = owner;
    this.#until = row.advancingUntil;
    this.#untilMonotonic = context.clock.monotonic() + context.margins.leaseMs;
    const signal = this.#abort.signal;
    const { job, destination } = row;
    this.source = context.shares.open(
      { account: job.source.account, share: job.source.share },
      { meter: meterInto(() => this.tally.source), signal, beforeWrite: () => this.beforeWrite() },
    );
    this.destination = context.shares.open(
      { account: destination.account, share: destination.share },
      { meter: meterInto(() => this.tally.destination), signal, beforeWrite: () => this.beforeWrite() },
    );
  }

  /** Undefined when the run has ended or somebody else is at it. */
  static async claim(context: RunContext, runId: string): Promise<AdvanceSession | undefined> {
    const held = await readRun(context.state, runId);
    const now = context.clock.now();
    if (held === undefined || hasEnded(held.value.status)) return undefined;
    const isHeld = held.value.advancingOwner !== '';
    if (isHeld && now < held.value.advancingUntil + context.margins.takeoverMs) return undefined;
    const owner = newId();
    const row = { ...held.value, advancingOwner: owner, advancingUntil: now + context.margins.leaseMs };
    try {
      await context.state.transact(runPartition(runId), [{ kind: 'update', key: runKey, value: row, etag: held.etag }]);
    } catch (error) {
      if (error instanceof StateConflictError) return undefined;
      throw error;
    }
    const session = new AdvanceSession(context, row, owner);
    session.#timer = setInterval(() => {
      void session.#renew().catch((error: unknown) => session.#abort.abort(error));
    }, context.margins.renewMs);
    return session;
  }

  beforeWrite(): void {
    const { clock, margins } = this.context;
    const isLate =
      clock.now() >= this.#until - margins.quietMs || clock.monotonic() >= this.#untilMonotonic - margins.quietMs;
    if (isLate || this.#abort.signal.aborted)
      throw new ShardLeaseLostError(`The hold on run ${this.row.runId} is lost.`);
  }

  /** Keeps the hold and, while the run is past its preparation, the destination lock. */
  async #renew(): Promise<void> {
    await this.change({});
    if (this.row.phase !== 'preparing') await keepLock(this.context, this.row, this);
  }

  /** Changes the row while the hold lasts. */
  async change(change: Partial<RunRow>): Promise<void> {
    const monotonic = this.context.clock.monotonic();
    const until = this.context.clock.now() + this.context.margins.leaseMs;
    const row = await updateRun(this.context, this.row.runId, (current) => {
      if (current.advancingOwner !== this.#owner) throw new ShardLeaseLostError(`Run ${current.runId} was taken over.`);
      return { ...current, ...change, advancingUntil: until };
    });
    if (row === undefined) throw new ShardLeaseLostError(`Run ${this.row.runId} is gone.`);
    this.row = row;
    this.#until = until;
    this.#untilMonotonic = monotonic + this.context.margins.leaseMs;
  }

  /** Moves to a phase that shards do: its root shard and the new phase are one transaction. */
  async beginPhase(phase: Phase, work: ShardWork, change: Partial<RunRow> = {}): Promise<void> {
    const { runId } = this.row;
    for (let attempt = 0; ; attempt += 1) {
      const held = await readRun(this.context.state, runId);
      if (held === undefined || held.value.advancingOwner !== this.#owner) {
        throw new ShardLeaseLostError(`Run ${runId} was taken over.`);
      }
      const roots = held.value.roots + 1;
      const shard = `r${roots}`;
      const row: RunRow = { ...held.value, ...change, phase, roots };
      try {
        await this.context.state.transact(runPartition(runId), [
          { kind: 'update', key: runKey, value: row, etag: held.etag },
          ...shardInserts(shard, newShardRow(phase, work)),
        ]);
        this.row = row;
        await sendShard(this.context, runId, shard, { queue: queueOf(work), epoch: 0 });
        return;
      } catch (error) {
        if (!(error instanceof StateConflictError) || attempt >= 20) throw error;
      }
    }
  }

  /** Keeps the requests made so far. Called before the report is put together. */
  async keepRequests(): Promise<void> {
    const { tally } = this;
    this.tally = emptyTally();
    // What a run needs whatever it finds is part of the least that it could have asked.
    tally.floor = [...Object.values(tally.source), ...Object.values(tally.destination)].reduce((a, b) => a + b, 0);
    await storeRequests(this.context, this.row.runId, tally);
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.keepRequests();
    await updateRun(this.context, this.row.runId, (current) =>
      current.advancingOwner === this.#owner ? { ...current, advancingOwner: '', advancingUntil: 0 } : undefined,
    );
  }
}
