/** A restore is a run whose source is the share that holds the restore point, and whose destination is the place restored to. */
import { FarshareError } from '../errors.ts';
import {
  type JobConfig,
  jobSchema,
  type ParsedRestoreRequest,
  type RestoreRequest,
  restoreRequestSchema,
  type RestoreRow,
  type RunRow,
} from '../model/index.ts';
import { areNested } from '../plan/index.ts';
import type { RunContext } from './context.ts';
import { findRestorePoint, type FoundPoint } from './find-restore-source.ts';
import { onceForKey } from './idempotency.ts';
import { nameOfTime } from './name-beside.ts';
import { sendAdvance, storeRequests } from './run-state.ts';
import { pathOf, snapshotTimeMs } from './snapshots.ts';
import { activeRuns, newRow, runIdFor, storeRun } from './start-run.ts';

export interface RestoreStarter {
  readonly jobs: readonly JobConfig[];
  readonly origin: 'app' | 'cli';
}

interface Place {
  readonly account: string;
  readonly share: string;
  readonly path: string;
}

/** Makes the run of a restore and wakes it; answers its id. One that was interrupted on this machine goes on instead. */
export async function startRestore(
  context: RunContext,
  starter: RestoreStarter,
  request: RestoreRequest,
): Promise<string> {
  const parsed = parseRequest(request);
  const { idempotencyKey, ...asked } = parsed;
  const start = async (): Promise<readonly string[]> => [await startParsed(context, starter, asked)];
  const [runId = ''] =
    idempotencyKey === undefined
      ? await start()
      : await onceForKey(context, { key: idempotencyKey, asked: JSON.stringify(asked), start });
  return runId;
}

function parseRequest(request: RestoreRequest): ParsedRestoreRequest {
  const parsed = restoreRequestSchema.safeParse(request);
  if (parsed.success) return { ...parsed.data, paths: parsed.data.paths.map(normalPattern) };
  const [problem] = parsed.error.issues;
  throw refused('InvalidRequest', `The restore cannot be made: ${problem?.path.join('.')}: ${problem?.message}.`);
}

/** People copy paths from Windows, with a slash in front, or with one at the end. */
export const normalPattern = (pattern: string): string =>
  pattern.replace(/\\/gu, '/').replace(/^\/+|\/+$/gu, '') || '**';

async function startParsed(
  context: RunContext,
  starter: RestoreStarter,
  request: Omit<ParsedRestoreRequest, 'idempotencyKey'>,
): Promise<string> {
  const asked = JSON.stringify(request);
  // An app's restores go on by themselves.
  const interrupted =
    starter.origin === 'cli'
      ? (await activeRuns(context)).find(({ kind, restore }) => kind === 'restore' && restore?.asked === asked)
      : undefined;
  if (interrupted !== undefined) return interrupted.runId;
  const found = await findRestorePoint(context, starter.jobs, request);
  const to = request.to ?? besideSource(context, found);
  // Throws when the configuration has no such account.
  context.shares.open({ account: to.account, share: to.share }, { meter: { record: () => undefined } });
  refuseBackup(starter.jobs, to);
  const restore = restoreRow(found, request, asked);
  if (restore.mode === 'dated' && request.deleteExtra) {
    throw refused(
      'NotForDated',
      'A dated restore point does not say what was deleted: nothing at the place restored to can be told to be too much.',
    );
  }
  const row = rowOf(context, { starter, request, found, to, restore });
  await storeRun(context, row);
  const floor = Object.values(found.asked.source).reduce((a, b) => a + b, 0);
  await storeRequests(context, row.runId, { ...found.asked, floor });
  await sendAdvance(context, row.runId);
  return row.runId;
}

/**
 * A new run that takes up what an earlier one left: the same point, place and rules. What the earlier one has restored is
 * equal, and what it left unfinished is known by the time since when it wrote.
 */
export async function restoreAgain(
  context: RunContext,
  before: RunRow,
  { origin, approval }: { readonly origin: 'app' | 'cli'; readonly approval: RunRow['approval'] },
): Promise<string> {
  const { job, destination, restore, kind, dryRun, approved, sourceSnapshot, startedAtDestinationMs } = before;
  if (restore === undefined) throw new Error('only a restore is restored again');
  const { safety: _safety, ...rest } = restore;
  const now = context.clock.now();
  const runId = runIdFor(job.name, kind, now);
  const since = Math.min(before.distrustSinceMs ?? Number.POSITIVE_INFINITY, startedAtDestinationMs - 1_000);
  const row: RunRow = {
    ...newRow({ job, origin, approved, dryRun, approval, retryOf: { runId: before.runId } }, now),
    kind,
    runId,
    destination,
    snapshotRun: runId,
    ...(sourceSnapshot === undefined ? {} : { sourceSnapshot }),
    restore: rest,
    // Before its preparation was over, nothing was written.
    ...(before.roots > 0 && { distrustSinceMs: since }),
  };
  await storeRun(context, row);
  await sendAdvance(context, runId);
  return runId;
}

