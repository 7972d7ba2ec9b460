import type { QueueClient } from '@azure/storage-queue';
import type { FunctionDefinition, QueueReference } from './function-definition.ts';
import type { QueueSettings } from './host-json.ts';
import { queueClient, sendCreating } from './queue-client.ts';
import { encodeMessage } from './queue-message.ts';
import type { InvocationResponse, TypedData } from './rpc.ts';

/** Writes what functions return or set as extra outputs to their queues. */
export class QueueOutputs {
  readonly #settings: QueueSettings;
  readonly #onSent: (queueName: string) => void;
  readonly #clients = new Map<string, QueueClient>();

  /** `onSent`: told of each queue written to, so that its listener need not wait for its next poll. */
  constructor(settings: QueueSettings, onSent: (queueName: string) => void) {
    this.#settings = settings;
    this.#onSent = onSent;
  }

  /** All outputs of one invocation; throws when one cannot be written, which fails the invocation. */
  async write(definition: FunctionDefinition, response: InvocationResponse): Promise<void> {
    for (const [name, reference] of definition.queueOutputs) {
      const data =
        name === '$return' ? response.returnValue : response.outputData?.find((output) => output.name === name)?.data;
      const messages = messagesOf(data);
      for (const message of messages) {
        await sendCreating(this.#client(reference), encodeMessage(message, this.#settings.messageEncoding));
      }
      if (messages.length > 0) this.#onSent(reference.queueName);
    }
  }

  #client(reference: QueueReference): QueueClient {
    const key = `${reference.queueName} ${reference.connectionString}`;
    const client = this.#clients.get(key) ?? queueClient(reference);
    this.#clients.set(key, client);
    return client;
  }
}

/** An array is a message for each element; strings go as they are, everything else as JSON. */
function messagesOf(data: TypedData | null | undefined): string[] {
  if (!data) return [];
  if (data.string !== undefined) return [data.string];
  if (data.bytes !== undefined) return [Buffer.from(data.bytes).toString()];
  if (data.json === undefined) return [String(data.int ?? data.double)];
  const value: unknown = JSON.parse(data.json);
  return (Array.isArray(value) ? value : [value]).map((item: unknown) =>
    typeof item === 'string' ? item : JSON.stringify(item),
  );
}
