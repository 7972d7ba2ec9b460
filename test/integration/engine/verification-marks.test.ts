/** Which restore points are marked as damaged when a run finds content that is not the source’s. */
import { expect, test } from 'vitest';
import type { SharePort } from '../../../lib/run/ports.ts';
import { expectEqualTrees, type Scene, startScene } from '../../support/engine-fixture.ts';

/** Changes a file of the destination behind everybody's back: its listing stays as it was. */
function rot(scene: Scene, path: string): void {
  const at = scene.destination.at(path);
  const { headers, creationTime, lastWriteTime, changeTime } = scene.store.files.getProperties(at);
  scene.store.files.putRange(at, 0, new Uint8Array(Buffer.from('!')));
  scene.store.files.setProperties(at, { headers, creationTime, lastWriteTime, changeTime });
}

test.each([
  ['a file that was there before marks the restore point before', 'old.txt', [1, undefined]],
  ['a file that this run copied marks none', 'new.txt', [undefined, undefined]],
])('Content that differs in %s', async (_, path, damaged) => {
  await using scene = await startScene({ tree: { 'old.txt': 'old' }, job: { verify: { samplePercent: 100 } } });
  let seals = 0;
  const process = scene.engine({
    wrapShares: (shares) => ({
      open: (...of) => {
        const port = shares.open(...of);
        if (of[0].account !== 'vault') return port;
        const createSnapshot: SharePort['createSnapshot'] = (metadata) => {
          if ((seals += 1) === 2) rot(scene, path);
          return port.createSnapshot(metadata);
        };
        return { ...port, createSnapshot };
      },
    }),
  });
  await process.run();
  scene.source.write({ 'new.txt': 'new' });

  const report = await process.run();

  expect(report.verification).toMatchObject({ differing: 1, paths: [path] });
  await expectEqualTrees(scene, report);
  expect((await process.engine.points('docs')).map(({ damagedFiles }) => damagedFiles)).toEqual(damaged);
});
