import { z } from 'zod';

export const runStatusSchema = z.enum([
  'queued',
  'running',
  'finalizing',
  'succeeded',
  'failed',
  'cancelled',
  'awaiting-approval',
]);
export type RunStatus = z.infer<typeof runStatusSchema>;

/** What a run is for; `drill` is a restore into a scratch share that is compared and removed again. */
export const runKindSchema = z.enum(['backup', 'restore', 'verify', 'drill']);
export type RunKind = z.infer<typeof runKindSchema>;

export const hasEnded = (status: RunStatus): boolean =>
  status === 'succeeded' || status === 'failed' || status === 'cancelled' || status === 'awaiting-approval';

/** Why one entry, or the run as a whole (path `''`, no operation), could not be backed up. */
export const failureSchema = z.object({
  path: z.string(),
  operation: z.string(),
  code: z.string(),
  message: z.string(),
});
export type Failure = z.infer<typeof failureSchema>;

/** What a run met and did, in entries. `directories` and `files` leave the root out; `files` is the sum of its parts. */
export const countsSchema = z.object({
  directories: z.number(),
  files: z.number(),
  unchanged: z.number(),
  copied: z.number(),
  rangeCopied: z.number(),
  propertiesSet: z.number(),
  directoriesMade: z.number(),
  deleted: z.number(),
  excluded: z.number(),
  streamed: z.number(),
  failed: z.number(),
});
export type Counts = z.infer<typeof countsSchema>;

export const requestCountsSchema = z.record(z.string(), z.number());
/** Attempts by operation, as the storage logs name them. */
export type RequestCounts = z.infer<typeof requestCountsSchema>;

/** What the report of a restore, or of a drill, says besides. */
export interface RestoreSummary {
  readonly from: { readonly account: string; readonly share: string; readonly path: string };
  /** The restore point's snapshot, and when the source snapshot was taken that it equals. */
  readonly point: string;
  readonly time: string;
  readonly to: { readonly account: string; readonly share: string; readonly path: string };
  readonly paths: readonly string[];
  readonly onConflict: 'skip' | 'overwrite' | 'rename';
  readonly deleteExtra: boolean;
  /** Taken of the place restored to before anything was changed; null before that, and of a dry run. */
  readonly safetySnapshot: string | null;
  /** Files whose name was taken, left as they were; part of `counts.unchanged`. */
  readonly skipped: number;
  /** Files restored under another name; part of `counts.copied`. */
  readonly renamed: number;
}

/** What of a restore point was read back and compared with its source. */
export interface VerificationReport {
  /** Files whose whole content was compared, and how many bytes that is. */
  readonly files: number;
  readonly bytes: number;
  /** Files that were not what they should be; a backup has copied them again. */
  readonly differing: number;
  /** Files that could not be read. */
  readonly unread: number;
  /**
   * Only where the source snapshot was gone, so that the content was compared with the SHA-256 that manifests hold: files of the
   * restore point of whose content, as it is there, no manifest holds all of it.
   */
  readonly withoutHash?: number;
  /** The first hundred of those that differed. */
  readonly paths: readonly string[];
  /** Which part of the files was looked at, of how many parts in turn. */
  readonly slot?: number;
  readonly slots?: number;
  /** How much of the destination the runs up to this one have gone over, in turn: 0 to 100. */
  readonly coveredPercent?: number;
}

/** The report of a run: the same in the API, the CLI and the state (design: "A run's report"). */
export interface RunReport {
  readonly runId: string;
  readonly kind: RunKind;
  readonly job: string;
  readonly destination: string;
  readonly mode: 'mirror' | 'dated';
  readonly dryRun: boolean;
  readonly status: RunStatus;
  /** The service's string, verbatim; null before it is taken. */
  readonly sourceSnapshot: string | null;
  readonly restorePoint: string | null;
  /** Some entries failed, no more than `guard.maxFailedEntries`, and the restore point was sealed without them. */
  readonly complete?: 'partial';
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly counts: Counts;
  readonly bytes: { readonly scanned: number; readonly copied: number };
  readonly requests: {
    readonly source: RequestCounts;
    readonly destination: RequestCounts;
    /** Those among the others that were made to compare content; no part of the floor. */
    readonly verification: number;
    /** The least number of requests that this run could have made. */
    readonly floor: number;
    readonly total: number;
  };
  /** Absent: no content was to be compared. */
  readonly verification?: VerificationReport;
  /** The first hundred; `failures RUN` gives all. */
  readonly failures: readonly Failure[];
  readonly retryOf?: string;
  /** The run whose guard was approved. */
  readonly approvalOf?: string;
  /** The run that goes on with the next source snapshot, while the destination catches up. */
  readonly next?: string;
  /** Source snapshots that the destination is to get after this one, oldest first, each by a run of its own. Also of a dry run, which is of the first alone. */
  readonly waiting?: readonly string[];
  readonly guard?: readonly string[];
  readonly restore?: RestoreSummary;
}

/** One action of a dry run. */
export interface PlannedAction {
  readonly kind: string;
  readonly path: string;
  readonly reason: string;
  readonly size: number;
}

export interface RestorePointInfo {
  readonly job: string;
  readonly destination: string;
  /** When the source snapshot was taken. */
  readonly time: string;
  readonly snapshot: string;
  readonly sourceSnapshot: string;
  readonly runId: string;
  readonly complete: 'true' | 'partial';
  /** The day, in UTC, to whose end the point stays whatever the rule. */
  readonly pinnedUntil?: string;
  /** So many of its files were found by verification not to hold what the source did. */
  readonly damagedFiles?: number;
}

/** A restore point that was pinned; `until` null: that was let go. */
export interface PinnedPoint {
  readonly job: string;
  readonly destination: string;
  readonly time: string;
  readonly snapshot: string;
  readonly until: string | null;
}

/** Which snapshots stay on one side, with the reasons, and which go; newest first. */
export interface PruneDecision {
  readonly keep: readonly { readonly snapshot: string; readonly reasons: readonly string[] }[];
  readonly prune: readonly string[];
}

export interface PruneReport {
  readonly source: PruneDecision;
  readonly destinations: Readonly<Record<string, PruneDecision>>;
}
