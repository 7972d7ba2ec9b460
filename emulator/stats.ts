/** Requests by operation, then by status. `0` stands for a connection reset before the operation ran. */
export type RequestCounts = Record<string, Record<string, number>>;

/** What `GET /_emulator/stats` answers. */
export type StatsReport = {
  requests: RequestCounts;
  accounts: Record<string, RequestCounts>;
  /** Bytes of request bodies received and of answer bodies sent. */
  bytesIn: number;
  bytesOut: number;
  /** Bytes moved by Copy File and Put Range From URL. */
  bytesCopied: number;
  /** The server's own reads of copy sources, which are no requests of a client. */
  copySourceReads: number;
  /** The most requests that were in flight at once: their head was received, their answer not yet sent. */
  mostConcurrent: number;
};

/** Counts what clients did. Control requests never come here. */
export class Stats {
  #report = emptyReport();
  #inFlight = 0;

  /** The head of a request was received; pair with `left`. */
  came(): void {
    this.#inFlight += 1;
    if (this.#inFlight > this.#report.mostConcurrent) this.#report.mostConcurrent = this.#inFlight;
  }

  /** Its answer was sent, or its connection is gone. */
  left(): void {
    this.#inFlight -= 1;
  }

  /** Its answer is decided. Each attempt of a client counts once. */
  answered(account: string, operation: string, status: number): void {
    count(this.#report.requests, operation, status);
    count((this.#report.accounts[account] ??= Object.create(null) as RequestCounts), operation, status);
  }

  received(bytes: number): void {
    this.#report.bytesIn += bytes;
  }

  sent(bytes: number): void {
    this.#report.bytesOut += bytes;
  }

  /** Content moved on the server by a copy. */
  copied(bytes: number): void {
    this.#report.bytesCopied += bytes;
  }

  sourceRead(): void {
    this.#report.copySourceReads += 1;
  }

  report(): StatsReport {
    return structuredClone(this.#report);
  }

  /** Starts again from nothing; requests in flight are in flight still. */
  reset(): void {
    this.#report = { ...emptyReport(), mostConcurrent: this.#inFlight };
  }
}

function emptyReport(): StatsReport {
  return {
    requests: {},
    accounts: {},
    bytesIn: 0,
    bytesOut: 0,
    bytesCopied: 0,
    copySourceReads: 0,
    mostConcurrent: 0,
  };
}

function count(counts: RequestCounts, operation: string, status: number): void {
  const statuses = (counts[operation] ??= {});
  statuses[status] = (statuses[status] ?? 0) + 1;
}
