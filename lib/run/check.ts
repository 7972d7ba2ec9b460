/** The sealed point against the source snapshot, in the directories that the run wrote: the last look before it counts. */
import { type Entry, joinPath, type ShardWork } from '../model/index.ts';
import { compilePatterns, matchListings } from '../plan/index.ts';
import type { RunContext } from './context.ts';
import { destinationPath, sourcePath } from './copy-file.ts';
import { noteEntryFailure } from './entry-steps.ts';
import { eachNote } from './fan-out.ts';
import { ListingReader } from './listing-reader.ts';
import type { DirectoryNote } from './scan-entries.ts';
import type { ShardSession } from './shard-session.ts';

type CheckWork = Extract<ShardWork, { kind: 'check' }>;
const directoriesAtOnce = 8;

export async function checkNotes(context: RunContext, session: ShardSession, work: CheckWork): Promise<void> {
  await eachNote<DirectoryNote>(context, session, work, {
    atOnce: directoriesAtOnce,
    step: async ({ path }) => {
      try {
        await checkDirectory(session, path);
      } catch (error) {
        noteEntryFailure(session, path, error);
      }
    },
  });
}

async function checkDirectory(session: ShardSession, path: string): Promise<void> {
  const { run } = session;
  const patterns = compilePatterns(run.job.include, run.job.exclude);
  const always = { wanted: true, resume: undefined };
  const from = new ListingReader(session.source, sourcePath(session, path), {
    ...always,
    snapshot: run.sourceSnapshot,
  });
  const to = new ListingReader(session.destination, destinationPath(session, path), {
    ...always,
    snapshot: run.restorePoint,
  });
  for await (const pairs of matchListings(from.pages(), to.pages())) {
    session.countEntries(pairs.length);
    for (const { source, destination } of pairs) {
      const name = joinPath(path, source?.name ?? destination?.name ?? '');
      const kind = source?.kind ?? destination?.kind;
      const isExcluded = kind === 'directory' ? patterns.directory(name) === 'none' : !patterns.file(name);
      const difference = isExcluded ? undefined : differenceOf(source, destination, run);
      if (difference === undefined) continue;
      session.noteFailure({ path: name, operation: 'Check', code: 'RestorePointDiffers', message: difference });
    }
  }
  session.tally.floor += to.requests;
}

function differenceOf(
  source: Entry | undefined,
  destination: Entry | undefined,
  run: { compareChangeTime: boolean; job: { deletions: string } },
): string | undefined {
  if (source === undefined)
    return run.job.deletions === 'keep' ? undefined : 'The restore point has an entry that the source lacks.';
  if (destination === undefined) return 'The restore point lacks this entry.';
  if (source.kind !== destination.kind)
    return `The source has a ${source.kind}, the restore point a ${destination.kind}.`;
  if (source.name !== destination.name) return `The restore point spells it ${destination.name}.`;
  if (source.kind === 'file' && destination.kind === 'file' && source.sizeBytes !== destination.sizeBytes) {
    return `The source has ${source.sizeBytes} bytes, the restore point ${destination.sizeBytes}.`;
  }
  if (source.times.lastWrite !== destination.times.lastWrite) return 'LastWriteTime differs.';
  if (source.times.creation !== destination.times.creation) return 'CreationTime differs.';
  if (run.compareChangeTime && source.times.change !== destination.times.change) return 'ChangeTime differs.';
  return source.attributes === destination.attributes ? undefined : 'Attributes differ.';
}
