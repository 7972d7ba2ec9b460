import { randomUUID } from 'node:crypto';
import type { FunctionDefinition } from './function-definition.ts';
import type { QueueOutputs } from './queue-outputs.ts';
import type { InvocationRequest, InvocationResponse, TypedData } from './rpc.ts';
import type { Log } from './worker-process.ts';
import type { WorkerSupervisor } from './worker-supervisor.ts';

export type Outcome =
  | { kind: 'succeeded'; response: InvocationResponse }
  | { kind: 'failed'; message: string }
  /** functionTimeout passed: the worker was killed. */
  | { kind: 'timed-out' };

export interface InvocationInput {
  data: TypedData;
  triggerMetadata?: Record<string, TypedData>;
  retryContext?: NonNullable<InvocationRequest['retryContext']>;
  /** Known beforehand only where the trigger needs it (streamed HTTP). */
  invocationId?: string;
}

class FunctionTimeout extends Error {}

/** Runs functions in the worker under functionTimeout, writes their outputs, and logs one line for each. */
export class Invoker {
  readonly #worker: WorkerSupervisor;
  readonly #outputs: QueueOutputs;
  readonly #options: { functionTimeoutMs: number | undefined; log: Log };
  readonly #running = new Set<Promise<Outcome>>();

  constructor(
    worker: WorkerSupervisor,
    outputs: QueueOutputs,
    options: { functionTimeoutMs: number | undefined; log: Log },
  ) {
    this.#worker = worker;
    this.#outputs = outputs;
    this.#options = options;
  }

  /** Never rejects. */
  async invoke(definition: FunctionDefinition, input: InvocationInput): Promise<Outcome> {
    const running = this.#run(definition, input);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** Waits until nothing runs any more, at most `limitMs`; tells whether all was done. */
  async drain(limitMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), limitMs);
    });
    const done = (async () => {
      while (this.#running.size > 0) await Promise.all(this.#running);
      return true as const;
    })();
    const result = await Promise.race([done, limit]);
    clearTimeout(timer);
    return result;
  }

  async #run(definition: FunctionDefinition, input: InvocationInput): Promise<Outcome> {
    const { data, invocationId = randomUUID(), ...rest } = input;
    const request = { invocationId, inputData: [{ name: definition.triggerName, data }], ...rest };
    const startedAt = performance.now();
    let outcome: Outcome;
    try {
      const response = await this.#withinTimeout(this.#worker.invoke(definition.name, request));
      await this.#outputs.write(definition, response);
      outcome = { kind: 'succeeded', response };
    } catch (error) {
      if (error instanceof FunctionTimeout) outcome = { kind: 'timed-out' };
      else outcome = { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
    }
    const took = `${Math.round(performance.now() - startedAt)} ms`;
    const reason = outcome.kind === 'failed' ? ` ${outcome.message.replaceAll('\n', ' | ')}` : '';
    this.#options.log(`${definition.name} ${invocationId} ${outcome.kind} ${took}${reason}`);
    return outcome;
  }

  async #withinTimeout(running: Promise<InvocationResponse>): Promise<InvocationResponse> {
    const limitMs = this.#options.functionTimeoutMs;
    if (limitMs === undefined) return running;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new FunctionTimeout(`functionTimeout of ${limitMs} ms passed`));
        this.#worker.restart();
      }, limitMs);
    });
    try {
      return await Promise.race([running, timeout]);
    } finally {
      clearTimeout(timer);
      // Killing the worker rejects it too, when nobody listens any more.
      running.catch(() => {});
    }
  }
}
