import { expect, test } from 'vitest';
import type { JobConfig } from '../../../lib/model/index.ts';
import { pathsOf } from '../../support/backed-up.ts';
import { type EngineProcess, type Scene, startProcess, startScene } from '../../support/engine-fixture.ts';
import { writeTree } from '../../support/engine-tree.ts';

const on = (day: string): { lastWriteTime: string } => ({ lastWriteTime: `${day}T10:00:00.0000000Z` });
const tree = {
  'p/a.txt': { content: 'a', ...on('2024-02-01') },
  'p/b.log': { content: 'b', ...on('2024-02-02') },
  'p/logs/c.txt': { content: 'c', ...on('2024-02-03') },
};
const job = { verify: { samplePercent: 0 } };
const dated = { destinations: [{ mode: 'dated' }] };

/** The same state under another configuration. */
function configured({ loaded, job: before }: Scene, { context }: EngineProcess, change: Partial<JobConfig>) {
  const changed = { ...before, ...change };
  const config = { ...loaded.config, jobs: [changed] };
  return startProcess({ ...loaded, config }, changed, { state: context.state });
}

const secondOver = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 1_100));
const filesAt = (scene: Scene): string[] => pathsOf(scene).filter((path) => /\.\w+$/u.test(path));

test.each([
  ['named to be left out', { exclude: ['**/*.log', 'p/logs'] }, { exclude: [] }],
  ['not named to be taken', { include: ['p/a.txt'] }, { include: ['**'] }],
  ['older than wanted', { changedSince: '2024-02-02' }, { changedSince: '2024-01-01' }],
  ['older than wanted, by a duration', { changedSince: 'P1D' }, { changedSince: 'P100Y' }],
])('Dated mode takes what was %s as soon as it is selected, and nothing twice', async (_, before, after) => {
  await using scene = await startScene({ tree, job: { ...job, ...before }, ...dated });
  const process = scene.engine();
  const first = await process.run();
  await secondOver();
  const changed = configured(scene, process, after);

  const told = await changed.run({ dryRun: true });
  const second = await changed.run();
  const third = await changed.run();

  const missing = 3 - first.counts.copied;
  expect(missing).toBeGreaterThan(0);
  expect(told.counts.copied).toBe(missing);
  expect(second.counts).toMatchObject({ files: 3, copied: missing, unchanged: 3 - missing });
  expect(third.counts).toMatchObject({ files: 3, copied: 0, unchanged: 3 });
  expect(filesAt(scene).toSorted()).toEqual(['2024-02-01/p/a.txt', '2024-02-02/p/b.log', '2024-02-03/p/logs/c.txt']);
});

test('Without its base dated mode takes what was left out, and what is new', async () => {
  await using scene = await startScene({ tree, job: { ...job, exclude: ['**/*.log', 'p/logs'] }, ...dated });
  const process = scene.engine();
  const first = await process.run();
  const base = { ...scene.source, snapshot: first.sourceSnapshot ?? '' };
  scene.store.leases.break(base);
  scene.store.shares.delete(base);
  await secondOver();

  const second = await configured(scene, process, { exclude: [] }).run();

  expect(second.counts).toMatchObject({ files: 3, copied: 2, unchanged: 1 });
});

test('Dated mode copies everything of another directory of the source, of another share, and after mirror mode', async () => {
  await using scene = await startScene({ tree: { ...tree, 'q/z.txt': { content: 'z', ...on('2024-03-01') } }, job });
  const other = { account: scene.source.account, share: `${scene.source.share}-other` };
  scene.store.shares.create(other, {});
  writeTree(scene.store, other, { 'q/other.txt': { content: 'o', ...on('2024-04-01') } });
  await secondOver();
  const process = scene.engine();
  await process.run();
  const [place] = scene.job.destinations as [JobConfig['destinations'][number]];
  const destinations = [{ ...place, mode: 'dated' as const }];
  const { source } = scene.job;

  const reports = [
    await configured(scene, process, { destinations }).run(),
    await configured(scene, process, { destinations, source: { ...source, path: 'q' } }).run(),
    await configured(scene, process, { destinations, source: { ...source, share: other.share, path: 'q' } }).run(),
  ];

  expect(reports.map(({ status, counts: { files, copied } }) => [status, files, copied])).toEqual([
    ['succeeded', 4, 4],
    ['succeeded', 1, 1],
    ['succeeded', 1, 1],
  ]);
  const kinds = scene.destination.snapshots().map(({ metadata }) => metadata['farshare_kind']);
  expect(kinds).toEqual(['full', 'full', 'full', 'full']);
});

test('Of rules too long for its metadata, a restore point tells whether they are still the same', async () => {
  const exclude = [...Array.from({ length: 500 }, (_, index) => `long/pattern/${index}`), '**/*.log'];
  await using scene = await startScene({ tree, job: { ...job, exclude }, ...dated });
  const process = scene.engine();
  await process.run();
  await secondOver();

  const same = await process.run();
  const other = await configured(scene, process, { exclude: [] }).run();

  expect(same.counts).toMatchObject({ files: 2, copied: 0 });
  expect(other.counts).toMatchObject({ files: 3, copied: 3 });
});
