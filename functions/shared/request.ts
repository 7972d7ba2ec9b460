import type { HttpRequest } from '@azure/functions';
import { z } from 'zod';
import { FarshareError } from '../../lib/errors.ts';

/** Far more than a body can need. */
const mostBytes = 100_000;

export const invalid = (message: string): FarshareError =>
  new FarshareError('InvalidRequest', message, { disposition: 'run' });

const problemsOf = (error: z.ZodError, whole: string): string =>
  error.issues.map((issue) => `${issue.path.join('.') || whole}: ${issue.message}`).join('; ');

/** The query parameters; the key among them is the host's. An empty parameter counts as absent. */
export function readQuery<T>(request: HttpRequest, schema: z.ZodType<T>): T {
  const given = [...request.query].filter(([name, value]) => name !== 'code' && value !== '');
  const names = new Set(given.map(([name]) => name));
  if (names.size < given.length) throw invalid('A parameter is given twice.');
  const parsed = schema.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  throw invalid(problemsOf(parsed.error, 'query'));
}

/** For operations without parameters. */
export const readNoQuery = (request: HttpRequest): void => void readQuery(request, z.strictObject({}));

/** The body; none means `{}`. `what` names it, `fields` what it takes. */
export async function readBody<T>(
  request: HttpRequest,
  { schema, what, fields }: { readonly schema: z.ZodType<T>; readonly what: string; readonly fields: string },
): Promise<T> {
  readNoQuery(request);
  const text = await readText(request);
  const parsed = schema.safeParse(text.trim() === '' ? {} : parseJson(text));
  if (parsed.success) return parsed.data;
  throw invalid(`The body is not ${what}. ${problemsOf(parsed.error, 'body')}. It takes ${fields}.`);
}

/** Stops reading where there is too much. */
async function readText(request: HttpRequest): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += part.byteLength;
    if (bytes > mostBytes) throw invalid(`The body has more than ${mostBytes} bytes, which is more than is read.`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid('The body is not JSON. Send an object, or nothing.');
  }
}

/** The header Idempotency-Key, as an option of what it is for. */
export function readIdempotencyKey(request: HttpRequest): { readonly idempotencyKey?: string } {
  const idempotencyKey = request.headers.get('idempotency-key');
  if (idempotencyKey === null) return {};
  if (/^[\x21-\x7e]{1,200}$/u.test(idempotencyKey)) return { idempotencyKey };
  throw invalid('The header Idempotency-Key must be 1 to 200 printable ASCII characters without spaces.');
}

/** A POST that takes no options: its body must be empty or `{}`. */
export async function readNothing(request: HttpRequest): Promise<void> {
  await readBody(request, { schema: z.strictObject({}), what: 'empty', fields: 'nothing' });
}

export const cursorSchema = z.string().max(4_000).exactOptional();
export const limitSchema = (most: number) => z.coerce.number().int().min(1).max(most).exactOptional();
export const nameSchema = z.string().max(80).exactOptional();
