import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { VerifyOptions } from '../../../lib/engine.ts';
import type { RunReport } from '../../../lib/model/index.ts';
import {
  type EngineProcess,
  expectCountsAddUp,
  expectExactRequests,
  type Scene,
  startProcess,
  startScene,
} from '../../support/engine-fixture.ts';
import { documentOf, farshareWithoutNpm } from '../../support/stack-cli.ts';

const on = (day: string): { lastWriteTime: string } => ({ lastWriteTime: `${day}T10:00:00.1234567Z` });
const destinations = [{ mode: 'dated' }];
const unsampled = { verify: { samplePercent: 0 } };
const tree = {
  'a/one.txt': { content: 'one', ...on('2024-02-01') },
  'a/b/two.txt': { content: 'two', ...on('2024-02-02') },
  'three.txt': { content: 'three', ...on('2024-02-03') },
};

async function verify(
  scene: Scene,
  process: EngineProcess,
  options: VerifyOptions = { all: true },
): Promise<RunReport> {
  scene.emulator.stats.reset();
  const [report] = await process.drive(await process.engine.startVerify(scene.job.name, options));
  expectExactRequests(scene, report as RunReport);
  expectCountsAddUp(report as RunReport);
  return report as RunReport;
}

/** Changes a file of the destination behind everybody's back: its listing stays as it was. */
function rot(scene: Scene, path: string): void {
  const at = scene.destination.at(path);
  const { headers, creationTime, lastWriteTime, changeTime } = scene.store.files.getProperties(at);
  scene.store.files.putRange(at, 0, new Uint8Array(Buffer.from('!')));
  scene.store.files.setProperties(at, { headers, creationTime, lastWriteTime, changeTime });
}

function textOf(scene: Scene, path: string): string {
  const reader = scene.store.files.open(scene.destination.at(path));
  return Buffer.from(reader.read(0, reader.properties.sizeBytes)).toString();
}

/** A process of the same state that compares no content after its runs: what it seals nobody has looked at. */
function trusting(scene: Scene, { context: { state } }: EngineProcess): EngineProcess {
  const job = { ...scene.job, verify: { ...scene.job.verify, samplePercent: 0 } };
  const loaded = { ...scene.loaded, config: { ...scene.loaded.config, jobs: [job] } };
  return startProcess(loaded, job, { state });
}

const told = ({ failures }: RunReport): string[] => failures.map(({ path, code }) => `${path} ${code}`).toSorted();

