/** The app's HTTP API, and nothing else, is where the page's data come from. */
import { sessionKey } from './session.ts';
import type { RestoreRequest } from './shapes.ts';

/** What a request did not bring: `status` 0 when no answer came at all. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export interface Answer<Value> {
  readonly value: Value;
  /** Seconds after which asking again is worth it; undefined: the answer will not change by itself. */
  readonly retryAfter: number | undefined;
}

type Query = Readonly<Record<string, string | number | undefined>>;
interface Asked {
  readonly query?: Query;
  readonly signal?: AbortSignal;
}

interface Sent extends Asked {
  readonly body?: unknown;
  readonly idempotencyKey?: string;
}

/** `/api/`, from the page's own address. */
const base = new URL('.', location.href).pathname;

export async function get<Value>(path: string, asked: Asked = {}): Promise<Answer<Value>> {
  return read<Value>(await send('GET', path, asked));
}

/** Keys of requests that nobody knows the end of, by what they ask. */
const unanswered = new Map<string, string>();

/** A request whose answer was lost goes out with the same key when it is made again, and so starts nothing twice. */
export async function post<Value>(path: string, body?: unknown): Promise<Value> {
  const what = `${path} ${JSON.stringify(body)}`;
  const idempotencyKey = unanswered.get(what) ?? crypto.randomUUID();
  unanswered.set(what, idempotencyKey);
  const response = await send('POST', path, { body, idempotencyKey });
  if (response.status < 500) unanswered.delete(what);
  return (await read<Value>(response)).value;
}

/** Starts a restore; answers the run's id. */
export async function startRestore(request: RestoreRequest): Promise<string> {
  const { restoreId } = await post<{ restoreId: string }>('restores', request);
  return restoreId;
}

/** The content of one file. `onBytes` is told how many have come. */
export async function getContent(path: string, query: Query, onBytes: (bytes: number) => void): Promise<Blob> {
  const response = await send('GET', path, { query });
  if (!response.ok || response.body === null) throw await problemOf(response);
  let received = 0;
  const counted = response.body.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        received += chunk.length;
        onBytes(received);
        controller.enqueue(chunk);
      },
    }),
  );
  try {
    return await new Response(counted).blob();
  } catch {
    // The app ends the connection when the account fails in the middle; the browser compares with Content-Length.
    throw new ApiError(0, 'BrokenOff', 'The download broke off before the whole file had come. Try it again.');
  }
}

async function send(method: 'GET' | 'POST', path: string, asked: Sent): Promise<Response> {
  const { query = {}, body, signal } = asked;
  try {
    return await fetch(`${base}${path}${queryText(query)}`, {
      method,
      // A sign-in that has run out must not lead the request to another origin.
      redirect: 'manual',
      cache: 'no-store',
      credentials: 'same-origin',
      headers: headersOf(asked),
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
  } catch {
    signal?.throwIfAborted();
    throw new ApiError(0, 'NoAnswer', 'The app does not answer. Is it running, and is there a network?');
  }
}

function queryText(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') parameters.set(name, String(value));
  }
  return parameters.size > 0 ? `?${parameters}` : '';
}

function headersOf({ body, idempotencyKey }: Sent): Record<string, string> {
  const key = sessionKey();
  return {
    ...(key !== null && { 'x-functions-key': key }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
  };
}

async function read<Value>(response: Response): Promise<Answer<Value>> {
  if (!response.ok) throw await problemOf(response);
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const value = await response.json().catch(() => {
    throw new ApiError(response.status, 'NoJson', 'The app answered with something else than JSON.');
  });
  return {
    value: value as Value,
    retryAfter: Number.isFinite(seconds) && seconds > 0 ? seconds : undefined,
  };
}

async function problemOf(response: Response): Promise<ApiError> {
  if (response.status === 401 || response.type === 'opaqueredirect') {
    return new ApiError(401, 'SignedOut', 'The key is missing or wrong, or the sign-in has run out.');
  }
  try {
    const { code, detail } = (await response.json()) as { code: string; detail: string };
    return new ApiError(response.status, code, detail);
  } catch {
    return new ApiError(response.status, `Http${response.status}`, `The app answered with status ${response.status}.`);
  }
}

/** A path of the API from parts that may hold anything. */
export const apiPath = (...parts: readonly string[]): string => parts.map(encodeURIComponent).join('/');
