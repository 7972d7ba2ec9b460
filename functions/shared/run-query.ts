import { z } from 'zod';
import { runKindSchema, runStatusSchema } from '../../lib/model/index.ts';

/** The query of `GET /api/runs`. */
export const runQuerySchema = z.strictObject({
  job: z.string().max(80).exactOptional(),
  kind: runKindSchema.exactOptional(),
  status: runStatusSchema.exactOptional(),
  limit: z.coerce.number().int().min(1).max(500).exactOptional(),
  cursor: z.string().max(300).exactOptional(),
});
