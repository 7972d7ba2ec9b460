import { type Content, type Extent, extentsIn } from './content.ts';
import type { ByteRange } from './store.ts';

/** Ascending ranges; neighbours that touch are joined, all cut to `window` and to the size. */
class RangeCollector {
  readonly ranges: ByteRange[] = [];
  private readonly window: ByteRange;

  constructor(window: ByteRange) {
    this.window = window;
  }

  add(start: number, end: number): void {
    const from = Math.max(start, this.window.start);
    const to = Math.min(end, this.window.end);
    if (from >= to) {
      return;
    }
    const last = this.ranges.at(-1);
    if (last !== undefined && last.end === from) {
      this.ranges[this.ranges.length - 1] = { start: last.start, end: to };
    } else {
      this.ranges.push({ start: from, end: to });
    }
  }
}

function windowOf(content: Content, range: ByteRange | undefined): ByteRange {
  return { start: range?.start ?? 0, end: Math.min(range?.end ?? Infinity, content.sizeBytes) };
}

/** Allocated ranges within `range`, whole pages cut at the range and the size. */
export function allocatedRanges(content: Content, range?: ByteRange): readonly ByteRange[] {
  const window = windowOf(content, range);
  const collector = new RangeCollector(window);
  for (const extent of extentsIn(content.extents, window.start, window.end)) {
    collector.add(extent.start, extent.end);
  }
  return collector.ranges;
}

/** Bytes allocated, for usage figures. */
export function allocatedBytes(content: Content): number {
  return allocatedRanges(content).reduce((sum, range) => sum + range.end - range.start, 0);
}

/**
 * Ranges written since `previous`, and ranges that were allocated then and are not any more. Decided by the stamps of the
 * extents, so a write of equal bytes counts as a change and no byte is compared.
 */
export function diffContents(
  previous: Content,
  current: Content,
  range?: ByteRange,
): { readonly ranges: readonly ByteRange[]; readonly clearRanges: readonly ByteRange[] } {
  const window = windowOf(current, range);
  const changed = new RangeCollector(window);
  const cleared = new RangeCollector(window);
  const olds = new ExtentCursor(previous, window);
  const news = new ExtentCursor(current, window);
  let at = window.start;
  while (at < window.end) {
    const then = olds.holding(at);
    const now = news.holding(at);
    const end = Math.min(olds.boundaryAfter(at), news.boundaryAfter(at), window.end);
    if (now !== undefined && now.stamp !== then?.stamp) {
      changed.add(at, end);
    } else if (now === undefined && then !== undefined) {
      cleared.add(at, end);
    }
    at = end;
  }
  return { ranges: changed.ranges, clearRanges: cleared.ranges };
}

/** Walks the extents of a file along ascending offsets. */
class ExtentCursor {
  private readonly rest: Iterator<Extent>;
  private extent: Extent | undefined;

  constructor(content: Content, window: ByteRange) {
    this.rest = extentsIn(content.extents, window.start, window.end);
    this.extent = this.rest.next().value;
  }

  /** The extent that holds `offset`; offsets must not descend. */
  holding(offset: number): Extent | undefined {
    while (this.extent !== undefined && this.extent.end <= offset) {
      this.extent = this.rest.next().value;
    }
    return this.extent !== undefined && this.extent.start <= offset ? this.extent : undefined;
  }

  /** Where the answer of `holding` next changes. */
  boundaryAfter(offset: number): number {
    if (this.extent === undefined) {
      return Infinity;
    }
    return this.extent.start > offset ? this.extent.start : this.extent.end;
  }
}
