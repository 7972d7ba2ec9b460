import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FilesEmulator, startFilesEmulator } from '../../../emulator/index.ts';
import type { RestoreRequest } from '../../../lib/model/index.ts';
import { changingTree } from '../../support/changes.ts';
import { expectCountsAddUp, expectExactRequests, type Scene, startScene } from '../../support/engine-fixture.ts';
import type { TreeLiteral } from '../../support/engine-tree.ts';
import { oddTree } from '../../support/odd-tree.ts';
import { expectEqualToPoint, filesIn, newShare, restore } from '../../support/restores.ts';

let emulator: FilesEmulator;
beforeAll(async () => {
  emulator = await startFilesEmulator();
});
afterAll(() => emulator.stop());

/** A scene with one restore point of the tree. */
async function backedUp(tree: TreeLiteral, own = {}) {
  const scene = await startScene({ emulator, ...own, tree });
  const process = scene.engine();
  expect(await process.run()).toMatchObject({ status: 'succeeded' });
  scene.emulator.stats.reset();
  return { scene, process };
}

const production = { account: 'devstoreaccount1' };

describe.concurrent('A restore', () => {
  test('without further words puts everything, as it was, into a directory of its own in the share that was backed up', async () => {
    // Requests are counted by an emulator as a whole.
    const { scene, process } = await backedUp(changingTree, { emulator: undefined });
    await using _scene = scene;

    const report = await restore(process);

    expectExactRequests(scene, { ...report, requests: swapped(report.requests) });
    expectCountsAddUp(report);
    expect(report).toMatchObject({ kind: 'restore', job: 'docs', destination: 'place1', mode: 'mirror' });
    expect(report.restore?.to.path).toMatch(/^restore-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$/u);
    await expectEqualToPoint(scene, report);
  });

  test('brings back everything that an entry can have, the root included, to a share that it makes', async () => {
    const { scene, process } = await backedUp(oddTree);
    const share = newShare();

    const report = await restore(process, { to: { account: 'production', share, path: '/' } });

    await expectEqualToPoint(scene, report);
    expect(scene.store.shares.getProperties({ ...production, share })).toMatchObject({ quota: 100 });
    expect(report.counts.streamed).toBe(0);
  });

  test('takes a snapshot of the place restored to before it changes anything, and names it', async () => {
    const { scene, process } = await backedUp({ 'kept.txt': 'as backed up' });
    scene.source.write({ 'kept.txt': 'as it was before the restore' });

    const report = await restore(process, {
      to: { account: 'production', share: scene.source.share, path: '' },
      onConflict: 'overwrite',
    });

    const safety = report.restore?.safetySnapshot ?? '';
    const reader = scene.store.files.open(scene.source.at('kept.txt', safety));
    expect(Buffer.from(reader.read(0, 100)).toString()).toBe('as it was before the restore');
    expect(scene.source.snapshots().find(({ snapshot }) => snapshot === safety)?.metadata).toMatchObject({
      farshare_role: 'safety',
      farshare_run: report.runId,
    });
    expect(filesIn(scene, scene.source)).toEqual({ 'kept.txt': 'as backed up' });
  });

  test('of one restore point brings back that one, by its time or its name', async () => {
    const { scene, process } = await backedUp({ 'a.txt': 'first' });
    scene.source.write({ 'a.txt': 'second' });
    await process.run();
    const [first, second] = await process.engine.points('docs');

    for (const [point, content] of [
      [first?.snapshot, 'first'],
      [first?.time, 'first'],
      ['latest', 'second'],
      [new Date(Date.parse(second?.time ?? '') + 86_400_000).toISOString(), 'second'],
    ]) {
      const share = newShare();
      await restore(process, { point: point ?? '', to: { account: 'vault', share, path: 'deep/er' } });
      expect(filesIn(scene, { account: 'devstoreaccount2', share })).toEqual({ 'deep/er/a.txt': content });
    }
  });

  test.each<[string, RestoreRequest['paths'], readonly string[]]>([
    ['one file', ['docs/deep/er/leaf.txt'], ['docs/deep/er/leaf.txt']],
    ['one directory', ['/Mixed Case/'], ['Mixed Case/Inner.txt', 'Mixed Case/more/x.txt']],
    ['one directory as Windows writes it', ['docs\\deep'], ['docs/deep/er/leaf.txt']],
    ['a pattern', ['**/*r.txt'], ['docs/other.txt', 'Mixed Case/Inner.txt']],
    ['several', ['still.txt', '**/x.txt'], ['Mixed Case/more/x.txt', 'still.txt']],
  ])('of %s brings back that and the directories above it', async (_, paths, expected) => {
    const { scene, process } = await backedUp(changingTree);
    const share = newShare();

    const report = await restore(process, { paths, to: { account: 'production', share, path: '' } });

    expect(report).toMatchObject({ status: 'succeeded', counts: { files: expected.length, copied: expected.length } });
    expect(Object.keys(filesIn(scene, { ...production, share })).toSorted()).toEqual([...expected].toSorted());
    expectCountsAddUp(report);
  });

  test('brings a directory above a restored file back with its properties', async () => {
    const { scene, process } = await backedUp(changingTree);
    const share = newShare();

    await restore(process, { paths: ['docs/file.txt'], to: { account: 'production', share, path: '' } });

    const was = scene.store.directories.getProperties(scene.source.at('docs'));
    const is = scene.store.directories.getProperties({ ...production, share, path: 'docs' });
    expect(is).toMatchObject({ metadata: { team: 'one' }, lastWriteTime: was.lastWriteTime });
  });

  test('brings back empty directories that a pattern names', async () => {
    const { scene, process } = await backedUp({ 'keep/empty/': {}, 'other/empty/': {} });
    const share = newShare();

    await restore(process, { paths: ['keep'], to: { account: 'production', share, path: '' } });

    expect(filesIn(scene, { ...production, share })).toEqual({ 'keep/empty/': '' });
  });

  test('streams what no server-side copy can address', async () => {
    const name = `${'備'.repeat(226)}.bin`;
    const { scene, process } = await backedUp({ [`deep/${name}`]: 'far away', 'plain.txt': 'plain' });

    const report = await restore(process);

    expect(report.counts).toMatchObject({ copied: 2, streamed: 1 });
    await expectEqualToPoint(scene, report);
  });

  test('copies a large file by ranges, leaving its holes', async () => {
    const mebi = 1024 * 1024;
    const { scene, process } = await backedUp({
      'large.bin': { sizeBytes: 100 * mebi, pieces: { 0: 'first', [50 * mebi]: 'middle', [100 * mebi - 4]: 'last' } },
    });

    const report = await restore(process);

    expect(report.requests.destination).toMatchObject({ PutRangeFromURL: 3 });
    expect(report.requests.destination).not.toHaveProperty('CopyFile');
    await expectEqualToPoint(scene, report);
  });
});

