import { describe, expect, test } from 'vitest';
import { decideGuard, type GuardCounts } from '../../../lib/plan/index.ts';

const limits = { maxDeletedPercent: 25, maxChangedPercent: 60, minEntries: 20 };
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
  ])('when %s', (_, changes, reasons) => {
    const decision = decideGuard({ ...quiet, ...changes }, limits);

    expect(decision.tripped).toBe(reasons > 0);
    expect(decision.tripped ? decision.reasons : []).toHaveLength(reasons);
  });

  test('says what it saw', () => {
    expect(decideGuard({ ...quiet, toDelete: 30 }, limits)).toEqual({
      tripped: true,
      reasons: ['30 of 100 entries would be deleted, more than 25 %.'],
    });
  });
});
