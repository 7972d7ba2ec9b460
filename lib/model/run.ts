/** Everything stored or sent about a run, versioned and validated where it is read. */
import { z } from 'zod';
import type { DestinationConfig, JobConfig } from './config.ts';
import { repairsSchema } from './manifest.ts';
import { restoreRowSchema } from './restore.ts';
import {
  type Counts,
  countsSchema,
  failureSchema,
  requestCountsSchema,
  runKindSchema,
  type RunReport,
  runStatusSchema,
} from './report.ts';
import { selectedBeforeSchema } from './selected-before.ts';
import { noneVerified, sampleSchema, verifiedSchema } from './verified.ts';

/** The only content of a queue message; none of its names is one of the trigger metadata's. */
export const workMessageSchema = z.strictObject({
  v: z.literal(1),
  run: z.string().min(1).max(200),
  shard: z.string().max(190).optional(),
  epoch: z.number().int().optional(),
});
export type WorkMessage = z.infer<typeof workMessageSchema>;

/** Steps of a run in their order; `done` is the end, whatever the status. */
export const phases = [
  'preparing',
  'scanning',
  'deciding',
  'deleting',
  'late-copying',
  'directories',
  'recording',
  'sealing',
  'checking',
  'verifying',
  'recording-verified',
  'pruning',
  'done',
] as const;
const phaseSchema = z.enum(phases);
export type Phase = z.infer<typeof phaseSchema>;

const entrySettingsSchema = z.object({
  times: z.object({ creation: z.string(), lastWrite: z.string(), change: z.string() }),
  attributes: z.string(),
  permissionKey: z.string(),
});

/** A file to be copied, as the source's listing showed it; its path is relative to the job's `source.path`. */
const fileTaskSchema = entrySettingsSchema.extend({
  path: z.string(),
  sizeBytes: z.number(),
  /** In dated mode, the directory of its date: `2026-11-22`. */
  into: z.string().optional(),
  /** Restored from a dated restore point: the directory of its date, on the side that is read. */
  from: z.string().optional(),
  /** Restored beside a file that holds its name: the path it gets instead. */
  as: z.string().optional(),
  /** An earlier scan of this run seems to have written it. */
  written: z.boolean().optional(),
});
export type FileTask = z.infer<typeof fileTaskSchema>;

/**
 * A directory to walk. `source`: this run made it at the destination, which therefore needs no listing the first time.
 * `destination`: the source does not have it; it is walked for the guard and the dry run only.
 */
const directoryTaskSchema = z.object({
  path: z.string(),
  side: z.enum(['both', 'source', 'destination']),
  /** Of one that only the destination has: how many such it is beneath, with itself. */
  extra: z.number().int().optional(),
  /** It is noted already, as one that differs or was made. */
  noted: z.boolean().optional(),
  /** It differs, or was written to: it is noted when the walk comes to it. */
  changed: z.boolean().optional(),
  /** Of a dated restore point: the dates that have it; the properties of the last one are its own. */
  dates: z.array(z.string()).optional(),
});
export type DirectoryTask = z.infer<typeof directoryTaskSchema>;

/** Where the walk of the first directory of a scan goes on: the pages being read and the last name dealt with. */
const scanPositionSchema = z.object({
  sourceMarker: z.string(),
  destinationMarker: z.string(),
  after: z.string(),
  /** What has been noted of the directory by now, so that no later turn notes it again. */
  noted: z.enum(['nothing', 'overwritten', 'changed']).optional(),
});
export type ScanPosition = z.infer<typeof scanPositionSchema>;

const noteKinds = [
  'delete',
  'late',
  'directory',
  'failure',
  'action',
  'sample',
  'fresh',
  'mismatch',
  'change',
  'verified',
] as const;
export type NoteKind = (typeof noteKinds)[number];

export type Sample = z.infer<typeof sampleSchema>;

const shardWorkSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('scan'),
    directories: z.array(directoryTaskSchema),
    position: scanPositionSchema.optional(),
    /** Of the first directory, only the names with hash mod `of` = `index`: its other names are other shards'. */
    hash: z.object({ index: z.number().int(), of: z.number().int() }).optional(),
  }),
  /** Makes one child for each row of notes of the kind. */
  z.object({
    kind: z.literal('fan-out'),
    notes: z.enum(noteKinds),
    child: z.enum(['delete', 'late', 'directories', 'check', 'verify']),
    after: z.string(),
  }),
  z.object({ kind: z.literal('delete'), note: z.string(), done: z.number() }),
  z.object({ kind: z.literal('late'), note: z.string(), done: z.number() }),
  z.object({ kind: z.literal('directories'), note: z.string(), done: z.number() }),
  z.object({ kind: z.literal('check'), note: z.string(), done: z.number() }),
  /** Of the row's notes only the first `most`, if that is given. */
  z.object({ kind: z.literal('verify'), note: z.string(), done: z.number(), most: z.number().optional() }),
  /** Writes the notes of a kind into the manifest: part after part, of 4 MiB at most, from the row `after` on. */
  z.object({
    kind: z.literal('record'),
    notes: z.enum(['change', 'verified']),
    /** Whose notes `after` is of; what runs noted that began earlier is written. Absent at the begin, and where all are the run's. */
    of: z.string().optional(),
    after: z.string(),
    part: z.number(),
    digest: z.string(),
  }),
  /** The content of one large file; `done` is the offset up to which it was found equal. */
  z.object({ kind: z.literal('verify-file'), file: sampleSchema, done: z.number() }),
  /**
   * The content of a restore point against the hashes that manifests hold, a part `index` of `of` of all paths after the other;
   * `of` is 0 until it is known. What comes up to `done` in the part is done, and of the file `within` what is before `offset`.
   */
  z.object({
    kind: z.literal('stored'),
    index: z.number().int(),
    of: z.number().int(),
    done: z.string(),
    within: z.object({ file: z.string(), offset: z.number() }).optional(),
  }),
  /**
   * One large file by ranges; `doneBefore` is the offset up to which all is done. With `base`, what changed since that source
   * snapshot may be enough; `patching` is set before the first write of a file that is brought up to date in place.
   */
  z.object({
    kind: z.literal('ranges'),
    file: fileTaskSchema,
    created: z.boolean(),
    doneBefore: z.number(),
    base: z.string().optional(),
    patching: z.object({ baseSize: z.number(), proveAll: z.boolean() }).optional(),
  }),
  /** Files left to others by a walker that had very many, with what each needs; `done` of them are done. */
  z.object({
    kind: z.literal('actions'),
    files: z.array(fileTaskSchema.extend({ action: z.looseObject({ kind: z.string() }) })),
    done: z.number(),
  }),
  /** Copies that the service had not finished when their shard ended. */
  z.object({
    kind: z.literal('pending'),
    files: z.array(fileTaskSchema.extend({ copyId: z.string() })),
    sinceMs: z.number(),
  }),
]);
export type ShardWork = z.infer<typeof shardWorkSchema>;

const tallySchema = z.object({
  counts: countsSchema,
  bytesScanned: z.number(),
  bytesCopied: z.number(),
  source: requestCountsSchema,
  destination: requestCountsSchema,
  floor: z.number(),
  verified: verifiedSchema.default(noneVerified),
  /** For the guard: entries found at the destination, files among them, and what would be deleted or overwritten. */
  found: z.number(),
  foundFiles: z.number(),
  toDelete: z.number(),
  toOverwrite: z.number(),
  /** Of those to be overwritten, the ones that were: the next look at them finds them equal. */
  overwritten: z.number().default(0),
  /** In dated mode: files that differ from the base. */
  changed: z.number().default(0),
  /** Directories that could not be listed: what they hold is not known, so that no allowance of failures covers them. */
  unlisted: z.number().default(0),
  /** Files that came back with another extension, and how many with which: the first few extensions met. */
  renamed: z.number().default(0),
  extensions: requestCountsSchema.default({}),
  /** Of a restore: files left as they were found, files restored under another name, and what the check found different. */
  skipped: z.number().default(0),
  besides: z.number().default(0),
  differing: z.number().default(0),
  /** In a scan that lists again: files among `unchanged` that an earlier scan of the run seems to have written. */
  foundWritten: z.number().default(0),
});
export type Tally = z.infer<typeof tallySchema>;

