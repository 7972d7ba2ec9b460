/** What a restore is asked for, and what its run remembers of it. */
import { z } from 'zod';
import { pathSchema, shareSchema } from './config.ts';

const conflictRuleSchema = z.enum(['skip', 'overwrite', 'rename']);
/** What becomes of a file of the restore point whose name is taken by another one at the place restored to. */
export type ConflictRule = z.output<typeof conflictRuleSchema>;

const accountSchema = z.string().min(1).max(63);
/** A directory of a share; its path is `''` for the whole share. */
const placeSchema = z.strictObject({ account: accountSchema, share: shareSchema, path: pathSchema });

export interface RestorePlace {
  readonly account: string;
  readonly share: string;
  readonly path: string;
}

/** A place as it is written: `ACCOUNT/SHARE` or `ACCOUNT/SHARE/DIR`; undefined where it names no share. */
export function readRestorePlace(text: string): RestorePlace | undefined {
  const [, account, share, path = ''] = /^([^/]+)\/([^/]+)(?:\/(.*))?$/su.exec(text) ?? [];
  return account === undefined || share === undefined ? undefined : { account, share, path };
}

/**
 * Where restore points are looked for: at the destinations of a configured job, or in a share, of which nothing else needs to
 * be known. `path` is the directory that was backed up to.
 */
const restoreFromSchema = z.union([
  z.strictObject({ job: z.string().min(1).max(40), destination: z.string().min(1).max(40).optional() }),
  placeSchema,
]);
export type RestoreFrom = z.input<typeof restoreFromSchema>;

/** Throws on anything that no restore could be made of; the same for the command line and the API. */
export const restoreRequestSchema = z
  .strictObject({
    from: restoreFromSchema,
    /** `latest`, an ISO time, or a snapshot string. */
    point: z.string().min(1).max(64).default('latest'),
    /** Patterns relative to the directory that was backed up; everything when empty. */
    paths: z.array(z.string().min(1).max(2_048)).max(1_000).default([]),
    /** Absent: the directory `restore-<time>` of the share that was backed up. */
    to: placeSchema.optional(),
    onConflict: conflictRuleSchema.default('skip'),
    deleteExtra: z.boolean().default(false),
    dryRun: z.boolean().default(false),
    /** Lifts the guard. */
    approve: z.boolean().default(false),
    /** The same key within 24 hours answers the run of the first request. */
    idempotencyKey: z.string().min(1).max(200).optional(),
  })
  .refine(({ deleteExtra, onConflict }) => !deleteExtra || onConflict !== 'rename', {
    path: ['deleteExtra'],
    message: 'cannot go with onConflict rename, which keeps what is there',
  });
export type RestoreRequest = z.input<typeof restoreRequestSchema>;
export type ParsedRestoreRequest = z.output<typeof restoreRequestSchema>;

/** Part of the run's row; the source and the destination of its copies stand in the row's job and destination. */
export const restoreRowSchema = z.object({
  /** The restore point: a snapshot of the share that is read. */
  point: z.string(),
  /** When the source snapshot was taken that the point equals, ISO 8601. */
  time: z.string(),
  /** How the point's tree is laid out. */
  mode: z.enum(['mirror', 'dated']),
  paths: z.array(z.string()),
  onConflict: conflictRuleSchema,
  /** The request as it came, so that an interrupted restore is known again when it is asked for anew. */
  asked: z.string(),
  /** The directory restored to was not there: it gets the properties of the one that was backed up. */
  made: z.boolean(),
  /** Snapshot of the place restored to, taken before anything was changed. */
  safety: z.string().optional(),
  /** Of a drill: how much is to be restored, and, once that is reckoned, which part of all files. */
  drill: z
    .object({ files: z.number(), samplePercent: z.number().optional(), fraction: z.number().optional() })
    .optional(),
});
export type RestoreRow = z.output<typeof restoreRowSchema>;
