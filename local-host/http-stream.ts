import { randomUUID } from 'node:crypto';
import { request as sendRequest } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { flatHeaders } from './http-request.ts';
import type { InvocationInput, Outcome } from './invoker.ts';
import type { TypedData } from './rpc.ts';

export interface StreamedRequest {
  request: IncomingMessage;
  response: ServerResponse;
  /** Base URL of the worker's HTTP server, which the library started. */
  streamUrl: string;
  url: URL;
  parameters: Record<string, string>;
}

/**
 * `enableHttpStream`: bodies flow between client and worker through the library's own server in the worker, matched to
 * the invocation by a header; the invocation itself carries only route parameters and headers.
 */
export async function streamThrough(
  streamed: StreamedRequest,
  invoke: (input: InvocationInput) => Promise<Outcome>,
): Promise<void> {
  const { request, response, parameters } = streamed;
  const invocationId = randomUUID();
  const triggerMetadata: Record<string, TypedData> = { Headers: { json: JSON.stringify(flatHeaders(request)) } };
  for (const [name, value] of Object.entries(parameters)) triggerMetadata[name] = { string: value };
  const abort = new AbortController();
  const proxied = forward(streamed, invocationId, abort.signal);
  const outcome = await Promise.race([
    invoke({ invocationId, data: {}, triggerMetadata }),
    // A broken stream alone decides nothing: the invocation still ends, by itself or by its timeout.
    proxied.then(
      () => new Promise<never>(() => {}),
      () => new Promise<never>(() => {}),
    ),
  ]);
  if (outcome.kind === 'succeeded') return proxied;
  abort.abort();
  await proxied.catch(() => {});
  if (response.headersSent) response.destroy();
  else response.writeHead(500).end();
}

async function forward(streamed: StreamedRequest, invocationId: string, signal: AbortSignal): Promise<void> {
  const { request, response, streamUrl, url } = streamed;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = sendRequest(new URL(url.pathname + url.search, streamUrl), {
    method: request.method ?? 'GET',
    signal,
    headers: {
      ...flatHeaders(request),
      'x-ms-invocation-id': invocationId,
      'x-forwarded-host': url.host,
      'x-forwarded-proto': 'http',
    },
  });
  outgoing.once('response', resolve);
  outgoing.once('error', reject);
  request.pipe(outgoing);
  const incoming = await promise;
  const { 'x-ms-invocation-id': _, connection: __, 'transfer-encoding': ___, ...headers } = incoming.headers;
  response.writeHead(incoming.statusCode ?? 500, headers);
  await pipeline(incoming, response);
}
