/** The sealed point against the source snapshot, in the directories that the run wrote: the last look before it counts. */
import { type Entry, isPartial, joinPath, type ShardWork } from '../model/index.ts';
import { matchListings, type Selection } from '../plan/index.ts';
import type { RunContext } from './context.ts';
import { isRestored, noteDiffering, noteUncheckable } from './check-restored.ts';
import { destinationPath, sourcePath } from './copy-file.ts';
import { noteEntryFailure } from './entry-steps.ts';
import { eachNote } from './fan-out.ts';
import { ListingReader } from './listing-reader.ts';
import { readFailures } from './run-report.ts';
import type { DirectoryNote } from './scan-entries.ts';
import { selectionOf } from './selection.ts';
import type { ShardSession } from './shard-session.ts';

type CheckWork = Extract<ShardWork, { kind: 'check' }>;
const directoriesAtOnce = 8;
/** Failures of a restore that are not reported a second time. */
const mostFailures = 10_000;

export async function checkNotes(context: RunContext, session: ShardSession, work: CheckWork): Promise<void> {
  const failed = await failedPaths(context, session);
  await eachNote<DirectoryNote>(context, session, work, {
    atOnce: directoriesAtOnce,
    step: async ({ path }) => {
      try {
        await checkDirectory(session, path, failed);
      } catch (error) {
        if (session.run.restore === undefined) noteEntryFailure(session, path, error);
        else noteUncheckable(session, path, error);
      }
    },
  });
}

/** What failed and was few enough to seal: it differs, and the report says so already. */
async function failedPaths({ state }: RunContext, { run }: ShardSession): Promise<readonly string[]> {
  if (!isPartial(run)) return [];
  const failures = await readFailures(
    state,
    run,
    run.restore === undefined ? run.job.guard.maxFailedEntries : mostFailures,
  );
  return failures.map(({ path }) => path);
}

async function checkDirectory(session: ShardSession, path: string, failed: readonly string[]): Promise<void> {
  const { run } = session;
  const selection = selectionOf(run);
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
      const either = source ?? destination;
      if (either === undefined) continue;
      const name = joinPath(path, either.name);
      const isExcluded = selection.leavesOut(name, either);
      const difference = isExcluded ? undefined : differenceOf(source, destination, run);
      if (difference === undefined) continue;
      if (failed.some((one) => one === name || one.startsWith(`${name}/`))) continue;
      if (run.restore !== undefined) {
        if (isRestored(session, selection, { path: name, source, destination }))
          noteDiffering(session, name, difference);
        continue;
      }
      if (source === undefined && (await isKeptForExcluded(session, name, selection))) continue;
      session.noteFailure({ path: name, operation: 'Check', code: 'RestorePointDiffers', message: difference });
    }
  }
  session.tally.floor += to.requests;
}

/** A directory that only the destination has stays as long as it holds what the selection leaves out, and nothing else. */
async function isKeptForExcluded(session: ShardSession, path: string, selection: Selection): Promise<boolean> {
  const reader = new ListingReader(session.destination, destinationPath(session, path), {
    snapshot: session.run.restorePoint,
    wanted: !selection.takesAllBeneath(path),
    resume: undefined,
  });
  let isKept = false;
  for await (const entries of reader.pages()) {
    for (const entry of entries) {
      const below = joinPath(path, entry.name);
      const stays =
        selection.leavesOut(below, entry) ||
        (entry.kind === 'directory' && (await isKeptForExcluded(session, below, selection)));
      if (!stays) return false;
      isKept = true;
    }
  }
  return isKept;
}

interface Rules {
  readonly compareChangeTime: boolean;
  readonly job: { readonly deletions: string };
  readonly restore?: unknown;
}

function differenceOf(source: Entry | undefined, destination: Entry | undefined, rules: Rules): string | undefined {
  const [from, to] =
    rules.restore === undefined ? ['the source', 'the restore point'] : ['the restore point', 'the place restored to'];
  if (source === undefined) {
    return rules.job.deletions === 'keep' ? undefined : `This entry is in ${to}, but not in ${from}.`;
  }
  if (destination === undefined) return `This entry is not in ${to}.`;
  const compared: readonly (readonly [string, string | number, string | number])[] = [
    ['kind', source.kind, destination.kind],
    ['name', source.name, destination.name],
    ['size', sizeOf(source), sizeOf(destination)],
    ['LastWriteTime', source.times.lastWrite, destination.times.lastWrite],
    ['CreationTime', source.times.creation, destination.times.creation],
    [
      'ChangeTime',
      ...(rules.compareChangeTime ? ([source.times.change, destination.times.change] as const) : ([0, 0] as const)),
    ],
    ['attributes', source.attributes, destination.attributes],
  ];
  const different = compared.find(([, left, right]) => left !== right);
  return different && `Its ${different[0]} is ${different[1]} in ${from}, ${different[2]} in ${to}.`;
}

const sizeOf = (entry: Entry): number => (entry.kind === 'file' ? entry.sizeBytes : 0);
