import { setTimeout as sleep } from 'node:timers/promises';
import type { InvocationRequest, InvocationResponse } from './rpc.ts';
import { WorkerProcess } from './worker-process.ts';
import type { WorkerOptions } from './worker-process.ts';

/** Between attempts to bring a crashing app back: long enough not to burn a core, short enough for a test to wait. */
const restartDelayMs = 1_000;

/** Keeps one worker running: replaces it when it crashed or was killed for a timeout, as the real host does. */
export class WorkerSupervisor {
  readonly #options: Omit<WorkerOptions, 'onCrash'>;
  #current: Promise<WorkerProcess>;
  #running: WorkerProcess | undefined;
  #isStopped = false;

  constructor(options: Omit<WorkerOptions, 'onCrash'>) {
    this.#options = options;
    this.#current = this.#start();
  }

  /** The first start: throws HostError when the app cannot be loaded. */
  async started(): Promise<WorkerProcess> {
    return this.#current;
  }

  /** Process id of the worker, 0 while it is being replaced. */
  get pid(): number {
    return this.#running?.pid ?? 0;
  }

  get capabilities(): Record<string, string> {
    return this.#running?.capabilities ?? {};
  }

  /** Runs a function in the worker; waits for a new one while it is being replaced. */
  async invoke(functionName: string, request: InvocationRequest): Promise<InvocationResponse> {
    const worker = await this.#current;
    return worker.invoke(functionName, request);
  }

  /** Kills the worker with everything that runs in it and starts another; nothing while that is under way. */
  restart(): void {
    if (!this.#running) return;
    this.#running.kill();
    this.#replace();
  }

  /** Ends the worker: orderly, or at once. */
  async stop(how: 'orderly' | 'at once'): Promise<void> {
    this.#isStopped = true;
    if (how === 'orderly') await this.#running?.terminate();
    else this.#running?.kill();
  }

  async #start(): Promise<WorkerProcess> {
    const worker = await WorkerProcess.start({ ...this.#options, onCrash: () => this.#replace() });
    this.#running = worker;
    if (this.#isStopped) worker.kill();
    return worker;
  }

  #replace(): void {
    this.#running = undefined;
    if (this.#isStopped) return;
    this.#current = this.#startAgain();
    // Invocations see the failure; without any there is nobody to tell.
    this.#current.catch(() => {});
  }

  async #startAgain(): Promise<WorkerProcess> {
    for (;;) {
      await sleep(this.#isStopped ? 0 : restartDelayMs);
      try {
        const worker = await this.#start();
        this.#options.log(`worker restarted as ${worker.pid}`);
        return worker;
      } catch (error) {
        this.#options.log(`worker did not start: ${String(error)}`);
        if (this.#isStopped) throw error;
      }
    }
  }
}
