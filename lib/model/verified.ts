/** What a shard has compared by content. */
import { z } from 'zod';

export const verifiedSchema = z.object({
  /** Files whose whole content was compared, and the bytes of one side that this took. */
  files: z.number(),
  bytes: z.number(),
  /** Files that were not the source's. */
  differing: z.number(),
  /** Files that one side would not let be read. */
  unread: z.number(),
  /**
   * Without the source: files of the restore point of which no manifest has a hash. Shards that walk it add every file, the one
   * that compares takes away those with a hash.
   */
  withoutHash: z.number().default(0),
  /** More than none: of the files just transferred not all whose turn it was are compared. */
  leftOut: z.number().default(0),
  /** Those among the run's requests that were made to compare content. */
  requests: z.number(),
});
export const noneVerified = (): z.infer<typeof verifiedSchema> => ({
  files: 0,
  bytes: 0,
  differing: 0,
  unread: 0,
  withoutHash: 0,
  leftOut: 0,
  requests: 0,
});

/** A file whose content is to be compared; `as` is how the run has counted it. */
export const sampleSchema = z.object({
  path: z.string(),
  sizeBytes: z.number(),
  into: z.string().optional(),
  from: z.string().optional(),
  /** An unchanged file in dated mode, whose version is to be found first: by this, besides, that the source's listing shows. */
  seek: z.object({ creation: z.string(), attributes: z.string() }).optional(),
  /** Of the source's file: which version of it was compared. */
  lastWrite: z.string(),
  change: z.string(),
  as: z.enum(['unchanged', 'copied', 'rangeCopied', 'propertiesSet']),
});
