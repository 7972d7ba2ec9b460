import { emptyTree, floorOf, type Order, type Tree, valuesFrom, withoutKey, withValue } from './ordered-map.ts';
import { Stored } from './stored.ts';
import { generateInto, Synthetic } from './synthetic.ts';
import type { ByteRange } from './store.ts';

/** The service accounts for content in pages of this many bytes. */
const PAGE_BYTES = 512;

/** A source smaller than this many bytes is merged with its unaligned ends into one buffer. */
const MERGE_BELOW_BYTES = 64 * 1024;

/**
 * Allocated pages `[start, end)` of a file, never changed once made. The byte at offset o is `source[at + o - start]`, zero
 * beyond the source's end. `stamp` names the write that made it: equal stamps at one offset of one file = equal bytes.
 */
export type Extent = {
  readonly start: number;
  readonly end: number;
  readonly stamp: number;
  readonly source: Uint8Array | Stored<Uint8Array> | Synthetic;
  readonly at: number;
};

/** What a file holds; pages without an extent are sparse and read as zeros. Immutable, hence shared by copies and snapshots. */
export type Content = { readonly sizeBytes: number; readonly extents: Tree<Extent> };

const BY_START: Order<number, Extent> = {
  keyOf: (extent) => extent.start,
  compare: (left, right) => left - right,
};

const NOTHING = new Uint8Array(0);

const floorPage = (offset: number): number => offset - (offset % PAGE_BYTES);
const ceilPage = (offset: number): number => floorPage(offset + PAGE_BYTES - 1);

/** A file of that size without any allocated page. */
export function sparseContent(sizeBytes: number): Content {
  return { sizeBytes, extents: emptyTree() };
}

/** A file all of whose pages are generated when read. */
export function generatedContent(sizeBytes: number, source: Synthetic, stamp: number): Content {
  return sizeBytes === 0
    ? sparseContent(0)
    : { sizeBytes, extents: [{ start: 0, end: ceilPage(sizeBytes), stamp, source, at: 0 }] };
}

/** The extents that touch `[start, end)`, ascending. */
export function* extentsIn(extents: Tree<Extent>, start: number, end: number): Generator<Extent> {
  const first = floorOf(extents, start, BY_START);
  for (const extent of valuesFrom(extents, BY_START, first?.start ?? start)) {
    if (extent.start >= end) {
      return;
    }
    if (extent.end > start) {
      yield extent;
    }
  }
}

function sliceOf(extent: Extent, start: number, end: number): Extent {
  return start === extent.start && end === extent.end
    ? extent
    : { ...extent, start, end, at: extent.at + start - extent.start };
}

function copyInto(into: Uint8Array, extent: Extent): void {
  const { source } = extent;
  if (source instanceof Synthetic) {
    generateInto(into, source, extent.at);
  } else {
    const bytes = source instanceof Stored ? source.value : source;
    into.set(bytes.subarray(extent.at, extent.at + into.length));
  }
}

/** Bytes `[start, end)`, cut at the size. */
export function readContent(content: Content, start: number, end: number): Uint8Array {
  const stop = Math.min(end, content.sizeBytes);
  const bytes = new Uint8Array(Math.max(0, stop - start));
  for (const extent of extentsIn(content.extents, start, stop)) {
    const part = sliceOf(extent, Math.max(start, extent.start), Math.min(stop, extent.end));
    copyInto(bytes.subarray(part.start - start, part.end - start), part);
  }
  return bytes;
}

/** The extents with `[start, end)`, whole pages, free, and `added` put there. */
function replaced(extents: Tree<Extent>, range: ByteRange, added: readonly Extent[]): Tree<Extent> {
  let result = extents;
  for (const extent of extentsIn(extents, range.start, range.end)) {
    result = withoutKey(result, extent.start, BY_START);
    if (extent.start < range.start) {
      result = withValue(result, sliceOf(extent, extent.start, range.start), BY_START);
    }
    if (extent.end > range.end) {
      result = withValue(result, sliceOf(extent, range.end, extent.end), BY_START);
    }
  }
  for (const extent of added) {
    result = withValue(result, extent, BY_START);
  }
  return result;
}

/** A page with `bytes` laid over what it holds at `start`; unallocated bytes around them become zeros. */
function patched(content: Content, pages: ByteRange, start: number, bytes: Uint8Array): Uint8Array {
  const buffer = new Uint8Array(Math.min(pages.end, Math.max(content.sizeBytes, start + bytes.length)) - pages.start);
  buffer.set(readContent(content, pages.start, pages.end));
  buffer.set(bytes, start - pages.start);
  return buffer;
}

