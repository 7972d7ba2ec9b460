import { shardBudget } from '../plan/index.ts';

/**
 * The numbers that keep two writers apart and make a run end, each with its reason. One object, so that tests can shorten
 * them all by one factor without changing their proportions.
 */
export interface Margins {
  /** How long a worker owns its shard without renewing. Long enough for a slow table, short enough for recovery in minutes. */
  readonly leaseMs: number;
  /** A quarter of the lease: three renewals may fail before it is lost. */
  readonly renewMs: number;
  /** No write is sent this close to the lease's end: a write's time-out (half of it) plus clock drift must fit. */
  readonly quietMs: number;
  /** A takeover waits this long after the lease's end: the last write sent by a frozen worker has arrived by then. */
  readonly takeoverMs: number;
  /** How long the service lets the destination lock live: its longest finite lease. */
  readonly lockSeconds: number;
  /** How long the CLI waits for a busy destination: longer than a dead owner's lock can live. */
  readonly lockWaitMs: number;
  /** The app asks again after this, as long as the destination is busy. */
  readonly lockRetryMs: number;
  /** Runs started together ask again after this for the snapshot that one of them takes: it is a matter of seconds. */
  readonly snapshotRetryMs: number;
  /** A shard ends its turn after so many entries or so long, so that work spreads and a redelivery repeats little. */
  readonly shardEntries: number;
  readonly shardMs: number;
  /** Files of one directory that its walker copies itself in a turn; the others go to action shards, which any instance works on. */
  readonly filesInline: number;
  /** Of the files just transferred a run reads back no more, lest a first copy is read back by the percent. */
  readonly freshSamples: number;
  /** Entries of one directory, of both sides, held at once where the order of listings is not known: some 100 MiB. More make several passes. */
  readonly entriesHeld: number;
  /** Text of manifests, bytes, of which the hashes are held at once: some 200 MiB of memory. With more, paths are gone through in several passes. */
  readonly manifestBytesHeld: number;
  /** A part of a manifest is written by one request, of at most 4 MiB. */
  readonly manifestPartBytes: number;
  /** Claims of a shard without progress before it is finished as failed. */
  readonly attempts: number;
}

/** `leaseSeconds` 60 is the design's value; smaller ones are for tests. */
export function marginsFor(leaseSeconds: number): Margins {
  const leaseMs = leaseSeconds * 1000;
  return {
    leaseMs,
    renewMs: leaseMs / 4,
    quietMs: leaseMs / 3,
    takeoverMs: leaseMs / 2,
    lockSeconds: Math.max(15, Math.min(60, leaseSeconds)),
    lockWaitMs: Math.max(15, Math.min(60, leaseSeconds)) * 1000 + 15_000,
    lockRetryMs: leaseMs / 4,
    snapshotRetryMs: leaseMs / 30,
    shardEntries: shardBudget.entries,
    shardMs: shardBudget.milliseconds,
    filesInline: 1_000,
    entriesHeld: 200_000,
    manifestBytesHeld: 64 * 1024 * 1024,
    manifestPartBytes: 4 * 1024 * 1024,
    attempts: 5,
    freshSamples: 1_000,
  };
}
