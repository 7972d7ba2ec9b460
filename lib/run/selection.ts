import type { RunRow } from '../model/index.ts';
import { compileSelection, parseDuration, type Selection, subtractDuration } from '../plan/index.ts';

/** What the run's job selects; a duration of `changedSince` reaches back from the source snapshot. */
export function selectionOf({ job, sourceSnapshot, createdAtMs }: RunRow): Selection {
  const { include, exclude, archiveOnly, changedSince } = job;
  const atMs = sourceSnapshot === undefined ? createdAtMs : Date.parse(sourceSnapshot);
  const writtenSince = changedSince === undefined ? undefined : sevenDigits(sinceMs(changedSince, atMs));
  return compileSelection({ include, exclude, archiveOnly, writtenSince });
}

const sinceMs = (changedSince: string, atMs: number): number =>
  changedSince.startsWith('P') ? subtractDuration(atMs, parseDuration(changedSince)) : Date.parse(changedSince);

/** As listings show times, so that text compares like time. */
const sevenDigits = (atMs: number): string => new Date(atMs).toISOString().replace('Z', '0000Z');
