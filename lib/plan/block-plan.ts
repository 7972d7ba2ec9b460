import type { ByteRange } from '../model/index.ts';
import { rangeLimitBytes } from './copy-ranges.ts';

/** Blocks of a large file, by number: block `n` is bytes `[n * 4 MiB, (n + 1) * 4 MiB)`, the last one shorter. */
export const blockOf = (offset: number): number => Math.floor(offset / rangeLimitBytes);

export const blockRange = (block: number, sizeBytes: number): ByteRange => ({
  start: block * rangeLimitBytes,
  end: Math.min(sizeBytes, (block + 1) * rangeLimitBytes),
});

export const blockCount = (sizeBytes: number): number => Math.ceil(sizeBytes / rangeLimitBytes);

/** Blocks that the ranges touch, ascending, each once. Ranges ascend. */
export function blocksTouched(ranges: readonly ByteRange[], sizeBytes: number): number[] {
  const blocks: number[] = [];
  for (const { start, end } of ranges) {
    const last = Math.min(end, sizeBytes);
    for (let block = Math.max(blockOf(start), (blocks.at(-1) ?? -1) + 1); block * rangeLimitBytes < last; block += 1) {
      blocks.push(block);
    }
  }
  return blocks;
}

/** What of `ranges` lies in none of `others`. Both ascend and do not overlap among themselves. */
export function subtractRanges(ranges: readonly ByteRange[], others: readonly ByteRange[]): ByteRange[] {
  const left: ByteRange[] = [];
  let at = 0;
  for (const range of ranges) {
    let { start } = range;
    while (at < others.length && (others[at]?.end ?? 0) <= start) at += 1;
    for (let index = at; index < others.length; index += 1) {
      const other = others[index];
      if (other === undefined || other.start >= range.end) break;
      if (other.start > start) left.push({ start, end: other.start });
      start = Math.max(start, other.end);
    }
    if (start < range.end) left.push({ start, end: range.end });
  }
  return left;
}

/** What lies both in `ranges` and in `others`. */
export const intersectRanges = (ranges: readonly ByteRange[], others: readonly ByteRange[]): ByteRange[] =>
  subtractRanges(ranges, subtractRanges(ranges, others));

/**
 * Numbers of the untouched blocks to look at: all of them, or `most` spread evenly, beginning at a place that `seed` in
 * [0, 1) chooses, so that other runs look at others.
 */
export function blocksToProve(untouched: readonly number[], most: number, seed: number): number[] {
  if (untouched.length <= most) return [...untouched];
  const step = untouched.length / most;
  return Array.from({ length: most }, (_, index) => untouched[Math.floor((index + seed) * step)] ?? 0);
}
