import { expect, test } from 'vitest';
import { openLocalState } from '../../../lib/local/index.ts';
import type { RunReport } from '../../../lib/model/index.ts';
import { blocksPath } from '../../../lib/run/block-crcs.ts';
import { expectEqualTrees, expectExactRequests, type Scene, startScene } from '../../support/engine-fixture.ts';
import { clockAhead, mortal } from '../../support/mortal-process.ts';

const mebi = 1024 * 1024;
const large = (letter: string) => ({ sizeBytes: 65 * mebi, pieces: { 0: letter } });
const catalogOf = ({ destination }: Scene) => ({ account: destination.account, share: 'farshare-catalog' });
const at = (scene: Scene, path: string) => ({
  ...catalogOf(scene),
  path: blocksPath({ job: scene.job, destination: scene.job.destinations[0]! }, path),
  allowTrailingDot: true,
});

function isKept(scene: Scene, path: string): boolean {
  try {
    return scene.store.files.getProperties(at(scene, path)).sizeBytes > 0;
  } catch {
    return false;
  }
}

const job = { verify: { samplePercent: 0 }, guard: { maxDeletedPercent: 100, maxChangedPercent: 100 } };

test('The CRC-64s of a large file go when the file is deleted, alone or with its directory', async () => {
  const tree = { 'a.bin': large('a'), 'd/ü.bin': large('b'), 'kept.bin': large('c') };
  await using scene = await startScene({ tree, job });
  const process = scene.engine();
  await process.run();
  const before = ['a.bin', 'd/ü.bin', 'kept.bin'].map((path) => isKept(scene, path));
  scene.store.files.delete(scene.source.at('a.bin'));
  scene.store.files.delete(scene.source.at('d/ü.bin'));
  scene.store.directories.delete(scene.source.at('d'));
  scene.emulator.stats.reset();

  const report = await process.run();

  expectExactRequests(scene, report);
  await expectEqualTrees(scene, report);
  expect(before).toEqual([true, true, true]);
  expect(['a.bin', 'd/ü.bin', 'kept.bin'].map((path) => isKept(scene, path))).toEqual([false, false, true]);
});

test.each([
  ['shrinks to whole blocks', 68],
  ['shrinks within a block', 66.5],
])('The CRC-64s of a large file that %s stay, and prove the rest of it', async (_, to) => {
  const pieces = { 0: 'a', [20 * mebi]: 'b', [66 * mebi]: 'c', [90 * mebi]: 'd' };
  const tree = { 'a.bin': { sizeBytes: 100 * mebi, pieces } };
  await using scene = await startScene({ tree, job: { ...job, delta: 'proven' } });
  const process = scene.engine();
  await process.run();
  scene.store.files.setProperties(scene.source.at('a.bin'), { headers: {}, sizeBytes: to * mebi });
  const shrunk = await process.run();
  scene.store.files.putRange(scene.source.at('a.bin'), 20 * mebi, new Uint8Array(Buffer.from('x')));

  const report = await process.run();

  expect([shrunk, report].map(({ counts }) => counts.rangeCopied)).toEqual([1, 1]);
  expect(report.bytes.copied).toBeLessThanOrEqual(4 * mebi);
  expect(process.events.map(({ name }) => name)).not.toContain('backup.catalog.unusable');
  await expectEqualTrees(scene, report);
});

test('A whole copy that a process dies at keeps no CRC-64 of a block that is a hole now', async () => {
  const block = (letter: string): string => letter.repeat(4 * mebi);
  const tree = { 'a.bin': { sizeBytes: 68 * mebi, pieces: { 0: block('a'), [40 * mebi]: block('b') } } };
  await using scene = await startScene({ tree, job });
  const state = openLocalState(':memory:');
  await scene.engine({ state }).run();
  const before = firstCrc(scene, 'a.bin');
  scene.store.files.delete(scene.source.at('a.bin'));
  scene.source.write({ 'a.bin': { sizeBytes: 68 * mebi, pieces: { [40 * mebi]: block('c') } } });
  let isCreated = false;
  const dying = mortal((effect) => {
    isCreated ||= effect === 'createFile a.bin';
    return isCreated && effect.startsWith('transact run.');
  });
  const killed = scene.engine({ state, ...dying.ports });
  const runIds = await killed.engine.startRuns('docs', { full: true });
  await killed.drive(runIds, { signal: dying.died }).catch(() => undefined);

  const [report] = await scene.engine({ state, clock: clockAhead(600_000) }).drive(runIds);

  expect(dying.died.aborted).toBe(true);
  await expectEqualTrees(scene, report as RunReport);
  expect([before, firstCrc(scene, 'a.bin')]).toEqual([expect.stringMatching(/^[^ ]{12}$/u), ' '.repeat(12)]);
});

/** Of the block that a file begins with; blank where it is not known. */
function firstCrc(scene: Scene, path: string): string {
  const bytes = scene.store.files.open(at(scene, path)).read(0, 12);
  return Buffer.from(bytes).toString('latin1').replaceAll('\0', ' ');
}

test('The CRC-64s are compared with the files both ways; those of no file are removed by a repair', async () => {
  const tree = { 'gone.bin': large('a'), 'other.bin': large('b'), 'lost.bin': large('c'), 'sound.bin': large('d') };
  await using scene = await startScene({ tree, job });
  const process = scene.engine();
  await process.run();
  const clean = await process.engine.compareCatalog('docs', { repair: false });
  scene.store.files.delete(scene.destination.at('gone.bin'));
  scene.store.files.setProperties(scene.destination.at('other.bin'), { lastWriteTime: '2020-01-01T00:00:00.0000000Z' });
  scene.store.files.delete(at(scene, 'lost.bin'));

  const found = await process.engine.compareCatalog('docs', { repair: false });
  const repaired = await process.engine.compareCatalog('docs', { repair: true });
  const after = await process.engine.compareCatalog('docs', { repair: false });

  const told = (findings: typeof found) =>
    findings.map(({ code, repaired: isDone }) => `${code}${isDone ? ' repaired' : ''}`).toSorted();
  expect(clean).toEqual([]);
  expect(told(found)).toEqual(['BlocksDiffer', 'BlocksMissing', 'BlocksOrphaned']);
  expect(found.find(({ code }) => code === 'BlocksMissing')?.message).toContain('lost.bin');
  expect(told(repaired)).toEqual(['BlocksDiffer repaired', 'BlocksMissing', 'BlocksOrphaned repaired']);
  expect(told(after)).toEqual(['BlocksMissing']);
  expect(isKept(scene, 'sound.bin')).toBe(true);
});

test('A dated destination, where no file is brought up to date in place, keeps none', async () => {
  await using scene = await startScene({ tree: { 'a.bin': large('a') }, destinations: [{ mode: 'dated' }], job });
  const process = scene.engine();

  const report = await process.run();

  expectExactRequests(scene, report);
  expect(isKept(scene, 'a.bin')).toBe(false);
  expect(process.events.map(({ name }) => name)).not.toContain('backup.catalog.unusable');
});
