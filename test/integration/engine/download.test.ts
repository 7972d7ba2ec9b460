import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openFolder } from '../../../lib/local/index.ts';
import type { RestoreRequest } from '../../../lib/model/index.ts';
import { downloadPoint } from '../../../lib/run/index.ts';
import { type EngineProcess, expectCountsAddUp, type Scene, startScene } from '../../support/engine-fixture.ts';

const lastWriteTime = '2012-03-04T05:06:07.8901234Z';
const tree = {
  'docs/plan.txt': { content: 'the plan', lastWriteTime },
  'docs/deep/leaf.txt': 'leaf',
  'empty/': { lastWriteTime },
  'large.bin': { sizeBytes: 9_000_000, pieces: { 0: 'first', 5_000_000: 'middle' } },
  [`${'備'.repeat(200)}.txt`]: 'long name',
};

const download = (scene: Scene, process: EngineProcess, folder: string, request: Partial<RestoreRequest> = {}) =>
  downloadPoint(process.context, {
    jobs: scene.loaded.config.jobs,
    request: { from: { job: 'docs' }, ...request },
    folder: openFolder(folder),
    name: folder,
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'farshare-download-'));

test('A download brings content and times to a folder, and leaves what is equal alone', async () => {
  await using scene = await startScene({ tree });
  const process = scene.engine();
  await process.run();
  const folder = newFolder();
  scene.emulator.stats.reset();

  const first = await download(scene, process, folder);
  const requests = scene.counted().destination;
  writeFileSync(join(folder, 'docs/deep/leaf.txt'), 'mine now');
  const second = await download(scene, process, folder);
  const third = await download(scene, process, folder, { onConflict: 'rename', paths: ['docs/**'] });
  await download(scene, process, folder, { onConflict: 'overwrite', paths: ['docs/deep'] });

  expect(first).toMatchObject({
    kind: 'restore',
    status: 'succeeded',
    counts: { files: 4, copied: 4, directories: 3 },
  });
  expectCountsAddUp(first);
  expect(first.requests.source).toEqual(requests);
  expect(readFileSync(join(folder, 'docs/plan.txt'), 'utf8')).toBe('the plan');
  expect(statSync(join(folder, 'docs/plan.txt')).mtimeMs).toBe(Date.parse(lastWriteTime));
  expect(statSync(join(folder, 'empty')).mtimeMs).toBe(Date.parse(lastWriteTime));
  expect(readFileSync(join(folder, 'large.bin')).subarray(5_000_000, 5_000_006).toString()).toBe('middle');
  expect(statSync(join(folder, 'large.bin')).size).toBe(9_000_000);
  expect(second).toMatchObject({ counts: { copied: 0, unchanged: 4 }, restore: { skipped: 1 } });
  expect(third).toMatchObject({ counts: { copied: 1, unchanged: 1 }, restore: { renamed: 1 } });
  expect(readdirSync(join(folder, 'docs/deep'))).toHaveLength(2);
  expect(readFileSync(join(folder, 'docs/deep/leaf.txt'), 'utf8')).toBe('leaf');
});

test('A download of one file makes only the directories above it, also from a dated destination', async () => {
  await using scene = await startScene({ tree, destinations: [{ mode: 'dated' }] });
  const process = scene.engine();
  await process.run();
  const folder = newFolder();

  const report = await download(scene, process, folder, { paths: ['docs/plan.txt'] });

  expect(report).toMatchObject({ status: 'succeeded', mode: 'dated', counts: { files: 1, copied: 1 } });
  expect(readFileSync(join(folder, 'docs/plan.txt'), 'utf8')).toBe('the plan');
  expect(existsSync(join(folder, 'empty'))).toBe(false);
});

test('A download that cannot have one file says so and brings the others', async () => {
  await using scene = await startScene({ tree });
  const process = scene.engine();
  await process.run();

  const report = await scene.withFaults(
    [{ operation: 'GetFile', path: 'docs/plan.txt', action: { status: 409, code: 'SharingViolation' } }],
    () => download(scene, process, newFolder()),
  );

  expectCountsAddUp(report);
  expect(report).toMatchObject({ status: 'failed', counts: { copied: 3, failed: 1 } });
  expect(report.failures).toMatchObject([{ path: 'docs/plan.txt', code: 'SharingViolation' }]);
});
