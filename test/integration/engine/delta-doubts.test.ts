import { expect, test } from 'vitest';
import type { ShareOpener, SharePort } from '../../../lib/run/ports.ts';
import { expectEqualTrees, type Scene, startScene } from '../../support/engine-fixture.ts';

const mebi = 1024 * 1024;
const guard = { maxDeletedPercent: 100, maxChangedPercent: 100 };
const letters = (letter: string, length = 4096): Uint8Array => new Uint8Array(Buffer.alloc(length, letter));
const hashed = (letter: string) => ({ headers: { contentMd5: Buffer.alloc(16, letter).toString('base64') } });
const tree = {
  'big.bin': {
    sizeBytes: 80 * mebi,
    pieces: { 0: letters('a', 4 * mebi), [8 * mebi]: letters('b', 4 * mebi) },
    ...hashed('1'),
  },
};
const job = { guard, verify: { samplePercent: 0 } };
const big = (scene: Scene) => scene.source.at('big.bin');

/** Says of no file that it has changed since an earlier snapshot. */
const withoutDifferences = (shares: ShareOpener): ShareOpener => ({
  open: (...of) =>
    new Proxy(shares.open(...of), {
      get(port: SharePort, name, receiver) {
        if (name !== 'listRanges') return Reflect.get(port, name, receiver) as unknown;
        const listRanges: SharePort['listRanges'] = async (path, options) =>
          options.previousSnapshot === undefined ? port.listRanges(path, options) : [];
        return listRanges;
      },
    }),
});

// The base of a difference must be what the destination has: else the result is of no version.
test.each([
  [
    'size-and-time saw nothing of',
    { compare: 'size-and-time' },
    (scene: Scene) => {
      scene.store.files.putRange(big(scene), 0, letters('X'), { lastWriteTime: 'preserve' });
      // What is set now puts the times of the source on the content that was not copied.
      scene.store.files.setProperties(big(scene), { ...hashed('1'), attributes: 'Hidden' });
    },
  ],
  [
    'a stale hash hid',
    { compare: 'md5' },
    (scene: Scene) => void scene.store.files.putRange(big(scene), 0, letters('X')),
  ],
])('A large file with a write that %s is copied whole when it is next seen to change', async (_, compare, write) => {
  await using scene = await startScene({ tree, job: { ...job, ...compare } });
  const process = scene.engine();
  await process.run();
  write(scene);
  const unseen = await process.run();
  scene.store.files.putRange(big(scene), 8 * mebi, letters('Y'));
  scene.store.files.setProperties(big(scene), hashed('2'));

  const report = await process.run();

  expect(unseen.counts).toMatchObject({ copied: 0, rangeCopied: 0 });
  expect(report.counts).toMatchObject({ copied: 1, rangeCopied: 0 });
  await expectEqualTrees(scene, report);
});

test.each([{ compare: 'size-and-time' }, { compare: 'md5' }])(
  'A large file is brought up to date in place also with %o, as long as it is as it was copied',
  async (compare) => {
    await using scene = await startScene({ tree, job: { ...job, ...compare } });
    const process = scene.engine();
    await process.run();
    scene.store.files.putRange(big(scene), 8 * mebi, letters('Y'));
    scene.store.files.setProperties(big(scene), hashed('2'));

    const report = await process.run();

    expect(report.counts).toMatchObject({ copied: 0, rangeCopied: 1 });
    await expectEqualTrees(scene, report);
  },
);

test.each([
  ['is as it was', () => undefined],
  ['has changed', (scene: Scene) => void scene.store.files.putRange(big(scene), 8 * mebi, letters('Y'))],
])('A large file that a verification found spoilt is copied whole where the source’s %s', async (_, change) => {
  await using scene = await startScene({ tree, job });
  const process = scene.engine();
  await process.run();
  const at = scene.destination.at('big.bin');
  const { headers, creationTime, lastWriteTime, changeTime } = scene.store.files.getProperties(at);
  scene.store.files.putRange(at, 77, letters('!', 1));
  scene.store.files.setProperties(at, { headers, creationTime, lastWriteTime, changeTime });
  await process.run();
  await process.drive(await process.engine.startVerify('docs', { all: true }));
  change(scene);

  const report = await process.run();

  expect(report.counts).toMatchObject({ copied: 1, rangeCopied: 0 });
  await expectEqualTrees(scene, report);
});

test('Under proven a block that was cleared is cleared although the difference leaves it out', async () => {
  await using scene = await startScene({ tree, job: { ...job, delta: 'proven' } });
  await scene.engine().run();
  scene.store.files.clearRange(big(scene), { start: 8 * mebi, end: 12 * mebi });

  const report = await scene.engine({ wrapShares: withoutDifferences }).run();

  expect(report.counts).toMatchObject({ copied: 0, rangeCopied: 1 });
  await expectEqualTrees(scene, report);
});
