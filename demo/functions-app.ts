import { setTimeout as sleep } from 'node:timers/promises';
import type { RunReport } from '../lib/model/index.ts';

const endedStatuses = new Set(['succeeded', 'failed', 'cancelled', 'awaiting-approval']);
const pollMs = 250;

/** The HTTP face of a running Farshare, as any client outside the project would use it. */
export class FunctionsApp {
  readonly #url: string;
  readonly #key: string;
  readonly #signal: AbortSignal;

  /** `key` must be the host's master key: a timer function is started over the host's admin endpoint. */
  constructor(url: string, key: string, signal: AbortSignal) {
    this.#url = url;
    this.#key = key;
    this.#signal = signal;
  }

  /** Runs a timer function now, as the portal's Run button does. */
  async runTimer(name: string): Promise<void> {
    await this.#request('POST', `/admin/functions/${name}`, {});
  }

  async startRun(job: string): Promise<string> {
    const { runs } = await this.#request<{ runs: { runId: string }[] }>('POST', `/api/jobs/${job}/runs`, {});
    const runId = runs[0]?.runId;
    if (runId === undefined) throw new Error(`Starting a run of ${job} started none`);
    return runId;
  }

  /** The id of the newest run of a job, once there is one. */
  async firstRun(job: string, timeoutMs: number): Promise<string> {
    const giveUpAt = performance.now() + timeoutMs;
    while (performance.now() < giveUpAt) {
      const { items } = await this.#request<{ items: { runId: string }[] }>('GET', `/api/runs?job=${job}&limit=1`);
      if (items[0]) return items[0].runId;
      await sleep(pollMs, undefined, { signal: this.#signal });
    }
    throw new Error(`The schedule started no run of ${job} within ${timeoutMs / 1000} s`);
  }

  /** Follows a run to its end; `onReport` gets each state that is asked for. */
  async followRun(runId: string, timeoutMs: number, onReport: (report: RunReport) => void): Promise<RunReport> {
    const giveUpAt = performance.now() + timeoutMs;
    while (performance.now() < giveUpAt) {
      const report = await this.#request<RunReport>('GET', `/api/runs/${runId}`);
      onReport(report);
      if (endedStatuses.has(report.status)) return report;
      await sleep(pollMs, undefined, { signal: this.#signal });
    }
    throw new Error(`Run ${runId} did not end within ${timeoutMs / 1000} s`);
  }

  async #request<Answer>(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: { 'x-functions-key': this.#key, 'content-type': 'application/json' },
      signal: this.#signal,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text.slice(0, 500)}`);
    return (text === '' ? {} : JSON.parse(text)) as Answer;
  }
}
