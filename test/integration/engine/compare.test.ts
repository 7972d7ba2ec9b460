import { describe, expect, test } from 'vitest';
import { expectCountsAddUp, expectEqualTrees, expectExactRequests, startScene } from '../../support/engine-fixture.ts';

const guard = { maxDeletedPercent: 100, maxChangedPercent: 100 };
const times = {
  creationTime: '2026-01-01T00:00:00.0000001Z',
  lastWriteTime: '2026-02-01T00:00:00.0000001Z',
  changeTime: '2026-02-01T00:00:00.0000002Z',
};
const moved = { ...times, lastWriteTime: '2026-03-01T00:00:00.0000000Z', changeTime: '2026-03-01T00:00:00.0000000Z' };
const hashed = (contentMd5: string) => ({ headers: { contentMd5 } });
const [first, second] = ['XrY7u+Ae7tCTyyK7j1rNww==', 'fX5VMP1Ocbs+oJ8gvr5dFA=='];

describe('With compare md5', () => {
  const job = { compare: 'md5', guard };

  test('a file whose times moved is not copied where both sides store the same hash', async () => {
    await using scene = await startScene({ job, tree: { 'a.txt': { content: 'alpha', ...times, ...hashed(first) } } });
    const process = scene.engine();
    await process.run();
    scene.source.write({ 'a.txt': { content: 'alpha', ...moved, ...hashed(first) } });
    scene.emulator.stats.reset();

    const report = await process.run();

    expectExactRequests(scene, report);
    await expectEqualTrees(scene, report);
    expect(report.counts).toMatchObject({ files: 1, copied: 0, propertiesSet: 1 });
    expect(report.bytes.copied).toBe(0);
  });

  test('a file of another hash is copied although size and all times are as they were', async () => {
    await using scene = await startScene({ job, tree: { 'a.txt': { content: 'alpha', ...times, ...hashed(first) } } });
    const process = scene.engine();
    await process.run();
    scene.source.write({ 'a.txt': { content: 'omega', ...times, ...hashed(second) } });

    const report = await process.run();

    await expectEqualTrees(scene, report);
    expectCountsAddUp(report);
    expect(report.counts).toMatchObject({ files: 1, copied: 1 });
  });

  test('files without a hash are compared by their listing, and counted', async () => {
    await using scene = await startScene({
      job,
      tree: { 'a.txt': { content: 'alpha', ...times }, 'b.txt': { content: 'beta', ...times, ...hashed(first) } },
    });
    const process = scene.engine();
    await process.run();
    scene.source.write({ 'a.txt': { content: 'omega', ...moved } });

    const report = await process.run();

    await expectEqualTrees(scene, report);
    expect(report.counts).toMatchObject({ files: 2, copied: 1, unchanged: 1 });
    const told = process.events.filter(({ name }) => name === 'backup.compare.fellback');
    expect(told).toMatchObject([{ properties: { runId: report.runId, shard: 'r1', files: 1 } }]);
  });

  test('a dry run says what the hashes decided', async () => {
    await using scene = await startScene({ job, tree: { 'a.txt': { content: 'alpha', ...times, ...hashed(first) } } });
    const process = scene.engine();
    await process.run();
    scene.source.write({ 'a.txt': { content: 'omega', ...times, ...hashed(second) } });

    const report = await process.run({ dryRun: true });

    const actions = [];
    for await (const action of process.engine.actions(report.runId)) actions.push(action);
    expect(actions).toEqual([{ kind: 'copy', path: 'a.txt', reason: 'md5', size: 5 }]);
  });
});

describe('With compare size-and-time', () => {
  const job = { compare: 'size-and-time', guard };
  const onlyChange = { ...times, changeTime: moved.changeTime };

  test('a file of which only ChangeTime moved is left as it is', async () => {
    await using scene = await startScene({ job, tree: { 'a.txt': { content: 'alpha', ...times } } });
    const process = scene.engine();
    await process.run();
    scene.source.write({ 'a.txt': { content: 'alpha', ...onlyChange } });
    scene.emulator.stats.reset();

    const report = await process.run();

    expectExactRequests(scene, report);
    await expectEqualTrees(scene, report, { except: 'changeTime' });
    expect(report.counts).toMatchObject({ files: 1, unchanged: 1, copied: 0, propertiesSet: 0 });
  });

  test('a permission that changed is set', async () => {
    await using scene = await startScene({ job, tree: { 'a.txt': { content: 'alpha', ...times } } });
    const process = scene.engine();
    await process.run();
    scene.source.write({ 'a.txt': { content: 'alpha', ...onlyChange, sddl: 'O:BAG:BAD:(A;;FA;;;BA)' } });

    const report = await process.run();

    expect(report.counts).toMatchObject({ files: 1, propertiesSet: 1, copied: 0 });
  });

  test('a file of another LastWriteTime is copied', async () => {
    await using scene = await startScene({ job, tree: { 'a.txt': { content: 'alpha', ...times } } });
    const process = scene.engine();
    await process.run();
    scene.source.write({ 'a.txt': { content: 'omega', ...moved } });

    const report = await process.run();

    await expectEqualTrees(scene, report, { except: 'changeTime' });
    expect(report.counts).toMatchObject({ files: 1, copied: 1 });
  });
});
