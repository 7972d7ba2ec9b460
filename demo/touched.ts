import type { RunReport } from '../lib/model/index.ts';
import type { Changes } from './change-share.ts';
import type { Traffic } from './emulator-stats.ts';

export interface SecondRun {
  changes: Changes;
  report: RunReport;
  first: RunReport;
  /** What the Files emulator counted during the second run. */
  traffic: Traffic;
}

/** What a client can do to a file of the destination, each for one file: more of these than files touched is too many. */
const wholeFileWrites = ['CopyFile', 'CreateFile'];
/** What a run writes of its own, to the catalog: its manifest, what it verified, its report. */
const catalogFiles = 3;

export function expectedOf(changes: Changes): string {
  const gone = `${changes.gone.length} files and ${changes.directoriesGone.length} directories that went`;
  return `Only the ${filesTouched(changes)} files that changed were written, only the ${gone} were deleted.`;
}

/** Sentences about work done on entries that nobody had changed; empty if there was none. */
export function findUntouchedWork({ changes, report, first, traffic }: SecondRun): string[] {
  const { counts } = report;
  const touched = filesTouched(changes);
  const writes = sumOf(traffic.accounts['devstoreaccount2'] ?? {}, wholeFileWrites);
  const deleted = changes.gone.length + changes.directoriesGone.length;
  const unchanged = first.counts.files - changes.written.length - changes.described.length - changes.gone.length;
  return [
    [
      writes > touched + catalogFiles,
      `${writes} files were written at the destination, but only ${touched} had changed`,
    ],
    [counts.unchanged !== unchanged, `${counts.unchanged} files were found unchanged, but ${unchanged} are`],
    [counts.deleted !== deleted, `${counts.deleted} entries were deleted, but ${deleted} were gone from the source`],
  ].flatMap(([isWrong, sentence]) => (isWrong === true ? [String(sentence)] : []));
}

function filesTouched({ written, described, added, renamed }: Changes): number {
  return written.length + described.length + added.length + renamed.length;
}

function sumOf(counts: Record<string, number>, names: readonly string[]): number {
  return names.reduce((sum, name) => sum + (counts[name] ?? 0), 0);
}
