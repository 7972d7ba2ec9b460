import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalQueues, openLocalState } from '../../lib/local/index.ts';
import type { Clock, QueueName } from '../../lib/run/ports.ts';
import { describeMessageQueuesContract } from './message-queues-contract.ts';
import { describeStateStoreContract } from './state-store-contract.ts';

describeStateStoreContract('openLocalState, two of one directory,', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'farshare-state-'));
  const [store, other] = [openLocalState(directory), openLocalState(directory)];
  return {
    store,
    other,
    end() {
      store.close();
      other.close();
      rmSync(directory, { recursive: true });
    },
  };
});

describeStateStoreContract('openLocalState in memory', async () => {
  const store = openLocalState(':memory:');
  return { store, other: store, end: () => store.close() };
});

describeMessageQueuesContract('createLocalQueues', async () => {
  let nowMs = 0;
  const clock: Clock = { now: () => nowMs, monotonic: () => nowMs, sleep: () => Promise.reject(new Error('not used')) };
  const queues = createLocalQueues(clock);
  return {
    queues,
    async take(queue: QueueName) {
      const bodies: unknown[] = [];
      for (let message = queues.receive(queue); message !== undefined; message = queues.receive(queue)) {
        bodies.push(message.body);
        message.done();
      }
      return bodies;
    },
    async passTime(ms) {
      nowMs += ms;
    },
    end() {},
  };
});
