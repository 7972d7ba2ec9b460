import type { RunReport } from '../../lib/model/index.ts';
import { eventually } from './stack-process.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

interface Asked {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

interface StartedRuns {
  readonly runs: { readonly runId: string; readonly destination: string; readonly url: string }[];
}

const endedStatuses = new Set(['succeeded', 'failed', 'cancelled', 'awaiting-approval']);

/** The HTTP face of a running app; `key` is sent with every request that does not bring its own headers. */
export class AppApi {
  readonly #url: string;
  readonly #key: string;

  constructor(url: string, key: string) {
    this.#url = url;
    this.#key = key;
  }

  /** A string as `body` goes out as it stands. */
  async ask(method: 'GET' | 'POST', path: string, { body, headers }: Asked = {}): Promise<Answer> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: headers ?? { 'x-functions-key': this.#key },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson ? JSON.parse(text) : {}) as Record<string, unknown>,
    };
  }

  keyed(headers: Record<string, string>): Record<string, string> {
    return { 'x-functions-key': this.#key, ...headers };
  }

  /** Starts runs of a job and answers the first one's id. */
  async start(job: string, body: unknown = {}): Promise<string> {
    const { status, body: answer } = await this.ask('POST', `/api/jobs/${job}/runs`, { body });
    const runId = (answer as unknown as StartedRuns).runs?.[0]?.runId;
    if (status !== 202 || runId === undefined) throw new Error(`${status}: ${JSON.stringify(answer)}`);
    return runId;
  }

  async report(runId: string): Promise<RunReport> {
    const { status, body } = await this.ask('GET', `/api/runs/${runId}`);
    if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
    return body as unknown as RunReport;
  }

  async follow(runId: string, timeoutMs = 120_000): Promise<RunReport> {
    let report: RunReport | undefined;
    const isEnded = async () => endedStatuses.has((report = await this.report(runId)).status);
    await eventually(`the end of run ${runId}`, isEnded, timeoutMs);
    return report as RunReport;
  }

  async run(job: string, body: unknown = {}): Promise<RunReport> {
    return this.follow(await this.start(job, body));
  }

  /** The newest runs of a job, newest first. */
  async runsOf(job: string): Promise<RunReport[]> {
    const { body } = await this.ask('GET', `/api/runs?job=${job}`);
    return (body as unknown as { items: RunReport[] }).items;
  }

  /** Runs a timer function now, as the portal's Run button does; not waited for. */
  async fireTimer(name: string): Promise<void> {
    const { status } = await this.ask('POST', `/admin/functions/${name}`, { body: {} });
    if (status !== 202) throw new Error(`POST /admin/functions/${name} was answered ${status}`);
  }
}
