/** `limits.concurrentShards`: as many rows as shards may be worked on at once, over all instances; a turn holds one. */
import { StateConflictError } from '../errors.ts';
import type { RunRow } from '../model/index.ts';
import { newId, randomFraction, type RunContext } from './context.ts';
import { limitsNow } from './limits.ts';
import type { StateOperation, StateRow } from './ports.ts';
import { keysFrom } from './run-state.ts';

interface SlotRow {
  readonly owner: string;
  readonly until: number;
}

const tries = 3;
/** Enough for many who claim at once to choose different ones. */
const freeLookedAt = 256;
/** How long a message without a slot waits, in renewals of a lease: slots come free all the time. */
export const slotRetryShare = 0.25;

export class Slot {
  readonly #context: RunContext;
  readonly #partition: string;
  readonly #key: string;
  readonly #owner: string;
  #etag: string;

  private constructor(context: RunContext, at: { partition: string; key: string; owner: string; etag: string }) {
    this.#context = context;
    this.#partition = at.partition;
    this.#key = at.key;
    this.#owner = at.owner;
    this.#etag = at.etag;
  }

  /** Undefined when all are taken. A slot whose holder died comes free when its lease ends. */
  static async take(context: RunContext, run: RunRow): Promise<Slot | undefined> {
    const partition = `slots.${run.job.name}`;
    const limit = limitsNow(context, run.job).concurrentShards;
    for (let attempt = 0; attempt < tries; attempt += 1) {
      const free = await freeSlots(context, partition, limit);
      const chosen = free[Math.floor(randomFraction() * free.length)];
      if (chosen === undefined) return undefined;
      const owner = newId();
      const etag = await claim(context, { partition, ...chosen, owner });
      if (etag !== undefined) return new Slot(context, { partition, key: chosen.key, owner, etag });
    }
    return undefined;
  }

  async renew(): Promise<void> {
    await this.#write({ owner: this.#owner, until: this.#context.clock.now() + this.#context.margins.leaseMs });
  }

  async release(): Promise<void> {
    await this.#write({ owner: '', until: 0 });
  }

  /** A slot that somebody else took after its lease is simply lost: it limits, it protects nothing. */
  async #write(value: SlotRow): Promise<void> {
    const operation: StateOperation = { kind: 'update', key: this.#key, value, etag: this.#etag };
    try {
      this.#etag = (await this.#context.state.transact(this.#partition, [operation])).get(this.#key) ?? '';
    } catch (error) {
      if (!(error instanceof StateConflictError)) throw error;
    }
  }
}

interface Candidate {
  readonly key: string;
  readonly held: StateRow<SlotRow> | undefined;
}

async function freeSlots(context: RunContext, partition: string, limit: number): Promise<Candidate[]> {
  const rows = new Map<string, StateRow<SlotRow>>();
  for await (const row of context.state.list<SlotRow>(partition, keysFrom(''))) rows.set(row.key, row);
  const now = context.clock.now();
  // Of so many some are free, however high the limit is.
  const looked = Math.min(limit, rows.size + freeLookedAt);
  const keys = Array.from({ length: looked }, (_, index) => `slot-${String(index).padStart(5, '0')}`);
  const candidates = keys.map((key) => ({ key, held: rows.get(key) }));
  return candidates.filter(({ held }) => held === undefined || held.value.owner === '' || held.value.until < now);
}

async function claim(
  context: RunContext,
  { partition, key, held, owner }: Candidate & { partition: string; owner: string },
): Promise<string | undefined> {
  const value: SlotRow = { owner, until: context.clock.now() + context.margins.leaseMs };
  try {
    const operation: StateOperation =
      held === undefined ? { kind: 'insert', key, value } : { kind: 'update', key, value, etag: held.etag };
    return (await context.state.transact(partition, [operation])).get(key) ?? '';
  } catch (error) {
    if (error instanceof StateConflictError) return undefined;
    throw error;
  }
}
