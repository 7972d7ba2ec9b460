/** What a manifest in the share `farshare-catalog` holds, line by line: JSON documents, UTF-8, a line feed behind each. */
import { z } from 'zod';

const place = { path: z.string(), into: z.string().optional() };

/** Something that a run changed at the destination. Paths are relative to the job's `source.path`. */
export const manifestChangeSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.enum(['copied', 'rangeCopied', 'propertiesSet']),
    ...place,
    sizeBytes: z.number(),
    lastWrite: z.string(),
  }),
  z.object({ kind: z.enum(['directory', 'deleted']), path: z.string() }),
]);
export type ManifestChange = z.infer<typeof manifestChangeSchema>;

/** One way in which the catalog and the restore points do not agree. */
export interface CatalogFinding {
  readonly destination: string;
  readonly runId: string;
  readonly code:
    | 'ManifestDiffers'
    | 'ReportMissing'
    | 'RunUnknown'
    | 'ManifestOrphaned'
    | 'BlocksOrphaned'
    | 'BlocksDiffer'
    | 'BlocksMissing';
  readonly message: string;
  readonly repaired: boolean;
}

/** Content that was found equal to the source's: of a whole file, or of a segment of 64 MiB of a larger one. */
export const manifestContentSchema = z.object({
  ...place,
  sizeBytes: z.number(),
  lastWrite: z.string(),
  change: z.string(),
  /** Bytes `[start, end)`. Segments of a file that are left out hold nothing. */
  start: z.number(),
  end: z.number(),
  sha256: z.string(),
});
export type ManifestContent = z.infer<typeof manifestContentSchema>;

/**
 * A version of a file in a dated restore point that is not what it should be, or, without `into`, that is not there. It is written
 * anew where it is as long as the source has the file of this size and LastWriteTime.
 */
const wrongVersionSchema = z.object({
  ...place,
  sizeBytes: z.number(),
  lastWrite: z.string(),
});
export type WrongVersion = z.infer<typeof wrongVersionSchema>;

/** Files that a verification, the run `of`, found to differ; `versions` in dated mode. */
export const repairsSchema = z.object({
  of: z.string(),
  paths: z.array(z.string()),
  versions: z.array(wrongVersionSchema).optional(),
});