/** With `bytes` written at `start`, all of it within the size. The bytes are kept, not copied, where that pins no more memory. */
export function writeContent(content: Content, start: number, bytes: Uint8Array, stamp: number): Content {
  if (bytes.length === 0) {
    return content;
  }
  const end = start + bytes.length;
  const pages = { start: floorPage(start), end: ceilPage(end) };
  const aligned = start === pages.start && (end === pages.end || end === content.sizeBytes);
  const added: Extent[] = [];
  if (aligned) {
    added.push({ ...pages, stamp, source: unpinned(bytes), at: 0 });
  } else if (bytes.length < MERGE_BELOW_BYTES) {
    added.push({ ...pages, stamp, source: patched(content, pages, start, bytes), at: 0 });
  } else {
    const head = ceilPage(start);
    const tail = floorPage(end);
    if (head > start) {
      const page = { start: pages.start, end: head };
      added.push({ ...page, stamp, source: patched(content, page, start, bytes.subarray(0, head - start)), at: 0 });
    }
    added.push({ start: head, end: tail, stamp, source: unpinned(bytes), at: head - start });
    if (end > tail) {
      const page = { start: tail, end: pages.end };
      added.push({ ...page, stamp, source: patched(content, page, tail, bytes.subarray(tail - start)), at: 0 });
    }
  }
  return { sizeBytes: content.sizeBytes, extents: replaced(content.extents, pages, added) };
}

/** A view into a much larger buffer would keep all of it alive. */
function unpinned(bytes: Uint8Array): Uint8Array {
  return bytes.buffer.byteLength > bytes.length * 2 ? new Uint8Array(bytes) : bytes;
}

/**
 * With `[range)` zeroed: whole pages are freed; partial ones, also the last page of a file cut by its size, are written
 * with zeros and thereby allocated [JST "getRangeList with share snapshot"].
 */
export function clearContent(content: Content, range: ByteRange, stamp: number): Content {
  const whole = { start: ceilPage(range.start), end: floorPage(range.end) };
  if (whole.start > whole.end) {
    return writeContent(content, range.start, new Uint8Array(range.end - range.start), stamp);
  }
  const head = new Uint8Array(whole.start - range.start);
  const tail = new Uint8Array(range.end - whole.end);
  const freed = whole.start < whole.end ? { ...content, extents: replaced(content.extents, whole, []) } : content;
  return writeContent(writeContent(freed, range.start, head, stamp), whole.end, tail, stamp);
}

/** With another size; what lay beyond a smaller one is gone, also after growing again. */
export function resizeContent(content: Content, sizeBytes: number, stamp: number): Content {
  if (sizeBytes >= content.sizeBytes) {
    return { sizeBytes, extents: withStoredLastPage(content) };
  }
  const page = floorPage(sizeBytes);
  const kept = readContent(content, page, sizeBytes);
  const [cut] = extentsIn(content.extents, page, page + PAGE_BYTES);
  const last = { start: page, end: page + PAGE_BYTES, stamp, source: kept, at: 0 };
  const added = kept.length > 0 && cut !== undefined ? [last] : [];
  return { sizeBytes, extents: replaced(content.extents, { start: page, end: Infinity }, added) };
}

/** Generated content goes on beyond the size; before a file grows its last page is stored, so that the growth is zeros. */
function withStoredLastPage(content: Content): Tree<Extent> {
  const page = floorPage(content.sizeBytes);
  const [last] = extentsIn(content.extents, page, content.sizeBytes);
  if (last === undefined || !(last.source instanceof Synthetic)) {
    return content.extents;
  }
  const range = { start: page, end: page + PAGE_BYTES };
  const source = readContent(content, page, content.sizeBytes);
  return replaced(content.extents, range, [{ ...range, stamp: last.stamp, source, at: 0 }]);
}

/**
 * With `range` replaced by what `source` holds from `sourceStart` on. Aligned ranges share the source's extents (sparse pages
 * are written as zeros, as bytes over the wire would be); others move bytes.
 */
export function writeFromContent(
  content: Content,
  range: ByteRange,
  source: { content: Content; start: number },
  stamp: number,
): Content {
  const length = range.end - range.start;
  const atPages = range.start % PAGE_BYTES === 0 && source.start % PAGE_BYTES === 0;
  if (!atPages || (range.end % PAGE_BYTES !== 0 && range.end !== content.sizeBytes)) {
    return writeContent(content, range.start, readContent(source.content, source.start, source.start + length), stamp);
  }
  const cutEnd = source.start + length;
  if (length % PAGE_BYTES !== 0 && cutEnd !== source.content.sizeBytes) {
    return writeContent(content, range.start, readContent(source.content, source.start, cutEnd), stamp);
  }
  const shift = range.start - source.start;
  const pages = { start: range.start, end: ceilPage(range.end) };
  const zeros: Extent = { ...pages, stamp, source: NOTHING, at: 0 };
  let extents = replaced(content.extents, pages, [zeros]);
  for (const extent of extentsIn(source.content.extents, source.start, cutEnd)) {
    const part = sliceOf(extent, Math.max(extent.start, source.start), Math.min(extent.end, ceilPage(cutEnd)));
    const moved = { ...part, start: part.start + shift, end: part.end + shift, stamp };
    extents = replaced(extents, { start: moved.start, end: moved.end }, [moved]);
  }
  return { sizeBytes: content.sizeBytes, extents };
}

/** A file of full size whose second half never arrived (a torn copy). */
export function tornContent(content: Content): Content {
  const half = floorPage(content.sizeBytes / 2);
  return { sizeBytes: content.sizeBytes, extents: replaced(content.extents, { start: half, end: Infinity }, []) };
}
