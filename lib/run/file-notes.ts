/** What a run notes of files and directories it has dealt with: what changed, for the manifest, and whose content is compared. */
import type { FileTask, ManifestChange, Sample } from '../model/index.ts';
import { isInSlot } from '../plan/index.ts';
import type { ShardSession } from './shard-session.ts';

/** Of files just transferred one turn notes no more: the run looks at a thousand of them at most. */
const mostFreshNoted = 1_000;
const freshNoted = new WeakMap<ShardSession, number>();

/** For the manifest of the restore point that this run seals, or one after it. */
export function noteChange(session: ShardSession, change: ManifestChange): void {
  const { kind, dryRun } = session.run;
  if (kind === 'backup' && !dryRun) session.note('change', change);
}

type NotedFile = Pick<FileTask, 'path' | 'sizeBytes' | 'times' | 'attributes' | 'into' | 'from'>;

/** Notes a file that is as it should be now: that it changed, and, if its turn has come, that its content is to be compared. */
export function noteFile(session: ShardSession, task: NotedFile, as: Sample['as']): void {
  const { path, sizeBytes, times } = task;
  if (as !== 'unchanged') noteChange(session, { kind: as, ...placeOf(task), sizeBytes, lastWrite: times.lastWrite });
  const { sample, dryRun } = session.run;
  if (sample === undefined || dryRun || !isInSlot(path, sample)) return;
  const note = sampleOf(session, task, as);
  if (as === 'unchanged' || as === 'propertiesSet') return session.note('sample', note);
  const noted = freshNoted.get(session) ?? 0;
  if (noted >= mostFreshNoted) {
    session.tally.verified.leftOut += 1;
    return;
  }
  freshNoted.set(session, noted + 1);
  session.note('fresh', note);
}

const placeOf = ({ path, into }: NotedFile): { path: string; into?: string } =>
  into === undefined ? { path } : { path, into };

function sampleOf({ run }: ShardSession, task: NotedFile, as: Sample['as']): Sample {
  const { path, sizeBytes, times, attributes, from } = task;
  const { creation, lastWrite, change } = times;
  // Of an unchanged file the directory of its date is that of an earlier run.
  const isSought = as === 'unchanged' && run.kind === 'backup' && run.destination.mode === 'dated';
  const place = isSought ? { path, seek: { creation, attributes } } : placeOf(task);
  return { ...place, sizeBytes, lastWrite, change, as, ...(from !== undefined && { from }) };
}
