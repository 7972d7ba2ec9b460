import { QueueServiceClient } from '@azure/storage-queue';
import type { QueueClient } from '@azure/storage-queue';
import type { QueueReference } from './function-definition.ts';
import { retryOptions } from './storage-retries.ts';

/** Storage's name for a queue that does not exist. */
export function isQueueMissing(error: unknown): boolean {
  return (error as { statusCode?: number }).statusCode === 404 && (error as { code?: string }).code === 'QueueNotFound';
}

/** The client of one queue. */
export function queueClient({ connectionString, queueName }: QueueReference): QueueClient {
  return QueueServiceClient.fromConnectionString(connectionString, { retryOptions }).getQueueClient(queueName);
}

/** Sends, creating the queue when it is missing, as output bindings and poison queues do. */
export async function sendCreating(queue: QueueClient, text: string): Promise<void> {
  try {
    await queue.sendMessage(text);
  } catch (error) {
    if (!isQueueMissing(error)) throw error;
    await queue.createIfNotExists();
    await queue.sendMessage(text);
  }
}
