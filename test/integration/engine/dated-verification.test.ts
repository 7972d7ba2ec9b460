import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RunReport } from '../../../lib/model/index.ts';
import { destinations, on, rot, textOf, tree, trusting, verify } from '../../support/dated-scene.ts';
import { type Scene, startScene } from '../../support/engine-fixture.ts';
import { documentOf, farshareWithoutNpm } from '../../support/stack-cli.ts';

const unsampled = { verify: { samplePercent: 0 } };

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

  test('has a missing version filed anew, and the earlier one left that looks like it', async () => {
    await using scene = await startScene({ tree, destinations, job: { ...unsampled, dateBy: 'run' } });
    const process = scene.engine();
    const day = (await process.run()).sourceSnapshot?.slice(0, 10) ?? '';
    scene.store.files.delete(scene.destination.at(`${day}/three.txt`));
    scene.destination.write({
      '2020-01-01/three.txt': { content: 'OLDER', ...on('2024-02-03'), attributes: 'Hidden' },
    });
    await process.run();

    const found = await verify(scene, process);
    await process.run();
    const after = await verify(scene, process);

    expect(told(found)).toEqual(['three.txt RestorePointDiffers']);
    expect(after.status).toBe('succeeded');
    expect(textOf(scene, '2020-01-01/three.txt')).toBe('OLDER');
    expect(textOf(scene, `${day}/three.txt`)).toBe('three');
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
