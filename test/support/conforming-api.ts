import { setTimeout as sleep } from 'node:timers/promises';
import type { RunReport } from '../../lib/model/index.ts';
import { type Operation, answerProblems, operations, type WireAnswer } from './openapi.ts';

export interface Asked {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: string;
  /** A string goes out as it stands. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ConformingAnswer extends WireAnswer {
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers whose shape the document has judged
  readonly body: any;
}

/** A running app that is held to docs/openapi.yaml: every answer is judged, and what has been met is remembered. */
export class ConformingApi {
  readonly #url: string;
  readonly #key: string;
  /** `OPERATION STATUS` and, for problems, `CODE`. */
  readonly met: Set<string>;

  constructor(url: string, key: string, met = new Set<string>()) {
    this.#url = url;
    this.#key = key;
    this.met = met;
  }

  /** Throws when the answer is not as documented. */
  async ask(operationId: string, asked: Asked = {}): Promise<ConformingAnswer> {
    const operation = operations.find((one) => one.operationId === operationId) as Operation;
    const answer = await this.#send(operation, asked);
    const problems = answerProblems(operation, answer);
    if (problems.length > 0) {
      const shown = `${JSON.stringify(asked)}: ${answer.status} ${answer.text.slice(0, 500)}`;
      throw new Error(`${operationId}: ${problems.join('; ')}\n${shown}`);
    }
    const isJson = answer.headers.get('content-type')?.includes('json') === true;
    const body = isJson ? JSON.parse(answer.text) : undefined;
    this.met.add(`${operationId} ${answer.status}`);
    if (typeof body?.code === 'string') this.met.add(body.code);
    return { ...answer, body };
  }

  /** The report of a run that has ended, by asking as long as that is said to be worth it. */
  async follow(runId: string): Promise<RunReport> {
    for (;;) {
      const { headers, body } = await this.ask('get-run', { path: { runId } });
      if (headers.get('retry-after') === null) return body;
      await sleep(200);
    }
  }

  /** Status and code of the answer: `404 RunNotFound`. */
  async refusal(operationId: string, asked: Asked): Promise<string> {
    const { status, body } = await this.ask(operationId, asked);
    return `${status} ${body?.code ?? ''}`;
  }

  async #send(operation: Operation, { path = {}, query = '', body, headers }: Asked): Promise<WireAnswer> {
    const filled = operation.path.replaceAll(/\{(\w+)\}/gu, (_, name: string) =>
      encodeURIComponent(path[name] ?? `no-${name}`),
    );
    const response = await fetch(`${this.#url}${filled}${query === '' ? '' : `?${query}`}`, {
      method: operation.method,
      headers: { 'x-functions-key': this.#key, ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }
}
