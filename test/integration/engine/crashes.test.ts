import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FilesEmulator, startFilesEmulator } from '../../../emulator/index.ts';
import type { RunReport } from '../../../lib/model/index.ts';
import { activeRuns } from '../../../lib/run/index.ts';
import { openLocalState } from '../../../lib/local/index.ts';
import { changingTree } from '../../support/changes.ts';
import { expectEqualTrees, type Scene, startScene } from '../../support/engine-fixture.ts';
import type { TreeLiteral } from '../../support/engine-tree.ts';
import { clockAhead, mortal } from '../../support/mortal-process.ts';

const guard = { maxDeletedPercent: 100, maxChangedPercent: 100 };

/** A bit of everything that a run can have to do. */
function changeMuch({ store, source }: Scene): void {
  source.write({ 'docs/file.txt': 'changed', 'fresh/er/new.txt': 'new', 'fresh/empty.txt': '' });
  store.files.delete(source.at('docs/deep/er/leaf.txt'));
  store.directories.delete(source.at('docs/deep/er'));
  source.write({ 'docs/deep/er': 'was a directory' });
  store.files.delete(source.at('still.txt'));
  source.write({ 'still.txt/is/a/directory.txt': 'now' });
  store.files.setMetadata(source.at('docs/other.txt'), { described: 'yes' });
  store.directories.rename(source.at('Mixed Case'), source.at('MIXED CASE'));
  store.directories.setMetadata(source.at('MIXED CASE'), { described: 'too' });
}

const mebi = 1024 * 1024;
/** Made by ranges: some in the scan, one in a transfer of its own with several steps. */
const largeTree: TreeLiteral = {
  'large.bin': {
    sizeBytes: 70 * mebi,
    pieces: Object.fromEntries(Array.from({ length: 70 }, (_, n) => [n * mebi, `piece ${n}`])),
  },
  'small/a.txt': 'a',
  'small/empty.txt': '',
};

let emulator: FilesEmulator;
beforeAll(async () => {
  emulator = await startFilesEmulator();
});
afterAll(() => emulator.stop());

interface Started {
  readonly scene: Scene;
  readonly state: ReturnType<typeof openLocalState>;
}

async function startChanged(): Promise<Started> {
  const scene = await startScene({ emulator, tree: changingTree, job: { guard, limits: { concurrentShards: 2 } } });
  const state = openLocalState(':memory:');
  expect(await scene.engine({ state }).run()).toMatchObject({ status: 'succeeded' });
  changeMuch(scene);
  return { scene, state };
}

async function startLarge(): Promise<Started> {
  const job = { copyMethod: 'ranges', limits: { concurrentShards: 2 } };
  return { scene: await startScene({ emulator, tree: largeTree, job }), state: openLocalState(':memory:') };
}

interface Outcome {
  readonly report: RunReport;
  readonly isDead: boolean;
  readonly lastEffect: string;
}

/** Runs a process that dies after so many effects, then one that starts ten minutes later and goes on with its state. */
async function runWithDeath({ scene, state }: Started, dieAfter: number): Promise<Outcome> {
  const life = mortal(dieAfter);
  const first = scene.engine({ state, ...life.ports });
  const runIds = await first.engine.startRuns('docs', {}).catch(() => []);
  await first.drive(runIds, { signal: life.died }).catch((error: unknown) => {
    if (!life.died.aborted) throw error;
  });
  const second = scene.engine({ state, clock: clockAhead(600_000) });
  const interrupted = (await activeRuns(second.context, 'docs')).map(({ runId }) => runId);
  const runs = [...new Set([...runIds, ...interrupted])];
  const [report] = await second.drive(runs.length > 0 ? runs : await second.engine.startRuns('docs', {}));
  return { report: report as RunReport, lastEffect: life.effects.at(-1) ?? '', isDead: life.died.aborted };
}

function expectOneOfEach(scene: Scene, { runId }: RunReport): void {
  const made = ({ metadata }: { metadata: Readonly<Record<string, string>> }) => metadata['farshare_run'] === runId;
  expect(scene.destination.snapshots().filter(made)).toHaveLength(1);
  expect(scene.source.snapshots().filter(made)).toHaveLength(1);
  expect(scene.destination.metadata()['farshare_state']).toBe('clean');
}

const atOnce = 12;

/** Dies after effect 1, 1 + `step` and so on, each time from a new start, until a process comes through alive. */
async function dieEverywhere(
  start: () => Promise<Started>,
  step: number,
): Promise<{ dead: number; problems: string[] }> {
  let [dead, next, isThrough] = [0, 1, false];
  const problems: string[] = [];
  const inTurn = async () => {
    while (!isThrough) {
      const dieAfter = next;
      next += step;
      const started = await start();
      const { report, isDead, lastEffect } = await runWithDeath(started, dieAfter);
      if (isDead) dead += 1;
      else isThrough = true;
      try {
        await expectEqualTrees(started.scene, report);
        expectOneOfEach(started.scene, report);
      } catch (error) {
        problems.push(`after ${dieAfter}, ${lastEffect}: ${JSON.stringify(report.failures)} ${String(error)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, inTurn));
  return { dead, problems };
}

test('A process may die after any of its effects: another one brings the run to an equal tree', async () => {
  const { dead, problems } = await dieEverywhere(startChanged, 1);

  expect(problems).toEqual([]);
  expect(dead).toBeGreaterThan(60);
}, 400_000);

test('A process may die anywhere in a first run by ranges: another one goes on to an equal tree', async () => {
  const { dead, problems } = await dieEverywhere(startLarge, 5);

  expect(problems).toEqual([]);
  expect(dead).toBeGreaterThan(15);
}, 400_000);
