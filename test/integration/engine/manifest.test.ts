import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { nextDigest, noParts } from '../../../lib/run/manifest.ts';
import type { SharePort } from '../../../lib/run/ports.ts';
import {
  expectEqualTrees,
  expectExactRequests,
  type Scene,
  startProcess,
  startScene,
} from '../../support/engine-fixture.ts';

const guard = { maxDeletedPercent: 100, maxChangedPercent: 100 };
const catalogOf = (scene: Scene) => ({ account: scene.destination.account, share: 'farshare-catalog' });

/** A file of the catalog, or undefined. */
function read(scene: Scene, path: string): string | undefined {
  const at = { ...catalogOf(scene), path, allowTrailingDot: true };
  try {
    const { sizeBytes } = scene.store.files.getProperties(at);
    return Buffer.from(scene.store.files.open(at).read(0, sizeBytes)).toString();
  } catch {
    return undefined;
  }
}

const linesOf = (text: string | undefined): unknown[] =>
  (text ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);

const manifestPath = (scene: Scene, runId: string, name: string): string =>
  `manifests/docs/place1.${scene.destination.share}/${runId}.${name}`;

test('The manifest of a restore point says what its run changed, what it verified, and its report; its digest is in the point', async () => {
  await using scene = await startScene({
    tree: { 'a.txt': 'alpha', 'd/b.txt': 'beta', 'd/c.txt': 'gamma', 'gone/e.txt': 'x' },
    job: { guard, verify: { samplePercent: 100 } },
  });
  const process = scene.engine();
  await process.run();
  scene.source.write({ 'd/b.txt': 'beta two', 'new/f.txt': 'six' });
  scene.store.files.delete(scene.source.at('gone/e.txt'));
  scene.store.directories.delete(scene.source.at('gone'));
  scene.emulator.stats.reset();

  const report = await process.run();

  expectExactRequests(scene, report);
  await expectEqualTrees(scene, report);
  const changes = read(scene, manifestPath(scene, report.runId, 'changes-00001.jsonl')) ?? '';
  const told = (linesOf(changes) as { kind: string; path: string }[]).map(({ kind, path }) => `${kind} ${path}`);
  expect(told.toSorted()).toEqual([
    'copied d/b.txt',
    'copied new/f.txt',
    'deleted gone',
    'deleted gone/e.txt',
    'directory new',
  ]);
  const verified = linesOf(read(scene, manifestPath(scene, report.runId, 'verified-00001.jsonl'))) as {
    path: string;
    sha256: string;
  }[];
  const hashes = Object.fromEntries(verified.map(({ path, sha256 }) => [path, sha256]));
  expect(Object.keys(hashes).toSorted()).toEqual(['a.txt', 'd/b.txt', 'd/c.txt', 'new/f.txt']);
  expect(hashes['d/b.txt']).toBe(createHash('sha256').update('beta two').digest('hex'));
  const stored = JSON.parse(read(scene, manifestPath(scene, report.runId, 'report.json')) ?? '{}') as object;
  expect(stored).toMatchObject({ runId: report.runId, status: 'succeeded', counts: report.counts });
  const [, point] = scene.destination.snapshots();
  expect(point?.metadata['farshare_manifest']).toBe(nextDigest(noParts, 1, changes));
});

test('The manifest names what a turn copied that was given back before it had stored its notes', async () => {
  const tree = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`f${n}.txt`, `content ${n}`]));
  await using scene = await startScene({ tree, job: { guard, limits: { concurrentCopies: 1 } } });
  const busy = { operation: 'CopyFile', after: 6, times: 5, action: { status: 503, code: 'ServerBusy' } };

  const report = await scene.withFaults([busy], () => scene.engine().run());

  await expectEqualTrees(scene, report);
  const changes = linesOf(read(scene, manifestPath(scene, report.runId, 'changes-00001.jsonl')));
  const files = (changes as { path: string }[]).map(({ path }) => path);
  expect(files.toSorted()).toEqual(Object.keys(tree).toSorted());
});

test('The manifest goes with its restore point when that is pruned', async () => {
  await using scene = await startScene({ tree: { 'a.txt': 'alpha' }, destinations: [{ keep: { last: 1 } }] });
  const process = scene.engine();
  const first = await process.run();
  const before = read(scene, manifestPath(scene, first.runId, 'report.json'));

  const second = await process.run();

  expectExactRequests(scene, { ...second, requests: sum(first.requests, second.requests) });
  expect(before).toBeDefined();
  expect(read(scene, manifestPath(scene, first.runId, 'changes-00001.jsonl'))).toBeUndefined();
  expect(read(scene, manifestPath(scene, first.runId, 'report.json'))).toBeUndefined();
  expect(read(scene, manifestPath(scene, second.runId, 'report.json'))).toBeDefined();
});

