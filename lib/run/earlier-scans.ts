/** Counting once what a run has gone over more than once: in a later pass, or in a scan that was begun again. */
import type { Counts, RunRow, Tally } from '../model/index.ts';

/** What has happened to directories and deleted entries happens once, whichever scan it was for; only dry runs say it again. */
const lasting: ReadonlySet<keyof Counts> = new Set(['directoriesMade', 'deleted']);
/** In this order, since what a later scan does without seeing what the earlier one did is to copy. */
const written = ['propertiesSet', 'rangeCopied', 'copied'] as const;

/**
 * Leaves in `tally`, the sum over all shards, what the newest scan found: each of its files once, as what it did with it. A file
 * that it left alone and that the run itself had written counts as what `earlier` scans did, so that their work is told however
 * often a run lists again. Bytes copied and requests are what they were.
 */
export function takeBackEarlier(tally: Tally, earlier: Tally, { dryRun }: Pick<RunRow, 'dryRun'>): void {
  tally.bytesScanned -= earlier.bytesScanned;
  tally.unlisted -= earlier.unlisted;
  tally.foundWritten -= earlier.foundWritten;
  const { counts } = tally;
  for (const name of Object.keys(counts) as (keyof Counts)[]) {
    if (dryRun || !lasting.has(name)) counts[name] -= earlier.counts[name];
  }
  for (const name of written) {
    const moved = Math.max(0, Math.min(tally.foundWritten, counts.unchanged, earlier.counts[name]));
    counts[name] += moved;
    counts.unchanged -= moved;
    tally.foundWritten -= moved;
    if (name === 'copied') counts.streamed += Math.min(moved, earlier.counts.streamed);
  }
}

/** Of a scan that was begun again the guard is told anew; not of what it has overwritten at a mirror, which is found equal now. */
export function takeBackFound(tally: Tally, abandoned: Tally, row: RunRow): void {
  tally.found -= abandoned.found;
  tally.foundFiles -= abandoned.foundFiles;
  tally.toDelete -= abandoned.toDelete;
  tally.skipped -= abandoned.skipped;
  tally.besides -= abandoned.besides;
  if (row.dryRun || row.destination.mode === 'dated') takeBackChanged(tally, abandoned);
  for (const name of ['files', 'bytes', 'differing', 'unread', 'withoutHash'] as const)
    tally.verified[name] -= abandoned.verified[name];
}

function takeBackChanged(tally: Tally, abandoned: Tally): void {
  tally.toOverwrite -= abandoned.toOverwrite;
  tally.changed -= abandoned.changed;
  tally.renamed -= abandoned.renamed;
  for (const [extension, files] of Object.entries(abandoned.extensions)) {
    tally.extensions[extension] = (tally.extensions[extension] ?? 0) - files;
  }
}
