/** What a restore asks about a name that is taken. */
import { FarshareError } from '../errors.ts';
import { baseName, type Entry, type FileEntry, joinPath, parentPath, type SharePath } from '../model/index.ts';
import { foldName, hashOfName } from '../plan/index.ts';
import { destinationPath, restoringCreationTime, sourcePath } from './copy-file.ts';
import type { ShardSession } from './shard-session.ts';

/** A name of Azure Files has at most so many characters. */
const longestName = 255;
/** What stands behind a dot is an extension up to this length, and else the rest of a sentence. */
const longestExtension = 64;
/** Names tried before one file is given up. */
const mostNames = 9;

/** `2026-11-22T03-00-00Z`: a time as a part of a name. */
export const nameOfTime = (time: string): string => time.replace(/\.\d+/u, '').replace(/:/gu, '-');

/** Whether the listing shows no difference in content: size, LastWriteTime and, where it is kept, ChangeTime. */
export const isEqualListed = ({ run }: ShardSession, source: FileEntry, held: Entry): boolean =>
  held.kind === 'file' &&
  held.sizeBytes === source.sizeBytes &&
  held.times.lastWrite === source.times.lastWrite &&
  (!run.compareChangeTime || held.times.change === source.times.change);

/** Whether a file at the place restored to is what an interrupted restore left behind. */
export async function isUnfinished(session: ShardSession, path: SharePath, held: FileEntry): Promise<boolean> {
  if (held.times.creation === restoringCreationTime) return true;
  const { copy } = (await session.destination.getFile(destinationPath(session, path), {})) ?? {};
  return copy !== undefined && copy.status !== 'success';
}

/**
 * The path that a file is restored under when its own name is taken: with the restore point's time, `a (2026-11-22T03-00-00Z).txt`.
 * `isThere` = an earlier restore of this point has put it there.
 */
export async function nameBeside(
  session: ShardSession,
  path: SharePath,
  source: FileEntry,
): Promise<{ readonly path: SharePath; readonly isThere: boolean }> {
  for (let number = 1; number <= mostNames; number += 1) {
    const candidate = besideName(path, session.run.restore?.time ?? '', number);
    const taken = await heldAt(session, candidate);
    if (taken === undefined) {
      if (!(await isInPoint(session, candidate))) return { path: candidate, isThere: false };
    } else if (taken !== 'directory') {
      if (isEqualListed(session, source, taken)) return { path: candidate, isThere: true };
      if (await isUnfinished(session, candidate, taken)) return { path: candidate, isThere: false };
    }
  }
  throw new FarshareError(
    'NameTaken',
    `This name and the ${mostNames} names that the restore gives besides are taken.`,
    {
      disposition: 'entry',
    },
  );
}

/**
 * The name with the point's time, and from the second try on a number. One that is too long for it is cut, and told from others
 * that begin alike by a hash.
 */
export function besideName(path: SharePath, time: string, number: number): SharePath {
  const name = baseName(path);
  const dot = name.lastIndexOf('.');
  const hasExtension = dot > 0 && name.length - dot <= longestExtension;
  const [stem, extension] = hasExtension ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  const addition = ` (${nameOfTime(time)}${number === 1 ? '' : ` ${number}`})`;
  const room = longestName - addition.length - extension.length;
  const kept = stem.length <= room ? stem : cutName(stem, room);
  return joinPath(parentPath(path), `${kept}${addition}${extension}`);
}

/** Not within a surrogate pair, half of which no request can name. */
function cutName(stem: string, room: number): string {
  const hash = `~${hashOfName(foldName(stem)).toString(16).padStart(8, '0')}`;
  return `${stem.slice(0, room - hash.length).replace(/[\ud800-\udbff]$/u, '')}${hash}`;
}

async function heldAt(session: ShardSession, path: SharePath): Promise<FileEntry | 'directory' | undefined> {
  try {
    return await session.destination.getFile(destinationPath(session, path), {});
  } catch (error) {
    if (error instanceof FarshareError && error.code === 'ResourceTypeMismatch') return 'directory';
    throw error;
  }
}

/** A name that the restore point itself has is left to its own file. */
async function isInPoint(session: ShardSession, path: SharePath): Promise<boolean> {
  if (session.run.restore?.mode === 'dated') return false;
  try {
    const { sourceSnapshot: snapshot } = session.run;
    return (await session.source.getFile(sourcePath(session, path), { snapshot })) !== undefined;
  } catch (error) {
    if (error instanceof FarshareError && error.code === 'ResourceTypeMismatch') return true;
    throw error;
  }
}
