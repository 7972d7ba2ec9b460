import { setTimeout as delay } from 'node:timers/promises';
import { QueueServiceClient } from '@azure/storage-queue';
import { createStorageQueues, createTableStateStore } from '../../lib/azure/index.ts';
import { createHttpClient } from '../../lib/http/index.ts';
import type { QueueName } from '../../lib/run/ports.ts';
import { startAzurite } from '../support/azurite.ts';
import { describeMessageQueuesContract } from './message-queues-contract.ts';
import { describeStateStoreContract } from './state-store-contract.ts';

describeStateStoreContract('createTableStateStore', async () => {
  const azurite = await startAzurite();
  const httpClient = createHttpClient();
  const access = { connectionString: azurite.connectionString, tableName: 'farshare', httpClient };
  return { store: createTableStateStore(access), other: createTableStateStore(access), end: () => azurite.stop() };
});

describeMessageQueuesContract('createStorageQueues', async () => {
  const azurite = await startAzurite();
  const service = QueueServiceClient.fromConnectionString(azurite.connectionString);
  return {
    queues: createStorageQueues({ connectionString: azurite.connectionString, httpClient: createHttpClient() }),
    async take(queue: QueueName) {
      const client = service.getQueueClient(`farshare-${queue}`);
      await client.createIfNotExists();
      const { receivedMessageItems } = await client.receiveMessages({ numberOfMessages: 32 });
      return Promise.all(
        receivedMessageItems.map(async ({ messageId, popReceipt, messageText }) => {
          await client.deleteMessage(messageId, popReceipt);
          return JSON.parse(Buffer.from(messageText, 'base64').toString('utf8')) as unknown;
        }),
      );
    },
    passTime: (ms) => delay(ms),
    end: () => azurite.stop(),
  };
});
