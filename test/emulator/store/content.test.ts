import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clearContent,
  type Content,
  generatedContent,
  readContent,
  resizeContent,
  sparseContent,
  writeContent,
  writeFromContent,
} from '../../../emulator/store/content.ts';
import { allocatedRanges, diffContents } from '../../../emulator/store/content-ranges.ts';
import { syntheticContent } from '../../../emulator/store/synthetic.ts';
import { bytes } from './support.ts';

const LARGEST = 6000;

type Step =
  | { kind: 'write'; start: number; length: number; fill: number }
  | { kind: 'clear'; start: number; length: number }
  | { kind: 'resize'; sizeBytes: number }
  | { kind: 'from'; start: number; length: number; sourceStart: number };

const offset = fc.oneof(
  fc.nat(LARGEST),
  fc.nat(11).map((page) => page * 512),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('write' as const),
    start: offset,
    length: offset,
    fill: fc.integer({ min: 1, max: 255 }),
  }),
  fc.record({ kind: fc.constant('clear' as const), start: offset, length: offset }),
  fc.record({ kind: fc.constant('resize' as const), sizeBytes: offset }),
  fc.record({ kind: fc.constant('from' as const), start: offset, length: offset, sourceStart: offset }),
);

/** A file and the plain buffer that says what it must hold. */
type Pair = { content: Content; model: Buffer };

const source = generatedContent(5000, syntheticContent(1, 'source'), 1);
const sourceModel = Buffer.from(readContent(source, 0, 5000));

function applied({ content, model }: Pair, of: Step, stamp: number): Pair {
  if (of.kind === 'resize') {
    const grown = Buffer.alloc(of.sizeBytes);
    model.copy(grown);
    return { content: resizeContent(content, of.sizeBytes, stamp), model: grown };
  }
  const start = Math.min(of.start, model.length);
  const end = Math.min(start + of.length, model.length);
  const next = Buffer.from(model);
  if (of.kind === 'write') {
    next.fill(of.fill, start, end);
    return { content: writeContent(content, start, new Uint8Array(end - start).fill(of.fill), stamp), model: next };
  }
  if (of.kind === 'clear') {
    next.fill(0, start, end);
    return { content: clearContent(content, { start, end }, stamp), model: next };
  }
  const from = Math.min(of.sourceStart, sourceModel.length);
  const length = Math.min(end - start, sourceModel.length - from);
  if (length === 0) {
    return { content, model };
  }
  sourceModel.copy(next, start, from, from + length);
  return {
    content: writeFromContent(content, { start, end: start + length }, { content: source, start: from }, stamp),
    model: next,
  };
}

function changedPages(before: Buffer, after: Buffer): number[] {
  const pages: number[] = [];
  for (let page = 0; page * 512 < Math.min(before.length, after.length); page += 1) {
    const [start, end] = [page * 512, Math.min((page + 1) * 512, before.length, after.length)];
    if (!before.subarray(start, end).equals(after.subarray(start, end))) {
      pages.push(page);
    }
  }
  return pages;
}

