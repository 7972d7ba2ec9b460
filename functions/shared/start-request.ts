import type { HttpRequest } from '@azure/functions';
import { z } from 'zod';
import type { StartOptions } from '../../lib/engine.ts';
import { readBody, readIdempotencyKey } from './request.ts';

const startRequestSchema = z.strictObject({
  dryRun: z.boolean().exactOptional(),
  destination: z.string().min(1).max(80).exactOptional(),
  full: z.boolean().exactOptional(),
});

/** The options of `POST /api/jobs/{job}/runs`; no body means none. */
export async function readStartRequest(request: HttpRequest): Promise<StartOptions> {
  const key = readIdempotencyKey(request);
  const body = { schema: startRequestSchema, what: 'a start request', fields: 'dryRun, destination and full' };
  return { ...(await readBody(request, body)), ...key };
}