test('A catalog that cannot be written costs the manifest, and nothing else', async () => {
  await using scene = await startScene({ tree: { 'a.txt': 'alpha' } });
  const process = scene.engine();
  const action = { status: 403, code: 'AuthorizationFailure' };

  const report = await scene.withFaults([{ operation: 'CreateShare', action, after: 1 }], () => process.run());

  expectExactRequests(scene, report);
  await expectEqualTrees(scene, report);
  expect(process.events.map(({ name }) => name)).toContain('backup.catalog.unusable');
  expect(scene.destination.snapshots()[0]?.metadata).not.toHaveProperty('farshare_manifest');
});

test('The catalog is compared with the restore points both ways, and rebuilt from what is there', async () => {
  await using scene = await startScene({ tree: { 'a.txt': 'alpha' } });
  const process = scene.engine();
  const report = await process.run();
  const clean = await process.engine.compareCatalog('docs', { repair: false });
  scene.store.files.create(
    { ...catalogOf(scene), path: manifestPath(scene, 'docs-place1-20200101t000000z-abcdef', 'report.json') },
    { sizeBytes: 1 },
  );
  scene.store.files.putRange(
    { ...catalogOf(scene), path: manifestPath(scene, report.runId, 'changes-00001.jsonl') },
    0,
    new Uint8Array(Buffer.from('#')),
  );
  // A machine that knows of no run.
  const other = scene.engine();

  const found = await other.engine.compareCatalog('docs', { repair: false });
  const repaired = await other.engine.compareCatalog('docs', { repair: true });
  const after = await other.engine.compareCatalog('docs', { repair: false });

  expect(clean).toEqual([]);
  expect(found.map(({ code }) => code)).toEqual(['ManifestDiffers', 'RunUnknown', 'ManifestOrphaned']);
  expect(repaired.map((finding) => finding.repaired)).toEqual([false, true, true]);
  expect(after.map(({ code }) => code)).toEqual(['ManifestDiffers']);
  expect(await other.engine.report(report.runId)).toMatchObject({ status: 'succeeded', counts: report.counts });
});

test('Another deployment with the same names leaves the manifests of this one alone, in a share of its own or beside it', async () => {
  const tree = { 'a.txt': 'alpha' };
  await using scene = await startScene({ tree });
  const { emulator, loaded, job } = scene;
  const report = await scene.engine().run();
  // At another path of the same share, and in another share of the same account.
  const beside = { ...job, destinations: job.destinations.map((one) => ({ ...one, path: 'beside' })) };
  await using apart = await startScene({ tree, emulator });
  const others = [
    startProcess({ ...loaded, config: { ...loaded.config, jobs: [beside] } }, beside, {}),
    apart.engine(),
  ];

  for (const other of others) {
    Object.assign(other.context, { deployment: 'other' });
    expect(await other.run()).toMatchObject({ status: 'succeeded' });
    await other.engine.compareCatalog('docs', { repair: true });
  }

  expect(read(scene, manifestPath(scene, report.runId, 'changes-00001.jsonl'))).toBeDefined();
  expect(read(scene, manifestPath(scene, report.runId, 'report.json'))).toBeDefined();
});

test('The catalog is not repaired while a run is at work: its manifest comes before its restore point', async () => {
  await using scene = await startScene({ tree: { 'a.txt': 'alpha' } });
  const other = scene.engine();
  const refused: unknown[] = [];
  const process = scene.engine({
    wrapShares: (shares) => ({
      open: (...of) => {
        const port = shares.open(...of);
        if (of[0].account !== 'vault') return port;
        const createSnapshot: SharePort['createSnapshot'] = async (metadata) => {
          await other.engine.compareCatalog('docs', { repair: true }).catch((error: unknown) => refused.push(error));
          return port.createSnapshot(metadata);
        };
        return { ...port, createSnapshot };
      },
    }),
  });

  await process.run();

  expect(refused).toMatchObject([{ code: 'DestinationBusy' }]);
  expect(await process.engine.compareCatalog('docs', { repair: false })).toEqual([]);
});

function sum<T extends { source: Record<string, number>; destination: Record<string, number> }>(a: T, b: T): T {
  const add = (one: Record<string, number>, other: Record<string, number>): Record<string, number> =>
    Object.fromEntries(
      [...new Set([...Object.keys(one), ...Object.keys(other)])].map((name) => [
        name,
        (one[name] ?? 0) + (other[name] ?? 0),
      ]),
    );
  return { ...b, source: add(a.source, b.source), destination: add(a.destination, b.destination) };
}
