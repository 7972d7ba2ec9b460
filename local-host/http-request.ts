import type { IncomingMessage } from 'node:http';
import type { HttpData } from './rpc.ts';

/** The real host's limit for buffered requests. */
const maxBodyBytes = 100 * 1024 * 1024;

/** The request is larger than the host buffers: 413. */
export class BodyTooLarge extends Error {
  override name = 'BodyTooLarge';
}

/** The whole body; throws BodyTooLarge. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBodyBytes) throw new BodyTooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The first value of a header. */
export function headerText(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Header names in lower case, repeated ones joined. */
export function flatHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

/** What the worker needs of a request. */
export async function readRequest(
  request: IncomingMessage,
  url: URL,
  parameters: Record<string, string>,
): Promise<HttpData> {
  const body = await readBody(request);
  return {
    method: request.method ?? 'GET',
    url: url.href,
    headers: flatHeaders(request),
    query: Object.fromEntries(url.searchParams),
    params: parameters,
    body: body.length > 0 ? { bytes: body } : null,
  };
}
