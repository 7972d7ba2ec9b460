import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';
import type { FunctionDefinition, QueueReference } from './function-definition.ts';
import type { QueueSettings } from './host-json.ts';
import type { Invoker } from './invoker.ts';
import { decodeMessage, queueInput } from './queue-message.ts';
import { isQueueMissing, queueClient, sendCreating } from './queue-client.ts';
import type { Log } from './worker-process.ts';

export interface QueueListenerOptions {
  settings: QueueSettings;
  /** How long a taken message stays invisible should this host die; renewed at half of it. */
  invisibilityMs: number;
  log: Log;
  /** Told when a message went to a poison queue. */
  onPoison(queueName: string): void;
}

/** The real host's shortest wait between two looks at an empty queue. */
const minPollingIntervalMs = 100;

/** Feeds one queue to one function: up to batchSize + newBatchThreshold messages at once. */
export class QueueListener {
  readonly #definition: FunctionDefinition;
  readonly #invoker: Invoker;
  readonly #options: QueueListenerOptions;
  readonly #queue: QueueClient;
  readonly #poison: QueueClient | undefined;
  readonly queueName: string;
  readonly #taken = new Set<Promise<void>>();
  #isStopped = false;
  #isWoken = false;
  #wake: () => void = () => {};
  #loop: Promise<void> | undefined;

  constructor(definition: FunctionDefinition, reference: QueueReference, deps: QueueListenerDependencies) {
    this.#definition = definition;
    this.#invoker = deps.invoker;
    this.#options = deps.options;
    this.queueName = reference.queueName;
    this.#queue = queueClient(reference);
    // A poison queue has no poison queue of its own.
    const isPoison = reference.queueName.endsWith('-poison');
    this.#poison = isPoison ? undefined : queueClient({ ...reference, queueName: `${reference.queueName}-poison` });
  }

  start(): void {
    this.#loop = this.#listen();
  }

  /** Takes no more messages; resolves when those taken have run and left the queue, or were given back to it. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake();
    await this.#loop;
    await Promise.all(this.#taken);
  }

  /** Looks at the queue now, or, while it is being looked at, right again. */
  wake(): void {
    this.#isWoken = true;
    this.#wake();
  }

  async #listen(): Promise<void> {
    const { batchSize, newBatchThreshold, maxPollingIntervalMs } = this.#options.settings;
    let waitMs = minPollingIntervalMs;
    while (!this.#isStopped) {
      if (this.#taken.size > newBatchThreshold) {
        await this.#pause(undefined);
        continue;
      }
      const messages = await this.#receive(batchSize);
      if (messages.length > 0) waitMs = minPollingIntervalMs;
      for (const message of messages) this.#take(message);
      if (messages.length > 0 || this.#isStopped) continue;
      if (await this.#pause(waitMs)) waitMs = minPollingIntervalMs;
      else waitMs = Math.min(waitMs * 2, maxPollingIntervalMs);
    }
  }

  /** Waits until woken (true) or `ms` have passed (false). */
  async #pause(ms: number | undefined): Promise<boolean> {
    if (!this.#isWoken && !this.#isStopped) {
      await new Promise<void>((resolve) => {
        const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const isWoken = this.#isWoken || this.#isStopped;
    this.#isWoken = false;
    return isWoken;
  }

  async #receive(count: number): Promise<DequeuedMessageItem[]> {
    try {
      const { receivedMessageItems } = await this.#queue.receiveMessages({
        numberOfMessages: count,
        visibilityTimeout: Math.ceil(this.#options.invisibilityMs / 1000),
      });
      return receivedMessageItems;
    } catch (error) {
      // The trigger does not create its queue: a missing one is an empty one.
      if (!isQueueMissing(error)) this.#options.log(`${this.queueName}: cannot poll: ${String(error)}`);
      return [];
    }
  }

  #take(message: DequeuedMessageItem): void {
    const taken = this.#process(message)
      .catch((error: unknown) => this.#options.log(`${this.queueName} ${message.messageId}: ${String(error)}`))
      .finally(() => {
        this.#taken.delete(taken);
        if (this.#taken.size <= this.#options.settings.newBatchThreshold) this.#wake();
      });
    this.#taken.add(taken);
  }

  async #process(message: DequeuedMessageItem): Promise<void> {
    const { maxDequeueCount, messageEncoding, visibilityTimeoutMs } = this.#options.settings;
    const body = decodeMessage(message.messageText, messageEncoding);
    // Too many attempts without an end (a host that died each time), or an encoding nobody can read.
    if (this.#poison && (body === undefined || message.dequeueCount > maxDequeueCount)) {
      return this.#bury(message, message.popReceipt);
    }
    const renewal = new VisibilityRenewal(this.#queue, message, this.#options);
    const outcome = await this.#invoker.invoke(this.#definition, queueInput(message, body ?? message.messageText));
    const popReceipt = await renewal.stop();
    if (outcome.kind === 'succeeded') await this.#queue.deleteMessage(message.messageId, popReceipt);
    else if (outcome.kind === 'timed-out') {
      // The message stays, invisible until its visibility runs out.
    } else if (!this.#poison) {
      // Same here: without a poison queue an instant retry would be an endless loop.
    } else if (message.dequeueCount >= maxDequeueCount) await this.#bury(message, popReceipt);
    else {
      await this.#queue.updateMessage(message.messageId, popReceipt, undefined, Math.ceil(visibilityTimeoutMs / 1000));
    }
  }

  /** Copies first: a crash in between leaves two, never none. */
  async #bury(message: DequeuedMessageItem, popReceipt: string): Promise<void> {
    if (!this.#poison) return;
    await sendCreating(this.#poison, message.messageText);
    await this.#queue.deleteMessage(message.messageId, popReceipt);
    this.#options.log(`${this.queueName} ${message.messageId} moved to ${this.#poison.name}`);
    this.#options.onPoison(this.#poison.name);
  }
}

export interface QueueListenerDependencies {
  invoker: Invoker;
  options: QueueListenerOptions;
}

/** Keeps a message invisible while its function runs; each renewal changes the pop receipt. */
class VisibilityRenewal {
  readonly #timer: NodeJS.Timeout;
  #popReceipt: string;
  #last: Promise<void> = Promise.resolve();

  constructor(queue: QueueClient, message: DequeuedMessageItem, options: QueueListenerOptions) {
    this.#popReceipt = message.popReceipt;
    const seconds = Math.ceil(options.invisibilityMs / 1000);
    const renew = async () => {
      try {
        const renewed = await queue.updateMessage(message.messageId, this.#popReceipt, undefined, seconds);
        this.#popReceipt = renewed.popReceipt ?? this.#popReceipt;
      } catch (error) {
        // Another instance has it (this one was frozen), or storage is down: the next renewal or the deletion tells.
        options.log(`${queue.name} ${message.messageId}: visibility not renewed: ${String(error)}`);
      }
    };
    this.#timer = setInterval(() => {
      this.#last = this.#last.then(renew);
    }, options.invisibilityMs / 2);
  }

  /** The pop receipt that is valid now. */
  async stop(): Promise<string> {
    clearInterval(this.#timer);
    await this.#last;
    return this.#popReceipt;
  }
}
