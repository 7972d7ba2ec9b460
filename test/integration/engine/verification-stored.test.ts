import { describe, expect, test } from 'vitest';
import type { RunReport } from '../../../lib/model/index.ts';
import {
  type EngineProcess,
  expectCountsAddUp,
  expectExactRequests,
  type ProcessOptions,
  type Scene,
  startProcess,
  startScene,
} from '../../support/engine-fixture.ts';

const mebi = 1024 * 1024;
const tree = {
  'd1/a.txt': 'alpha',
  'd1/b.txt': 'beta',
  'empty.txt': '',
  'big.bin': { sizeBytes: 140 * mebi, pieces: { 0: 'a', [130 * mebi]: 'b' } },
  'sparse.bin': { sizeBytes: 140 * mebi, pieces: { 0: 'a' } },
};
/** Every file is compared, so that the manifest holds the hash of each. */
const startHashed = (): Promise<Scene> => startScene({ tree, job: { verify: { samplePercent: 100 } } });

/** A process that compares no content after its runs: what it seals nobody has looked at. */
function trusting(scene: Scene, options: ProcessOptions = {}): EngineProcess {
  const job = { ...scene.job, verify: { ...scene.job.verify, samplePercent: 0 } };
  const loaded = { ...scene.loaded, config: { ...scene.loaded.config, jobs: [job] } };
  return startProcess(loaded, job, options);
}

async function verify(scene: Scene, process: EngineProcess, point = 'latest'): Promise<RunReport> {
  scene.emulator.stats.reset();
  const [report] = await process.drive(await process.engine.startVerify(scene.job.name, { point }));
  expectExactRequests(scene, report as RunReport);
  expectCountsAddUp(report as RunReport);
  return report as RunReport;
}

function deleteSourceSnapshots(scene: Scene): void {
  const { account, share } = scene.source;
  for (const { snapshot, leased } of scene.source.snapshots()) {
    const target = { account, share, snapshot };
    if (leased) scene.store.leases.break(target, { breakPeriodSeconds: 0 });
    scene.store.shares.delete(target);
  }
}

/** Changes a file of the destination behind everybody's back: its listing stays as it was. */
function rot(scene: Scene, path: string, offset: number): void {
  const at = scene.destination.at(path);
  const { headers, creationTime, lastWriteTime, changeTime } = scene.store.files.getProperties(at);
  scene.store.files.putRange(at, offset, new Uint8Array(Buffer.from('!')));
  scene.store.files.setProperties(at, { headers, creationTime, lastWriteTime, changeTime });
}

describe('A restore point whose source snapshot is gone', () => {
  test('is verified by the hashes of the manifest, without a request for the source’s content', async () => {
    await using scene = await startHashed();
    const process = scene.engine();
    await process.run();
    deleteSourceSnapshots(scene);

    const report = await verify(scene, process);

    expect(report).toMatchObject({ status: 'succeeded', counts: { files: 5, unchanged: 5, failed: 0 }, failures: [] });
    expect(report.verification).toMatchObject({ files: 5, differing: 0, unread: 0, withoutHash: 0 });
    expect(Object.keys(scene.counted().source).toSorted()).toEqual(['GetShareProperties', 'ListShares']);
  });

  test('is verified by the hash of what it holds where no ChangeTime tells versions apart', async () => {
    const times = { lastWriteTime: '2026-06-01T00:00:00.0000000Z' };
    await using scene = await startScene({
      tree: { 'a.txt': { content: 'one', ...times }, 'b.txt': 'b' },
      job: { verify: { samplePercent: 100 }, guard: { maxChangedPercent: 100 } },
      switches: { changeTimeIsSettable: false },
    });
    const process = scene.engine();
    const first = await process.run();
    const at = scene.source.at('a.txt');
    scene.store.files.putRange(at, 0, new Uint8Array(Buffer.from('two')));
    scene.store.files.setProperties(at, { headers: {}, ...times });
    const second = await process.run();
    deleteSourceSnapshots(scene);

    const reports = [];
    for (const { restorePoint } of [first, second]) reports.push(await verify(scene, process, restorePoint ?? ''));

    expect(second.counts.copied).toBe(1);
    expect(reports.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
    expect(reports.map(({ verification }) => verification)).toMatchObject([
      { files: 2, differing: 0, withoutHash: 0 },
      { files: 2, differing: 0, withoutHash: 0 },
    ]);
  });

  test('and that holds something else than when it was verified is told of, file by file', async () => {
    await using scene = await startHashed();
    await scene.engine().run();
    rot(scene, 'd1/a.txt', 2);
    rot(scene, 'big.bin', 129 * mebi);
    // Where it held nothing when it was looked at, no hash tells what it should hold.
    rot(scene, 'sparse.bin', 77 * mebi);
    scene.source.write({ 'd1/b.txt': 'betas', 'new.txt': 'new' });
    const process = trusting(scene);
    const spoilt = await process.run();
    deleteSourceSnapshots(scene);

    const report = await verify(scene, process);
    const marked = await process.engine.points('docs');

    expect(report.status).toBe('failed');
    expect(report.failures.map(({ path, code }) => `${path} ${code}`).toSorted()).toEqual([
      'big.bin ContentDiffers',
      'd1/a.txt ContentDiffers',
    ]);
    // sparse.bin, and what is written since: d1/b.txt and new.txt.
    expect(report.verification).toMatchObject({ files: 3, differing: 2, unread: 0, withoutHash: 3 });
    expect(marked.find(({ snapshot }) => snapshot === spoilt.restorePoint)?.damagedFiles).toBe(2);
  });

  test('is verified by the hash of the version that it holds, over many turns and passes', async () => {
    await using scene = await startHashed();
    const first = await scene.engine().run();
    scene.source.write({ 'd1/a.txt': 'other' });
    await scene.engine().run();
    deleteSourceSnapshots(scene);
    const process = scene.engine({ margins: { shardEntries: 0, manifestBytesHeld: 500 } });

    const report = await verify(scene, process, first.restorePoint ?? '');

    expect(report).toMatchObject({ status: 'succeeded', restorePoint: first.restorePoint });
    expect(report.verification).toMatchObject({ files: 5, differing: 0, withoutHash: 0 });
  });

  test('and of which no hash is stored cannot be verified, and says so', async () => {
    await using scene = await startScene({ tree, job: { verify: { samplePercent: 0 } } });
    const process = scene.engine();
    await process.run();
    deleteSourceSnapshots(scene);

    const report = await verify(scene, process);

    expect(report).toMatchObject({ status: 'failed', verification: { files: 0, withoutHash: 5 } });
    expect(report.failures.map(({ code }) => code)).toEqual(['SourceSnapshotGone']);
  });
});