export const shardRowSchema = z.object({
  v: z.literal(1),
  phase: phaseSchema,
  work: shardWorkSchema,
  owner: z.string(),
  epoch: z.number().int(),
  /** Epoch ms until which the owner may work; 0 without an owner. */
  leaseUntil: z.number(),
  /** Claims since the last progress. */
  attempts: z.number().int(),
  /** Somebody took it over from an owner who had not given it back. */
  takenOver: z.boolean(),
  /** Part of what is left may have been done before, by a turn that did not store it. Handed down to children. */
  repeat: z.boolean(),
  children: z.number().int(),
  notes: z.number().int(),
  result: z.enum(['', 'done', 'failed']),
  tally: tallySchema,
});
export type ShardRow = z.infer<typeof shardRowSchema>;

export const runRowSchema = z.object({
  v: z.literal(1),
  runId: z.string(),
  kind: runKindSchema.default('backup'),
  job: z.custom<JobConfig>((value) => typeof value === 'object' && value !== null),
  destination: z.custom<DestinationConfig>((value) => typeof value === 'object' && value !== null),
  origin: z.enum(['app', 'cli']),
  status: runStatusSchema,
  phase: phaseSchema,
  dryRun: z.boolean(),
  full: z.boolean(),
  approved: z.boolean(),
  retryOf: z.string().optional(),
  /** Of a verification: which restore point, as asked for, and whether all of its content is compared. */
  verify: z.object({ when: z.string(), all: z.boolean() }).optional(),
  /** Of a verification: the source snapshot is gone, so that the restore point is compared with the hashes of manifests. */
  sourceGone: z.boolean().optional(),
  /** Of a restore or a drill: what it restores, and how. */
  restore: restoreRowSchema.optional(),
  createdAtMs: z.number(),
  endedAtMs: z.number().optional(),
  /** The run whose id the source snapshot carries: the first of those started together. */
  snapshotRun: z.string(),
  /** It is at taking it: others of the same snapshot wait. */
  takingSnapshot: z.boolean().optional(),
  sourceSnapshot: z.string().optional(),
  /** The source snapshot that the live destination equalled when the run began. */
  baseSnapshot: z.string().optional(),
  /** The base, and every earlier snapshot of ours, is gone from the source: another share stands in its place. */
  sourceRecreated: z.boolean().optional(),
  /** In a mirror without the base: its time, epoch ms. What was written to since is copied, since nothing tells its ranges. */
  baseLostAtMs: z.number().optional(),
  /** In dated mode without the base: entries written since then, epoch ms, are taken for new. */
  datedSinceMs: z.number().optional(),
  /** What was selected when the base was backed up, where that is not what is selected now. */
  selectedBefore: selectedBeforeSchema.optional(),
  /** In dated mode: the date of the newest restore point for which everything was copied. */
  allCopiedOn: z.string().optional(),
  /** Destination's clock, epoch ms: what was last modified before it was there before the run. */
  startedAtDestinationMs: z.number(),
  /** Equal files last modified since then are believed only after a HEAD; absent = all are believed. */
  distrustSinceMs: z.number().optional(),
  compareChangeTime: z.boolean(),
  /** The newest restore point for which everything was copied is older than `fullEvery`. */
  fullDue: z.boolean().optional(),
  /** No complete restore point yet, and the configuration says to take over what the destination holds. */
  adopting: z.boolean().optional(),
  /** Copy File was refused or too slow: this run copies by ranges. */
  rangesOnly: z.boolean(),
  /** 1; 2 and more when something has to be listed again. */
  pass: z.number().int(),
  /** Root shards made so far, for the completion count; they are named `r1`, `r2` and so on. */
  roots: z.number().int(),
  /** The number of the first root shard of this pass, or of its scan that was begun again. */
  passRoot: z.number().int(),
  /** Listings are matched by hash, since they do not come in the order that names are merged in. */
  unordered: z.boolean().optional(),
  /** For the guard: files that runs before this one have overwritten without coming to seal, and whether on the same snapshot. */
  overwrittenBefore: z.object({ files: z.number(), sameSnapshot: z.boolean() }).optional(),
  /** Such a listing was seen in this run. */
  disorder: z.boolean().optional(),
  /** It was seen after part of it had been acted on: what is scanning ends, and the scan begins again. */
  scanAgain: z.boolean().optional(),
  /** The first root shard of the scan that was begun again; what the guard was told by the shards before it is told once more. */
  countsFrom: z.number().int().optional(),
  /** Set when the run cannot succeed any more: shards that have not begun are finished without work. */
  stopping: z.boolean(),
  /** Somebody asked it to end: whatever it comes to, short of a sealed and checked restore point, it ends as cancelled. */
  cancelling: z.boolean().optional(),
  /** The run whose guard this one has a person's word for, and how much of it: no more may be deleted or overwritten. */
  approval: z.object({ of: z.string(), toDelete: z.number(), toOverwrite: z.number(), changed: z.number() }).optional(),
  /** In continuous mode between restore points: the destination is brought up to date and marked, not sealed. */
  unsealed: z.boolean().optional(),
  /** None of the runs on this run's snapshot seals: nothing keeps the snapshot once it is no base any more. */
  working: z.boolean().optional(),
  restorePoint: z.string().optional(),
  /** Entries that failed, and were few enough to seal: the restore point is partial. Set before the seal. */
  failedEntries: z.number().int().optional(),
  /** Files of this slot of all are compared by content once the restore point is sealed. Absent: none. */
  sample: z.object({ slot: z.number().int(), slots: z.number().int() }).optional(),
  /** The run that sealed the newest restore point: of those since then, the manifest tells what they changed. */
  lastSealed: z.string().optional(),
  /** The digest of what the manifest says of changes: goes into the restore point's metadata. */
  manifest: z.string().optional(),
  /** Files that a verification, the run `of`, found to differ: copied although they look equal. */
  repairs: repairsSchema.optional(),
  /** So many files were found to differ and copied again before the restore point was sealed anew. */
  repaired: z.number().int().optional(),
  /** Source snapshots that the destination is still to get after this one, oldest first: each by a run of its own. */
  waiting: z.array(z.string()).optional(),
  /** The run that goes on with them, made when this one succeeded. */
  next: z.string().optional(),
  guard: z.array(z.string()),
  errors: z.array(failureSchema),
  advancingOwner: z.string(),
  advancingUntil: z.number(),
  /** Since when every try to advance met a passing error; absent when the last one did not. */
  retryingSinceMs: z.number().optional(),
  report: z.custom<RunReport>().optional(),
});
export type RunRow = z.infer<typeof runRowSchema>;

