import { describe, expect, test } from 'vitest';
import { compileSelection, everything } from '../../../lib/plan/index.ts';
import { aDirectory, aFile, timesWith } from './entries.ts';

const all = { include: ['**'], exclude: [] };
const written = (lastWrite: string) => aFile('a', { times: timesWith({ lastWrite }) });

describe('a selection', () => {
  test('by patterns leaves out what they exclude, and no file for its attributes', () => {
    const selection = compileSelection({ include: ['**'], exclude: ['cache', '**/*.tmp'] });

    expect(selection.leavesOut('cache', aDirectory('cache'))).toBe(true);
    expect(selection.leavesOut('docs/a.tmp', aFile('a.tmp'))).toBe(true);
    expect(selection.leavesOut('docs/a.txt', aFile('a.txt', { attributes: 'None' }))).toBe(false);
  });

  test.each([
    ['2026-02-01T00:00:00.0000000Z', false],
    ['2026-02-01T00:00:00.0000001Z', false],
    ['2026-01-31T23:59:59.9999999Z', true],
  ])('by time leaves a file written at %s out: %s', (lastWrite, isLeftOut) => {
    const selection = compileSelection({ ...all, writtenSince: '2026-02-01T00:00:00.0000000Z' });

    expect(selection.leavesOut('a', written(lastWrite))).toBe(isLeftOut);
  });

  test.each([
    ['Archive|Hidden', false],
    ['None', true],
    ['Hidden|ReadOnly', true],
  ])('by the archive attribute leaves a file with %s out: %s', (attributes, isLeftOut) => {
    const selection = compileSelection({ ...all, archiveOnly: true });

    expect(selection.leavesOut('a', aFile('a', { attributes }))).toBe(isLeftOut);
  });

  test('by time or attribute takes every directory, but not all that may be beneath it', () => {
    for (const rules of [{ writtenSince: '2030-01-01T00:00:00.0000000Z' }, { archiveOnly: true }]) {
      const selection = compileSelection({ ...all, ...rules });

      expect(selection.leavesOut('d', aDirectory('d'))).toBe(false);
      expect(selection.takesAllBeneath('d')).toBe(false);
    }
    expect(compileSelection(all).takesAllBeneath('d')).toBe(true);
  });

  test('of everything leaves nothing out', () => {
    expect(everything.leavesOut('a', aFile('a'))).toBe(false);
    expect(everything.takesAllBeneath('')).toBe(true);
  });
});
