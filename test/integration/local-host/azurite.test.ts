import { QueueServiceClient } from '@azure/storage-queue';
import { TableClient } from '@azure/data-tables';
import { expect, test } from 'vitest';
import { startAzurite } from '../../support/azurite.ts';

test('several Azurites run side by side, each with queues and tables of its own', async () => {
  const [first, second] = await Promise.all([startAzurite(), startAzurite()]);
  try {
    const queue = (connection: string) => QueueServiceClient.fromConnectionString(connection).getQueueClient('one');
    await queue(first.connectionString).create();
    const table = TableClient.fromConnectionString(second.connectionString, 'rows', { allowInsecureConnection: true });
    await table.createTable();

    expect(await queue(first.connectionString).exists()).toBe(true);
    expect(await queue(second.connectionString).exists()).toBe(false);
  } finally {
    await Promise.all([first.stop(), second.stop()]);
  }
  expect(() => process.kill(first.pid, 0)).toThrow('ESRCH');
});
