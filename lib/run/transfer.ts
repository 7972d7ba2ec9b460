/** Files that take longer than a shard's turn: one large file by ranges, or copies that the service has not finished. */
import type { FileTask, Metadata, ShardWork } from '../model/index.ts';
import { blockOf, blockRange } from '../plan/index.ts';
import { BlockCrcs } from './block-crcs.ts';
import type { RunContext } from './context.ts';
import {
  copyFromSource,
  createForRanges,
  destinationOf,
  finishRanges,
  haveOtherMetadata,
  overwriting,
  prepareRanges,
  type RangePreparation,
  rangesAtOnce,
  readBackOnce,
  turnToRanges,
  unfinishedTimes,
} from './copy-file.ts';
import { givingWay } from './dated-directories.ts';
import { noteEntryFailure } from './entry-steps.ts';
import { settlePending } from './file-writer.ts';
import { deltaSteps, patchableBase, type RangesWork, type RangeStep, wholeSteps } from './large-file.ts';
import { noteFile } from './file-notes.ts';
import type { ShardSession } from './shard-session.ts';
import { WorkPool } from './work-pool.ts';

type PendingWork = Extract<ShardWork, { kind: 'pending' }>;

/** Steps between two checkpoints: 256 MiB at most, seconds of work. */
const stepsAtOnce = 64;
/** A copy pending for so long shows that this pair of accounts copies faster by ranges. */
const slowCopyMs = 60_000;
/** A copy pending for so long is ended and made by ranges: a SAS lives at most 24 hours, and Copy File promises nothing. */
const pendingLimitMs = 6 * 60 * 60 * 1000;

/** Copies one large file, going on where an earlier turn, or another instance, has stored that it was. */
export async function transferRanges(context: RunContext, session: ShardSession, work: RangesWork): Promise<void> {
  try {
    const rest = await moveRanges(context, session, work);
    if (rest !== undefined) return await session.continueLater(rest);
  } catch (error) {
    noteEntryFailure(session, work.file.path, error);
  }
  await session.finish('done');
}

/** What is left when the turn is over; undefined when the file is done. */
async function moveRanges(
  context: RunContext,
  session: ShardSession,
  work: RangesWork,
): Promise<RangesWork | undefined> {
  const crcs = new BlockCrcs(context, session, work.file);
  let begun = await (work.created ? goOn(session, work, crcs) : begin(session, work, crcs));
  for (let at = 0; at < begun.steps.length;) {
    const steps = begun.steps.slice(at, at + stepsAtOnce);
    const isTrue = await doSteps(session, { file: work.file, steps, crcs });
    await crcs.save();
    if (!isTrue && begun.work.patching?.proveAll === false) {
      context.telemetry.event('backup.delta.untrue', { runId: session.run.runId });
      begun = { ...begun, ...(await proveAll(session, begun.work, crcs)) };
      at = 0;
      continue;
    }
    at += stepsAtOnce;
    const next = { ...begun.work, doneBefore: steps.at(-1)?.range.end ?? 0 };
    if (at >= begun.steps.length) break;
    if (session.isOverBudget()) return next;
    await session.checkpoint(next);
  }
  await finishFile(session, begun);
  await readBackOnce(context, session, work.file);
  await crcs.seal(work.file);
  return undefined;
}

interface Begun {
  readonly work: RangesWork;
  readonly steps: readonly RangeStep[];
  /** Of the source, as far as this turn has asked for it. */
  readonly from?: RangePreparation;
  /** Metadata of the destination's file, as far as this turn knows it. */
  readonly held?: Metadata;
}

/** In place where that is enough, whole otherwise; what it is, is stored before the first write. */
async function begin(session: ShardSession, work: RangesWork, crcs: BlockCrcs): Promise<Begun> {
  return (await beginPatch(session, work, crcs)) ?? beginWhole(session, work, crcs);
}

async function beginPatch(session: ShardSession, work: RangesWork, crcs: BlockCrcs): Promise<Begun | undefined> {
  const { file, base } = work;
  const { delta, compare } = session.run.job;
  if (base === undefined || delta === 'off') return undefined;
  const found = await patchableBase(session, file, base);
  if (found === undefined) return undefined;
  const isAsCopied = await crcs.load(found.base);
  // Writes may go unseen here, and a later change of properties puts the base's times on content that is not the base's: only
  // what is kept of the last copy shows that it was of this version.
  if (compare !== 'metadata' && !isAsCopied) return undefined;
  const patching = { baseSize: found.base.sizeBytes, proveAll: delta === 'proven' };
  const steps = await deltaSteps(session, file, {
    base,
    ...patching,
    isKnown: (block) => crcs.crcOf(block) !== undefined,
  });
  if (steps === undefined) return undefined;
  const begun: RangesWork = { ...work, created: true, patching };
  await session.checkpoint(begun);
  await openForPatching(session, file, patching.baseSize);
  // The last block of the shorter of the two is another one now.
  if (file.sizeBytes !== patching.baseSize) crcs.set(blockOf(Math.min(file.sizeBytes, patching.baseSize)), undefined);
  await crcs.begin(file.sizeBytes);
  session.tally.floor += 4 + steps.length;
  return { work: begun, steps, held: found.held.metadata };
}

