import { asFarshareError, FarshareError } from '../errors.ts';
import { type FileProperties, type FileTask, joinPath, type Metadata, type SharePath } from '../model/index.ts';
import { copyRanges, inlineLimitBytes, rangeLimitBytes } from '../plan/index.ts';
import type { RunContext } from './context.ts';
import { destinationPermission } from './permissions.ts';
import type { CopySource, EntrySettings } from './ports.ts';
import type { ShardSession } from './shard-session.ts';
import { updateRun } from './run-state.ts';
import { WorkPool } from './work-pool.ts';

/** Ranges of one file under way at once. */
export const rangesAtOnce = 8;

export type CopyOutcome =
  | { readonly kind: 'copied'; readonly by: 'copy-file' | 'ranges' | 'stream'; readonly bytes: number }
  | { readonly kind: 'pending'; readonly copyId: string }
  /** Too large for this shard's turn: needs a transfer. */
  | { readonly kind: 'transfer' };

/** After so many refusals of Copy File, `auto` asks no more in this run and process. */
const refusalsToTurn = 3;
const refusals = new Map<string, number>();
/** Runs whose first written entry has been read back by this process. */
const readBack = new Set<string>();
/** A process may live through very many runs; what it forgets of a live one costs a request. */
const mostRunsKnown = 1_000;

export const sourcePath = (session: ShardSession, path: SharePath): SharePath =>
  joinPath(session.run.job.source.path, path);
export const destinationPath = (session: ShardSession, path: SharePath): SharePath =>
  joinPath(session.run.destination.path, path);

/** Where a file goes: under the destination's path and, in dated mode, the directory of its date. */
export const destinationOf = (session: ShardSession, task: FileTask): SharePath =>
  destinationPath(session, task.as ?? (task.into === undefined ? task.path : joinPath(task.into, task.path)));

/** Where a file or a directory comes from: of a dated restore point, `from` is the directory of its date. */
export const sourceOf = (
  session: ShardSession,
  { path, from }: { readonly path: SharePath; readonly from?: string | undefined },
): SharePath => sourcePath(session, from === undefined ? path : joinPath(from, path));

export async function settingsFor(
  session: ShardSession,
  from: { times: EntrySettings['times']; attributes: string; permissionKey: string },
): Promise<EntrySettings> {
  const { times, attributes, permissionKey } = from;
  if (permissionKey === '') return { times, attributes };
  const key = await destinationPermission(session, permissionKey);
  return { times, attributes, permissionKey: key };
}

/** The service refuses a longer x-ms-copy-source (azure-files-facts.md, section 1). */
const longestUrl = 2_048;
/** Below this, no path's URL is too long, whatever the SAS: no need to make one only to measure it. */
export const surelyShortPath = 400;

/** True when no copy source URL can name the file: its name, percent-encoded, is too long. */
async function isOutOfReach(session: ShardSession, task: FileTask): Promise<boolean> {
  const from = sourceOf(session, task);
  if (encodeURIComponent(from).length < surelyShortPath) return false;
  const source = await session.source.copySource(from, { snapshot: session.run.sourceSnapshot });
  return source.url().length > longestUrl;
}

/**
 * Content through this process, 4 MiB at a time: the one exception to server-side copies (invariant 8), counted as
 * `streamed`.
 */
async function streamFile(context: RunContext, session: ShardSession, task: FileTask): Promise<number> {
  const from = await createForRanges(session, task);
  const [source, to] = [sourceOf(session, task), destinationOf(session, task)];
  const ranges = task.sizeBytes === 0 ? [] : copyRanges(task.sizeBytes, await allocatedRanges(session, task));
  session.tally.floor += 4 + 2 * ranges.length;
  for (const range of ranges) {
    await session.paceBytes(range.end - range.start);
    await session.copying(async () => {
      const bytes = await session.source.getBytes(source, { snapshot: session.run.sourceSnapshot, range });
      if (bytes === undefined) throw refused('ResourceNotFound', 'The file is not in the source snapshot any more.');
      await session.destination.putBytes(to, range.start, bytes);
    });
    // A long file is progress all the while.
    if (range.end % (64 * rangeLimitBytes) === 0) await session.markProgress();
  }
  await finishRanges(session, task, from);
  await readBackOnce(context, session, task);
  session.tally.counts.streamed += 1;
  return ranges.reduce((sum, range) => sum + range.end - range.start, 0);
}

