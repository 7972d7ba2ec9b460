/** What the plan for each entry of a mirror goes by, of a run and the shard at work on it. */
import { isFullRun, isListingAgain } from '../model/index.ts';
import type { PlanContext } from '../plan/index.ts';
import { parseSnapshotMs } from './snapshots.ts';
import type { ShardSession } from './shard-session.ts';

export function planContext({ run, isRepeat }: ShardSession): PlanContext {
  const since = [run.distrustSinceMs, isRepeat ? run.startedAtDestinationMs - 1_000 : undefined].filter(
    (time) => time !== undefined,
  );
  const { baseSnapshot, baseLostAtMs } = run;
  const baseSnapshotMs = baseSnapshot === undefined ? baseLostAtMs : parseSnapshotMs(baseSnapshot);
  return {
    compareChangeTime: run.compareChangeTime,
    diffTouched: run.job.compare !== 'size-and-time',
    compareMd5: run.job.compare === 'md5',
    adopting: run.adopting ?? false,
    full: isFullRun(run),
    ...(isRepeat || isListingAgain(run) ? { copiedSinceMs: run.startedAtDestinationMs - 1_000 } : {}),
    deletions: run.job.deletions,
    ...(baseSnapshotMs !== undefined && { baseSnapshotMs }),
    ...(since.length === 0 ? {} : { distrustSinceMs: Math.min(...since) }),
  };
}
