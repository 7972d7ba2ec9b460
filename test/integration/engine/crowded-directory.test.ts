import { expect, test } from 'vitest';
import type { ShardRow } from '../../../lib/model/index.ts';
import {
  expectCountsAddUp,
  expectEqualTrees,
  expectExactRequests,
  type Scene,
  startScene,
} from '../../support/engine-fixture.ts';

const MiB = 1024 * 1024;

/** All in one directory, with content that the emulator makes up. */
async function grow({ emulator, source }: Scene, of: { files: number; sizeBytes: number }): Promise<void> {
  const tree = { account: source.account, share: source.share, path: '', ...of };
  const body = JSON.stringify({ ...tree, filesPerDirectory: of.files, depth: 1, seed: 1 });
  const grown = await fetch(`${emulator.url}/_emulator/tree`, { method: 'POST', body });
  expect(grown.ok).toBe(true);
}

async function shardsOf(process: ReturnType<Scene['engine']>, runId: string): Promise<ShardRow[]> {
  const rows: ShardRow[] = [];
  const range = { from: 's-', to: 's-~' };
  for await (const { value } of process.context.state.list<ShardRow>(`run.${runId}`, range)) rows.push(value);
  return rows;
}

test.concurrent('A directory of very many large files becomes as many transfers, bundled', async () => {
  const holes = Array.from({ length: 150 }, (_, n) => [`f${n}.bin`, { sizeBytes: 65 * MiB }] as const);
  await using scene = await startScene({ tree: Object.fromEntries(holes) });
  const process = scene.engine();

  const report = await process.run();

  expect(report).toMatchObject({ status: 'succeeded', counts: { files: 150, copied: 150 } });
  const shards = await shardsOf(process, report.runId);
  expect(shards.filter(({ work }) => work.kind === 'ranges')).toHaveLength(150);
  expectExactRequests(scene, report);
});

test.concurrent('One walker lists a directory of very many new files, and action shards copy them', async () => {
  await using scene = await startScene();
  await grow(scene, { files: 1_500, sizeBytes: 10 });
  const process = scene.engine({ margins: { filesInline: 100 } });

  const report = await process.run();

  await expectEqualTrees(scene, report);
  expect(report.counts).toMatchObject({ files: 1_500, copied: 1_500, unchanged: 0 });
  expectCountsAddUp(report);
  const actions = (await shardsOf(process, report.runId)).filter(({ work }) => work.kind === 'actions');
  expect(actions.reduce((sum, { tally }) => sum + tally.counts.copied, 0)).toBe(1_400);
  // What is done is not kept.
  for (const { work } of actions) expect(work).toMatchObject({ files: [] });
});

test.concurrent('What a walker leaves to others goes under its date in dated mode', async () => {
  await using scene = await startScene({ destinations: [{ mode: 'dated' }] });
  await grow(scene, { files: 300, sizeBytes: 10 });

  const report = await scene.engine({ margins: { filesInline: 10 } }).run();

  expect(report).toMatchObject({ status: 'succeeded', counts: { files: 300, copied: 300, failed: 0 } });
});
