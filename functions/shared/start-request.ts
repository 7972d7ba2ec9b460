import type { HttpRequest } from '@azure/functions';
import { z } from 'zod';
import { FarshareError } from '../../lib/errors.ts';

/** Far more than the body can need. */
const mostCharacters = 10_000;

const startRequestSchema = z.strictObject({
  dryRun: z.boolean().optional(),
  destination: z.string().min(1).max(80).optional(),
  full: z.boolean().optional(),
});

const invalid = (message: string): FarshareError =>
  new FarshareError('InvalidRequest', message, { disposition: 'run' });

/** The options of `POST /api/jobs/{job}/runs`; no body means none. */
export async function readStartRequest(request: HttpRequest) {
  const idempotencyKey = request.headers.get('idempotency-key') ?? undefined;
  if (idempotencyKey !== undefined && !/^[\x21-\x7e]{1,200}$/u.test(idempotencyKey)) {
    throw invalid('The header Idempotency-Key must be 1 to 200 printable ASCII characters without spaces.');
  }
  const text = await request.text();
  if (text.length > mostCharacters)
    throw invalid(`The body has ${text.length} characters; at most ${mostCharacters} are read.`);
  const parsed = startRequestSchema.safeParse(text.trim() === '' ? {} : parseJson(text));
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
    throw invalid(`The body is not a start request. ${problems.join('; ')}. It takes dryRun, destination and full.`);
  }
  const { dryRun, destination, full } = parsed.data;
  return {
    idempotencyKey,
    options: {
      ...(dryRun === undefined ? {} : { dryRun }),
      ...(destination === undefined ? {} : { destination }),
      ...(full === undefined ? {} : { full }),
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid('The body is not JSON. Send an object such as {"dryRun": true}, or nothing.');
  }
}
