import { describe, expect, test } from 'vitest';
import type { FaultEffects } from '../../../emulator/index.ts';
import { expectCountsAddUp, expectEqualTrees, expectExactRequests, startScene } from '../../support/engine-fixture.ts';
import { changingTree } from '../../support/changes.ts';

const mebi = 1024 * 1024;

test.concurrent('copyMethod copy-file copies each file with content by one request', async () => {
  await using scene = await startScene({ tree: changingTree, job: { copyMethod: 'copy-file' } });

  const report = await scene.engine().run();

  expectExactRequests(scene, report);
  expect(report.requests.destination['CopyFile']).toBe(6);
  expect(report.requests.destination['PutRangeFromURL']).toBeUndefined();
  await expectEqualTrees(scene, report);
});

test.concurrent('copyMethod ranges never asks for Copy File', async () => {
  await using scene = await startScene({ tree: changingTree, job: { copyMethod: 'ranges' } });

  const report = await scene.engine().run();

  expectExactRequests(scene, report);
  expect(report.requests.destination['CopyFile']).toBeUndefined();
  expect(report.requests.destination['PutRangeFromURL']).toBe(6);
  await expectEqualTrees(scene, report);
});

const endings: readonly FaultEffects[] = ['success', 'failed', 'aborted', 'torn'].flatMap((outcome) =>
  [true, false].map((pendingShowsFullSize) => ({
    copyPendingMs: 2_500,
    outcome: outcome as 'success',
    pendingShowsFullSize,
  })),
);

describe.concurrent('A Copy File that stays pending', () => {
  test.each(endings)('and ends $outcome, full size shown: $pendingShowsFullSize, is never sealed', async (action) => {
    await using scene = await startScene({ tree: changingTree });
    const process = scene.engine();

    const report = await scene.withFaults([{ operation: 'CopyFile', path: 'docs/**', times: 3, action }], () =>
      process.run(),
    );

    expectExactRequests(scene, report);
    expectCountsAddUp(report);
    await expectEqualTrees(scene, report);
    expect(report.counts).toMatchObject({ files: 6, copied: 6 });
    const repeated = process.events.filter(({ name }) => name === 'backup.copy.repeated');
    expect(repeated).toHaveLength(action.outcome === 'success' ? 0 : 3);
  });
});

test.concurrent('A pending copy of another owner is ended and the file copied anew', async () => {
  await using scene = await startScene({ tree: changingTree });
  const process = scene.engine();
  await process.run();
  scene.source.write({ 'docs/file.txt': 'changed content', 'docs/foreign.txt': 'foreign' });
  const { store, destination } = scene;
  store.copies.start(destination.at('docs/file.txt'), destination.at('still.txt'), {
    sourceUrl: 'http://somewhere.test/else',
    pendingMs: 3_600_000,
  });

  const report = await process.run();

  expect(report.requests.destination['AbortCopyFile']).toBe(1);
  await expectEqualTrees(scene, report);
});

describe.concurrent('Copy File refused', () => {
  test.each([
    { status: 403, code: 'AuthorizationFailure' },
    { status: 409, code: 'CannotVerifyCopySource' },
    { status: 400, code: 'UnsupportedHeader' },
  ])('with $status turns to ranges where copyMethod is auto', async (action) => {
    await using scene = await startScene({ tree: changingTree });

    const report = await scene.withFaults([{ operation: 'CopyFile', action }], () => scene.engine().run());

    expect(report.requests.destination['PutRangeFromURL']).toBe(6);
    expectExactRequests(scene, report);
    expectCountsAddUp(report);
    await expectEqualTrees(scene, report);
  });

  test('with 403 fails the run where copyMethod is copy-file', async () => {
    await using scene = await startScene({ tree: changingTree, job: { copyMethod: 'copy-file' } });
    const faults = [{ operation: 'CopyFile', path: 'docs/file.txt', action: { status: 403 } }];

    const report = await scene.withFaults(faults, () => scene.engine().run());

    expect(report).toMatchObject({ status: 'failed', restorePoint: null, counts: { failed: 1, copied: 5 } });
    expect(report.failures).toMatchObject([{ path: 'docs/file.txt', operation: 'CopyFile' }]);
  });
});

test.concurrent('A refused Copy File is not tried again and again in the same run', async () => {
  await using scene = await startScene();
  const size = { files: 100, filesPerDirectory: 100, depth: 1, sizeBytes: 10, seed: 1 };
  scene.store.tree.grow(scene.source, { path: '', ...size });
  const faults = [{ operation: 'CopyFile', action: { status: 403 } }];

  const report = await scene.withFaults(faults, () => scene.engine().run());

  // Those already under way when the third refusal came are 64 at most.
  expect(report.requests.destination['CopyFile']).toBeLessThanOrEqual(70);
  await expectEqualTrees(scene, report);
});

describe.concurrent('A sparse file of 300 MiB', () => {
  const big = {
    'big.bin': { sizeBytes: 300 * mebi, pieces: { 0: 'head', [150 * mebi + 5]: 'middle', [300 * mebi - 4]: 'tail' } },
    'small.txt': 'small',
  };

  test('goes by ranges through a transfer that moves only what is allocated', async () => {
    await using scene = await startScene({ tree: big, job: { copyMethod: 'ranges' } });
    const process = scene.engine();

    const report = await process.run();

    expectExactRequests(scene, report);
    expectCountsAddUp(report);
    await expectEqualTrees(scene, report);
    expect(report.bytes.copied).toBeLessThan(5_000);
    expect(scene.emulator.stats.report().bytesCopied).toBeLessThan(5_000);
    expect(scene.store.shares.usageBytes(scene.destination)).toBeLessThan(10_000);
    const shards = [];
    for await (const row of process.context.state.list<{ work: { kind: string } }>(`run.${report.runId}`, {
      from: 's-',
      to: 's-~',
    })) {
      shards.push(row.value.work.kind);
    }
    expect(shards).toContain('ranges');
  });

  test('goes by one Copy File where that is asked for', async () => {
    await using scene = await startScene({ tree: big, job: { copyMethod: 'copy-file' } });

    const report = await scene.engine().run();

    expectExactRequests(scene, report);
    await expectEqualTrees(scene, report);
    expect(report.requests.destination['CopyFile']).toBe(2);
  });
});
