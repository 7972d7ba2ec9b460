/** One request to an account's file service: attempts, limits, meter, leave to write, timeouts, translation of errors. */
import { createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline';
import type { HttpClient, HttpMethods, Pipeline, PipelineResponse } from '@azure/core-rest-pipeline';
import type { Clock, ShareAccess } from '../run/ports.ts';
import { FarshareError } from '../errors.ts';
import {
  isThrottled,
  isTransientStatus,
  malformedAnswer,
  refusedRequest,
  RequestError,
  unansweredRequest,
} from './errors.ts';
import type { LeavingClient } from './agents.ts';
import type { RequestLimiter, RequestOutcome } from './limiter.ts';
import { timeoutOf, traitsOf, type OperationName } from './operations.ts';
import { longestRetryAfterMs, mostAttempts, parseRetryAfter, retryDelayMs } from './retry.ts';
import { childrenOf, parseXml, textOf } from './xml.ts';

/**
 * 2026-04-06: the newest version that AzCopy's successors and SDKs of this year speak and that has all we use (user
 * delegation keys 2026-02-06, OAuth on shares 2024-11-04, trailing dots 2022-11-02, rename in range diffs 2024-05-04).
 * 2026-06-06 and later change Create File and page List Ranges, which nothing here needs.
 */
export const serviceVersion = '2026-04-06';

/** What a request needs of its account; one per account and process. */
export interface AccountConnection {
  /** Without trailing slash. */
  readonly endpoint: string;
  /** Put behind each URL's query: the SAS, or `''`. */
  readonly sas: string;
  readonly pipeline: Pipeline;
  readonly send: LeavingClient;
  readonly limiter: RequestLimiter;
  readonly onThrottled: () => void;
  readonly clock: Clock;
}

export interface FilesRequest<T> {
  readonly operation: OperationName;
  readonly method: HttpMethods;
  /** Below the endpoint, encoded: `/share/directory/file`. */
  readonly path: string;
  /** An `undefined` is left out. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Buffer;
  /** The answer's body is bytes, not text. */
  readonly binary?: true;
  /** Sent once, whatever happens. */
  readonly once?: boolean;
  /** What the answer says. A SyntaxError means that it cannot be read, and counts as no answer. */
  readonly read: (answer: FilesAnswer) => T;
}

export interface FilesAnswer {
  readonly body: string;
  /** The body of a `binary` request. */
  readonly bytes: Buffer;
  /** All headers, names in lower case. */
  readonly headers: Iterable<readonly [string, string]>;
  /** The header's value, or `undefined`. */
  header(name: string): string | undefined;
  /** The header's value; throws SyntaxError without it. */
  required(name: string): string;
}

/**
 * Sends until the answer is clear: 500, 503, 429, timeouts, broken connections and answers cut short are tried again in
 * place. Throws RequestError, what `access.beforeWrite` throws, or the reason of `access.signal`.
 */
export async function sendRequest<T>(
  connection: AccountConnection,
  access: ShareAccess,
  request: FilesRequest<T>,
): Promise<T> {
  const most = request.once === true ? 1 : mostAttempts;
  let unclear = false;
  for (let attempt = 1; ; attempt += 1) {
    const result = await attemptRequest(connection, access, request);
    if ('value' in result) return result.value;
    const { error, retryAfterMs } = result;
    if (!result.repeatable || attempt >= most || retryAfterMs > longestRetryAfterMs) {
      throw unclear ? afterUnclear(error) : error;
    }
    unclear ||= result.unclear;
    await connection.clock.sleep(retryDelayMs(attempt, retryAfterMs, Math.random()), access.signal);
  }
}

const afterUnclear = (error: RequestError): RequestError =>
  new RequestError(error.code, error.message, {
    disposition: error.disposition,
    ...(error.operation === undefined ? {} : { operation: error.operation }),
    afterUnclearAttempt: true,
  });

interface Failure {
  readonly error: RequestError;
  readonly repeatable: boolean;
  /** The service may have done it nevertheless. */
  readonly unclear: boolean;
  readonly retryAfterMs: number;
}

async function attemptRequest<T>(
  connection: AccountConnection,
  access: ShareAccess,
  request: FilesRequest<T>,
): Promise<Failure | { value: T }> {
  const { limiter } = connection;
  // Before the place is taken: a slow job must not hold up others of the account.
  await access.pace?.();
  const entered = await limiter.enter(access.signal);
  let outcome: RequestOutcome = 'failed';
  try {
    const response = await exchange(connection, access, request);
    outcome = isThrottled(response.status) ? 'throttled' : 'answered';
    if (outcome === 'throttled') connection.onThrottled();
    if (response.status < 200 || response.status >= 300) return refusal(connection.clock, request.operation, response);
    return { value: request.read(toAnswer(response)) };
  } catch (error) {
    access.signal?.throwIfAborted();
    const failed = failedAttempt(request.operation, error);
    return { error: failed, repeatable: failed.disposition === 'retry', unclear: true, retryAfterMs: 0 };
  } finally {
    limiter.leave(outcome, entered);
  }
}

/** Throws on what is no failure of the request: leave to write refused, a name that cannot be sent. */
function failedAttempt(operation: OperationName, error: unknown): RequestError {
  if (error instanceof RequestError) return error;
  if (error instanceof FarshareError) throw error;
  if (error instanceof SyntaxError) return malformedAnswer(operation, error.message);
  return unansweredRequest(operation, error);
}

/**
 * One attempt through the pipeline. The leave to write, the meter and the timeout sit under every policy, so that neither
 * the wait for a token nor a challenge answered by the bearer policy goes unguarded or uncounted.
 */
async function exchange(
  { pipeline, send, endpoint, sas }: AccountConnection,
  access: ShareAccess,
  request: FilesRequest<unknown>,
): Promise<PipelineResponse> {
  const traits = traitsOf(request.operation);
  const timeoutMs = timeoutOf(traits);
  const metered: HttpClient = {
    async sendRequest(outgoing) {
      access.signal?.throwIfAborted();
      const deadline = startDeadline(timeoutMs, access.signal);
      outgoing.abortSignal = deadline.signal;
      try {
        if (request.binary === true) outgoing.streamResponseStatusCodes = contentStatuses;
        const response = await send(outgoing, () => {
          if (traits.writes === true) access.beforeWrite?.();
          access.meter.record(request.operation);
        });
        // Within the deadline, as the rest of the answer is.
        if (response.readableStreamBody !== undefined) bodies.set(response, await collect(response.readableStreamBody));
        return response;
      } catch (error) {
        throw deadline.isOver() ? unansweredRequest(request.operation, error, timeoutMs) : error;
      } finally {
        deadline.end();
      }
    },
  };
  const query = { ...request.query, ...(traits.writes === true ? { timeout: String(timeoutMs / 1000) } : {}) };
  return pipeline.sendRequest(
    metered,
    createPipelineRequest({
      url: buildUrl(`${endpoint}${request.path}`, query, sas),
      method: request.method,
      headers: createHttpHeaders(requestHeaders(request)),
      allowInsecureConnection: true,
      ...(request.body === undefined ? {} : { body: request.body }),
    }),
  );
}

const contentStatuses = new Set([200, 206]);
const bodies = new WeakMap<PipelineResponse, Buffer>();

async function collect(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

/** What RFC 9110 keeps out of a header. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const unsendable = /[^\t\u0020-\u007e\u0080-\u00ff]/u;

function requestHeaders({ operation, method, headers, body }: FilesRequest<unknown>): Record<string, string> {
  const all: Record<string, string> = { 'x-ms-version': serviceVersion };
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value === undefined) continue;
    // Node would throw on it after the attempt was counted.
    if (unsendable.test(name) || unsendable.test(value)) {
      throw new FarshareError('InvalidHeaderValue', `${operation}: the value of ${name} cannot be sent in a header`, {
        disposition: 'entry',
        operation,
      });
    }
    all[name] = value;
  }
  // Signed and sent as it is: without it Node would choose a chunked body for some methods.
  if (method === 'PUT' && body === undefined) all['content-length'] = '0';
  return all;
}

/** `sas` is a query string already encoded. Values that are empty are left out: SharedKey signs them differently. */
export function buildUrl(base: string, query: Readonly<Record<string, string | undefined>>, sas: string): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') parts.push(`${name}=${encodeURIComponent(value)}`);
  }
  if (sas !== '') parts.push(sas);
  return parts.length === 0 ? base : `${base}?${parts.join('&')}`;
}