/**
 * Large files go by ranges from the first copy on, unless told otherwise: they can go on where an interrupted turn stopped,
 * leave holes holes, and the service's CRCs of their blocks are what a later run proves its deltas by.
 */
const isLarge = ({ run }: ShardSession, task: FileTask): boolean =>
  task.sizeBytes > inlineLimitBytes &&
  (run.job.delta !== 'off' || run.restore !== undefined) &&
  run.job.copyMethod !== 'copy-file';

/** True when this run copies by ranges, because it is told to or Copy File has been refused. */
function usesRanges(session: ShardSession): boolean {
  const { job, rangesOnly, runId } = session.run;
  if (job.copyMethod !== 'auto') return job.copyMethod === 'ranges';
  return rangesOnly || (refusals.get(runId) ?? 0) >= refusalsToTurn;
}

/** Copies one file whole, on the server's side. Throws a FarshareError when it cannot. */
export async function copyFile(context: RunContext, session: ShardSession, task: FileTask): Promise<CopyOutcome> {
  if (await isOutOfReach(session, task))
    return { kind: 'copied', by: 'stream', bytes: await streamFile(context, session, task) };
  if (isLarge(session, task)) return { kind: 'transfer' };
  if (task.sizeBytes > 0 && !usesRanges(session)) {
    const outcome = await byCopyFile(context, session, task);
    if (outcome !== undefined) return outcome;
  }
  if (task.sizeBytes > inlineLimitBytes) return { kind: 'transfer' };
  const bytes = await copyByRanges(session, task);
  await readBackOnce(context, session, task);
  return { kind: 'copied', by: 'ranges', bytes };
}

/** `undefined` = refused in a way that ranges may still succeed. */
async function byCopyFile(
  context: RunContext,
  session: ShardSession,
  task: FileTask,
): Promise<CopyOutcome | undefined> {
  const to = destinationOf(session, task);
  const settings = await settingsFor(session, task);
  session.tally.floor += 1;
  await session.paceBytes(task.sizeBytes);
  try {
    const copy = await copyFromSource(session, task, (source) => session.destination.copyFile(to, source, settings));
    if (copy.status === 'pending') return { kind: 'pending', copyId: copy.id };
    if (copy.status !== 'success') throw refused('CopyFailed', `Copy File answered ${copy.status}.`);
    await readBackOnce(context, session, task);
    return { kind: 'copied', by: 'copy-file', bytes: task.sizeBytes };
  } catch (error) {
    const known = asFarshareError(error);
    if (known.code === 'PendingCopyOperation') {
      await abortForeignCopy(session, to);
      return undefined;
    }
    const mayTurn = session.run.job.copyMethod === 'auto' && known.disposition === 'entry' && !hopeless.has(known.code);
    if (!mayTurn) throw error;
    const { runId } = session.run;
    if (refusals.size >= mostRunsKnown) refusals.clear();
    refusals.set(runId, (refusals.get(runId) ?? 0) + 1);
    if (refusals.get(runId) === refusalsToTurn) await turnToRanges(context, session, known.code);
    return undefined;
  }
}

/** From here on, all workers of the run copy by ranges. */
export async function turnToRanges(context: RunContext, session: ShardSession, reason: string): Promise<void> {
  const { runId, rangesOnly, job } = session.run;
  if (rangesOnly || job.copyMethod !== 'auto') return;
  await updateRun(context, runId, (row) => (row.rangesOnly ? undefined : { ...row, rangesOnly: true }));
  context.telemetry.event('backup.copy.turned', { runId, reason });
}

/** Refusals that copying by ranges would meet as well. */
const hopeless = new Set([
  'ResourceNotFound',
  'ParentNotFound',
  'ResourceTypeMismatch',
  'SharingViolation',
  'CopySourceTooLong',
]);

