import { describe, expect, test } from 'vitest';
import { destinations, on, rot, textOf, tree, trusting, verify } from '../../support/dated-scene.ts';
import { expectCountsAddUp, expectExactRequests, startScene } from '../../support/engine-fixture.ts';

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

  test('leaves an earlier version as it is that has the size and the times of writing of the missing one', async () => {
    await using scene = await startScene({ tree, destinations, job: { ...everything, dateBy: 'run' } });
    const process = scene.engine();
    const day = (await process.run()).sourceSnapshot?.slice(0, 10) ?? '';
    const path = 'three.txt';
    scene.store.files.delete(scene.destination.at(`${day}/${path}`));
    scene.destination.write({
      [`2020-01-01/${path}`]: { content: 'OLDER', ...on('2024-02-03'), attributes: 'Hidden' },
    });

    const report = await process.run();

    expect(report).toMatchObject({ status: 'succeeded', counts: { copied: 1 } });
    expect(report.verification?.paths).toEqual([path]);
    expect(textOf(scene, `2020-01-01/${path}`)).toBe('OLDER');
    expect(textOf(scene, `${day}/${path}`)).toBe('three');
  });

  test('looks at further versions where the first that looks like the file is another', async () => {
    const day = '2024-02-03T10:00:00.1234567Z';
    const times = { creationTime: day, lastWriteTime: day, changeTime: day };
    const filesSaying = (text: string, under = '') => ({
      [`${under}small.txt`]: { content: text, ...times },
      [`${under}large.bin`]: { sizeBytes: 65 * 1024 * 1024, pieces: { 0: text }, ...times },
    });
    await using scene = await startScene({
      tree: filesSaying('later'),
      destinations,
      job: { ...everything, dateBy: 'run' },
    });
    const process = scene.engine();
    const date = (await process.run()).sourceSnapshot?.slice(0, 10) ?? '';
    scene.destination.write({ ...filesSaying('early', `${date}/`), ...filesSaying('later', '2999-01-01/') });

    const report = await process.run();

    expect(report).toMatchObject({ status: 'succeeded', counts: { unchanged: 2, copied: 0 } });
    expect(report.verification).toMatchObject({ files: 2, differing: 0 });
    expect(textOf(scene, `${date}/small.txt`)).toBe('early');
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
