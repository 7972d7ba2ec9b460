/** The sealed point against the source snapshot, in the directories that the run wrote: the last look before it counts. */
import { asFarshareError } from '../errors.ts';
import { type Entry, isPartial, joinPath, type ShardWork } from '../model/index.ts';
import { type EntryPair, facetNames, facetsOf, matchListings, type Selection } from '../plan/index.ts';
import type { RunContext } from './context.ts';
import { isRestored, noteDiffering, noteUncheckable } from './check-restored.ts';
import { destinationPath, sourcePath } from './copy-file.ts';
import { noteEntryFailure } from './entry-steps.ts';
import { eachNote } from './fan-out.ts';
import { pairsInPasses, type Readers } from './hold-names.ts';
import { isAsListed } from './listed-digest.ts';
import { ListingReader } from './listing-reader.ts';
import { readFailures } from './run-report.ts';
import type { DirectoryNote } from './scan-entries.ts';
import { selectionOf } from './selection.ts';
import type { ShardSession } from './shard-session.ts';
import { noteDisorder } from './unordered.ts';

type CheckWork = Extract<ShardWork, { kind: 'check' }>;
const directoriesAtOnce = 8;
/** Failures of a restore that are not reported a second time. */
const mostFailures = 10_000;

export async function checkNotes(context: RunContext, session: ShardSession, work: CheckWork): Promise<void> {
  const failed = await failedPaths(context, session);
  await eachNote<DirectoryNote>(context, session, work, {
    atOnce: directoriesAtOnce,
    step: async ({ path, digest }) => {
      try {
        if (await isAsListed(session, path, digest)) return;
        await checkDirectory(context, session, { path, failed });
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

interface Difference {
  readonly path: string;
  readonly message: string;
}

interface CheckedDirectory {
  readonly path: string;
  /** Entries whose failure the run has reported already. */
  readonly failed: readonly string[];
}

/** What differs is told when all has been seen: a merge that turns out to be of no order has made wrong pairs. */
async function checkDirectory(context: RunContext, session: ShardSession, of: CheckedDirectory): Promise<void> {
  const isUnordered = session.run.unordered === true;
  const inOrder = isUnordered ? undefined : await differencesInOrder(context, session, of);
  for (const { path, message } of inOrder ?? (await differencesByHash(context, session, of))) {
    if (session.run.restore !== undefined) noteDiffering(session, path, message);
    else session.noteFailure({ path, operation: 'Check', code: 'RestorePointDiffers', message });
  }
}

/** A report shows far fewer, and the run lists everything again however many there are. */
const mostDifferences = 1_000;

/** Undefined when a listing does not come in the order that names are merged in. */
async function differencesInOrder(
  context: RunContext,
  session: ShardSession,
  of: CheckedDirectory,
): Promise<readonly Difference[] | undefined> {
  const { left, right } = readersOf(session, of.path, { ordered: true });
  try {
    const found = await differencesAmong(session, of, matchListings(left.pages(), right.pages()));
    session.tally.floor += right.requests;
    return found;
  } catch (error) {
    if (asFarshareError(error).code !== 'ListingOutOfOrder') throw error;
    await noteDisorder(context, session.run, { scanAgain: false });
    return undefined;
  }
}

async function differencesByHash(
  context: RunContext,
  session: ShardSession,
  of: CheckedDirectory,
): Promise<readonly Difference[]> {
  let first: Readers | undefined;
  const open = (): Readers => {
    const readers = readersOf(session, of.path, { ordered: false });
    first ??= readers;
    return readers;
  };
  const found = await differencesAmong(session, of, pairsInPasses(context, open));
  // Of several passes one would have been enough, could all names be held.
  session.tally.floor += first?.right.requests ?? 0;
  return found;
}

function readersOf(session: ShardSession, path: string, { ordered }: { ordered: boolean }): Readers {
  const always = { wanted: true, resume: undefined, ordered };
  const { sourceSnapshot, restorePoint } = session.run;
  return {
    left: new ListingReader(session.source, sourcePath(session, path), { ...always, snapshot: sourceSnapshot }),
    right: new ListingReader(session.destination, destinationPath(session, path), {
      ...always,
      snapshot: restorePoint,
    }),
  };
}

async function differencesAmong(
  session: ShardSession,
  of: CheckedDirectory,
  all: AsyncIterable<readonly EntryPair[]>,
): Promise<readonly Difference[]> {
  const selection = selectionOf(session.run);
  const found: Difference[] = [];
  for await (const pairs of all) {
    session.countEntries(pairs.length);
    for (const pair of pairs) {
      if (found.length >= mostDifferences) break;
      const difference = await differenceAt(session, selection, { ...of, ...pair });
      if (difference !== undefined) found.push(difference);
    }
  }
  return found;
}

async function differenceAt(
  session: ShardSession,
  selection: Selection,
  { path, failed, source, destination }: CheckedDirectory & EntryPair,
): Promise<Difference | undefined> {
  const { run } = session;
  const either = source ?? destination;
  if (either === undefined) return undefined;
  const name = joinPath(path, either.name);
  if (selection.leavesOut(name, either)) return undefined;
  const message = differenceOf(source, destination, run);
  if (message === undefined || failed.some((one) => one === name || one.startsWith(`${name}/`))) return undefined;
  if (run.restore !== undefined) {
    return isRestored(session, selection, { path: name, source, destination }) ? { path: name, message } : undefined;
  }
  if (source === undefined && (await isKeptForExcluded(session, name, selection))) return undefined;
  return { path: name, message };
}

/** A directory that only the destination has stays as long as it holds what the selection leaves out, and nothing else. */
export async function isKeptForExcluded(session: ShardSession, path: string, selection: Selection): Promise<boolean> {
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

export function differenceOf(
  source: Entry | undefined,
  destination: Entry | undefined,
  rules: Rules,
): string | undefined {
  const [from, to] =
    rules.restore === undefined ? ['the source', 'the restore point'] : ['the restore point', 'the place restored to'];
  if (source === undefined) {
    return rules.job.deletions === 'keep' ? undefined : `This entry is in ${to}, but not in ${from}.`;
  }
  if (destination === undefined) return `This entry is not in ${to}.`;
  const [wanted, held] = [facetsOf(source, rules), facetsOf(destination, rules)];
  const at = wanted.findIndex((facet, index) => facet !== held[index]);
  return at === -1 ? undefined : `Its ${facetNames[at]} is ${wanted[at]} in ${from}, ${held[at]} in ${to}.`;
}