const refused = (code: string, message: string): FarshareError =>
  new FarshareError(code, message, { disposition: 'entry', operation: 'CopyFile' });

/** A copy that this run did not begin, or whose beginning it has lost, holds the file: it is ended. */
async function abortForeignCopy(session: ShardSession, path: SharePath): Promise<void> {
  const held = await session.destination.getFile(path, {});
  if (held?.copy?.status === 'pending') await session.destination.abortCopy(path, held.copy.id);
}

/** Calls with a source URL; once more with a new SAS after the source refused the old one. */
export const copyFromSource = <T>(
  session: ShardSession,
  task: FileTask,
  call: (source: CopySource) => Promise<T>,
): Promise<T> => session.copying(() => callWithSource(session, task, call));

async function callWithSource<T>(
  session: ShardSession,
  task: FileTask,
  call: (source: CopySource) => Promise<T>,
): Promise<T> {
  const { sourceSnapshot: snapshot } = session.run;
  const from = sourceOf(session, task);
  const source = await session.source.copySource(from, { snapshot });
  try {
    return await call(source);
  } catch (error) {
    if (asFarshareError(error).code !== 'CannotVerifyCopySource') throw error;
    return call(await session.source.copySource(from, { snapshot, renew: true }));
  }
}

/** The same of the first directory that a run sets in a process. */
export async function readDirectoryBackOnce(
  context: RunContext,
  session: ShardSession,
  { path, change }: { path: SharePath; change: string },
): Promise<void> {
  if (!isToBeReadBack(session)) return;
  const written = await session.destination.getDirectory(destinationPath(session, path), {});
  if (written !== undefined) await learnChangeTime(context, session, { sent: change, kept: written.times.change });
}

function isToBeReadBack({ run: { runId, compareChangeTime } }: ShardSession): boolean {
  if (!compareChangeTime || readBack.has(runId)) return false;
  if (readBack.size >= mostRunsKnown) readBack.clear();
  readBack.add(runId);
  return true;
}

/** Whether the destination keeps ChangeTime as sent is not documented: the first file a run writes in a process is read back. */
export async function readBackOnce(context: RunContext, session: ShardSession, task: FileTask): Promise<void> {
  if (!isToBeReadBack(session)) return;
  const written = await session.destination.getFile(destinationOf(session, task), {});
  if (written !== undefined)
    await learnChangeTime(context, session, { sent: task.times.change, kept: written.times.change });
}

/** The same, of a file that has been asked for anyway. */
export async function readBackFrom(
  context: RunContext,
  session: ShardSession,
  { task, held }: { task: FileTask; held: FileProperties },
): Promise<void> {
  if (!isToBeReadBack(session)) return;
  await learnChangeTime(context, session, { sent: task.times.change, kept: held.times.change });
}

/** What one entry shows of the destination holds for all of it. */
async function learnChangeTime(
  context: RunContext,
  session: ShardSession,
  { sent, kept }: { sent: string; kept: string },
): Promise<void> {
  const { runId } = session.run;
  if (kept === sent) return;
  await updateRun(context, runId, (row) => ({ ...row, compareChangeTime: false }));
  context.telemetry.event('backup.changetime.notkept', { runId });
}

/** Create, ranges, properties last (each earlier write moves times). Answers the bytes moved. */
async function copyByRanges(session: ShardSession, task: FileTask): Promise<number> {
  const prepared = await createForRanges(session, task);
  // One range is less to ask for than where its holes are.
  const isOneRange = task.sizeBytes <= rangeLimitBytes;
  const allocated = isOneRange ? [{ start: 0, end: task.sizeBytes }] : await allocatedRanges(session, task);
  const ranges = copyRanges(task.sizeBytes, allocated);
  session.tally.floor += (isOneRange ? 3 : 4) + ranges.length;
  await putRanges(session, task, ranges);
  await finishRanges(session, task, prepared);
  return ranges.reduce((sum, range) => sum + range.end - range.start, 0);
}

export type RangePreparation = Awaited<ReturnType<typeof readSource>>;

