/** What a transfer of one large file does, step by step: whole, or only what changed since the base. */
import { createHash } from 'node:crypto';
import { asFarshareError } from '../errors.ts';
import type { ByteRange, FileProperties, FileTask, ShardWork } from '../model/index.ts';
import {
  blockRange,
  blocksToProve,
  blocksTouched,
  copyRanges,
  intersectRanges,
  subtractRanges,
} from '../plan/index.ts';
import { allocatedRanges, destinationOf, sourceOf } from './copy-file.ts';
import { selectionAtBase } from './selection.ts';
import type { ShardSession } from './shard-session.ts';

export type RangesWork = Extract<ShardWork, { kind: 'ranges' }>;

/**
 * `copy`: the range is carried over. `clear`: the source has a hole there. `prove`: the range is said to be unchanged, and
 * is carried over only if its CRC-64 says otherwise, or is not known.
 */
export interface RangeStep {
  readonly kind: 'copy' | 'clear' | 'prove';
  readonly range: ByteRange;
}

/** With `delta` sampled, so many blocks of a file that are said to be unchanged are looked at. */
const sampledBlocks = 16;

export async function wholeSteps(session: ShardSession, file: FileTask): Promise<RangeStep[]> {
  const ranges = copyRanges(file.sizeBytes, await allocatedRanges(session, file));
  return ranges.map((range) => ({ kind: 'copy', range }));
}

/**
 * What has to be done to a destination file that equals the base's; undefined when the service refuses the difference.
 * Ascending, without overlaps, so that an offset says how far a transfer has come.
 */
export async function deltaSteps(
  session: ShardSession,
  file: FileTask,
  delta: { base: string; baseSize: number; proveAll: boolean; isKnown: (block: number) => boolean },
): Promise<RangeStep[] | undefined> {
  const changed = await changedRanges(session, file, delta.base);
  if (changed === undefined) return undefined;
  const { sizeBytes } = file;
  const grown = sizeBytes > delta.baseSize ? [{ start: delta.baseSize, end: sizeBytes }] : [];
  const allocated = await allocatedRanges(session, file);
  const known = subtractRanges(changed, grown);
  const moving = [...known, ...grown].filter(({ start }) => start < sizeBytes).toSorted((a, b) => a.start - b.start);
  const copied = copyRanges(sizeBytes, intersectRanges(moving, allocated));
  const cleared = subtractRanges(moving, allocated).map(({ start, end }) => ({ start, end: Math.min(end, sizeBytes) }));
  const proved = blocksOf(session, file, { moving, allocated, ...delta });
  const looked = [moving, allocated, proved.map((block) => blockRange(block, sizeBytes))];
  const left = delta.proveAll ? await leftInHoles(session, file, looked) : [];
  return [
    ...copied.map((range): RangeStep => ({ kind: 'copy', range })),
    ...[...cleared, ...left].map((range): RangeStep => ({ kind: 'clear', range })),
    ...proved.map((block): RangeStep => ({ kind: 'prove', range: blockRange(block, sizeBytes) })),
  ].toSorted((a, b) => a.range.start - b.range.start);
}

/**
 * What the destination holds where the source has a hole, and the difference does not say so: outside of what is looked at. No
 * CRC-64 of the source tells of it.
 */
async function leftInHoles(
  session: ShardSession,
  file: FileTask,
  looked: readonly (readonly ByteRange[])[],
): Promise<readonly ByteRange[]> {
  const held = await session.destination.listRanges(destinationOf(session, file), {});
  return looked
    .reduce(subtractRanges, held)
    .filter(({ start }) => start < file.sizeBytes)
    .map(({ start, end }) => ({ start, end: Math.min(end, file.sizeBytes) }));
}

/** Blocks that the difference leaves out and that hold something; all of them, or a sample that other runs complete. */
function blocksOf(
  session: ShardSession,
  file: FileTask,
  of: {
    moving: readonly ByteRange[];
    allocated: readonly ByteRange[];
    proveAll: boolean;
    isKnown: (block: number) => boolean;
  },
): readonly number[] {
  const touched = new Set(blocksTouched(of.moving, file.sizeBytes));
  const untouched = blocksTouched(of.allocated, file.sizeBytes).filter((block) => !touched.has(block));
  if (of.proveAll) return untouched;
  const seed = createHash('sha1').update(`${session.run.runId}\n${file.path}`).digest().readUInt32BE() / 2 ** 32;
  return blocksToProve(untouched.filter(of.isKnown), sampledBlocks, seed);
}

async function changedRanges(
  session: ShardSession,
  file: FileTask,
  base: string,
): Promise<readonly ByteRange[] | undefined> {
  try {
    const options = { snapshot: session.run.sourceSnapshot, previousSnapshot: base };
    return await session.source.listRanges(sourceOf(session, file), options);
  } catch (error) {
    if (asFarshareError(error).disposition !== 'entry') throw error;
    return undefined;
  }
}

/**
 * The base's entry, if the destination's file still equals it in size and times and nobody has touched it in this run: only
 * then do the ranges that changed since the base make it equal to the source.
 */
export async function patchableBase(
  session: ShardSession,
  file: FileTask,
  base: string,
): Promise<{ base: FileProperties; held: FileProperties } | undefined> {
  const [before, held] = await Promise.all([
    session.source.getFile(sourceOf(session, file), { snapshot: base }),
    session.destination.getFile(destinationOf(session, file), {}),
  ]);
  if (before === undefined || held === undefined || held.copy?.status === 'pending') return undefined;
  const { run } = session;
  const sameTimes =
    before.times.lastWrite === held.times.lastWrite &&
    (!run.compareChangeTime || before.times.change === held.times.change);
  const isUntouched = held.lastModifiedMs < run.startedAtDestinationMs;
  if (selectionAtBase(run)?.leavesOut(file.path, before) === true) return undefined;
  return sameTimes && isUntouched && before.sizeBytes === held.sizeBytes ? { base: before, held } : undefined;
}