/** Whether an earlier scan of the run has written to the destination: a pass before, or one that was begun again. */
export const isListingAgain = ({ passRoot }: Pick<RunRow, 'passRoot'>): boolean => passRoot > 1;

/** Whether everything is copied, whatever the comparison says. */
export const isFullRun = ({ full, fullDue }: Pick<RunRow, 'full' | 'fullDue'>): boolean => full || fullDue === true;

/** Whether the run seals a partial restore point: never a base, never the newest complete one. */
export const isPartial = ({ failedEntries = 0 }: Pick<RunRow, 'failedEntries'>): boolean => failedEntries > 0;

const noCounts = (): Counts => ({
  directories: 0,
  files: 0,
  unchanged: 0,
  copied: 0,
  rangeCopied: 0,
  propertiesSet: 0,
  directoriesMade: 0,
  deleted: 0,
  excluded: 0,
  streamed: 0,
  failed: 0,
});

export const emptyTally = (): Tally => ({
  counts: noCounts(),
  bytesScanned: 0,
  bytesCopied: 0,
  source: {},
  destination: {},
  floor: 0,
  verified: noneVerified(),
  found: 0,
  foundFiles: 0,
  toDelete: 0,
  toOverwrite: 0,
  overwritten: 0,
  changed: 0,
  unlisted: 0,
  renamed: 0,
  extensions: {},
  skipped: 0,
  besides: 0,
  differing: 0,
  foundWritten: 0,
});