/** In a restore the account that was backed up to is the source. */
const swapped = <T extends { source: unknown; destination: unknown }>(requests: T): T => ({
  ...requests,
  source: requests.destination,
  destination: requests.source,
});

describe.concurrent('A restore is refused', () => {
  const refusal = async (scene: Scene, request: Partial<RestoreRequest>) => {
    const { engine } = scene.engine();
    return engine.startRestore({ from: { job: 'docs' }, ...request }).then(
      () => 'started',
      (error: { code: string }) => error.code,
    );
  };

  test('when there is no such job, destination, point, share or account', async () => {
    const { scene } = await backedUp({ 'a.txt': 'a' });
    const to = { account: 'nowhere', share: 'docs', path: '' };

    expect(await refusal(scene, { from: { job: 'other' } })).toBe('JobNotFound');
    expect(await refusal(scene, { from: { job: 'docs', destination: 'other' } })).toBe('DestinationNotFound');
    expect(await refusal(scene, { point: '2001-01-01T00:00:00Z' })).toBe('PointNotFound');
    expect(await refusal(scene, { point: 'yesterday' })).toBe('PointNotFound');
    expect(await refusal(scene, { from: { account: 'vault', share: 'missing', path: '' } })).toBe('ShareNotFound');
    expect(await refusal(scene, { from: to })).toBe('UnknownAccount');
    expect(await refusal(scene, { to })).toBe('UnknownAccount');
  });

  test('when it goes where a job backs up to, or makes no sense', async () => {
    const { scene } = await backedUp({ 'a.txt': 'a' });
    const { share } = scene.destination;

    expect(await refusal(scene, { to: { account: 'vault', share, path: 'in/it' } })).toBe('TargetIsBackup');
    expect(await refusal(scene, { to: { account: 'vault', share: 'NO', path: '' } })).toBe('InvalidRequest');
    expect(await refusal(scene, { to: { account: 'vault', share: 'docs', path: '../up' } })).toBe('InvalidRequest');
    expect(await refusal(scene, { onConflict: 'rename', deleteExtra: true })).toBe('InvalidRequest');
  });

  test('in the end when nothing in the point matches', async () => {
    const { process } = await backedUp({ 'a.txt': 'a' });

    const report = await restore(process, { paths: ['b.txt'] });

    expect(report).toMatchObject({ status: 'failed', counts: { files: 0 }, failures: [{ code: 'PathNotFound' }] });
  });
});
