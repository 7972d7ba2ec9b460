/**
 * The delete phase. Absence is proved, never inferred: each entry is deleted only after a request for exactly its path in the
 * source snapshot answered "not found" in this phase, or that of an absent directory above it did.
 */
import { asFarshareError } from '../errors.ts';
import { joinPath, type SharePath, type ShardWork } from '../model/index.ts';
import { inlineLimitBytes, type Selection } from '../plan/index.ts';
import { removeBlocks, usesCrcs } from './block-crcs.ts';
import type { RunContext } from './context.ts';
import { destinationPath, sourcePath } from './copy-file.ts';
import { noteEntryFailure } from './entry-steps.ts';
import { noteChange } from './file-notes.ts';
import { eachNote } from './fan-out.ts';
import { ListingReader } from './listing-reader.ts';
import type { DeleteNote } from './scan-entries.ts';
import { selectionOf } from './selection.ts';
import type { ShardSession } from './shard-session.ts';
import { WorkPool } from './work-pool.ts';

type DeleteWork = Extract<ShardWork, { kind: 'delete' }>;
const deletesAtOnce = 16;
/** A page of this many deletions is worth remembering: a tree may take longer than a function lives. */
const progressEntries = 500;

export async function deleteNotes(context: RunContext, session: ShardSession, work: DeleteWork): Promise<void> {
  const selection = selectionOf(session.run);
  await eachNote<DeleteNote>(context, session, work, {
    atOnce: deletesAtOnce,
    step: async (note) => {
      try {
        await deleteOne(session, note, selection);
      } catch (error) {
        noteEntryFailure(session, note.path, error);
      }
    },
  });
}

async function deleteOne(session: ShardSession, note: DeleteNote, selection: Selection): Promise<void> {
  session.tally.floor += note.kind === 'file' ? 2 : 1;
  if (!(await isAbsent(session, note))) {
    // A listing that leaves out one entry may have left out others.
    session.tally.unlisted += 1;
    session.noteFailure({
      path: note.path,
      operation: note.kind === 'file' ? 'DeleteFile' : 'DeleteDirectory',
      code: 'AbsenceNotProved',
      message: 'The source listing did not show this entry, but the source has it; it was not deleted.',
    });
    return;
  }
  if (note.kind === 'directory') await deleteTree(session, note.path, selection);
  else await deleteFile(session, note.path, note);
}

/** One request, of the kind that the destination's entry has. A name that the other kind holds has no entry of this one. */
async function isAbsent(session: ShardSession, note: DeleteNote): Promise<boolean> {
  const options = { snapshot: session.run.sourceSnapshot };
  const path = sourcePath(session, note.path);
  try {
    if (note.kind === 'file') return (await session.source.getFile(path, options)) === undefined;
    return (await session.source.getDirectory(path, options)) === undefined;
  } catch (error) {
    if (asFarshareError(error).code === 'ResourceTypeMismatch') return true;
    throw error;
  }
}

/** Depth first. What the selection leaves out stays, and with it the directories that hold it. True = it is gone. */
export async function deleteTree(session: ShardSession, path: SharePath, selection: Selection): Promise<boolean> {
  const reader = new ListingReader(session.destination, destinationPath(session, path), {
    snapshot: undefined,
    wanted: true,
    resume: undefined,
    // Everything goes, in whatever order it comes.
    ordered: false,
  });
  let kept = 0;
  const pool = new WorkPool(deletesAtOnce);
  for await (const entries of reader.pages()) {
    if (entries.length >= progressEntries) await session.markProgress();
    for (const entry of entries) {
      const below = joinPath(path, entry.name);
      if (selection.leavesOut(below, entry)) {
        kept += 1;
      } else if (entry.kind === 'directory') {
        if (!(await deleteTree(session, below, selection))) kept += 1;
      } else {
        session.tally.floor += 1;
        await pool.add(async () => {
          if (!(await deleteFile(session, below, entry))) kept += 1;
        });
      }
    }
  }
  await pool.drain();
  session.tally.floor += reader.requests + 1;
  if (kept > 0) return false;
  await clearingReadOnly(session, path, 'directory', async () => {
    if (await session.destination.deleteDirectory(destinationPath(session, path))) countDeleted(session, path);
  });
  return true;
}

/** Leaves a file that somebody wrote after the run began, and says so. True = it is gone. */
async function deleteFile(
  session: ShardSession,
  path: SharePath,
  { lastModifiedMs, sizeBytes = 0 }: Pick<DeleteNote, 'lastModifiedMs' | 'sizeBytes'>,
): Promise<boolean> {
  if (lastModifiedMs >= session.run.startedAtDestinationMs) {
    session.noteFailure({
      path,
      operation: 'DeleteFile',
      code: 'DestinationChanged',
      message: 'Somebody else wrote this file at the destination after the run began; it was not deleted.',
    });
    return false;
  }
  await clearingReadOnly(session, path, 'file', async () => {
    if (await session.destination.deleteFile(destinationPath(session, path))) countDeleted(session, path);
  });
  if (sizeBytes > inlineLimitBytes && usesCrcs(session)) await removeBlocks(session, path);
  return true;
}

function countDeleted(session: ShardSession, path: SharePath): void {
  session.tally.counts.deleted += 1;
  noteChange(session, { kind: 'deleted', path });
}

/** Removes an entry of the destination; `path` is relative to the job's. */
export async function clearingReadOnly(
  session: ShardSession,
  path: SharePath,
  kind: 'file' | 'directory',
  remove: () => Promise<void>,
): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (asFarshareError(error).code !== 'ReadOnlyAttribute') throw error;
    const at = destinationPath(session, path);
    if (kind === 'directory') {
      await session.destination.setDirectoryProperties(at, { attributes: 'Directory' });
    } else {
      const held = await session.destination.getFile(at, {});
      if (held === undefined) return;
      await session.destination.setFileProperties(at, { times: held.times, attributes: 'None', headers: {} });
    }
    await remove();
  }
}
