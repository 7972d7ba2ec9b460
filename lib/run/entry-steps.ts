import { asFarshareError } from '../errors.ts';
import { type DirectoryEntry, type FileProperties, isListingAgain, type SharePath } from '../model/index.ts';
import { destinationPath, settingsFor } from './copy-file.ts';
import { noteChange } from './file-notes.ts';
import type { SharePort } from './ports.ts';
import type { ShardSession } from './shard-session.ts';

/**
 * Makes one directory as the source has it, but for its times and metadata. Answers what is known of its content: `both` = it was
 * there, although its listing did not say so, with whatever it had.
 */
export async function makeDirectory(
  session: ShardSession,
  path: SharePath,
  source: DirectoryEntry,
): Promise<'both' | 'source'> {
  const { permissionKey, attributes } = await settingsFor(session, source);
  const made = await session.destination.createDirectory(destinationPath(session, path), {
    attributes,
    metadata: {},
    ...(permissionKey === undefined ? {} : { permissionKey }),
  });
  // One that was there although its listing did not say so was made by the scan before, and counted by it.
  if (made || !isListingAgain(session.run)) session.tally.counts.directoriesMade += 1;
  noteChange(session, { kind: 'directory', path });
  if (made) session.tally.floor += 2;
  return made ? 'source' : 'both';
}

/** Counts and reports what concerns one entry; anything worse is thrown on. */
export function noteEntryFailure(session: ShardSession, path: SharePath, error: unknown): void {
  const { disposition, code, message, operation } = asFarshareError(error);
  if (disposition !== 'entry') throw error;
  session.noteFailure({ path, operation: operation ?? '', code, message });
}

const otherKindCodes: ReadonlySet<string> = new Set(['ResourceTypeMismatch', 'ResourceAlreadyExists']);

/** Whether a write failed because an entry of the other kind holds the name. */
export const isOtherKind = (error: unknown): boolean => otherKindCodes.has(asFarshareError(error).code);

/** A directory of that name is no file. Without `snapshot` of the live share. */
export async function fileAt(
  share: SharePort,
  path: SharePath,
  snapshot?: string,
): Promise<FileProperties | undefined> {
  try {
    return await share.getFile(path, { snapshot });
  } catch (error) {
    if (isOtherKind(error)) return undefined;
    throw error;
  }
}
