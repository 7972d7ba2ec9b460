import { describe, expect, test } from 'vitest';
import type { RunReport } from '../../../lib/model/index.ts';
import type { ShareOpener, SharePort } from '../../../lib/run/ports.ts';
import { clockAhead, mortal } from '../../support/mortal-process.ts';
import { expectCountsAddUp, expectEqualTrees, expectExactRequests, startScene } from '../../support/engine-fixture.ts';

const mebi = 1024 * 1024;
const guard = { maxDeletedPercent: 100, maxChangedPercent: 100 };
const letters = (letter: string, length = 4096): Uint8Array => new Uint8Array(Buffer.alloc(length, letter));
/** 200 MiB of which 64 MiB are there, in every other block of 4 MiB. */
const pieces = Object.fromEntries(
  Array.from({ length: 16 }, (_, index) => [index * 8 * mebi, letters(String.fromCharCode(97 + index), 4 * mebi)]),
);
const tree = { 'big.bin': { sizeBytes: 200 * mebi, pieces }, 'small.txt': 'small' };

async function startBackedUp(job: Record<string, unknown> = {}) {
  const scene = await startScene({ tree, job: { guard, ...job } });
  const process = scene.engine();
  const first = await process.run();
  scene.emulator.stats.reset();
  return { scene, process, first };
}

const ofTransfers: ReadonlySet<string> = new Set([
  'setFileProperties',
  'putRangeFromUrl',
  'clearRange',
  'createFile',
  'putBytes',
]);

/** Tells of each write that a transfer makes, before it is made. */
const dyingAt = (shares: ShareOpener, onWrite: () => unknown): ShareOpener => ({
  open: (ref, access) =>
    new Proxy(shares.open(ref, access), {
      get(port: SharePort, name, receiver) {
        const method: unknown = Reflect.get(port, name, receiver);
        if (typeof method !== 'function' || !ofTransfers.has(String(name))) return method;
        return (...of: unknown[]): unknown => {
          onWrite();
          return Reflect.apply(method, port, of);
        };
      },
    }),
});

