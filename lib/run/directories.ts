/** The last writes of a run: times, attributes, permissions and metadata of directories whose content is settled. */
import { type DirectoryProperties, pathDepth, type ShardWork } from '../model/index.ts';
import type { RunContext } from './context.ts';
import { destinationPath, readDirectoryBackOnce, settingsFor, sorted, sourceOf } from './copy-file.ts';
import { noteEntryFailure } from './entry-steps.ts';
import { eachNote } from './fan-out.ts';
import { destinationPermission } from './permissions.ts';
import type { DirectoryNote } from './scan-entries.ts';
import type { ShardSession } from './shard-session.ts';

type DirectoriesWork = Extract<ShardWork, { kind: 'directories' }>;
const directoriesAtOnce = 16;

export async function settleDirectories(
  context: RunContext,
  session: ShardSession,
  work: DirectoriesWork,
): Promise<void> {
  await eachNote<DirectoryNote>(context, session, work, {
    atOnce: directoriesAtOnce,
    order: (a, b) => pathDepth(b.path) - pathDepth(a.path),
    step: async (note) => {
      try {
        if (note.checkOnly !== true) await settleDirectory(context, session, note);
      } catch (error) {
        noteEntryFailure(session, note.path, error);
      }
    },
  });
}

async function settleDirectory(context: RunContext, session: ShardSession, note: DirectoryNote): Promise<void> {
  const { path, made } = note;
  const to = destinationPath(session, path);
  const [from, held] = await Promise.all([
    session.source.getDirectory(sourceOf(session, note), { snapshot: session.run.sourceSnapshot }),
    // One that this run made has no metadata yet, and times of its making: there is nothing to compare.
    made ? undefined : session.destination.getDirectory(to, {}),
  ]);
  // A directory of the source that is not at the destination has failed before this.
  if (from === undefined || (!made && held === undefined)) return;
  const metadataDiffers = isOther(from.metadata, held?.metadata ?? {});
  if (metadataDiffers) await session.destination.setDirectoryMetadata(to, from.metadata);
  if (!metadataDiffers && held !== undefined && !(await differs(session, from, held))) return;
  await session.destination.setDirectoryProperties(to, await settingsFor(session, from));
  // One that the run made has been counted with its making.
  session.tally.floor += made ? 0 : 2;
  await readDirectoryBackOnce(context, session, { path, change: from.times.change });
}

const isOther = (left: Readonly<Record<string, string>>, right: Readonly<Record<string, string>>): boolean =>
  JSON.stringify(sorted(left)) !== JSON.stringify(sorted(right));

async function differs(session: ShardSession, from: DirectoryProperties, held: DirectoryProperties): Promise<boolean> {
  if (isOther({ ...from.times }, { ...held.times }) || from.attributes !== held.attributes) return true;
  if (from.permissionKey === '') return false;
  return (await destinationPermission(session, from.permissionKey)) !== held.permissionKey;
}