async function readSource(session: ShardSession, task: FileTask) {
  const from = await session.source.getFile(sourceOf(session, task), { snapshot: session.run.sourceSnapshot });
  if (from !== undefined) return from;
  throw new FarshareError('ResourceNotFound', 'The file is not in the source snapshot any more.', {
    disposition: 'entry',
    operation: 'GetFileProperties',
  });
}

export const prepareRanges = readSource;

export async function createForRanges(session: ShardSession, task: FileTask): Promise<RangePreparation> {
  const from = await readSource(session, task);
  const to = destinationOf(session, task);
  const { metadata, headers } = from;
  const mark = session.run.restore === undefined ? {} : { creationTime: restoringCreationTime };
  await overwriting(session, to, task, () =>
    session.destination.createFile(to, { sizeBytes: task.sizeBytes, metadata, headers, ...mark }),
  );
  return from;
}

export const allocatedRanges = (session: ShardSession, task: FileTask) =>
  session.source.listRanges(sourceOf(session, task), { snapshot: session.run.sourceSnapshot });

async function putRanges(
  session: ShardSession,
  task: FileTask,
  ranges: readonly { start: number; end: number }[],
): Promise<void> {
  const to = destinationOf(session, task);
  const pool = new WorkPool(rangesAtOnce);
  for (const range of ranges) {
    await session.paceBytes(range.end - range.start);
    await pool.add(async () => {
      await copyFromSource(session, task, (source) => session.destination.putRangeFromUrl(to, source, { range }));
    });
  }
  await pool.drain();
}

export async function finishRanges(session: ShardSession, task: FileTask, from: RangePreparation): Promise<void> {
  const settings = await settingsFor(session, task);
  await session.destination.setFileProperties(destinationOf(session, task), {
    ...settings,
    headers: from.headers,
  });
}

/** Times, attributes, permission, headers and metadata alone; the content is known to be equal. */
export async function setProperties(
  context: RunContext,
  session: ShardSession,
  task: FileTask,
  known?: { readonly from: FileProperties; readonly held: FileProperties },
): Promise<void> {
  const to = destinationOf(session, task);
  const [from, held] = known
    ? [known.from, known.held]
    : await Promise.all([readSource(session, task), session.destination.getFile(to, {})]);
  if (held === undefined) throw refused('ResourceNotFound', 'The file vanished from the destination.');
  const settings = await settingsFor(session, task);
  // Metadata first: setting it may move ChangeTime, which Set Properties then puts right.
  if (haveOtherMetadata(from.metadata, held.metadata)) {
    await overwriting(session, to, task, () => session.destination.setFileMetadata(to, from.metadata));
  }
  await session.destination.setFileProperties(to, { ...settings, headers: from.headers });
  await readBackOnce(context, session, task);
}

export const haveOtherMetadata = (left: Metadata, right: Metadata): boolean =>
  JSON.stringify(sorted(left)) !== JSON.stringify(sorted(right));

export const sorted = (record: object): [string, unknown][] =>
  Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));

/** A time that no file is compared equal by: it stands while a file's content is neither the old nor the new. */
export const unfinishedTimes = {
  creation: '1980-01-01T00:00:00.0000000Z',
  lastWrite: '1980-01-01T00:00:00.0000000Z',
  change: '1980-01-01T00:00:00.0000000Z',
} as const;

/**
 * The creation time of a file that a restore writes by ranges, until its own is set at the end: so that what an interruption
 * left unfinished is told from files of somebody else. No date that a program or a file system writes by itself.
 */
export const restoringCreationTime = '1980-01-02T03:04:05.0607089Z';

/** Does what a ReadOnly file refuses, after taking that attribute away; the right ones are set at the end anyway. */
export async function overwriting(
  session: ShardSession,
  path: SharePath,
  task: FileTask,
  write: () => Promise<void>,
): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (asFarshareError(error).code !== 'ReadOnlyAttribute') throw error;
    await session.destination.setFileProperties(path, { times: unfinishedTimes, attributes: 'None', headers: {} });
    await write();
  }
}
