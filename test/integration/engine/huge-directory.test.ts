import { beforeAll, expect, test } from 'vitest';
import { type HugeDirectory, type HugeResult, runOverHugeDirectory } from '../../support/huge-directory.ts';

/** Thresholds so low that some thousand names are as far beyond them as a million is beyond the usual ones. */
const entriesHeld = 1_000;
const low = { heapMebibytes: 96, longerBy: 230, pageSize: 250, margins: { entriesHeld, filesInline: 100 } };
/** Two measurements of the same differ by up to 4; what the larger directory's pages alone would take is above 20. */
const mostGrowthMebibytes = 10;
/** On the destination; as many again are new. */
const held = 2_000;
const pagesOnce = (2 * held) / low.pageSize;
const timeoutMs = 240_000;

let small: HugeResult;
beforeAll(async () => {
  small = await runOverHugeDirectory({ ...low, order: 'scattered', held: held / 4, fresh: held / 4 });
}, timeoutMs);

/** Answers how many pages of the source were listed. */
async function expectBoundedMemory(order: HugeDirectory['order']): Promise<number> {
  const large = await runOverHugeDirectory({ ...low, order, held, fresh: held });

  const { status, counts, requests } = large.report;
  expect({ status, ...counts }).toMatchObject({ status: 'succeeded', copied: held, unchanged: held, failed: 0 });
  expect(large.differences).toEqual([]);
  expect(large.heldMebibytes - small.heldMebibytes).toBeLessThan(mostGrowthMebibytes);
  return requests.source['ListFilesAndDirectories'] ?? 0;
}

test(
  'A directory with half of its names new and sorting first is backed up in memory that does not grow with it',
  async () => {
    const listings = await expectBoundedMemory('upper');

    // The scan, and the check at the most.
    expect(listings).toBeLessThan(3 * pagesOnce);
  },
  timeoutMs,
);

test(
  'A directory whose names come in no order is backed up in memory that does not grow with it, pass by pass',
  async () => {
    const listings = await expectBoundedMemory('scattered');

    expect(listings).toBeGreaterThan(((3 * held) / entriesHeld) * pagesOnce);
  },
  timeoutMs,
);
