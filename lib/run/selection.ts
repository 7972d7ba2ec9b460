import { createHash } from 'node:crypto';
import type { JobConfig, RunRow } from '../model/index.ts';
import { compileSelection, foldName, parseDuration, type Selection, subtractDuration } from '../plan/index.ts';

/**
 * What the run's job selects; a duration of `changedSince` reaches back from the source snapshot. A verification leaves out what the
 * restore point's own run has left out, too.
 */
export function selectionOf(run: RunRow): Selection {
  const { job, sourceSnapshot, createdAtMs } = run;
  const atMs = sourceSnapshot === undefined ? createdAtMs : Date.parse(sourceSnapshot);
  const selection = sampled(run, selectionAt(job, atMs));
  const before = run.kind === 'verify' ? selectionBefore(run) : undefined;
  return before === undefined ? selection : both(selection, before);
}

const both = (one: Selection, other: Selection): Selection => ({
  leavesOut: (path, entry) => one.leavesOut(path, entry) || other.leavesOut(path, entry),
  takesAllBeneath: (path) => one.takesAllBeneath(path) && other.takesAllBeneath(path),
});

/**
 * By which a file of the base may have been left out of it that is selected now: the destination's is then of an earlier snapshot.
 * Undefined where the rules are the same and look at paths alone.
 */
export function selectionAtBase(run: RunRow): Selection | undefined {
  const { job, baseSnapshot, destination, selectedBefore } = run;
  if (destination.mode === 'mirror' && selectedBefore !== undefined) return selectionBefore(run);
  const looksAtFiles = job.archiveOnly === true || job.changedSince !== undefined;
  return looksAtFiles && baseSnapshot !== undefined ? selectionAt(job, Date.parse(baseSnapshot)) : undefined;
}

/** What was selected when the base was backed up; undefined where that is the same. */
export const selectionBefore = ({ selectedBefore }: RunRow): Selection | undefined =>
  selectedBefore && selectionAt(selectedBefore, selectedBefore.atMs);

function selectionAt(
  rules: Pick<JobConfig, 'include' | 'exclude' | 'archiveOnly' | 'changedSince'>,
  atMs: number,
): Selection {
  const { include, exclude, archiveOnly, changedSince } = rules;
  const writtenSince = changedSince === undefined ? undefined : sevenDigits(sinceMs(changedSince, atMs));
  return compileSelection({ include, exclude, archiveOnly, writtenSince });
}

/** Of a drill: only the files of its random sample; the run's id is the chance. */
function sampled({ restore, runId }: RunRow, selection: Selection): Selection {
  const fraction = restore?.drill?.fraction;
  if (fraction === undefined) return selection;
  const isOut = (path: string): boolean =>
    createHash('sha1')
      .update(`${runId}\n${foldName(path)}`)
      .digest()
      .readUInt32BE() /
      2 ** 32 >=
    fraction;
  return {
    leavesOut: (path, entry) => selection.leavesOut(path, entry) || (entry.kind === 'file' && isOut(path)),
    takesAllBeneath: () => false,
  };
}

const sinceMs = (changedSince: string, atMs: number): number =>
  changedSince.startsWith('P') ? subtractDuration(atMs, parseDuration(changedSince)) : Date.parse(changedSince);

/** As listings show times, so that text compares like time. */
const sevenDigits = (atMs: number): string => new Date(atMs).toISOString().replace('Z', '0000Z');
