import { describe, expect, test } from 'vitest';
import { markClean, markTorn, markWriting, readMarks } from '../../../lib/run/marks.ts';

const sinceMs = Date.parse('2026-11-22T10:00:00Z');
const beginning = { sinceMs, pathsBeneath: [], writer: 'run 1' };
const head = '2026-11-22T09:00:00.0000000Z';

describe('Marks of a destination share', () => {
  test('have their plain names for the whole share', () => {
    const metadata = markClean(markWriting({ theirs: 'kept' }, '', beginning), '', head);

    expect(metadata).toEqual({
      theirs: 'kept',
      farshare_state: 'clean',
      farshare_since: '2026-11-22T10:00:00.000Z',
      farshare_head: head,
      farshare_writer: 'run 1',
    });
  });

  test('of one path say nothing of another', () => {
    const clean = markClean(markWriting({}, 'a', beginning), 'a', head);

    const both = markWriting(clean, 'b', beginning);

    expect(readMarks(both, 'a')).toEqual({ state: 'clean', sinceMs, head, writer: 'run 1' });
    expect(readMarks(both, 'b')).toEqual({ state: 'writing', sinceMs, head: undefined, writer: 'run 1' });
    expect(readMarks(both, '')).toEqual({ state: undefined, sinceMs: undefined, head: undefined });
    expect(readMarks(markClean(both, 'b', head), 'a').state).toBe('clean');
  });

  test('are the same for a path in another case, as the service has it', () => {
    expect(readMarks(markClean({}, 'Straße/A', head), 'straße/a').state).toBe('clean');
  });

  test.each([
    ['above', 'a/b', 'a'],
    ['at the root', 'a/b', ''],
    ['beneath', 'a', 'a/b'],
    ['beneath the root', '', 'a/b'],
  ])('of an earlier configuration %s go when a path is written to', (_, path, other) => {
    const before = markClean({ theirs: 'kept' }, other, head);

    const metadata = markWriting(before, path, { ...beginning, pathsBeneath: [other] });

    expect(readMarks(metadata, other)).toEqual({ state: undefined, sinceMs: undefined, head: undefined });
    expect(metadata['theirs']).toBe('kept');
  });

  test('taken back name no source snapshot', () => {
    expect(readMarks(markTorn(markClean({}, 'a', head), 'a', 5), 'a')).toEqual({
      state: 'writing',
      sinceMs: 5,
      head: undefined,
    });
  });

  test('of many paths stay below 8 KiB: those written to longest ago go first, and the own never', () => {
    let metadata = {};
    for (let n = 0; n < 100; n += 1) {
      metadata = markWriting(metadata, `path ${n}`, { ...beginning, sinceMs: sinceMs + n });
      metadata = markClean(metadata, `path ${n}`, head);
    }

    const size = Object.entries<string>(metadata).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
    expect(size).toBeLessThanOrEqual(8 * 1024 - 1024);
    expect(readMarks(metadata, 'path 0').state).toBeUndefined();
    for (let n = 70; n < 100; n += 1) expect(readMarks(metadata, `path ${n}`).state).toBe('clean');
  });
});