describe.concurrent('A verification of a dated destination', () => {
  test('finds a clean tree equal, each file in its newest version, and writes nothing', async () => {
    await using scene = await startScene({ tree, destinations, job: unsampled });
    const process = scene.engine();
    await process.run();
    scene.source.write({ 'a/one.txt': { content: 'one, older', ...on('2023-01-01') } });
    scene.store.files.delete(scene.source.at('three.txt'));
    const { restorePoint } = await process.run();

    const report = await verify(scene, process);

    expect(report).toMatchObject({
      ...{ kind: 'verify', mode: 'dated', status: 'succeeded', restorePoint, failures: [] },
      counts: { files: 2, directories: 2, unchanged: 2 },
      verification: { files: 2, differing: 0, coveredPercent: 100 },
    });
    // One byte range of each file on both sides; listings are not counted as verification.
    expect(report.requests.verification).toBe(4);
    const { source, destination } = scene.counted();
    // The source's directories; in the restore point its root, four dates, and each directory under the dates that have it.
    expect(source).toEqual({ GetShareProperties: 1, ListShares: 1, ListFilesAndDirectories: 3, GetFile: 2 });
    expect(destination['ListFilesAndDirectories']).toBe(1 + 4 + 3 + 1);
    expect(Object.keys(destination).filter((name) => !/^(?:Get|List)/u.test(name))).toEqual([]);
  });

  test('finds an unchanged file that was altered, marks the point, and has the next run copy it again in its place', async () => {
    await using scene = await startScene({ tree, destinations, job: unsampled });
    const process = scene.engine();
    await process.run();
    rot(scene, '2024-02-01/a/one.txt');
    const spoilt = await process.run();

    const found = await verify(scene, process);
    const marked = await process.engine.points('docs');
    const repaired = await process.run();
    const after = await verify(scene, process);
    const last = await process.run();

    expect(spoilt.counts).toMatchObject({ unchanged: 3, copied: 0 });
    expect(found).toMatchObject({ status: 'failed', verification: { differing: 1, paths: ['a/one.txt'] } });
    expect(told(found)).toEqual(['a/one.txt ContentDiffers']);
    expect(marked.find(({ snapshot }) => snapshot === spoilt.restorePoint)?.damagedFiles).toBe(1);
    expect(repaired).toMatchObject({ status: 'succeeded', counts: { files: 3, unchanged: 2, copied: 1 } });
    expect(textOf(scene, '2024-02-01/a/one.txt')).toBe('one');
    expect(after.status).toBe('succeeded');
    expect(last.counts).toMatchObject({ unchanged: 3, copied: 0 });
    const names = process.events.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['backup.verify.mismatch', 'backup.verify.failed']));
  });

  test('finds what is missing and what has other times, attributes or size, and has it copied again', async () => {
    await using scene = await startScene({ tree, destinations, job: { ...unsampled, dateBy: 'run' } });
    const process = scene.engine();
    const { sourceSnapshot } = await process.run();
    const day = sourceSnapshot?.slice(0, 10) ?? '';
    scene.store.files.delete(scene.destination.at(`${day}/a/one.txt`));
    scene.store.files.setProperties(scene.destination.at(`${day}/a/b/two.txt`), { attributes: 'Hidden' });
    scene.destination.write({ [`${day}/three.txt`]: 'another' });
    await process.run();

    const found = await verify(scene, process);
    const repaired = await process.run();
    const after = await verify(scene, process);

    expect(told(found)).toEqual(['a/b/two.txt', 'a/one.txt', 'three.txt'].map((path) => `${path} RestorePointDiffers`));
    expect(repaired.counts).toMatchObject({ unchanged: 0, copied: 3 });
    expect(after).toMatchObject({ status: 'succeeded', verification: { files: 3, differing: 0 } });
  });

  test('leaves out what the selection leaves out, and what is in the restore point alone', async () => {
    await using scene = await startScene({
      tree: { ...tree, 'old.txt': { content: 'old', ...on('2001-01-01') }, 'no.tmp': 'no' },
      job: { ...unsampled, changedSince: '2020-01-01', exclude: ['**/*.tmp'] },
      destinations,
    });
    const process = scene.engine();
    await process.run();
    scene.store.files.delete(scene.source.at('a/b/two.txt'));
    await process.run();

    const report = await verify(scene, process);

    expect(report).toMatchObject({ status: 'succeeded', counts: { files: 2 }, verification: { files: 2 } });
  });

  test('takes what somebody wrote to an older version for what a restore would bring back', async () => {
    await using scene = await startScene({ tree, destinations, job: unsampled });
    const process = scene.engine();
    await process.run();
    scene.source.write({ 'three.txt': { content: 'three again', ...on('2024-05-05') } });
    await process.run();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    rot(scene, '2024-02-03/three.txt');
    await process.run();

    const found = await verify(scene, process);
    await process.run();
    const after = await verify(scene, process);

    expect(told(found)).toEqual(['three.txt RestorePointDiffers']);
    expect(after.status).toBe('succeeded');
  });

  test('goes on in the middle when its turns are short', async () => {
    await using scene = await startScene({
      tree: Object.fromEntries(
        Array.from({ length: 60 }, (_, n) => [
          `d${n % 7}/e${n % 3}/f${n}.txt`,
          { content: `${n}`, ...on(`2024-02-0${(n % 5) + 1}`) },
        ]),
      ),
      ...{ destinations, job: unsampled },
    });
    await scene.engine().run();

    const report = await verify(scene, scene.engine({ margins: { shardEntries: 5 } }));

    expect(report).toMatchObject({
      status: 'succeeded',
      counts: { files: 60, directories: 28, unchanged: 60 },
      verification: { files: 60 },
    });
  });
});

