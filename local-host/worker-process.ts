import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { HostError } from './host-error.ts';
import type { FunctionMetadata, HostMessage, InvocationRequest, InvocationResponse, WorkerMessage } from './rpc.ts';

export type Log = (line: string) => void;

export interface WorkerOptions {
  appRoot: string;
  /** The worker's whole environment. */
  environment: Record<string, string | undefined>;
  log: Log;
  /** Called when the process ended without having been asked to. */
  onCrash(): void;
}

/** The worker process died, or was killed, before the function was done. */
class WorkerLostError extends Error {
  override name = 'WorkerLostError';
}

interface Pending {
  resolve(response: InvocationResponse): void;
  reject(error: Error): void;
}

/** How long appTerminate hooks may take before the process is killed. */
const terminateTimeoutMs = 5_000;

/** One worker process with the app loaded; ended for good by `terminate` or `kill`. */
export class WorkerProcess {
  readonly functions: FunctionMetadata[] = [];
  capabilities: Record<string, string> = {};
  readonly #child: ChildProcess;
  readonly #options: WorkerOptions;
  readonly #pending = new Map<string, Pending>();
  #isEnding = false;

  private constructor(options: WorkerOptions) {
    this.#options = options;
    this.#child = fork(join(import.meta.dirname, 'worker/main.ts'), [], {
      cwd: options.appRoot,
      env: options.environment,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => options.log(`[app] ${line}`));
    }
    this.#child.on('exit', (code, signal) => this.#lost(`it exited with ${signal ?? code}`));
    this.#child.on('error', (error) => this.#lost(error.message));
  }

  /** Starts a process and loads the app; throws HostError when the app cannot be loaded. */
  static async start(options: WorkerOptions): Promise<WorkerProcess> {
    const worker = new WorkerProcess(options);
    try {
      await worker.#load(options.appRoot);
      return worker;
    } catch (error) {
      worker.kill();
      throw error;
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Runs one function; rejects with the function's error, or WorkerLostError. */
  async invoke(functionName: string, request: InvocationRequest): Promise<InvocationResponse> {
    if (this.#isEnding) throw new WorkerLostError('The worker process is gone.');
    return new Promise((resolve, reject) => {
      this.#pending.set(request.invocationId, { resolve, reject });
      this.#send({ kind: 'invoke', functionName, request });
    });
  }

  /** Ends the process at once, whatever runs in it. */
  kill(): void {
    this.#isEnding = true;
    this.#child.kill('SIGKILL');
  }

  /** Lets the app's appTerminate hooks run, then ends the process. */
  async terminate(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#isEnding = true;
    const exited = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    this.#send({ kind: 'terminate' });
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), terminateTimeoutMs);
    await exited;
    clearTimeout(timer);
  }

  async #load(appRoot: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#child.once('exit', (code) => reject(new HostError([`The worker exited with ${code} while loading.`])));
      this.#child.on('message', (message: WorkerMessage) => {
        if (message.kind === 'startFailed') reject(new HostError([message.message]));
        if (message.kind === 'started') {
          this.functions.push(...message.functions);
          this.capabilities = message.capabilities;
          resolve();
        }
        this.#receive(message);
      });
      this.#send({ kind: 'start', appRoot });
    });
  }

  #send(message: HostMessage): void {
    // A closed channel is followed by 'exit', which settles everything.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  #receive(message: WorkerMessage): void {
    if (message.kind === 'log') {
      const origin = message.functionName ? ` ${message.functionName} ${message.invocationId}` : '';
      if (message.level !== 'debug' && message.level !== 'trace') {
        this.#options.log(`[${message.level}]${origin} ${message.message}`);
      }
      return;
    }
    if (message.kind !== 'succeeded' && message.kind !== 'failed') return;
    const pending = this.#pending.get(message.invocationId);
    this.#pending.delete(message.invocationId);
    if (message.kind === 'succeeded') pending?.resolve(message.response);
    else pending?.reject(new Error(message.message));
  }

  #lost(reason: string): void {
    const crashed = !this.#isEnding;
    this.#isEnding = true;
    for (const pending of this.#pending.values()) pending.reject(new WorkerLostError(`Worker lost: ${reason}`));
    this.#pending.clear();
    if (!crashed) return;
    this.#options.log(`worker ${this.pid} lost: ${reason}`);
    this.#options.onCrash();
  }
}
