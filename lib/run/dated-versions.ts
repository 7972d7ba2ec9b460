/** Versions of files under the directories of their dates: which one is a source file's, and what is different about it. */
import { type Entry, type FileEntry, joinPath, type RunRow, type SharePath } from '../model/index.ts';
import { datedDirectory } from '../plan/index.ts';

const dayMs = 24 * 60 * 60 * 1000;

type Version = Pick<FileEntry, 'sizeBytes' | 'times' | 'attributes'>;

/**
 * How the version that a restore would take is not the source's file; undefined = in nothing that listings show. The case of
 * its name is not compared: a version that replaces another of the same date keeps that one's.
 */
export function versionDifference(
  source: Version,
  held: Entry | undefined,
  compareChangeTime: boolean,
): string | undefined {
  if (held === undefined) return 'No version of this file is in the restore point.';
  if (held.kind === 'directory') return 'The newest version of this name in the restore point is a directory.';
  const compared: readonly (readonly [string, string | number, string | number])[] = [
    ['size', source.sizeBytes, held.sizeBytes],
    ['LastWriteTime', source.times.lastWrite, held.times.lastWrite],
    ['CreationTime', source.times.creation, held.times.creation],
    ...(compareChangeTime ? [['ChangeTime', source.times.change, held.times.change] as const] : []),
    ['attributes', source.attributes, held.attributes],
  ];
  const different = compared.find(([, left, right]) => left !== right);
  return different && `Its ${different[0]} is ${different[1]} in the source, ${different[2]} in the restore point.`;
}

/** For `mergeDated`: looks at everything beneath directories of a share, one page of each level in memory, until it finds one. */
export async function isFileNewerBeneath(
  paths: readonly SharePath[],
  thanMs: number,
  list: (path: SharePath) => AsyncIterable<readonly Entry[]>,
): Promise<boolean> {
  for (const path of paths) {
    for await (const entries of list(path)) {
      if (entries.some(({ kind, lastModifiedMs }) => kind === 'file' && lastModifiedMs > thanMs)) return true;
      for (const { kind, name } of entries) {
        if (kind === 'directory' && (await isFileNewerBeneath([joinPath(path, name)], thanMs, list))) return true;
      }
    }
  }
  return false;
}

/** Whether an entry of the path that is backed up to is the directory of a date. */
export const isDate = ({ kind, name }: Entry): boolean => kind === 'directory' && /^\d{4}-\d{2}-\d{2}$/u.test(name);

/** The directory that a run files a version under whose LastWriteTime this is. */
export function dateFor(run: RunRow, lastWrite: string): string {
  const runAt = run.sourceSnapshot ?? new Date(run.createdAtMs).toISOString();
  const dayAfterRun = new Date(Date.parse(runAt) + dayMs).toISOString().slice(0, 10);
  const dateBy = run.destination.dateBy ?? run.job.dateBy ?? 'modified';
  return datedDirectory({ lastWrite, runAt, dayAfterRun, dateBy });
}
