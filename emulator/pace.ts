import { ServiceError } from './wire/errors.ts';

/** Budgets per account; absent = unlimited. */
export type PaceOptions = { iops?: number | undefined; mebibytesPerSecond?: number | undefined };

type Bucket = { requests: number; bytes: number; atMs: number };

const MEBIBYTE = 1024 * 1024;
/** How much an idle account may save up, in seconds of its budget. */
const BURST_SECONDS = 1;

/** Answers ServerBusy when an account asks for more than its budget, as the service throttles. */
export class Pace {
  readonly #options: PaceOptions;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /** Takes one request out of the budget. @throws ServerBusy when requests or bytes are used up */
  take(account: string, nowMs: number): void {
    const { iops, mebibytesPerSecond } = this.#options;
    if (iops === undefined && mebibytesPerSecond === undefined) return;
    const bucket = this.#filled(account, nowMs);
    if ((iops !== undefined && bucket.requests < 1) || (mebibytesPerSecond !== undefined && bucket.bytes <= 0)) {
      const what = bucket.requests < 1 ? 'Operations per second' : 'Ingress or egress';
      throw new ServiceError('ServerBusy', { message: `${what} is over the account limit.` });
    }
    bucket.requests -= 1;
  }

  /** Takes bytes moved out of the budget, which may run into debt: a request is never cut short. */
  moved(account: string, bytes: number): void {
    const bucket = this.#buckets.get(account);
    if (bucket) bucket.bytes -= bytes;
  }

  #filled(account: string, nowMs: number): Bucket {
    const requestsPerSecond = this.#options.iops ?? 1;
    const bytesPerSecond = (this.#options.mebibytesPerSecond ?? 1) * MEBIBYTE;
    const known = this.#buckets.get(account);
    if (!known) {
      const full = { requests: requestsPerSecond * BURST_SECONDS, bytes: bytesPerSecond * BURST_SECONDS, atMs: nowMs };
      this.#buckets.set(account, full);
      return full;
    }
    const seconds = Math.max(0, nowMs - known.atMs) / 1000;
    known.requests = Math.min(known.requests + seconds * requestsPerSecond, requestsPerSecond * BURST_SECONDS);
    known.bytes = Math.min(known.bytes + seconds * bytesPerSecond, bytesPerSecond * BURST_SECONDS);
    known.atMs = nowMs;
    return known;
  }
}
