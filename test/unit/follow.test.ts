import { describe, expect, test } from 'vitest';
import { createFollower } from '../../lib/follow.ts';
import { systemClock } from '../../lib/local/index.ts';
import type { WorkMessage } from '../../lib/model/index.ts';
import type { MessageQueues } from '../../lib/run/ports.ts';

const shard = (name: string): WorkMessage => ({ v: 1, run: 'a-run', shard: name, epoch: 0 });
const nameOf = (message: unknown): string => (message as WorkMessage).shard ?? 'run';

/** `leadsTo`: the messages that each step sends, by the name of its own. */
function follow(leadsTo: Readonly<Record<string, (queues: MessageQueues) => Promise<void>>>) {
  const [sent, worked]: [string[], string[]] = [[], []];
  let now = 0;
  const queues: MessageQueues = {
    async send(queue, message) {
      sent.push(`${queue} ${nameOf(message)}`);
    },
  };
  const follower = createFollower(queues, { ...systemClock, monotonic: () => now });
  const work = async (message: WorkMessage): Promise<void> => {
    worked.push(nameOf(message));
    await leadsTo[nameOf(message)]?.(follower.queues);
  };
  const pass = (milliseconds: number): void => void (now += milliseconds);
  return { sent, worked, pass, workOn: (name: string) => follower.workOn(shard(name), work) };
}

describe('A delivery', () => {
  test('goes on with the one message that each step leads to, and sends all of them', async () => {
    const { sent, worked, workOn } = follow({
      one: (queues) => queues.send('finalize', { v: 1, run: 'a-run' }),
      run: (queues) => queues.send('shards', shard('two')),
      two: (queues) => queues.send('transfers', shard('three')),
    });

    await workOn('one');

    expect(worked).toEqual(['one', 'run', 'two', 'three']);
    expect(sent).toEqual(['finalize run', 'shards two', 'transfers three']);
  });

  test('leaves several to whoever is free', async () => {
    const { sent, worked, workOn } = follow({
      one: async (queues) => {
        await queues.send('shards', shard('two'));
        await queues.send('shards', shard('three'));
      },
    });

    await workOn('one');

    expect(worked).toEqual(['one']);
    expect(sent).toEqual(['shards two', 'shards three']);
  });

  test('leaves one that is to wait, and what is no step of a run', async () => {
    const { worked, workOn } = follow({
      one: (queues) => queues.send('finalize', shard('two'), 5_000),
      other: (queues) => queues.send('webhooks', { v: 1, delivery: 'a delivery' }),
    });

    await workOn('one');
    await workOn('other');

    expect(worked).toEqual(['one', 'other']);
  });

  test('begins no step after five seconds', async () => {
    const { worked, pass, workOn } = follow({
      one: (queues) => queues.send('shards', shard('two')),
      two: async (queues) => {
        pass(5_000);
        await queues.send('shards', shard('three'));
      },
    });

    await workOn('one');

    expect(worked).toEqual(['one', 'two']);
  });

  test('sends a step that fails once more, and has succeeded itself', async () => {
    const { sent, workOn } = follow({
      one: (queues) => queues.send('shards', shard('two')),
      two: () => Promise.reject(new Error('throttled')),
    });

    await workOn('one');

    expect(sent).toEqual(['shards two', 'shards two']);
  });

  test('fails with its own step', async () => {
    const { workOn } = follow({ one: () => Promise.reject(new Error('throttled')) });

    await expect(workOn('one')).rejects.toThrow('throttled');
  });

  test('does not take for its own what another sends meanwhile', async () => {
    const other = Promise.withResolvers<void>();
    const { worked, workOn } = follow({
      one: async (queues) => {
        await other.promise;
        await queues.send('shards', shard('two'));
      },
      three: async (queues) => {
        await queues.send('shards', shard('four'));
        await queues.send('shards', shard('five'));
        other.resolve();
      },
    });

    await Promise.all([workOn('one'), workOn('three')]);

    expect(worked).toEqual(['one', 'three', 'two']);
  });
});
