/** Which files of a run are looked at by content when its restore point is sealed. */
import type { FileTask, Sample } from '../model/index.ts';
import { isInSlot } from '../plan/index.ts';
import type { ShardSession } from './shard-session.ts';

/** Of files just transferred one turn notes no more: the run looks at a thousand of them at most. */
const mostFreshNoted = 1_000;
const freshNoted = new WeakMap<ShardSession, number>();

/** Notes a file that is as it should be now, if its turn has come. */
export function noteSample(
  session: ShardSession,
  task: Pick<FileTask, 'path' | 'sizeBytes' | 'into' | 'from'>,
  as: Sample['as'],
): void {
  const { sample, dryRun } = session.run;
  if (sample === undefined || dryRun || !isInSlot(task.path, sample)) return;
  const { path, sizeBytes, into, from } = task;
  const note: Sample = {
    path,
    sizeBytes,
    as,
    ...(into !== undefined && { into }),
    ...(from !== undefined && { from }),
  };
  if (as === 'unchanged' || as === 'propertiesSet') return session.note('sample', note);
  const noted = freshNoted.get(session) ?? 0;
  if (noted >= mostFreshNoted) return;
  freshNoted.set(session, noted + 1);
  session.note('fresh', note);
}