/** Covers the whole exchange: core-rest-pipeline's own timeout ends when the headers arrive, and a body can hang. */
function startDeadline(timeoutMs: number, outer: AbortSignal | undefined) {
  const controller = new AbortController();
  let over = false;
  const timer = setTimeout(() => {
    over = true;
    controller.abort();
  }, timeoutMs);
  const forward = () => controller.abort();
  outer?.addEventListener('abort', forward, { once: true });
  return {
    signal: controller.signal,
    isOver: () => over,
    end() {
      clearTimeout(timer);
      outer?.removeEventListener('abort', forward);
    },
  };
}

function refusal(clock: Clock, operation: OperationName, response: PipelineResponse): Failure {
  const header = (name: string) => response.headers.get(name);
  const body = readErrorBody(response.bodyAsText ?? '');
  const copySourceStatus = Number(header('x-ms-copy-source-status-code') ?? body.copySourceStatus ?? Number.NaN);
  const answer = {
    status: response.status,
    code: header('x-ms-error-code') ?? body.code,
    message: body.message,
    ...(Number.isNaN(copySourceStatus) ? {} : { copySourceStatus }),
  };
  return {
    error: refusedRequest(operation, answer, false),
    repeatable: isTransientStatus(response.status) || isTransientStatus(copySourceStatus),
    unclear: isTransientStatus(response.status) && !isThrottled(response.status),
    retryAfterMs: parseRetryAfter(header('retry-after'), clock.now()),
  };
}

interface ErrorBody {
  readonly code: string;
  readonly message: string;
  readonly copySourceStatus?: string;
}

function readErrorBody(text: string): ErrorBody {
  try {
    const error = parseXml(text);
    const copySourceStatus = childrenOf(error, 'CopySourceStatusCode')[0]?.text;
    return {
      code: textOf(error, 'Code') ?? '',
      message: textOf(error, 'Message') ?? '',
      ...(copySourceStatus === undefined ? {} : { copySourceStatus }),
    };
  } catch {
    // Not the service's XML (HEAD, a proxy's page): status and headers have to do.
    return { code: '', message: '' };
  }
}

function toAnswer(response: PipelineResponse): FilesAnswer {
  const header = (name: string) => response.headers.get(name);
  return {
    body: response.bodyAsText ?? '',
    bytes: bodies.get(response) ?? Buffer.alloc(0),
    headers: response.headers,
    header,
    required(name) {
      const value = header(name);
      if (value === undefined) throw new SyntaxError(`no header ${name}`);
      return value;
    },
  };
}
