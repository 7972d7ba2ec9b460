import type { ByteRange } from '../model/index.ts';

/** Put Range takes at most 4 MiB. */
export const rangeLimitBytes = 4 * 1024 * 1024;

/** Larger files go by ranges through a transfer of their own, so that a shard's turn stays short. */
export const inlineLimitBytes = 16 * rangeLimitBytes;

/**
 * The requests that carry the allocated bytes of a file: ascending, each allocated byte once, none beyond `sizeBytes`, cut
 * at multiples of `limitBytes`. What lies between stays a hole. Allocated ranges may overlap and come in any order.
 */
export function copyRanges(
  sizeBytes: number,
  allocated: readonly ByteRange[],
  limitBytes: number = rangeLimitBytes,
): readonly ByteRange[] {
  const ranges: ByteRange[] = [];
  let covered = 0;
  for (const range of allocated.toSorted((a, b) => a.start - b.start)) {
    const end = Math.min(range.end, sizeBytes);
    for (let start = Math.max(range.start, covered); start < end; start = covered) {
      covered = Math.min(end, (Math.floor(start / limitBytes) + 1) * limitBytes);
      ranges.push({ start, end: covered });
    }
  }
  return ranges;
}
