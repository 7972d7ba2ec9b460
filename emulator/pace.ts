import { ServiceError } from './wire/errors.ts';

/** Budgets a second; absent = unlimited. */
export type Budget = { iops?: number | undefined; mebibytesPerSecond?: number | undefined };

/** Budgets of each account and of each share. */
export type PaceOptions = {
  account?: Budget | undefined;
  share?: Budget | undefined;
  /** What one share may do by its own settings. */
  shareBudgetOf?: ((of: Scope) => Budget | undefined) | undefined;
};

/** Where a request goes; an empty share stands for the service itself. */
export type Scope = { account: string; share: string };

type Bucket = { requests: number; bytes: number; atMs: number };

const MEBIBYTE = 1024 * 1024;
/** How much an idle account or share may save up, in seconds of its budget. */
const BURST_SECONDS = 1;

/** Answers ServerBusy when an account or a share asks for more than its budget, as the service throttles. */
export class Pace {
  readonly #options: PaceOptions;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /** Takes one request out of the budgets. @throws ServerBusy when requests or bytes are used up */
  take(scope: Scope, nowMs: number): void {
    const budgets = this.#budgetsOf(scope);
    for (const { budget, key, limit } of budgets) requireLeft(this.#filled(key, budget, nowMs), budget, limit);
    for (const { key } of budgets) this.#change(key, 1, 0);
  }

  /** Takes bytes moved out of the budgets, which may run into debt: a request is never cut short. */
  moved(scope: Scope, bytes: number): void {
    if (bytes === 0) return;
    for (const { key } of this.#budgetsOf(scope)) this.#change(key, 0, bytes);
  }

  #budgetsOf({ account, share }: Scope) {
    const { account: ofAccount, share: ofShares, shareBudgetOf } = this.#options;
    const found: { key: string; budget: Budget; limit: string }[] = [];
    if (isLimited(ofAccount)) found.push({ key: account, budget: ofAccount, limit: 'account limit' });
    if (share === '') return found;
    const ofShare = shareBudgetOf?.({ account, share }) ?? ofShares;
    if (isLimited(ofShare)) found.push({ key: `${account}/${share}`, budget: ofShare, limit: 'share limit' });
    return found;
  }

  #change(key: string, requests: number, bytes: number): void {
    const bucket = this.#buckets.get(key);
    if (!bucket) return;
    bucket.requests -= requests;
    bucket.bytes -= bytes;
  }

  #filled(key: string, { iops = 1, mebibytesPerSecond = 1 }: Budget, nowMs: number): Bucket {
    const bytesPerSecond = mebibytesPerSecond * MEBIBYTE;
    const known = this.#buckets.get(key);
    if (!known) {
      const full = { requests: iops * BURST_SECONDS, bytes: bytesPerSecond * BURST_SECONDS, atMs: nowMs };
      this.#buckets.set(key, full);
      return full;
    }
    const seconds = Math.max(0, nowMs - known.atMs) / 1000;
    known.requests = Math.min(known.requests + seconds * iops, iops * BURST_SECONDS);
    known.bytes = Math.min(known.bytes + seconds * bytesPerSecond, bytesPerSecond * BURST_SECONDS);
    known.atMs = nowMs;
    return known;
  }
}

function isLimited(budget: Budget | undefined): budget is Budget {
  return budget !== undefined && (budget.iops !== undefined || budget.mebibytesPerSecond !== undefined);
}

function requireLeft(bucket: Bucket, { iops, mebibytesPerSecond }: Budget, limit: string): void {
  const lacksRequests = iops !== undefined && bucket.requests < 1;
  if (!lacksRequests && (mebibytesPerSecond === undefined || bucket.bytes > 0)) return;
  const what = lacksRequests ? 'Operations per second' : 'Ingress or egress';
  throw new ServiceError('ServerBusy', { message: `${what} is over the ${limit}.` });
}
