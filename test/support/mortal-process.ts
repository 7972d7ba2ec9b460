/** A process that dies at a chosen effect: from then on none of its ports does anything, whatever its code still tries. */
import { FarshareError } from '../../lib/errors.ts';
import type { Clock, MessageQueues, SharePort, ShareOpener, StateStore } from '../../lib/run/ports.ts';
import { systemClock } from '../../lib/local/index.ts';
import type { ProcessOptions } from './engine-fixture.ts';

const writes: ReadonlySet<string> = new Set([
  ...['createShare', 'setShareMetadata', 'createSnapshot', 'deleteSnapshot', 'acquireLease', 'releaseLease'],
  ...['copyFile', 'abortCopy', 'createFile', 'putRangeFromUrl', 'setFileProperties', 'setFileMetadata'],
  ...['createDirectory', 'setDirectoryProperties', 'setDirectoryMetadata', 'deleteFile', 'deleteDirectory'],
  ...['renameEntry', 'createPermission', 'clearRange', 'putBytes'],
]);

export interface Mortal {
  /** Aborted at death. */
  readonly died: AbortSignal;
  /** Ends it now. */
  die(): void;
  /** What has been done, in order: `transact run.…`, `send shards`, `copyFile docs/a.txt`. */
  readonly effects: readonly string[];
  readonly ports: Required<Pick<ProcessOptions, 'wrapState' | 'wrapQueues' | 'wrapShares'>>;
}

/** Dies right after its effect number `dieAfter`, counted from 1, or the first that it says yes to: its answer is lost. Never without. */
export function mortal(dieAfter: number | ((effect: string) => boolean) = Number.POSITIVE_INFINITY): Mortal {
  const death = new AbortController();
  const effects: string[] = [];
  const live = () => {
    if (death.signal.aborted)
      throw new FarshareError('ProcessKilled', 'This process is dead.', { disposition: 'yield' });
  };
  const effect = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    live();
    const result = await work();
    live();
    effects.push(name);
    const isLast = typeof dieAfter === 'number' ? effects.length >= dieAfter : dieAfter(name);
    if (isLast) death.abort();
    live();
    return result;
  };
  const reading = async <T>(work: () => Promise<T>): Promise<T> => {
    live();
    const result = await work();
    live();
    return result;
  };
  return {
    died: death.signal,
    die: () => death.abort(),
    effects,
    ports: {
      wrapState: (state) => mortalState(state, { reading, effect, live }),
      wrapQueues: (queues): MessageQueues => ({
        send: (queue, message, delayMs) => effect(`send ${queue}`, () => queues.send(queue, message, delayMs)),
      }),
      wrapShares: (shares): ShareOpener => ({
        open: (ref, access) => mortalShare(shares.open(ref, access), { reading, effect, live }),
      }),
    },
  };
}

interface Life {
  readonly live: () => void;
  readonly reading: <T>(work: () => Promise<T>) => Promise<T>;
  readonly effect: <T>(name: string, work: () => Promise<T>) => Promise<T>;
}

function mortalState(state: StateStore, { live, reading, effect }: Life): StateStore {
  return {
    get: (partition, key) => reading(() => state.get(partition, key)),
    first: (partition, range) => reading(() => state.first(partition, range)),
    async *list<T>(partition: string, range: { from: string; to: string }) {
      for await (const row of state.list<T>(partition, range)) {
        live();
        yield row;
      }
      live();
    },
    transact: (partition, operations) =>
      effect(`transact ${partition} ${operations.map(({ key }) => key).join(' ')}`, () =>
        state.transact(partition, operations),
      ),
  };
}

function mortalShare(port: SharePort, { reading, effect }: Life): SharePort {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function' || name === 'copySource') return member;
      const call = member as (...given: unknown[]) => Promise<unknown>;
      return (...given: unknown[]) => {
        const work = () => call.apply(target, given);
        const path = typeof given[0] === 'string' ? ` ${given[0]}` : '';
        return writes.has(String(name)) ? effect(`${String(name)}${path}`, work) : reading(work);
      };
    },
  });
}

/** The machine's clock, ahead by `aheadMs`: a process that starts so much later. */
export const clockAhead = (aheadMs: number): Clock => ({
  ...systemClock,
  now: () => systemClock.now() + aheadMs,
  monotonic: () => systemClock.monotonic() + aheadMs,
});
