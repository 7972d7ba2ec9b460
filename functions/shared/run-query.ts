import { z } from 'zod';
import { runStatusSchema } from '../../lib/model/index.ts';

/** The query of `GET /api/runs`. An empty parameter counts as absent. */
export const runQuerySchema = z
  .strictObject({
    job: z.string().max(80).optional(),
    status: z.union([runStatusSchema, z.literal('')]).optional(),
    limit: z.coerce.number().int().min(1).max(500).optional(),
    cursor: z.string().max(300).optional(),
  })
  .transform(({ job, status, limit, cursor }) => ({
    ...(job ? { job } : {}),
    ...(status ? { status } : {}),
    ...(limit === undefined ? {} : { limit }),
    ...(cursor ? { cursor } : {}),
  }));
