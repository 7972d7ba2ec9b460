import type { HttpRequest } from '@azure/functions';
import { z } from 'zod';
import { readRestorePlace, type RestoreRequest } from '../../lib/model/index.ts';
import { invalid, readBody, readIdempotencyKey } from './request.ts';

/** `ACCOUNT/SHARE[/DIR]`, as the command line has it, or its parts. */
const placeSchema = z.union([
  z.string().transform((text, context) => {
    const place = readRestorePlace(text);
    if (place !== undefined) return place;
    context.addIssue('must be ACCOUNT/SHARE or ACCOUNT/SHARE/DIR');
    return z.NEVER;
  }),
  z.strictObject({ account: z.string(), share: z.string(), path: z.string().exactOptional() }),
]);

const bodySchema = z.strictObject({
  job: z.string().exactOptional(),
  from: placeSchema.exactOptional(),
  destination: z.string().exactOptional(),
  point: z.string().exactOptional(),
  paths: z.array(z.string()).exactOptional(),
  /** The command line's `--path`. */
  path: z.union([z.string().transform((one) => [one]), z.array(z.string())]).exactOptional(),
  to: placeSchema.exactOptional(),
  onConflict: z.enum(['skip', 'overwrite', 'rename']).exactOptional(),
  deleteExtra: z.boolean().exactOptional(),
  dryRun: z.boolean().exactOptional(),
  approve: z.boolean().exactOptional(),
});

const fields = 'job or from, destination, point, paths, to, onConflict, deleteExtra, dryRun and approve';

/** What `POST /api/restores` asks for; the engine judges the values. */
export async function readRestoreRequest(request: HttpRequest): Promise<RestoreRequest> {
  const key = readIdempotencyKey(request);
  const { job, from, destination, path, ...options } = await readBody(request, {
    schema: bodySchema,
    what: 'a restore request',
    fields,
  });
  if ((job === undefined) === (from === undefined)) throw invalid('Say what to restore from: either job or from.');
  if (from !== undefined && destination !== undefined) throw invalid('destination goes with job, not with from.');
  if (path !== undefined && options.paths !== undefined) throw invalid('Give either paths or path.');
  return {
    from: from ?? { job: job ?? '', ...(destination !== undefined && { destination }) },
    ...options,
    ...(path !== undefined && { paths: path }),
    ...key,
  };
}
