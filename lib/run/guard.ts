/** What the guard is told of a run, and what it says. */
import type { RunRow, Tally } from '../model/index.ts';
import { decideGuard, type EntryPair, type GuardDecision, type RenamedFiles } from '../plan/index.ts';
import { overwrittenInAll } from './outcomes.ts';
import type { ShardSession } from './shard-session.ts';

/** Extensions told apart in one shard: one of them has most of the files, if any has. */
const mostExtensions = 10;

/** Notes a file that came back with another extension. Pairs of one directory, in the first pass. */
export function countRenamed({ run, tally }: ShardSession, renamed: RenamedFiles, pair: EntryPair): void {
  if (run.pass > 1) return;
  const extension = renamed.take(pair);
  if (extension === undefined) return;
  tally.renamed += 1;
  const { extensions } = tally;
  if (extension in extensions || Object.keys(extensions).length < mostExtensions) {
    extensions[extension] = (extensions[extension] ?? 0) + 1;
  }
}

export function guardOf(row: RunRow, tally: Tally): GuardDecision {
  const [newExtension] = Object.entries(tally.extensions).toSorted(([, a], [, b]) => b - a)[0] ?? [];
  const isDated = row.destination.mode === 'dated';
  const { files, directories, excluded } = tally.counts;
  // What its times or attributes alone leave out is there all the same: on a quiet day that is every file.
  const looksAtFiles = row.job.changedSince !== undefined || row.job.archiveOnly === true;
  return decideGuard(
    {
      destinationFound: tally.found,
      toDelete: tally.toDelete,
      destinationFiles: tally.foundFiles,
      toOverwrite: Math.min(overwrittenInAll(row, tally.toOverwrite), tally.foundFiles),
      ...(isDated && { changed: tally.changed }),
      renamed: tally.renamed,
      ...(newExtension !== undefined && { newExtension }),
      sourceEmpty: files + directories + (looksAtFiles ? excluded : 0) === 0,
      shareRecreated: row.sourceRecreated ?? false,
    },
    row.job.guard,
  );
}

/** What was approved of an earlier run is what that one showed, and no more: sentences where this one would do more. */
export function beyondApproval({ approval }: RunRow, tally: Tally): readonly string[] {
  if (approval === undefined) return [];
  const { toDelete, toOverwrite, changed } = approval;
  const isWithin = tally.toDelete <= toDelete && tally.toOverwrite <= toOverwrite && tally.changed <= changed;
  if (isWithin) return [];
  return [
    `Approved were ${toDelete} deletions and ${toOverwrite} overwritten of ${changed} changed files; now there would be ${tally.toDelete} and ${tally.toOverwrite} of ${tally.changed}.`,
  ];
}