describe('file content', () => {
  it('reads like a plain buffer after any writes, clears, resizes and server-side copies', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 40, size: 'max' }),
        fc.nat(LARGEST),
        fc.nat(LARGEST),
        (steps, start, length) => {
          let pair: Pair = { content: sparseContent(3000), model: Buffer.alloc(3000) };
          const kept: Pair[] = [];
          for (const [index, next] of steps.entries()) {
            kept.push(pair);
            pair = applied(pair, next, index + 2);
          }
          for (const { content, model } of [...kept, pair]) {
            expect(Buffer.from(readContent(content, 0, LARGEST * 2)).equals(model)).toBe(true);
          }
          const piece = pair.model.subarray(start, start + length);
          expect(Buffer.from(readContent(pair.content, start, start + length)).equals(piece)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('the ranges of file content', () => {
  it('has non-zero bytes only in allocated ranges', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30, size: 'max' }), (steps) => {
        let pair: Pair = { content: generatedContent(3000, syntheticContent(2, 'x'), 1), model: Buffer.alloc(3000) };
        pair.model = Buffer.from(readContent(pair.content, 0, 3000));
        steps.forEach((next, index) => (pair = applied(pair, next, index + 2)));
        expect(Buffer.from(readContent(pair.content, 0, LARGEST * 2)).equals(pair.model)).toBe(true);
        const rest = Buffer.from(pair.model);
        for (const range of allocatedRanges(pair.content)) {
          expect(range.start % 512).toBe(0);
          expect(range.end % 512 === 0 || range.end === pair.content.sizeBytes).toBe(true);
          rest.fill(0, range.start, range.end);
        }
        expect(rest.every((byte) => byte === 0)).toBe(true);
      }),
    );
  });

  it('finds every page changed since an earlier state, and says nothing of a state compared with itself', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 15, size: 'max' }),
        fc.array(step, { maxLength: 15, size: 'max' }),
        (before, after) => {
          let pair: Pair = { content: sparseContent(4000), model: Buffer.alloc(4000) };
          before.forEach((next, index) => (pair = applied(pair, next, index + 2)));
          const earlier = pair;
          after.forEach((next, index) => (pair = applied(pair, next, index + 100)));
          const { ranges, clearRanges } = diffContents(earlier.content, pair.content);
          const said = new Set<number>();
          for (const range of [...ranges, ...clearRanges]) {
            for (let page = range.start / 512; page * 512 < range.end; page += 1) {
              expect(said.has(page)).toBe(false);
              said.add(page);
            }
          }
          for (const page of changedPages(earlier.model, pair.model)) {
            expect(said.has(page)).toBe(true);
          }
          expect(diffContents(pair.content, pair.content)).toEqual({ ranges: [], clearRanges: [] });
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('what the service was seen to do with ranges', () => {
  it('answers the diff the service was seen to answer', () => {
    const before = writeContent(sparseContent(2049), 0, bytes('Hello'), 1);
    const after = writeContent(clearContent(before, { start: 0, end: 1024 }, 2), 1023, bytes('World'), 3);
    expect(diffContents(before, after)).toEqual({
      ranges: [{ start: 512, end: 1536 }],
      clearRanges: [{ start: 0, end: 512 }],
    });
  });

  it('writes zeros to a last page that the size cuts, as the service was seen to do', () => {
    const written = writeContent(sparseContent(513), 0, bytes('HelloWorld'), 1);
    expect(allocatedRanges(clearContent(written, { start: 0, end: 513 }, 2))).toEqual([{ start: 512, end: 513 }]);
    const partly = clearContent(writeContent(sparseContent(10), 0, bytes('HelloWorld'), 1), { start: 1, end: 9 }, 2);
    expect(allocatedRanges(partly)).toEqual([{ start: 0, end: 10 }]);
  });

  it('joins touching ranges and cuts them to the window asked for', () => {
    let content = sparseContent(10_000);
    content = writeContent(content, 0, new Uint8Array(512).fill(1), 1);
    content = writeContent(content, 512, new Uint8Array(512).fill(1), 2);
    content = writeContent(content, 4096, bytes('x'), 3);
    expect(allocatedRanges(content)).toEqual([
      { start: 0, end: 1024 },
      { start: 4096, end: 4608 },
    ]);
    expect(allocatedRanges(content, { start: 100, end: 4100 })).toEqual([
      { start: 100, end: 1024 },
      { start: 4096, end: 4100 },
    ]);
  });
});

describe('huge and synthetic content', () => {
  it('costs nothing for 4 TiB of holes', () => {
    const size = 4 * 2 ** 40;
    const content = writeContent(sparseContent(size), size - 5, bytes('Hello'), 1);
    expect(Buffer.from(readContent(content, size - 6, size)).toString()).toBe('\u0000Hello');
    expect(allocatedRanges(content)).toEqual([{ start: size - 512, end: size }]);
    expect(diffContents(sparseContent(size), content).ranges).toEqual([{ start: size - 512, end: size }]);
  });

  it('keeps a large write at an odd offset whole, and what stood around it', () => {
    const big = new Uint8Array(200_000).map((_, index) => index % 251);
    const around = writeContent(sparseContent(300_000), 0, new Uint8Array(300_000).fill(9), 1);
    const model = Buffer.alloc(300_000, 9);
    model.set(big, 1000);
    const content = writeContent(around, 1000, big, 2);
    expect(Buffer.from(readContent(content, 0, 300_000)).equals(model)).toBe(true);
    expect(diffContents(around, content).ranges).toEqual([{ start: 512, end: 201_216 }]);
  });

  it('stays synthetic when an aligned range is copied from a synthetic file', () => {
    const target = writeFromContent(
      sparseContent(2 ** 33),
      { start: 2 ** 32, end: 2 ** 33 },
      {
        content: generatedContent(2 ** 33, syntheticContent(3, 'huge'), 1),
        start: 2 ** 32,
      },
      2,
    );
    const original = generatedContent(2 ** 33, syntheticContent(3, 'huge'), 1);
    expect(readContent(target, 2 ** 32 + 77, 2 ** 32 + 999)).toEqual(
      readContent(original, 2 ** 32 + 77, 2 ** 32 + 999),
    );
    expect(readContent(target, 0, 16)).toEqual(new Uint8Array(16));
  });

  it('generates bytes by seed, path and offset alone, wherever a read begins', () => {
    const one = generatedContent(100_000, syntheticContent(7, 'a/b'), 1);
    const whole = Buffer.from(readContent(one, 0, 100_000));
    expect(Buffer.from(readContent(one, 12_345, 54_321)).equals(whole.subarray(12_345, 54_321))).toBe(true);
    expect(
      Buffer.from(readContent(generatedContent(100_000, syntheticContent(8, 'a/b'), 1), 0, 100)).equals(
        whole.subarray(0, 100),
      ),
    ).toBe(false);
    expect(new Set(whole).size).toBe(256);
  });
});
