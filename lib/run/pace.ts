/** Rates and copies at once: `limits` of a job, over all its destinations and all instances. */
import type { JobConfig } from '../model/index.ts';
import { newId, type RunContext } from './context.ts';
import { limitsNow } from './limits.ts';
import type { Clock } from './ports.ts';
import { keysFrom } from './run-state.ts';

/** Tokens that come at a rate; what is taken ahead of time is waited for. At most a fifth of a second's worth is saved up. */
export class TokenBucket {
  readonly #clock: Clock;
  #tokens = 0;
  #at: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#at = clock.monotonic();
  }

  /** Takes `amount`, then waits until the rate has earned it: a rate holds over any time longer than one amount needs. */
  async take(amount: number, ratePerSecond: number, signal?: AbortSignal): Promise<void> {
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(ratePerSecond / 5, this.#tokens + ((now - this.#at) * ratePerSecond) / 1_000);
    this.#at = now;
    this.#tokens -= amount;
    if (this.#tokens < 0) await this.#clock.sleep((-this.#tokens * 1_000) / ratePerSecond, signal);
  }
}

const beatEveryMs = 10_000;
/** Three missed beats: the instance is gone, or idle. */
const aliveMs = 30_000;

/** What this instance knows of a job that it works on. */
interface Instance {
  readonly id: string;
  readonly partition: string;
  beatAt: number;
  live: number;
  beating: Promise<void> | undefined;
  readonly requests: TokenBucket;
  readonly bytes: TokenBucket;
  readonly copies: Places;
}

const instances = new WeakMap<RunContext, Map<string, Instance>>();

function instanceOf(context: RunContext, { name }: JobConfig): Instance {
  const known = instances.get(context) ?? new Map<string, Instance>();
  instances.set(context, known);
  const held = known.get(name);
  if (held !== undefined) return held;
  const clock = beatingClock(context, () => made);
  const made: Instance = {
    id: newId(),
    partition: `live.${name}`,
    beatAt: Number.NEGATIVE_INFINITY,
    live: 1,
    beating: undefined,
    requests: new TokenBucket(clock),
    bytes: new TokenBucket(clock),
    copies: new Places(),
  };
  known.set(name, made);
  return made;
}

/** Who waits for the rate takes part in it: a long wait is no sign of being gone. */
function beatingClock(context: RunContext, instance: () => Instance): Clock {
  const { clock } = context;
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep: async (ms, signal) => {
      for (let left = ms; left > 0; left -= beatEveryMs) {
        await clock.sleep(Math.min(left, beatEveryMs), signal);
        if (left > beatEveryMs) await beatWhenDue(context, instance());
      }
    },
  };
}

/** Waits until one more request of the job may be sent. */
export async function paceRequest(context: RunContext, job: JobConfig, signal: AbortSignal): Promise<void> {
  const rate = limitsNow(context, job).requestsPerSecond;
  if (rate !== undefined) await takeShare(context, job, { bucket: 'requests', amount: 1, rate, signal });
}

/** Waits until so many more bytes of the job may be copied. */
export async function paceBytes(
  context: RunContext,
  job: JobConfig,
  bytes: number,
  signal: AbortSignal,
): Promise<void> {
  const rate = limitsNow(context, job).mebibytesPerSecond;
  if (rate === undefined || bytes === 0) return;
  await takeShare(context, job, { bucket: 'bytes', amount: bytes, rate: rate * 1024 * 1024, signal });
}

/**
 * Does what copies, as soon as this instance has a place left for it: of `limits.concurrentCopies` each live instance gets an
 * equal part, and one place at least.
 */
export async function copying<T>(
  context: RunContext,
  job: JobConfig,
  signal: AbortSignal,
  copy: () => Promise<T>,
): Promise<T> {
  const instance = instanceOf(context, job);
  await beatWhenDue(context, instance);
  const most = (): number => Math.max(1, Math.floor(limitsNow(context, job).concurrentCopies / instance.live));
  await instance.copies.enter(most, signal);
  try {
    return await copy();
  } finally {
    instance.copies.leave();
  }
}

/** Places that come free one by one, for who waits longest; how many there are may change at any time. */
class Places {
  #taken = 0;
  #waiting: (() => void)[] = [];

  async enter(most: () => number, signal: AbortSignal): Promise<void> {
    for (let isFirst = true; this.#taken >= most(); isFirst = false) {
      await new Promise<void>((wake) => (isFirst ? this.#waiting.push(wake) : this.#waiting.unshift(wake)));
      if (!signal.aborted) continue;
      this.#wakeNext();
      signal.throwIfAborted();
    }
    this.#taken += 1;
    // There may be more of them than there were.
    if (this.#taken < most()) this.#wakeNext();
  }

  leave(): void {
    this.#taken -= 1;
    this.#wakeNext();
  }

  #wakeNext(): void {
    this.#waiting.shift()?.();
  }
}

interface Take {
  readonly bucket: 'requests' | 'bytes';
  readonly amount: number;
  readonly rate: number;
  readonly signal: AbortSignal;
}

/** Each live instance gets an equal part of the rate. */
async function takeShare(context: RunContext, job: JobConfig, { bucket, amount, rate, signal }: Take): Promise<void> {
  const instance = instanceOf(context, job);
  await beatWhenDue(context, instance);
  await instance[bucket].take(amount, rate / instance.live, signal);
}

async function beatWhenDue(context: RunContext, instance: Instance): Promise<void> {
  if (context.clock.monotonic() - instance.beatAt < beatEveryMs) return;
  instance.beating ??= beat(context, instance).finally(() => (instance.beating = undefined));
  await instance.beating;
}

/** Says that this instance lives, and counts those that do. */
async function beat(context: RunContext, instance: Instance): Promise<void> {
  const { id, partition } = instance;
  const now = context.clock.now();
  await context.state.transact(partition, [{ kind: 'upsert', key: id, value: { seenMs: now } }]);
  let live = 0;
  for await (const { key, value } of context.state.list<{ seenMs: number }>(partition, keysFrom(''))) {
    if (now - value.seenMs < aliveMs) live += 1;
    else if (now - value.seenMs > 100 * aliveMs)
      await context.state.transact(partition, [{ kind: 'delete', key }]).catch(() => undefined);
  }
  instance.live = Math.max(1, live);
  instance.beatAt = context.clock.monotonic();
}
