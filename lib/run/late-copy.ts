/** Entries whose names were held by the other kind: their victims are gone now. */
import { asFarshareError, FarshareError } from '../errors.ts';
import type { ShardWork } from '../model/index.ts';
import type { RunContext } from './context.ts';
import { copyFile, destinationPath, sourceOf } from './copy-file.ts';
import { makeDirectory, noteEntryFailure } from './entry-steps.ts';
import { eachNote } from './fan-out.ts';
import { countCopied, settlePending } from './file-writer.ts';
import { noteFile } from './file-notes.ts';
import type { DirectoryNote, LateNote } from './scan-entries.ts';
import type { ShardSession } from './shard-session.ts';

type LateWork = Extract<ShardWork, { kind: 'late' }>;
const copiesAtOnce = 16;

export async function copyLate(context: RunContext, session: ShardSession, work: LateWork): Promise<void> {
  await eachNote<LateNote>(context, session, work, {
    atOnce: copiesAtOnce,
    step: async (note) => {
      const path = note.kind === 'file' ? note.file.path : note.path;
      try {
        await (note.kind === 'file' ? copyLateFile(context, session, note) : makeLateDirectory(session, note));
      } catch (error) {
        noteEntryFailure(session, path, note.kind === 'file' ? withReason(error) : error);
      }
    },
  });
}

/** A directory that the delete phase had to leave. */
function withReason(error: unknown): unknown {
  const { code, disposition, operation } = asFarshareError(error);
  if (code !== 'ResourceTypeMismatch') return error;
  const message =
    'A directory of this name is left at the destination, since entries in it are not selected and so never deleted. Select them, or delete it there.';
  return new FarshareError(code, message, { disposition, operation });
}

async function copyLateFile(
  context: RunContext,
  session: ShardSession,
  { file }: Extract<LateNote, { kind: 'file' }>,
): Promise<void> {
  const outcome = await copyFile(context, session, file);
  if (outcome.kind === 'copied') {
    countCopied(session, outcome.bytes);
    noteFile(session, file, 'copied');
  } else if (outcome.kind === 'transfer') session.addChild({ kind: 'ranges', file, created: false, doneBefore: 0 });
  else if (await settlePending(context, session, { ...file, copyId: outcome.copyId })) {
    session.addChild({ kind: 'pending', files: [{ ...file, copyId: outcome.copyId }], sinceMs: context.clock.now() });
  }
}

/** The directory itself; what is beneath it is scanned by a child, as in the scan phase. */
async function makeLateDirectory(
  session: ShardSession,
  { path, dates }: Extract<LateNote, { kind: 'directory' }>,
): Promise<void> {
  const from = dates?.at(-1);
  const at = sourceOf(session, { path, from });
  const source = await session.source.getDirectory(at, { snapshot: session.run.sourceSnapshot });
  if (source === undefined) return;
  // A victim that could not be deleted was reported; making the directory over it would only report it again.
  if (await isStillFile(session, path)) return;
  const side = await makeDirectory(session, path, source);
  const note: DirectoryNote = { path, made: side === 'source', ...(from !== undefined && { from }) };
  session.note('directory', note);
  session.addChild({ kind: 'scan', directories: [{ path, side, noted: true, ...(dates && { dates: [...dates] }) }] });
}

async function isStillFile(session: ShardSession, path: string): Promise<boolean> {
  try {
    return (await session.destination.getFile(destinationPath(session, path), {})) !== undefined;
  } catch (error) {
    // A directory holds the name: an earlier try of this shard has made it.
    if (asFarshareError(error).code === 'ResourceTypeMismatch') return false;
    throw error;
  }
}
