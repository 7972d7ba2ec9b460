import { describe, expect, test } from 'vitest';
import { type Counts, emptyTally, type RunRow, type Tally } from '../../../lib/model/index.ts';
import { openLocalState } from '../../../lib/local/index.ts';
import { readProgress } from '../../../lib/run/run-report.ts';
import { newShardRow, runPartition, shardKey } from '../../../lib/run/run-state.ts';

type Found = Partial<Omit<Tally, 'counts'>> & { readonly counts?: Partial<Counts> };

const tallyOf = ({ counts, ...rest }: Found): Tally => {
  const tally = emptyTally();
  return { ...tally, ...rest, counts: { ...tally.counts, ...counts } };
};

/** The sum of a run whose newest scan is that of the last shard given, each of a root of its own. */
async function sumOf(scans: readonly Found[], row: Partial<RunRow> = {}): Promise<Tally> {
  const state = openLocalState(':memory:');
  const runId = 'docs-west-1';
  for (const [index, found] of scans.entries()) {
    const unbegun = newShardRow('scanning', { kind: 'scan', directories: [] }, false);
    const shard = { ...unbegun, result: 'done', tally: tallyOf(found) };
    await state.transact(runPartition(runId), [{ kind: 'insert', key: shardKey(`r${index + 1}`), value: shard }]);
  }
  const destination = { mode: 'mirror' };
  const run = { runId, dryRun: false, destination, passRoot: scans.length, ...row } as unknown as RunRow;
  const { tally } = await readProgress(state, run);
  return tally;
}

const files = ({ unchanged, copied, rangeCopied, propertiesSet, failed }: Counts): number =>
  unchanged + copied + rangeCopied + propertiesSet + failed;

describe('A run that lists again', () => {
  test('counts what there is once, as its newest scan has found it', async () => {
    const found = { counts: { files: 3, directories: 2, excluded: 1, unchanged: 3 }, bytesScanned: 30 };

    const { counts, bytesScanned } = await sumOf([found, found, found]);

    expect({ ...counts, bytesScanned }).toMatchObject({ ...found.counts, bytesScanned: 30 });
  });

  test('counts a file that both scans copied once, and the bytes of both', async () => {
    const copying = { counts: { files: 2, copied: 2, streamed: 1 }, bytesCopied: 10 };

    const { counts, bytesCopied } = await sumOf([copying, copying]);

    expect(counts).toMatchObject({ files: 2, copied: 2, unchanged: 0, streamed: 1 });
    expect(bytesCopied).toBe(20);
  });

  test('counts a file that the newest scan found as the run had left it by what the run did with it', async () => {
    const first = { counts: { files: 6, unchanged: 2, copied: 2, rangeCopied: 1, propertiesSet: 1, streamed: 1 } };
    const second = { counts: { files: 6, unchanged: 6 }, foundWritten: 4 };

    const { counts } = await sumOf([first, second]);

    expect(counts).toMatchObject(first.counts);
  });

  test('leaves as unchanged what was written since the start and by no earlier scan', async () => {
    const second = { counts: { files: 5, unchanged: 5 }, foundWritten: 5 };

    const { counts } = await sumOf([{ counts: { files: 1, copied: 1 } }, second]);

    expect(counts).toMatchObject({ files: 5, copied: 1, unchanged: 4 });
  });

  test('adds up whatever its scans have seen of each other', async () => {
    const first = { counts: { files: 9, copied: 3, propertiesSet: 3, rangeCopied: 3 } };
    for (let seen = 0; seen <= 9; seen += 1) {
      const second = { counts: { files: 9, copied: 9 - seen, unchanged: seen }, foundWritten: seen };

      const { counts } = await sumOf([first, second]);

      expect(files(counts)).toBe(9);
      expect(counts.unchanged).toBe(0);
    }
  });

  test('counts what failed by the newest scan alone', async () => {
    const first = { counts: { files: 2, copied: 1, failed: 1 }, unlisted: 1 };
    const second = { counts: { files: 2, copied: 1, unchanged: 1 }, foundWritten: 1 };

    const { counts, unlisted } = await sumOf([first, second]);

    expect(counts).toMatchObject({ files: 2, copied: 2, unchanged: 0, failed: 0 });
    expect(unlisted).toBe(0);
  });

  test('keeps each directory made and each entry deleted, but in a dry run, which says them again', async () => {
    const first = { counts: { directoriesMade: 2, deleted: 1 } };
    const second = { counts: { directoriesMade: 1, deleted: 1 } };

    const real = await sumOf([first, second]);
    const dry = await sumOf([first, second], { dryRun: true });

    expect(real.counts).toMatchObject({ directoriesMade: 3, deleted: 2 });
    expect(dry.counts).toMatchObject(second.counts);
  });
});

describe('The guard of a scan that was begun again', () => {
  const found = {
    found: 8,
    foundFiles: 7,
    toDelete: 2,
    toOverwrite: 3,
    changed: 3,
    renamed: 1,
    extensions: { '.x': 1 },
  };

  test('is told of each entry once', async () => {
    const dated = { destination: { mode: 'dated' } as RunRow['destination'] };

    const sum = await sumOf([found, found], { countsFrom: 2, ...dated });

    expect(sum).toMatchObject(found);
  });

  test('is still told of what the first one has overwritten, which the second finds equal', async () => {
    const sum = await sumOf([found, { found: 8, foundFiles: 7, toDelete: 2 }], { countsFrom: 2 });

    expect(sum).toMatchObject({ found: 8, toDelete: 2, toOverwrite: 3 });
  });
});
