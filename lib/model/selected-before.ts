import { z } from 'zod';

/** What an earlier run has selected, as in its job; a duration of `changedSince` reaches back from `atMs`. */
export const selectedBeforeSchema = z.object({
  include: z.array(z.string()),
  exclude: z.array(z.string()),
  archiveOnly: z.boolean().optional(),
  changedSince: z.string().optional(),
  atMs: z.number(),
});
export type SelectedBefore = z.infer<typeof selectedBeforeSchema>;
