import { describe, expect, test } from 'vitest';
import { changingTree } from '../../support/changes.ts';
import { expectEqualTrees, type Scene, startScene } from '../../support/engine-fixture.ts';
import { mortal } from '../../support/mortal-process.ts';

/** Dies right after the first Copy File; what it left is all that the next process, without its state, has to go by. */
async function dieAfterCopy(scene: Scene): Promise<void> {
  const life = mortal();
  const process = scene.engine({
    ...life.ports,
    wrapShares: (shares) => {
      const mortals = life.ports.wrapShares(shares);
      return {
        open(ref, access) {
          const port = mortals.open(ref, access);
          const copyFile: typeof port.copyFile = (path, source, settings) =>
            port.copyFile(path, source, settings).finally(() => life.die());
          return new Proxy(port, {
            get: (target, name) => (name === 'copyFile' ? copyFile : Reflect.get(target, name)),
          });
        },
      };
    },
  });
  const runIds = await process.engine.startRuns('docs', {});
  await process.drive(runIds, { signal: life.died }).catch(() => undefined);
  expect(life.effects.join()).toContain('copyFile');
}

describe.concurrent('A destination that a dead process left behind', () => {
  test('is marked as being written to, and the mark goes with the seal', async () => {
    await using scene = await startScene({ tree: changingTree });

    await dieAfterCopy(scene);
    const left = scene.destination.metadata();
    scene.store.leases.break(scene.destination, { breakPeriodSeconds: 0 });
    const report = await scene.engine().run({ approve: true });

    expect(left).toMatchObject({ farshare_state: 'writing' });
    // Without a mark nothing was known of what the share held: all of it stays in doubt until a run has ended well.
    expect(left['farshare_since']).toBe('1970-01-01T00:00:00.000Z');
    expect(scene.destination.metadata()).toMatchObject({
      farshare_state: 'clean',
      farshare_head: report.sourceSnapshot ?? '',
    });
    await expectEqualTrees(scene, report);
  });

  const endings = [
    { outcome: 'success', copyPendingMs: 3_600_000 },
    { outcome: 'torn', copyPendingMs: 300 },
    { outcome: 'failed', copyPendingMs: 300 },
    { outcome: 'aborted', copyPendingMs: 300 },
  ] as const;

  test.each(endings)('with a copy that looks whole and ends $outcome is repaired', async (ending) => {
    await using scene = await startScene({ tree: changingTree });
    const action = { ...ending, pendingShowsFullSize: true };

    await scene.withFaults([{ operation: 'CopyFile', action }], () => dieAfterCopy(scene));
    await new Promise((resolve) => setTimeout(resolve, 400));
    scene.store.leases.break(scene.destination, { breakPeriodSeconds: 0 });
    const report = await scene.engine().run();

    await expectEqualTrees(scene, report);
    expect(report.counts).toMatchObject({ files: 6, copied: 6 });
  });
});

test.concurrent('A destination whose mark was lost is believed only after a second look', async () => {
  await using scene = await startScene({ tree: changingTree });
  const process = scene.engine();
  await process.run();
  scene.store.shares.setMetadata(scene.destination, {});

  const report = await process.run();

  expect(report.requests.destination['GetFileProperties']).toBe(6);
  expect(report.counts).toMatchObject({ copied: 0, unchanged: 6 });
  await expectEqualTrees(scene, report);
});

describe.concurrent('A write after which all times were put back is copied', () => {
  // What a verification would find is not what this is about.
  const job = { verify: { samplePercent: 0 } };
  const writeUnseen = ({ store, source }: Scene, path: string, permission?: string) => {
    const at = source.at(path);
    const { headers, attributes, creationTime, lastWriteTime, changeTime } = store.files.getProperties(at);
    if (permission === undefined) store.files.putRange(at, 0, new Uint8Array(Buffer.from('!')));
    const kept = { headers, attributes, creationTime, lastWriteTime, changeTime };
    store.files.setProperties(at, { ...kept, ...(permission !== undefined && { permission }) });
  };

  test('to a destination whose mark was lost, although its file may be one that an interrupted run had copied', async () => {
    await using scene = await startScene({ tree: changingTree, job });
    const process = scene.engine();
    await process.run();
    writeUnseen(scene, 'docs/file.txt');
    scene.store.shares.setMetadata(scene.destination, {});

    const report = await process.run();

    expect(report.counts).toMatchObject({ copied: 1, unchanged: 5 });
    await expectEqualTrees(scene, report);
  });

  test('also with other attributes, where no ChangeTime is kept that would tell the two versions apart', async () => {
    await using scene = await startScene({ tree: changingTree, job, switches: { changeTimeIsSettable: false } });
    const process = scene.engine();
    await process.run();
    const at = scene.source.at('docs/file.txt');
    const { headers, creationTime, lastWriteTime } = scene.store.files.getProperties(at);
    scene.store.files.putRange(at, 0, new Uint8Array(Buffer.from('!')));
    scene.store.files.setProperties(at, { headers, creationTime, lastWriteTime, attributes: 'Hidden' });
    scene.store.shares.setMetadata(scene.destination, { farshare_changetime: 'lost' });

    const report = await process.run();

    expect(report.counts).toMatchObject({ copied: 1, unchanged: 5 });
    await expectEqualTrees(scene, report, { except: 'changeTime' });
  });

  test('also when the snapshot that would tell of it is gone', async () => {
    await using scene = await startScene({ tree: changingTree, job });
    const process = scene.engine();
    await process.run();
    const base = (await process.run()).sourceSnapshot ?? '';
    writeUnseen(scene, 'docs/file.txt');
    scene.store.leases.break({ ...scene.source, snapshot: base }, { breakPeriodSeconds: 0 });
    scene.store.shares.delete({ ...scene.source, snapshot: base });

    const report = await process.run();

    expect(report).toMatchObject({ status: 'succeeded', failures: [] });
    await expectEqualTrees(scene, report);
  });

  test('and so is a permission set in this way', async () => {
    await using scene = await startScene({ tree: changingTree, job });
    const process = scene.engine();
    await process.run();
    writeUnseen(scene, 'docs/file.txt', 'O:SYG:SYD:(A;;FR;;;WD)');

    const report = await process.run();

    expect(report.counts).toMatchObject({ copied: 0, propertiesSet: 1 });
    await expectEqualTrees(scene, report);
  });
});