describe.concurrent('Of a dated destination whose source snapshot is gone', () => {
  const deleteSourceSnapshots = (scene: Scene): void => {
    const { account, share } = scene.source;
    for (const { snapshot, leased } of scene.source.snapshots()) {
      const target = { account, share, snapshot };
      if (leased) scene.store.leases.break(target, { breakPeriodSeconds: 0 });
      scene.store.shares.delete(target);
    }
  };

  test('the versions are verified by the hashes that manifests hold, and one that was altered is copied again', async () => {
    await using scene = await startScene({ tree, destinations, job: { verify: { samplePercent: 100 } } });
    const process = scene.engine();
    const { restorePoint } = await process.run();
    deleteSourceSnapshots(scene);

    const clean = await verify(scene, process);
    const asked = Object.keys(scene.counted().source).toSorted();
    rot(scene, '2024-02-01/a/one.txt');
    const process2 = trusting(scene, process);
    const spoilt = await process2.run();
    deleteSourceSnapshots(scene);
    const found = await verify(scene, process2);
    const repaired = await process2.run();

    expect(clean).toMatchObject({
      ...{ status: 'succeeded', restorePoint, failures: [], counts: { files: 3, unchanged: 3 } },
      verification: { files: 3, differing: 0, withoutHash: 0 },
    });
    expect(asked).toEqual(['GetShareProperties', 'ListShares']);
    expect(spoilt.counts).toMatchObject({ copied: 0 });
    expect(found).toMatchObject({ status: 'failed', verification: { files: 3, differing: 1, paths: ['a/one.txt'] } });
    expect(repaired.counts).toMatchObject({ copied: 1, unchanged: 2 });
    expect(textOf(scene, '2024-02-01/a/one.txt')).toBe('one');
  });

  test('and that no manifest holds a hash of, it says so', async () => {
    await using scene = await startScene({ tree, destinations, job: unsampled });
    const process = scene.engine();
    await process.run();
    deleteSourceSnapshots(scene);

    const report = await verify(scene, process);

    expect(report).toMatchObject({ status: 'failed', verification: { files: 0, withoutHash: 3 } });
    expect(report.failures.map(({ code }) => code)).toEqual(['SourceSnapshotGone']);
  });
});

