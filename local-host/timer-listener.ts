import type { FunctionDefinition, TimerTrigger } from './function-definition.ts';
import type { Invoker, Outcome } from './invoker.ts';
import type { RetryOptions } from './rpc.ts';
import { never, timestamp } from './timer-status.ts';
import type { ScheduleStatus, TimerStatusBlob } from './timer-status.ts';
import type { Log } from './worker-process.ts';

/** A third of the lease, so that one failed renewal costs nothing. */
const renewalMs = 5_000;
/** How often a host without the lock asks for it. */
const standbyMs = 2_000;
/** setTimeout's limit is 2^31 - 1 ms. */
const longestSleepMs = 24 * 3600 * 1000;

/** The input of a timer function. A schedule without monitor has no status. */
export function timerInput(status: ScheduleStatus | undefined, isPastDue: boolean): { json: string } {
  const schedule = { AdjustForDST: true };
  return { json: JSON.stringify({ Schedule: schedule, ScheduleStatus: status ?? null, IsPastDue: isPastDue }) };
}

/** Fires one timer function while this host holds its lock; otherwise stands by. */
export class TimerListener {
  readonly #definition: FunctionDefinition;
  readonly #trigger: TimerTrigger;
  readonly #deps: { invoker: Invoker; status: TimerStatusBlob; log: Log };
  #isStopped = false;
  #wake: () => void = () => {};
  #loop: Promise<void> | undefined;

  constructor(
    definition: FunctionDefinition,
    trigger: TimerTrigger,
    deps: { invoker: Invoker; status: TimerStatusBlob; log: Log },
  ) {
    this.#definition = definition;
    this.#trigger = trigger;
    this.#deps = deps;
  }

  start(): void {
    this.#loop = this.#listen();
  }

  /** Fires no more; resolves when a running invocation has ended and the lock is free. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake();
    await this.#loop;
  }

  async #listen(): Promise<void> {
    while (!this.#isStopped) {
      try {
        if (await this.#deps.status.acquire()) await this.#fireWhileLocked();
      } catch (error) {
        this.#deps.log(`timer ${this.#definition.name}: ${String(error)}`);
      }
      await this.#sleep(standbyMs);
    }
  }

  async #fireWhileLocked(): Promise<void> {
    const renewal = setInterval(() => {
      // Before each firing the lock is renewed again and believed only then; this one only keeps it.
      this.#deps.status.renew().catch((error: unknown) => this.#deps.log(`timer lock: ${String(error)}`));
    }, renewalMs);
    try {
      await this.#fire(await this.#initialStatus());
    } finally {
      clearInterval(renewal);
    }
    if (this.#isStopped) await this.#deps.status.release();
  }

  /** Ends when stopped or when the lock is lost. */
  async #fire(initial: InitialStatus): Promise<void> {
    let status = initial.status;
    let reason: 'schedule' | 'past due' | 'startup' = initial.reason;
    for (;;) {
      if (reason === 'schedule') await this.#sleepUntil(new Date(status.Next));
      // A frozen host wakes up here with its lock long gone to another.
      if (this.#isStopped || !(await this.#deps.status.renew())) return;
      const firedAt = new Date();
      await this.#invoke(status, reason === 'past due');
      // Firing a little early must not make the same occurrence the next one again.
      const scheduled = new Date(status.Next);
      const last = reason === 'schedule' && scheduled > firedAt ? scheduled : firedAt;
      status = { Last: timestamp(last), Next: this.#next(last), LastUpdated: timestamp(last) };
      if (this.#trigger.useMonitor && !(await this.#deps.status.write(status))) return;
      reason = 'schedule';
    }
  }

  /** Reads the record, or begins it; a missed occurrence is fired once, however many were missed. */
  async #initialStatus(): Promise<InitialStatus> {
    const now = new Date();
    const startup = this.#trigger.runOnStartup ? 'startup' : 'schedule';
    const fresh = { Last: never, Next: this.#next(now), LastUpdated: never };
    if (!this.#trigger.useMonitor) return { status: fresh, reason: startup };
    const stored = await this.#deps.status.read();
    if (!stored) {
      await this.#deps.status.write({ ...fresh, LastUpdated: timestamp(now) });
      return { status: fresh, reason: startup };
    }
    const status = this.#rescheduled(stored);
    return { status, reason: new Date(status.Next) < now ? 'past due' : startup };
  }

  /** After a change of schedule the stored `Next` belongs to the old one. */
  #rescheduled(stored: ScheduleStatus): ScheduleStatus {
    const since = stored.LastUpdated === never ? stored.Last : stored.LastUpdated;
    return { ...stored, Next: this.#next(new Date(since)) };
  }

  async #invoke(status: ScheduleStatus, isPastDue: boolean): Promise<void> {
    const data = timerInput(this.#trigger.useMonitor ? status : undefined, isPastDue);
    let outcome = await this.#deps.invoker.invoke(this.#definition, { data });
    const { retry } = this.#definition;
    const maxRetryCount = retry?.maxRetryCount ?? 0;
    for (let retryCount = 1; retry && this.#isRetried(outcome, retryCount, maxRetryCount); retryCount++) {
      await this.#sleep(retryDelayMs(retry, retryCount));
      if (this.#isStopped) return;
      const message = outcome.kind === 'failed' ? outcome.message : outcome.kind;
      const retryContext = { retryCount, maxRetryCount, exception: { message } };
      outcome = await this.#deps.invoker.invoke(this.#definition, { data, retryContext });
    }
  }

  #isRetried(outcome: Outcome, retryCount: number, maxRetryCount: number): boolean {
    if (this.#isStopped || outcome.kind === 'succeeded') return false;
    return maxRetryCount === -1 || retryCount <= maxRetryCount;
  }

  #next(instant: Date): string {
    return timestamp(this.#trigger.schedule.next(instant) ?? new Date('9999-12-31T23:59:59Z'));
  }

  async #sleepUntil(instant: Date): Promise<void> {
    while (!this.#isStopped && instant.getTime() > Date.now()) {
      await this.#sleep(Math.min(instant.getTime() - Date.now(), longestSleepMs));
    }
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#isStopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

interface InitialStatus {
  status: ScheduleStatus;
  reason: 'schedule' | 'past due' | 'startup';
}

function retryDelayMs(retry: RetryOptions, retryCount: number): number {
  if (retry.retryStrategy !== 'exponentialBackoff') return (retry.delayInterval?.seconds ?? 0) * 1000;
  const least = retry.minimumInterval?.seconds ?? 1;
  return Math.min(least * 2 ** (retryCount - 1), retry.maximumInterval?.seconds ?? 60) * 1000;
}