describe('A large file that changed in places', () => {
  test.each(['sampled', 'proven'])(
    'is brought up to date by its changed ranges alone where delta is %s',
    async (delta) => {
      const { scene, process } = await startBackedUp({ delta });
      await using _scene = scene;
      const at = scene.source.at('big.bin');
      scene.store.files.putRange(at, 8 * mebi + 1024, letters('X'));
      scene.store.files.putRange(at, 100 * mebi, letters('Y', mebi));
      scene.store.files.clearRange(at, { start: 16 * mebi, end: 17 * mebi });

      const report = await process.run();

      expectExactRequests(scene, report);
      expectCountsAddUp(report);
      expect(report.counts).toMatchObject({ rangeCopied: 1, copied: 0 });
      expect(report.bytes.copied).toBe(4096 + mebi);
      await expectEqualTrees(scene, report);
    },
  );

  test('is copied whole where delta is off', async () => {
    const { scene, process } = await startBackedUp({ delta: 'off' });
    await using _scene = scene;
    scene.store.files.putRange(scene.source.at('big.bin'), 0, letters('X'));

    const report = await process.run();

    expect(report.counts).toMatchObject({ rangeCopied: 0, copied: 1 });
    await expectEqualTrees(scene, report);
  });

  test.each([
    ['grew', 260 * mebi],
    ['grew by less than a page', 200 * mebi + 100],
    ['shrank', 70 * mebi + 5],
  ])('and %s is brought up to date in place', async (_, sizeBytes) => {
    const { scene, process } = await startBackedUp();
    await using _scene = scene;
    const at = scene.source.at('big.bin');
    const { headers } = scene.store.files.getProperties(at);
    scene.store.files.setProperties(at, { headers, sizeBytes });
    scene.store.files.putRange(at, sizeBytes - 100, letters('Z', 100));
    scene.store.files.setMetadata(at, { grown: 'yes' });

    const report = await process.run();

    expectExactRequests(scene, report);
    expect(report.counts).toMatchObject({ rangeCopied: 1, copied: 0 });
    expect(report.bytes.copied).toBeLessThan(mebi);
    await expectEqualTrees(scene, report);
  });

  test.each([
    ['keeps its size', 200 * mebi],
    ['grew', 260 * mebi],
  ])('is brought up to date in place also when it is ReadOnly, where it %s', async (_, sizeBytes) => {
    await using scene = await startScene({ tree, job: { guard } });
    const process = scene.engine();
    const at = scene.source.at('big.bin');
    const { headers } = scene.store.files.getProperties(at);
    scene.store.files.setProperties(at, { headers, attributes: 'ReadOnly' });
    await process.run();
    scene.store.files.setProperties(at, { headers, attributes: 'None' });
    if (sizeBytes !== 200 * mebi) scene.store.files.setProperties(at, { headers, sizeBytes });
    scene.store.files.putRange(at, 8 * mebi, letters('X'));
    scene.store.files.setProperties(at, { headers, attributes: 'ReadOnly' });
    scene.emulator.stats.reset();

    const report = await process.run();

    expectExactRequests(scene, report);
    expect(report.counts).toMatchObject({ rangeCopied: 1, copied: 0 });
    expect(report.bytes.copied).toBe(4096);
    await expectEqualTrees(scene, report);
  });

  test('is copied whole when somebody else has written to the destination', async () => {
    const { scene, process } = await startBackedUp();
    await using _scene = scene;
    scene.store.files.putRange(scene.destination.at('big.bin'), 0, letters('!'));
    scene.store.files.putRange(scene.source.at('big.bin'), 8 * mebi, letters('X'));

    const report = await process.run();

    expect(report.counts).toMatchObject({ rangeCopied: 0, copied: 1 });
    await expectEqualTrees(scene, report);
  });

  test('is copied whole when the service refuses the difference', async () => {
    const { scene, process } = await startBackedUp();
    await using _scene = scene;
    scene.store.files.putRange(scene.source.at('big.bin'), 8 * mebi, letters('X'));
    const action = { rangeDiff: 'refuse' as const };

    const report = await scene.withFaults([{ operation: 'ListFileRanges', path: 'big.bin', action }], () =>
      process.run(),
    );

    expect(report.counts).toMatchObject({ rangeCopied: 0, copied: 1 });
    await expectEqualTrees(scene, report);
  });

  test('is equal under proven although the service leaves changed ranges out of the difference', async () => {
    const { scene, process } = await startBackedUp({ delta: 'proven' });
    await using _scene = scene;
    for (const block of [0, 2, 4, 30])
      scene.store.files.putRange(scene.source.at('big.bin'), block * 4 * mebi, letters('X', 4 * mebi));
    const action = { rangeDiff: 'omit' as const };

    const report = await scene.withFaults([{ operation: 'ListFileRanges', path: 'big.bin', action }], () =>
      process.run(),
    );

    expect(report).toMatchObject({ status: 'succeeded', counts: { copied: 0, rangeCopied: 1 } });
    await expectEqualTrees(scene, report);
  });

  test.each([1, 2, 3, 4, 6, 8, 11, 15])(
    'goes on in another process after one died %i writes into it, and ends equal',
    async (writesBefore) => {
      const { scene, process } = await startBackedUp();
      await using _scene = scene;
      const at = scene.source.at('big.bin');
      scene.store.files.setProperties(at, { headers: {}, sizeBytes: 201 * mebi });
      for (const block of [0, 2, 4, 6, 8]) scene.store.files.putRange(at, block * 4 * mebi, letters('X', 4 * mebi));
      const { state } = process.context;
      const life = mortal();
      let writes = 0;
      const first = scene.engine({
        state,
        ...life.ports,
        wrapShares: (shares) =>
          dyingAt(life.ports.wrapShares(shares), () => (writes += 1) === writesBefore && life.die()),
      });
      const runIds = await first.engine.startRuns('docs', {});
      await first.drive(runIds, { signal: life.died }).catch(() => undefined);
      const second = scene.engine({ state, clock: clockAhead(600_000) });

      const [report] = await second.drive(runIds);

      expect(life.died.aborted).toBe(true);
      expect(report).toMatchObject({ status: 'succeeded', failures: [] });
      await expectEqualTrees(scene, report as RunReport);
    },
  );

  test('is copied whole again, and no worse, when the catalog share is gone', async () => {
    const { scene, process } = await startBackedUp({ delta: 'proven' });
    await using _scene = scene;
    const catalog = { account: scene.destination.account, share: 'farshare-catalog' };
    scene.store.shares.delete(catalog);
    scene.store.files.putRange(scene.source.at('big.bin'), 0, letters('X'));

    const report = await process.run();

    expect(report.status).toBe('succeeded');
    await expectEqualTrees(scene, report);
  });
});
