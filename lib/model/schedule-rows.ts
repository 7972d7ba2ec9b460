import { z } from 'zod';

/** What the schedule remembers of a job, or of one destination of it. */
export const scheduleRowSchema = z.object({
  v: z.literal(1),
  firstSeenMs: z.number(),
  lastAtMs: z.number().optional(),
});
export type ScheduleRow = z.infer<typeof scheduleRowSchema>;

export const destinationRowSchema = z.object({
  v: z.literal(1),
  lastRun: z.string(),
  /** Those that were before it, newest first: what a run tells again as it ends a second time is known. */
  told: z.array(z.string()).optional(),
  /** Failed runs in a row; 0 after a success. */
  failures: z.number().int(),
  failedAtMs: z.number().optional(),
  /** For continuous mode: when the last run, and the last one that sealed, were started. */
  startedAtMs: z.number().optional(),
  sealedAtMs: z.number().optional(),
  /** The source snapshot of the newest restore point: the base, should the live tree be torn. */
  sealedSnapshot: z.string().optional(),
  /** A digest of what it has selected. */
  sealedSelection: z.string().optional(),
  /** The source snapshot of the last success, which the next run compares with. */
  baseSnapshot: z.string().optional(),
  /** Listings came in an order that names cannot be merged in: the next run matches by hash from the start. */
  unordered: z.boolean().optional(),
  /** Source snapshots whose runs ended without having reached the destination: it gets them when it is back. */
  missed: z.array(z.string()).optional(),
  /** Source snapshots that stopped at the guard, or failed again and again: later ones do not wait for them. */
  refused: z.array(z.string()).optional(),
  /** The last run stopped at a guard: until then it may be approved, epoch ms. */
  awaitsUntilMs: z.number().optional(),
  /** The snapshot to be tried again, or of the run that awaits approval. */
  sourceSnapshot: z.string().optional(),
  snapshotRun: z.string().optional(),
  /** Files that runs have overwritten without coming to seal: the next one finds them equal, and its guard is told. */
  overwritten: z.number().optional(),
});
export type DestinationRow = z.infer<typeof destinationRowSchema>;
