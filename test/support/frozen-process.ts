/** A process that stops at a chosen effect, as a suspended machine does, and goes on when it is thawed. */
import type { ProcessOptions } from './engine-fixture.ts';
import type { Clock, SharePort } from '../../lib/run/ports.ts';
import { systemClock } from '../../lib/local/index.ts';

export interface Freezer {
  /** Resolves when it stands still. */
  readonly frozen: Promise<void>;
  /** Lets it go on, with clocks that show how long it stood. */
  thaw(stoodMs: number): void;
  /** Requests let through since the thaw that write to a share. */
  readonly writtenSinceThaw: readonly string[];
  readonly ports: Required<Pick<ProcessOptions, 'wrapState' | 'wrapShares' | 'clock'>>;
}

// Not createPermission: who asks for a key waits for whoever asked first, also across the processes played in one.
const writes = /^(?:set|create(?!Permission)|put|copyFile|abort|delete|rename)/u;

/** Stops before write number `freezeBefore` to a share, counted from 1. */
export function freezer(freezeBefore: number): Freezer {
  const gate = Promise.withResolvers<void>();
  const still = Promise.withResolvers<void>();
  let [count, isFrozen, aheadMs] = [0, false, 0];
  const writtenSinceThaw: string[] = [];
  const clock: Clock = {
    ...systemClock,
    now: () => systemClock.now() + aheadMs,
    monotonic: () => systemClock.monotonic() + aheadMs,
  };
  const pass = async () => {
    if (isFrozen) await gate.promise;
  };
  const share = (port: SharePort): SharePort =>
    new Proxy(port, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function' || name === 'copySource') return member;
        const call = member as (...given: unknown[]) => Promise<unknown>;
        return async (...given: unknown[]) => {
          await pass();
          if (!writes.test(String(name))) return call.apply(target, given);
          count += 1;
          if (count === freezeBefore) {
            isFrozen = true;
            still.resolve();
          }
          await pass();
          const answer = await call.apply(target, given);
          if (aheadMs > 0) writtenSinceThaw.push(`${String(name)} ${String(given[0])}`);
          return answer;
        };
      },
    });
  return {
    frozen: still.promise,
    writtenSinceThaw,
    thaw(stoodMs) {
      aheadMs = stoodMs;
      isFrozen = false;
      gate.resolve();
    },
    ports: {
      clock,
      wrapState: (state) => ({
        get: (partition, key) => pass().then(() => state.get(partition, key)),
        first: (partition, range) => pass().then(() => state.first(partition, range)),
        async *list(partition, range) {
          await pass();
          yield* state.list(partition, range);
        },
        transact: (partition, operations) => pass().then(() => state.transact(partition, operations)),
      }),
      wrapShares: (shares) => ({
        open: (ref, access) => share(shares.open(ref, access)),
      }),
    },
  };
}
