import { describe, expect, test } from 'vitest';
import type { PlannedAction, PriceTable, RunReport } from '../../../lib/model/index.ts';
import { Estimate } from '../../../lib/plan/index.ts';

const mebibyte = 1024 ** 2;
const prices: PriceTable = {
  dated: '2026-11-23',
  verified: false,
  currency: 'USD',
  where: 'nowhere',
  tiers: {
    dear: { per10000: { write: 10, list: 5, read: 1, other: 0.5 }, storedGibMonth: 0.1, retrievedGib: 0.2 },
    flat: { per10000: { write: 0, list: 0, read: 0, other: 0 }, storedGibMonth: 0, retrievedGib: 0 },
  },
  betweenRegionsGib: 0.02,
};
const reportOf = (source: Record<string, number>, destination: Record<string, number>, floor: number) =>
  ({ requests: { source, destination, verification: 0, floor, total: 0 } }) as unknown as RunReport;
const nothing = reportOf({}, {}, 0);
const action = (kind: string, path: string, size = 0, reason = 'missing'): PlannedAction => ({
  kind,
  path,
  reason,
  size,
});

function estimate(
  actions: readonly PlannedAction[],
  report = nothing,
  copyMethod: 'auto' | 'copy-file' | 'ranges' = 'auto',
) {
  const sum = new Estimate(copyMethod, 'mirror');
  for (const one of actions) sum.add(one);
  return sum.finish(report, prices);
}

/** What the actions add to a run that has nothing to do. */
function effortOf(one: PlannedAction, copyMethod?: 'auto' | 'copy-file' | 'ranges') {
  const [with_, without] = [estimate([one], nothing, copyMethod), estimate([])];
  const { floor, total } = with_.requests;
  return { floor: floor - without.requests.floor, total: total - without.requests.total };
}

describe('the estimate of a run', () => {
  test('adds actions up by kind and reason', () => {
    const { totals, bytesToCopy } = estimate([
      action('copy', 'a', 10),
      action('copy', 'b', 5),
      action('copy', 'c', 1, 'modified'),
      action('delete', 'd', 0, 'extra'),
    ]);

    expect(totals).toEqual([
      { kind: 'copy', reason: 'missing', count: 2, bytes: 15 },
      { kind: 'copy', reason: 'modified', count: 1, bytes: 1 },
      { kind: 'delete', reason: 'extra', count: 1, bytes: 0 },
    ]);
    expect(bytesToCopy).toBe(16);
  });

  // Besides, each directory written is listed once more on both sides, of which one page is in the floor; where an entry was
  // made or deleted, its times are looked at and set.
  test.each([
    ['a file by Copy File', action('copy', 'd/a', 10), 'auto', { floor: 1 + 1, total: 1 + 2 + 3 }],
    [
      'an empty file, which Copy File does not take',
      action('copy', 'd/a', 0),
      'auto',
      { floor: 3 + 1, total: 3 + 2 + 3 },
    ],
    ['a file by ranges', action('copy', 'd/a', 9 * mebibyte), 'ranges', { floor: 7 + 1, total: 7 + 2 + 3 }],
    ['a large file', action('copy', 'd/a', 65 * mebibyte), 'auto', { floor: 21 + 1, total: 21 + 2 + 3 }],
    [
      'a large file by Copy File',
      action('copy', 'd/a', 65 * mebibyte),
      'copy-file',
      { floor: 1 + 1, total: 1 + 2 + 3 },
    ],
    [
      'properties, whose least the dry run counts',
      action('set-properties', 'd/a'),
      'auto',
      { floor: 0 + 1, total: 3 + 2 },
    ],
    ['a directory to be made', action('make-directory', 'd/a'), 'auto', { floor: 2 + 1, total: 3 + 2 + 3 }],
    ['a directory that differs', action('enter-directory', 'd/a'), 'auto', { floor: 2 + 1, total: 3 + 2 }],
    ['a deletion with its proof', action('delete', 'd/a'), 'auto', { floor: 2 + 1, total: 2 + 2 + 3 }],
    ['a file in the place of a directory', action('late', 'd/a', 10), 'auto', { floor: 3 + 1, total: 3 + 2 + 3 }],
    ['an entry that stays', action('keep', 'd/a'), 'auto', { floor: 0, total: 0 }],
  ] as const)('counts the requests of %s', (...[, one, copyMethod, effort]) => {
    expect(effortOf(one, copyMethod)).toEqual(effort);
  });

  test('holds what the dry run asked for, and lists a directory once more however much is written to it', () => {
    const report = reportOf({ ListFilesAndDirectories: 4 }, { ListFilesAndDirectories: 3 }, 7);
    const without = estimate([], report).requests;

    const { requests } = estimate(
      [action('copy', 'd/a', 1), action('copy', 'd/b', 1), action('copy', 'e/a', 1)],
      report,
    );

    expect(requests.source['ListFilesAndDirectories']).toBe(4 + 1 + 2);
    // And the catalog, once.
    expect(requests.destination['ListFilesAndDirectories']).toBe(3 + 1 + 2 + 1);
    expect(requests.floor - without.floor).toBe(3 + 2);
  });

  test('of a dated run makes each directory once beneath the date, and lists nothing again', () => {
    const paths = ['a/b/f', 'a/b/g', 'a/f', 'f'];
    const [sum, idle] = [new Estimate('copy-file', 'dated'), new Estimate('copy-file', 'dated')];
    for (const path of paths) sum.add(action('copy', path, 1));

    const [{ requests }, none] = [sum.finish(nothing, prices), idle.finish(nothing, prices)];

    expect(requests.source['GetDirectoryProperties']).toBe(2);
    expect(requests.destination).toMatchObject({ CreateDirectory: 3, CopyFile: 4 });
    expect(requests.total - none.requests.total).toBe(2 + 3 + 4);
    expect(requests.source['ListFilesAndDirectories']).toBeUndefined();
    expect(none.requests.destination['CreateDirectory']).toBeUndefined();
  });

  test('costs what its requests and bytes cost, by tier, and says what is left out', () => {
    const report = reportOf({ ListFilesAndDirectories: 10_000, GetFileProperties: 10_000 }, { DeleteFile: 10_000 }, 0);
    const [{ cost }, idle] = [estimate([action('copy', 'a', 1024 ** 3)], report, 'copy-file'), estimate([]).cost];

    // A list, a read, one GiB read.
    expect((cost.tiers['dear']?.sourceRequests ?? 0) - (idle.tiers['dear']?.sourceRequests ?? 0)).toBeCloseTo(
      5 + 1 + 0.2,
      2,
    );
    // Deleting is free; one copy.
    expect((cost.tiers['dear']?.destinationRequests ?? 0) - (idle.tiers['dear']?.destinationRequests ?? 0)).toBeCloseTo(
      0.001,
      4,
    );
    expect(cost.tiers['dear']?.storedMonth).toBe(0.1);
    expect(cost.tiers['flat']).toEqual({ sourceRequests: 0, destinationRequests: 0, storedMonth: 0 });
    expect(cost).toMatchObject({ betweenRegions: 0.02, currency: 'USD', dated: '2026-11-23', verified: false });
    expect(cost.leavesOut.length).toBeGreaterThan(3);
  });
});
