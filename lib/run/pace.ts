/** `limits.requestsPerSecond` and `limits.mebibytesPerSecond`: of a job, over all its destinations and all instances. */
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

const partition = 'instances';
const beatEveryMs = 10_000;
/** Three missed beats: the instance is gone, or idle. */
const aliveMs = 30_000;

interface Instance {
  readonly id: string;
  beatAt: number;
  live: number;
  beating: Promise<void> | undefined;
  readonly buckets: Map<string, { requests: TokenBucket; bytes: TokenBucket }>;
}

const instances = new WeakMap<RunContext, Instance>();

function instanceOf(context: RunContext): Instance {
  const known = instances.get(context);
  if (known !== undefined) return known;
  const made: Instance = {
    id: newId(),
    beatAt: Number.NEGATIVE_INFINITY,
    live: 1,
    beating: undefined,
    buckets: new Map(),
  };
  instances.set(context, made);
  return made;
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

interface Take {
  readonly bucket: 'requests' | 'bytes';
  readonly amount: number;
  readonly rate: number;
  readonly signal: AbortSignal;
}

/** Each live instance gets an equal part of the rate. */
async function takeShare(context: RunContext, job: JobConfig, { bucket, amount, rate, signal }: Take): Promise<void> {
  const instance = instanceOf(context);
  if (context.clock.monotonic() - instance.beatAt >= beatEveryMs) {
    instance.beating ??= beat(context, instance).finally(() => (instance.beating = undefined));
    await instance.beating;
  }
  const { clock } = context;
  const buckets = instance.buckets.get(job.name) ?? { requests: new TokenBucket(clock), bytes: new TokenBucket(clock) };
  instance.buckets.set(job.name, buckets);
  await buckets[bucket].take(amount, rate / instance.live, signal);
}

/** Says that this instance lives, and counts those that do. */
async function beat(context: RunContext, instance: Instance): Promise<void> {
  const now = context.clock.now();
  await context.state.transact(partition, [{ kind: 'upsert', key: instance.id, value: { seenMs: now } }]);
  let live = 0;
  for await (const { key, value } of context.state.list<{ seenMs: number }>(partition, keysFrom(''))) {
    if (now - value.seenMs < aliveMs) live += 1;
    else if (now - value.seenMs > 100 * aliveMs)
      await context.state.transact(partition, [{ kind: 'delete', key }]).catch(() => undefined);
  }
  instance.live = Math.max(1, live);
  instance.beatAt = context.clock.monotonic();
}
