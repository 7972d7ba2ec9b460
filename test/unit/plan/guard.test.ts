import { describe, expect, test } from 'vitest';
import { decideGuard, type GuardCounts } from '../../../lib/plan/index.ts';

const limits = { maxDeletedPercent: 25, maxChangedPercent: 60, maxEncryptedPercent: 50, minEntries: 20 };
const quiet: GuardCounts = {
  destinationFound: 100,
  toDelete: 0,
  destinationFiles: 80,
  toOverwrite: 0,
  sourceEmpty: false,
};

describe('the guard', () => {
  test.each<[string, Partial<GuardCounts>, number]>([
    ['nothing changes', {}, 0],
    ['exactly the allowed part is deleted', { toDelete: 25 }, 0],
    ['one more is deleted', { toDelete: 26 }, 1],
    ['exactly the allowed part is overwritten', { toOverwrite: 48 }, 0],
    ['one more is overwritten', { toOverwrite: 49 }, 1],
    ['both are too many', { toDelete: 26, toOverwrite: 49 }, 2],
    ['few entries were found', { destinationFound: 19, toDelete: 19, destinationFiles: 19, toOverwrite: 19 }, 0],
    ['just enough entries were found', { destinationFound: 20, toDelete: 20 }, 1],
    ['the source is empty, however little was found', { destinationFound: 1, toDelete: 1, sourceEmpty: true }, 1],
    ['both sides are empty', { destinationFound: 0, destinationFiles: 0, sourceEmpty: true }, 0],
    ['the share was made anew', { shareRecreated: true }, 1],
    ['half of the files were overwritten or renamed', { toOverwrite: 32, renamed: 8 }, 0],
    ['one more was overwritten or renamed', { toOverwrite: 32, renamed: 9 }, 1],
    ['most files were overwritten, and too few renamed to mean anything', { toOverwrite: 44, renamed: 4 }, 0],
    ['all files were renamed, and nothing is deleted', { renamed: 80 }, 1],
    ['most files changed and none was renamed', { toOverwrite: 48, changed: 80 }, 0],
    ['few files were found, and all renamed', { destinationFound: 19, destinationFiles: 19, renamed: 19 }, 0],
  ])('when %s', (_, changes, reasons) => {
    const decision = decideGuard({ ...quiet, ...changes }, limits);

    expect(decision.tripped).toBe(reasons > 0);
    expect(decision.tripped ? decision.reasons : []).toHaveLength(reasons);
  });

  test('says what looks encrypted, and by what', () => {
    expect(decideGuard({ ...quiet, toOverwrite: 33, renamed: 11, newExtension: 'LOCKED' }, limits)).toEqual({
      tripped: true,
      reasons: [
        '44 of 80 files look encrypted, more than 50 %: 33 have other content, 11 another extension, most often .locked.',
      ],
    });
  });

  test('says what it saw', () => {
    expect(decideGuard({ ...quiet, toDelete: 30 }, limits)).toEqual({
      tripped: true,
      reasons: ['30 of 100 entries would be deleted, more than 25 %.'],
    });
  });
});