describe.concurrent('The rotating sample of a dated destination', () => {
  const everything = { verify: { samplePercent: 100 } };

  test('costs one request more for each unchanged file than in a mirror, and finds a clean tree equal', async () => {
    await using scene = await startScene({ tree, destinations, job: everything });
    const process = scene.engine();
    await process.run();
    scene.emulator.stats.reset();

    const report = await process.run();

    expectExactRequests(scene, report);
    expect(report).toMatchObject({
      status: 'succeeded',
      verification: { files: 3, differing: 0, coveredPercent: 100 },
    });
    expect(report.requests.verification).toBe(3 * 3);
    expect(scene.counted().destination).toMatchObject({ GetFileProperties: 3, GetFile: 3 });
    expect(report.requests.total - report.requests.verification).toBe(report.requests.floor);
  });

  test('goes through all files in turn, and costs nothing where the percentage is 0', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 40 }, (_, n) => [`d${n % 4}/f${n}.txt`, { content: `${n}`, ...on('2024-02-01') }]),
    );
    await using scene = await startScene({ tree: many, destinations, job: { verify: { samplePercent: 40 } } });
    await scene.engine().run();
    const off = trusting(scene, scene.engine());
    scene.emulator.stats.reset();
    const unread = await off.run();
    const asked = scene.counted();
    const seen = [];

    for (let run = 0; run < 3; run += 1) seen.push((await scene.engine().run()).verification?.files ?? 0);

    expect(unread.requests.verification).toBe(0);
    expect({ ...asked.source, ...asked.destination }).not.toHaveProperty('GetFileProperties');
    expect(seen.reduce((sum, files) => sum + files, 0)).toBe(40);
  });

  test('finds an altered and a missing file, and copies them again before the run ends', async () => {
    await using scene = await startScene({ tree, destinations, job: everything });
    const process = scene.engine();
    const first = await process.run();
    rot(scene, '2024-02-01/a/one.txt');
    scene.store.files.delete(scene.destination.at('2024-02-02/a/b/two.txt'));
    scene.store.directories.delete(scene.destination.at('2024-02-02/a/b'));
    scene.emulator.stats.reset();

    const report = await process.run();
    const counted = scene.counted();
    const after = await verify(scene, process);
    const marked = await process.engine.points('docs');

    expect({ source: report.requests.source, destination: report.requests.destination }).toEqual(counted);
    expectCountsAddUp(report);
    expect(report).toMatchObject({ status: 'succeeded', counts: { files: 3, unchanged: 1, copied: 2 } });
    expect(report.verification?.paths.toSorted()).toEqual(['a/b/two.txt', 'a/one.txt']);
    expect(textOf(scene, '2024-02-01/a/one.txt')).toBe('one');
    expect(textOf(scene, '2024-02-02/a/b/two.txt')).toBe('two');
    expect(after.status).toBe('succeeded');
    expect(marked.find(({ snapshot }) => snapshot === first.restorePoint)?.damagedFiles).toBe(2);
  });

  test('finds the version of a file that went by the date of the run, or has a time that is no date', async () => {
    const odd = { 'odd.txt': { content: 'odd', ...on('1601-01-01') } };
    await using scene = await startScene({
      tree: { ...tree, ...odd },
      destinations,
      job: { ...everything, dateBy: 'run' },
    });
    await scene.engine().run();
    // Directories of dates that have nothing to do with the files: the first after the last change has them.
    for (const date of ['2001-01-01', '2024-02-01']) scene.store.directories.create(scene.destination.at(date), {});

    const byRun = await scene.engine().run();

    expect(byRun.verification).toMatchObject({ files: 4, differing: 0 });
    // The dates once, and for each file its version and its content on both sides.
    expect(byRun.requests.verification).toBe(1 + 4 * 3);
  });
});

test('The command line ends a verification of a dated destination with 0 when it is equal, and with 1 when it is not', async () => {
  await using scene = await startScene({ tree, destinations, job: unsampled });
  const { account: production, share } = scene.source;
  const { account: vault, share: vaultShare } = scene.destination;
  const configuration = {
    accounts: {
      production: { connectionString: scene.emulator.connectionString(production) },
      vault: { connectionString: scene.emulator.connectionString(vault) },
    },
    jobs: [
      {
        ...{ name: 'docs', source: { account: 'production', share }, ...unsampled },
        destinations: [{ name: 'place1', account: 'vault', share: vaultShare, mode: 'dated' }],
      },
    ],
  };
  const state = await mkdtemp(join(tmpdir(), 'farshare-dated-'));
  const verifyAll = () =>
    farshareWithoutNpm(['verify', 'docs', '--all', '--json', '--state', state], {
      FARSHARE_CONFIG: JSON.stringify(configuration),
    });
  await scene.engine().run();

  const equal = await verifyAll();
  rot(scene, '2024-02-01/a/one.txt');
  await scene.engine().run();
  const different = await verifyAll();

  await rm(state, { recursive: true });
  expect([equal.code, different.code]).toEqual([0, 1]);
  expect(documentOf(different)).toMatchObject({ kind: 'verify', verification: { differing: 1, paths: ['a/one.txt'] } });
});
