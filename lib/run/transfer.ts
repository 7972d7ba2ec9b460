/** Files that take longer than a shard's turn: one large file by ranges, or copies that the service has not finished. */
import type { FileTask, ShardWork } from '../model/index.ts';
import { copyRanges } from '../plan/index.ts';
import type { RunContext } from './context.ts';
import {
  allocatedRanges,
  createForRanges,
  destinationOf,
  finishRanges,
  prepareRanges,
  putRanges,
  turnToRanges,
} from './copy-file.ts';
import { noteEntryFailure } from './entry-steps.ts';
import { countCopied, settlePending } from './file-writer.ts';
import type { ShardSession } from './shard-session.ts';

type RangesWork = Extract<ShardWork, { kind: 'ranges' }>;
type PendingWork = Extract<ShardWork, { kind: 'pending' }>;

/** Ranges between two checkpoints: 256 MiB, seconds of work. */
const rangesPerStep = 64;
/** A copy pending for so long shows that this pair of accounts copies faster by ranges. */
const slowCopyMs = 60_000;
/** A copy pending for so long is ended and made by ranges: a SAS lives at most 24 hours, and Copy File promises nothing. */
const pendingLimitMs = 6 * 60 * 60 * 1000;

/** Copies one large file, going on where an earlier turn, or another instance, has stored that it was. */
export async function transferRanges(context: RunContext, session: ShardSession, work: RangesWork): Promise<void> {
  try {
    const rest = await moveRanges(session, work);
    if (rest !== undefined) return await session.continueLater(rest);
  } catch (error) {
    noteEntryFailure(session, work.file.path, error);
  }
  await session.finish('done');
}

/** What is left when the turn is over; undefined when the file is done. */
async function moveRanges(session: ShardSession, work: RangesWork): Promise<RangesWork | undefined> {
  const { file } = work;
  const from = work.created ? await prepareRanges(session, file) : await createForRanges(session, file);
  if (!work.created) await session.checkpoint({ ...work, created: true });
  const all = copyRanges(file.sizeBytes, await allocatedRanges(session, file));
  session.tally.floor += work.created ? 0 : 4 + all.length;
  const left = all.filter(({ end }) => end > work.doneBefore);
  for (let start = 0; start < left.length; start += rangesPerStep) {
    const step = left.slice(start, start + rangesPerStep);
    await putRanges(session, file, step);
    session.tally.bytesCopied += step.reduce((sum, range) => sum + range.end - range.start, 0);
    const next: RangesWork = { ...work, created: true, doneBefore: step.at(-1)?.end ?? work.doneBefore };
    const isLast = start + rangesPerStep >= left.length;
    if (!isLast && session.isOverBudget()) return next;
    if (!isLast) await session.checkpoint(next);
  }
  await finishRanges(session, file, from);
  countCopied(session, 0);
  return undefined;
}

/** Asks for each copy still pending, sparingly: the longer they have been, the longer until the next look. */
export async function transferPending(context: RunContext, session: ShardSession, work: PendingWork): Promise<void> {
  const left: PendingWork['files'] = [];
  const waitedMs = context.clock.now() - work.sinceMs;
  for (const copy of work.files) {
    if (!(await settlePending(context, session, copy))) continue;
    if (waitedMs < pendingLimitMs) left.push(copy);
    else await makeByRanges(session, copy);
  }
  if (left.length === 0) return session.finish('done');
  if (waitedMs > slowCopyMs) await turnToRanges(context, session, 'slow');
  await session.continueLater({ ...work, files: left }, Math.min(60_000, Math.max(500, waitedMs / 4)));
}

async function makeByRanges(session: ShardSession, copy: FileTask & { copyId: string }): Promise<void> {
  const { copyId, ...file } = copy;
  try {
    await session.destination.abortCopy(destinationOf(session, file), copyId);
  } catch (error) {
    noteEntryFailure(session, file.path, error);
    return;
  }
  session.addChild({ kind: 'ranges', file, created: false, doneBefore: 0, repair: false });
}