/** The new size, no ReadOnly, and times that say that it is unfinished. A ReadOnly file refuses the size with the rest. */
function openForPatching(session: ShardSession, file: FileTask, baseSize: number): Promise<void> {
  const to = destinationOf(session, file);
  const unfinished = { times: unfinishedTimes, attributes: 'None', headers: {} };
  const resize = file.sizeBytes === baseSize ? {} : { sizeBytes: file.sizeBytes };
  return overwriting(session, to, file, () => session.destination.setFileProperties(to, { ...unfinished, ...resize }));
}

async function beginWhole(session: ShardSession, work: RangesWork, crcs: BlockCrcs): Promise<Begun> {
  const { patching: _patching, base: _base, ...rest } = work;
  const from = await givingWay(session, work.file, () => createForRanges(session, work.file));
  const begun: RangesWork = { ...rest, created: true, doneBefore: 0 };
  // Before the checkpoint: whoever goes on from it takes what is kept for what this copy has brought.
  crcs.forget();
  await crcs.begin(work.file.sizeBytes);
  await session.checkpoint(begun);
  const steps = await wholeSteps(session, work.file);
  session.tally.floor += 4 + steps.length;
  return { work: begun, steps, from };
}

/** From where an earlier turn stored that it was. */
async function goOn(session: ShardSession, work: RangesWork, crcs: BlockCrcs): Promise<Begun> {
  await crcs.resume(work.file.sizeBytes);
  const steps = await stepsOf(session, work, crcs);
  if (steps === undefined) return beginWhole(session, work, crcs);
  if (work.patching !== undefined) await openForPatching(session, work.file, work.patching.baseSize);
  return { work, steps: steps.filter(({ range }) => range.end > work.doneBefore) };
}

function stepsOf(session: ShardSession, work: RangesWork, crcs: BlockCrcs): Promise<readonly RangeStep[] | undefined> {
  const { file, base, patching } = work;
  if (patching === undefined || base === undefined) return wholeSteps(session, file);
  return deltaSteps(session, file, { base, ...patching, isKnown: (block) => crcs.crcOf(block) !== undefined });
}

/** The difference left a changed block out: from here on nothing that it says is taken on trust for this file. */
async function proveAll(session: ShardSession, work: RangesWork, crcs: BlockCrcs): Promise<Begun> {
  const again: RangesWork = {
    ...work,
    doneBefore: 0,
    patching: { baseSize: work.patching?.baseSize ?? 0, proveAll: true },
  };
  await session.checkpoint(again);
  const steps = await stepsOf(session, again, crcs);
  return steps === undefined ? beginWhole(session, again, crcs) : { work: again, steps };
}

/** False when a block that was said to be unchanged was not. */
async function doSteps(
  session: ShardSession,
  { file, steps, crcs }: { file: FileTask; steps: readonly RangeStep[]; crcs: BlockCrcs },
): Promise<boolean> {
  const pool = new WorkPool(rangesAtOnce);
  let isTrue = true;
  for (const step of steps) {
    await pool.add(async () => {
      const known = step.kind === 'prove' ? crcs.crcOf(blockOf(step.range.start)) : undefined;
      const moved = await doStep(session, file, { step, crcs, known });
      if (known !== undefined && moved) isTrue = false;
    });
  }
  await pool.drain();
  return isTrue;
}

/** True when bytes were moved. */
async function doStep(
  session: ShardSession,
  file: FileTask,
  { step, crcs, known }: { step: RangeStep; crcs: BlockCrcs; known: string | undefined },
): Promise<boolean> {
  const { range } = step;
  const to = destinationOf(session, file);
  const block = blockOf(range.start);
  if (step.kind === 'clear') {
    await session.destination.clearRange(to, range);
    for (let cleared = block; cleared <= blockOf(range.end - 1); cleared += 1) crcs.set(cleared, undefined);
    return false;
  }
  if (known === undefined) await session.paceBytes(range.end - range.start);
  const answer = await copyFromSource(session, file, (source) =>
    session.destination.putRangeFromUrl(to, source, { range, unlessCrc64: known }),
  );
  const whole = blockRange(block, file.sizeBytes);
  const isWhole = whole.start === range.start && whole.end === range.end;
  if (answer.moved || !isWhole) crcs.set(block, isWhole ? answer.crc64 : undefined);
  if (answer.moved) session.tally.bytesCopied += range.end - range.start;
  return answer.moved;
}

async function finishFile(session: ShardSession, { work, held, ...begun }: Begun): Promise<void> {
  const from = begun.from ?? (await prepareRanges(session, work.file));
  if (work.patching === undefined) {
    await finishRanges(session, work.file, from);
    session.tally.counts.copied += 1;
    noteFile(session, work.file, 'copied');
    return;
  }
  // Created files got their metadata with the creation. Before the properties, since it moves ChangeTime.
  if (held === undefined || haveOtherMetadata(from.metadata, held))
    await session.destination.setFileMetadata(destinationOf(session, work.file), from.metadata);
  await finishRanges(session, work.file, from);
  session.tally.counts.rangeCopied += 1;
  noteFile(session, work.file, 'rangeCopied');
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
  session.addChild({ kind: 'ranges', file, created: false, doneBefore: 0 });
}
