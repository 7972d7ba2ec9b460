/** A restore that is tried out: a random sample goes to a scratch share, is compared in all it has, and is removed again. */
import { asFarshareError } from '../errors.ts';
import { type JobConfig, joinPath, type RunRow, type SharePath } from '../model/index.ts';
import type { AdvanceSession } from './advance-session.ts';
import type { RunContext } from './context.ts';
import { unfinishedTimes } from './copy-file.ts';
import { findRestorePoint, type FoundPoint } from './find-restore-source.ts';
import { ListingReader } from './listing-reader.ts';
import type { SharePort } from './ports.ts';
import { newRestoreRow } from './start-restore.ts';
import { activeRuns, destinationsOf, runIdFor, storeRun } from './start-run.ts';
import { sendAdvance } from './run-state.ts';
import { WorkPool } from './work-pool.ts';

/** Pages listed to reckon how many files a restore point has, so that about as many as asked for are in the sample. */
const mostPages = 200;
const deletesAtOnce = 16;
/** Directories of drills in the scratch share are told by this. */
const rootPrefix = 'drill-';

/** A drill of the newest restore point of each destination that has one, and none of which is under way. */
export async function startDrills(
  context: RunContext,
  { job, origin, destination }: { job: JobConfig; origin: 'app' | 'cli'; destination?: string | undefined },
): Promise<readonly string[]> {
  const active = (await activeRuns(context, job.name)).filter(({ kind }) => kind === 'drill');
  const { drill } = job;
  const started: string[] = [];
  if (drill === undefined) return started;
  for (const { name, account } of destinationsOf({ job, destination })) {
    if (active.some((run) => run.destination.name === name)) continue;
    const found = await newestPoint(context, job, name);
    if (found === undefined) continue;
    const runId = runIdFor(job.name, 'drill', context.clock.now());
    const to = { account: drill.account ?? account, share: drill.share, path: `${rootPrefix}${runId}` };
    const row: RunRow = {
      ...newRestoreRow(context, { found, to, origin }),
      kind: 'drill',
      runId,
      snapshotRun: runId,
      // All that is restored is compared.
      sample: { slot: 0, slots: 1 },
    };
    const { files, samplePercent } = drill;
    const restore = row.restore && {
      ...row.restore,
      drill: { files, ...(samplePercent !== undefined && { samplePercent }) },
    };
    await storeRun(context, { ...row, restore });
    await sendAdvance(context, runId);
    started.push(runId);
  }
  return started;
}

async function newestPoint(context: RunContext, job: JobConfig, destination: string): Promise<FoundPoint | undefined> {
  try {
    return await findRestorePoint(context, [job], { from: { job: job.name, destination }, point: 'latest' });
  } catch (error) {
    const { code } = asFarshareError(error);
    if (code === 'PointNotFound' || code === 'ShareNotFound') return undefined;
    throw error;
  }
}

/** The part of all files that is restored: of about as many as `files` says, where no part is given. */
export async function sampleFraction(session: AdvanceSession): Promise<number> {
  const { row, source } = session;
  const { files = 0, samplePercent } = row.restore?.drill ?? {};
  if (samplePercent !== undefined) return samplePercent / 100;
  const found = await countFiles(source, row.job.source.path, row.sourceSnapshot);
  return Math.min(1, files / Math.max(1, found));
}

/** Exact, or, where there are more pages than may be asked for, as many as those show. */
async function countFiles(share: SharePort, path: SharePath, snapshot: string | undefined): Promise<number> {
  const waiting = [path];
  let [files, pages] = [0, 0];
  for (let next = waiting.shift(); next !== undefined && pages < mostPages; next = waiting.shift()) {
    const reader = new ListingReader(share, next, { snapshot, wanted: true, resume: undefined, ordered: false });
    for await (const entries of reader.pages()) {
      pages += 1;
      for (const { kind, name } of entries) {
        if (kind === 'file') files += 1;
        else if (waiting.length < 10_000) waiting.push(joinPath(next, name));
      }
      if (pages >= mostPages) break;
    }
  }
  return files;
}

/** What drills that did not come to their end have left. Under the lock of the scratch share. */
export async function removeLeftovers(session: AdvanceSession): Promise<void> {
  const { destination, row } = session;
  for (;;) {
    const page = await destination.list('', {});
    const left = (page?.entries ?? []).filter(
      ({ kind, name }) => kind === 'directory' && name.startsWith(rootPrefix) && name !== row.destination.path,
    );
    if (left.length === 0) return;
    for (const { name } of left) await removeTree(session, name);
  }
}

/** Removes what this drill has restored, with the directory that it was restored to. */
export const removeScratch = (session: AdvanceSession): Promise<void> =>
  removeTree(session, session.row.destination.path);

async function removeTree(session: AdvanceSession, path: SharePath): Promise<void> {
  const { destination } = session;
  // Always the first page: what is listed is gone before the next is asked for.
  for (;;) {
    const entries = (await destination.list(path, {}))?.entries ?? [];
    if (entries.length === 0) break;
    const pool = new WorkPool(deletesAtOnce);
    for (const { kind, name } of entries) {
      const below = joinPath(path, name);
      if (kind === 'directory') await removeTree(session, below);
      else await pool.add(() => removeFile(destination, below));
    }
    await pool.drain();
  }
  await destination.setDirectoryProperties(path, { attributes: 'Directory' });
  await destination.deleteDirectory(path);
}

async function removeFile(share: SharePort, path: SharePath): Promise<void> {
  try {
    await share.deleteFile(path);
  } catch (error) {
    if (asFarshareError(error).code !== 'ReadOnlyAttribute') throw error;
    await share.setFileProperties(path, { times: unfinishedTimes, attributes: 'None', headers: {} });
    await share.deleteFile(path);
  }
}
