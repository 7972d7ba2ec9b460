/** What the last look of a restore takes for a difference: people may have had other files there, and may be at work again. */
import { asFarshareError } from '../errors.ts';
import type { Entry, SharePath } from '../model/index.ts';
import type { Selection } from '../plan/index.ts';
import type { ShardSession } from './shard-session.ts';

export interface Differing {
  readonly path: SharePath;
  readonly source: Entry | undefined;
  readonly destination: Entry | undefined;
}

/** Whether an entry that differs from the restore point's is one that the restore had to make equal. */
export function isRestored(
  { run }: ShardSession,
  selection: Selection,
  { path, source, destination }: Differing,
): boolean {
  // Where something failed, nothing was deleted.
  if (source === undefined) return run.job.deletions === 'mirror' && run.failedEntries === undefined;
  const isWhole = selection.takesAllBeneath(path);
  // With patterns, a directory is made only when something in it is restored.
  if (destination === undefined) return source.kind === 'file' || isWhole;
  if (run.restore?.onConflict === 'overwrite' && isWhole) return true;
  const isOfRun = destination.lastModifiedMs >= run.startedAtDestinationMs;
  // A directory that was there keeps its properties; what entries are made in it moves its times.
  if (source.kind === 'directory') return isOfRun && source.times.creation === destination.times.creation;
  return isOfRun || run.restore?.onConflict === 'overwrite';
}

/** Beside the counts of files, each of which has been counted by what was done with it. */
export function noteDiffering(session: ShardSession, path: SharePath, message: string): void {
  session.tally.differing += 1;
  session.note('failure', { path, operation: 'Check', code: 'RestoreDiffers', message });
}

export function noteUncheckable(session: ShardSession, path: SharePath, error: unknown): void {
  const { disposition, code, message, operation } = asFarshareError(error);
  if (disposition !== 'entry') throw error;
  session.tally.differing += 1;
  session.note('failure', { path, operation: operation ?? 'Check', code, message });
}
