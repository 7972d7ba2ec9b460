import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MessageQueues, QueueName } from '../../lib/run/ports.ts';

export interface MessageQueuesUnderTest {
  readonly queues: MessageQueues;
  /** What a consumer sees now: takes and removes up to 32 visible messages. */
  take(queue: QueueName): Promise<readonly unknown[]>;
  /** Lets that much time pass. */
  passTime(ms: number): Promise<void>;
  end(): Promise<void> | void;
}

/** What every MessageQueues does; each implementation runs it. */
export function describeMessageQueuesContract(name: string, make: () => Promise<MessageQueuesUnderTest>): void {
  describe(`${name} as MessageQueues`, () => {
    let made: MessageQueuesUnderTest;
    beforeAll(async () => {
      made = await make();
    });
    afterAll(() => made.end());

    test.for(['shards', 'transfers', 'finalize'] as const)(
      'a message to %s arrives there, as it was',
      async (queue) => {
        const message = {
          v: 1,
          run: 'finance-west-20261120t030000z-0a1b2c',
          shard: '0.1',
          epoch: 3,
          text: 'Zoë \u{1F5C4}',
        };

        await made.queues.send(queue, message);

        expect(await made.take(queue)).toEqual([message]);
        for (const other of ['shards', 'transfers', 'finalize'] as const) expect(await made.take(other)).toEqual([]);
      },
    );

    test('a delayed message is not seen before its time', async () => {
      await made.queues.send('shards', { late: true }, 2_000);
      await made.queues.send('shards', { late: false });

      expect(await made.take('shards')).toEqual([{ late: false }]);
      await made.passTime(3_000);
      expect(await made.take('shards')).toEqual([{ late: true }]);
    });

    test('many messages sent at once all arrive', async () => {
      const numbers = Array.from({ length: 32 }, (_, index) => index);

      await Promise.all(numbers.map((number) => made.queues.send('transfers', { number })));

      const taken = (await made.take('transfers')) as readonly { number: number }[];
      expect(taken.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual(numbers);
    });
  });
}