function restoreRow(
  { point }: FoundPoint,
  request: Omit<ParsedRestoreRequest, 'idempotencyKey'>,
  asked: string,
): RestoreRow {
  return {
    point: point.snapshot,
    time: new Date(snapshotTimeMs(point)).toISOString(),
    mode: point.metadata['farshare_mode'] === 'dated' ? 'dated' : 'mirror',
    paths: request.paths,
    onConflict: request.onConflict,
    asked,
    made: false,
  };
}

/** Without a place named: a directory of its own in the share that was backed up. */
function besideSource(context: RunContext, { point, job }: FoundPoint): Place {
  const [account = '', share = ''] = (point.metadata['farshare_source'] ?? '').split('/');
  const source = job?.source ?? { account, share };
  try {
    context.shares.open({ account: source.account, share: source.share }, { meter: { record: () => undefined } });
  } catch {
    throw refused(
      'TargetUnknown',
      `The restore point is of ${source.account}/${source.share}, and the configuration has no account ${source.account}. Say where to restore to: ACCOUNT/SHARE or ACCOUNT/SHARE/DIR.`,
    );
  }
  const path = `restore-${nameOfTime(new Date(snapshotTimeMs(point)).toISOString())}`;
  return { account: source.account, share: source.share, path };
}

/** The next run would undo it, or delete it. */
function refuseBackup(jobs: readonly JobConfig[], to: Place): void {
  for (const { name, destinations } of jobs) {
    for (const { account, share, path } of destinations) {
      if (account !== to.account || share !== to.share || !areNested(path, to.path)) continue;
      throw refused(
        'TargetIsBackup',
        `Job ${name} backs up to ${account}/${share}/${path}: its next run would undo what is restored there. Restore to another share or directory.`,
      );
    }
  }
}

interface NewRestore {
  readonly starter: RestoreStarter;
  readonly request: Omit<ParsedRestoreRequest, 'idempotencyKey'>;
  readonly found: FoundPoint;
  readonly to: Place;
  readonly restore: RestoreRow;
}

function rowOf(context: RunContext, { starter, request, found, to, restore }: NewRestore): RunRow {
  const now = context.clock.now();
  const job = restoreJob(found, to, request);
  const runId = runIdFor(job.name, 'restore', now);
  const [destination] = job.destinations;
  if (destination === undefined) throw new Error('a job has a destination');
  const { approve: approved, dryRun } = request;
  return {
    ...newRow({ job, origin: starter.origin, approved, dryRun }, now),
    kind: 'restore',
    runId,
    destination,
    snapshotRun: runId,
    sourceSnapshot: found.point.snapshot,
    restore,
  };
}

/** The row of a restore of everything, without a request: for a drill. */
export const newRestoreRow = (
  context: RunContext,
  { found, to, origin }: { readonly found: FoundPoint; readonly to: Place; readonly origin: 'app' | 'cli' },
): RunRow => {
  const { idempotencyKey: _key, ...request } = restoreRequestSchema.parse({ from: to });
  return rowOf(context, {
    starter: { jobs: [], origin },
    request,
    found,
    to,
    restore: restoreRow(found, request, ''),
  });
};

/** The copies of a restore as a job: with the limits and the guard of the job that the point is of, where it is configured. */
function restoreJob({ point, place, job }: FoundPoint, to: Place, request: NewRestore['request']): JobConfig {
  const named = (key: string): string => {
    const value = point.metadata[key] ?? '';
    return /^[a-z0-9](?:-?[a-z0-9]){0,39}$/u.test(value) ? value : 'unknown';
  };
  const made = jobSchema.parse({
    name: named('farshare_job'),
    source: { ...place, snapshots: 'existing' },
    destinations: [{ ...to, name: named('farshare_destination') }],
  });
  return {
    ...made,
    ...(job === undefined
      ? {}
      : { guard: job.guard, limits: job.limits, timeZone: job.timeZone, copyMethod: job.copyMethod }),
    source: { ...made.source, path: pathOf(point) },
    include: request.paths.length === 0 ? ['**'] : [...request.paths],
    // What the CRCs of blocks are kept for is the next run over the same files; a restore has none.
    delta: 'off',
    verify: { samplePercent: 0 },
    deletions: request.deleteExtra ? 'mirror' : 'keep',
  };
}

const refused = (code: string, message: string): FarshareError =>
  new FarshareError(code, message, { disposition: 'run' });
