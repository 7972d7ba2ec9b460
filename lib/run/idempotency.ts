import { createHash } from 'node:crypto';
import { FarshareError, StateConflictError } from '../errors.ts';
import type { RunContext } from './context.ts';

const partition = 'idempotency';
const livesMs = 24 * 60 * 60 * 1000;
/** A request that stored its key and then died is let go after this long. */
const claimMs = 60_000;

interface Answered {
  readonly atMs: number;
  readonly asked: string;
  readonly runIds?: readonly string[];
}

/** Starts runs at most once for a key; whoever comes again gets the first answer. */
export async function onceForKey(
  context: RunContext,
  request: { readonly key: string; readonly asked: string; readonly start: () => Promise<readonly string[]> },
): Promise<readonly string[]> {
  const key = createHash('sha256').update(request.key).digest('hex');
  const now = context.clock.now();
  const held = await context.state.get<Answered>(partition, key);
  const ageMs = held === undefined ? Number.POSITIVE_INFINITY : now - held.value.atMs;
  if (held !== undefined && ageMs < livesMs) {
    if (held.value.asked !== request.asked) {
      throw new FarshareError('IdempotencyKeyReused', 'This Idempotency-Key came with another request before.', {
        disposition: 'run',
      });
    }
    if (held.value.runIds !== undefined) return held.value.runIds;
    if (ageMs < claimMs) throw underWay();
  }
  const claimed: Answered = { atMs: now, asked: request.asked };
  try {
    await context.state.transact(partition, [
      held === undefined
        ? { kind: 'insert', key, value: claimed }
        : { kind: 'update', key, value: claimed, etag: held.etag },
    ]);
  } catch (error) {
    if (error instanceof StateConflictError) throw underWay();
    throw error;
  }
  try {
    const runIds = await request.start();
    await context.state.transact(partition, [{ kind: 'upsert', key, value: { ...claimed, runIds } }]);
    return runIds;
  } catch (error) {
    await context.state.transact(partition, [{ kind: 'delete', key }]);
    throw error;
  }
}

const underWay = (): FarshareError =>
  new FarshareError('AlreadyQueued', 'A request with this Idempotency-Key is under way. Ask again in a moment.', {
    disposition: 'run',
  });
