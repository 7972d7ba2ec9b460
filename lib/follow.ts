/** One delivery of a message goes on with what follows from it, as long as that is little. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type WorkMessage, workMessageSchema } from './model/index.ts';
import type { Clock, MessageQueues, QueueName } from './run/ports.ts';

interface Sent {
  readonly queue: QueueName;
  readonly message: WorkMessage;
}

/**
 * A step begins within this time of the delivery, or is left to its message: a run of a few directories needs no more for all of its
 * steps, and in a longer one others should get their turn.
 */
const followForMs = 5_000;

/**
 * A run is a chain of short steps, and a queue that was empty is looked at again after up to `maxPollingInterval` (host.json). So
 * the step that a message led to is followed by the next one here, where it led to exactly one and none that is to wait. That
 * message is sent all the same, before: whoever receives it finds the shard held or finished, and another worker may come first.
 * Where it led to several, they are left to whoever is free.
 */
export function createFollower(queues: MessageQueues, clock: Clock) {
  const sending = new AsyncLocalStorage<Sent[]>();
  const noting: MessageQueues = {
    async send(queue, message, delayMs = 0) {
      await queues.send(queue, message, delayMs);
      // What is to wait may be what this one waits for.
      const work = workMessageSchema.safeParse(message);
      if (delayMs <= 0 && work.success) sending.getStore()?.push({ queue, message: work.data });
    },
  };
  const stepOf = async (message: WorkMessage, work: (message: WorkMessage) => Promise<void>): Promise<Sent[]> => {
    const sent: Sent[] = [];
    await sending.run(sent, () => work(message));
    return sent;
  };
  return {
    /** To be used by the steps. */
    queues: noting,
    /** Throws what the message's own step throws. A step that follows and fails is sent once more, as if nobody had begun it. */
    async workOn(message: WorkMessage, work: (message: WorkMessage) => Promise<void>): Promise<void> {
      const endAt = clock.monotonic() + followForMs;
      let sent = await stepOf(message, work);
      while (sent.length === 1 && clock.monotonic() < endAt) {
        const [next] = sent as [Sent];
        try {
          sent = await stepOf(next.message, work);
        } catch {
          // Its first message may have been received, and done with, meanwhile.
          return queues.send(next.queue, next.message);
        }
      }
    },
  };
}
