/** Going over everything again, and what a pass has noted. */
import type { NoteKind, RunRow } from '../model/index.ts';
import type { AdvanceSession } from './advance-session.ts';
import { endRun } from './end-run.ts';
import type { Progress } from './run-report.ts';
import { keysFrom, rootOfNote, runPartition } from './run-state.ts';

/** How often a run may list everything again before it gives up. */
const mostPasses = 3;
export const hasFailed = (row: RunRow, progress: Progress): boolean =>
  hasStopped(row, progress) ||
  progress.tally.unlisted > 0 ||
  progress.tally.counts.failed > row.job.guard.maxFailedEntries;

/** A restore goes on without entries that failed: what can be had is wanted, and nothing of it is sealed. */
export const hasStopped = (row: RunRow, progress: Progress): boolean => row.stopping || progress.failedShards > 0;

/** Whether this pass has noted something of the kind. */
export async function hasNotes({ context, row }: AdvanceSession, notes: NoteKind): Promise<boolean> {
  for await (const { key } of context.state.list(runPartition(row.runId), keysFrom(`n-${notes}-`))) {
    if (rootOfNote(key) >= row.passRoot) return true;
  }
  return false;
}

/** Everything is compared once more, and equal files written in this run are believed only after a HEAD. */
export async function listAgain(session: AdvanceSession, reason: string): Promise<boolean> {
  const { row, context } = session;
  if (row.pass >= mostPasses) {
    const failure = {
      path: '',
      operation: '',
      code: 'DestinationUnstable',
      message: `Gave up after ${row.pass} passes. ${reason}`,
    };
    await endRun(session, 'failed', { errors: [...row.errors, failure] });
    return false;
  }
  context.telemetry.event('backup.run.listedagain', { runId: row.runId, reason });
  const since = Math.min(row.distrustSinceMs ?? Number.MAX_SAFE_INTEGER, row.startedAtDestinationMs - 1_000);
  await session.beginPhase(
    'scanning',
    { kind: 'scan', directories: [{ path: '', side: 'both' }] },
    {
      pass: row.pass + 1,
      passRoot: row.roots + 1,
      distrustSinceMs: since,
      status: 'running',
    },
  );
  return false;
}
