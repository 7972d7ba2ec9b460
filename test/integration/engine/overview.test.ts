import { describe, expect, test } from 'vitest';
import { openLocalState } from '../../../lib/local/index.ts';
import type { RunReport, RunRow } from '../../../lib/model/index.ts';
import { indexKey, indexPartition, runPartition } from '../../../lib/run/run-state.ts';
import { startScene } from '../../support/engine-fixture.ts';

describe.concurrent('Jobs', () => {
  test('are told of with the state of each destination', async () => {
    await using scene = await startScene({
      tree: { 'a.txt': 'a' },
      job: { schedule: '0 0 3 * * *' },
      destinations: [{ keep: { last: 3 } }, {}],
    });
    const one = scene.engine();
    const before = await one.engine.jobs();
    const [report] = await one.runAll({ destination: 'place1' });

    const [job] = await one.engine.jobs();

    expect(before[0]?.destinations.map(({ newestPoint, lastRun, overdue }) => [newestPoint, lastRun, overdue])).toEqual(
      [
        [null, null, false],
        [null, null, false],
      ],
    );
    expect(job).toMatchObject({ name: 'docs', schedule: '0 0 3 * * *', source: { account: 'production', path: '/' } });
    expect(Date.parse(job?.nextStart ?? '')).toBeGreaterThan(Date.now());
    const [first, second] = job?.destinations ?? [];
    expect(first).toMatchObject({
      newestPoint: { snapshot: report?.restorePoint },
      keep: { last: 3 },
      expectedEverySeconds: 86_400,
      overdue: false,
      lastRun: { runId: report?.runId, status: 'succeeded' },
    });
    expect(first?.ageSeconds).toBeLessThan(60);
    expect(second).toMatchObject({ newestPoint: null, keep: null, ageSeconds: null, lastRun: null });
  });

  test('are overdue when an interval went by without a restore point, and say which account cannot be asked', async () => {
    await using scene = await startScene({ tree: { 'a.txt': 'a' }, job: { schedule: '0 0 * * * *' } });
    const first = scene.engine();
    await first.run();
    const { context } = first;
    const later = scene.engine({
      state: context.state,
      clock: { ...context.clock, now: () => Date.now() + 3 * 60 * 60 * 1000, monotonic: () => performance.now() },
    });
    const refused = { operation: 'ListShares', account: 'devstoreaccount2', action: { status: 403 } } as const;

    const [overdue] = await later.engine.jobs();
    const [unasked] = await scene.withFaults([refused], () => later.engine.jobs());

    expect(overdue?.destinations[0]?.overdue).toBe(true);
    expect(unasked?.destinations[0]).toMatchObject({ newestPoint: null, overdue: false });
    expect(unasked?.destinations[0]?.unreachable).toMatch(/\w/u);
  });
});

test('Runs are found by status and kind among many, each once, in pages that may be short', async () => {
  await using scene = await startScene({});
  const state = openLocalState(':memory:');
  const { engine } = scene.engine({ state });
  const count = 1_300;
  for (let index = 0; index < count; index += 1) {
    const time = new Date(Date.UTC(2026, 0, 1) + index * 60_000);
    const stamp = time
      .toISOString()
      .replaceAll(/[-:]|\.\d+/gu, '')
      .toLowerCase();
    const runId = `docs-place1-${stamp}-000000`;
    const status = index % 100 === 0 ? 'failed' : 'succeeded';
    const report = { runId, kind: index % 2 === 0 ? 'backup' : 'restore', job: 'docs', status } as RunReport;
    const row: Partial<RunRow> = { ...(await rowLike(scene)), runId, status, report };
    await state.transact(runPartition(runId), [{ kind: 'insert', key: 'run', value: row }]);
    const key = indexKey(time.getTime(), runId);
    await state.transact(indexPartition, [
      { kind: 'insert', key, value: { runId, job: 'docs', destination: 'place1' } },
    ]);
  }
  const collect = async (query: Parameters<typeof engine.runs>[0]) => {
    const [ids, sizes]: [string[], number[]] = [[], []];
    let cursor: string | undefined;
    do {
      const page = await engine.runs({ ...query, ...(cursor !== undefined && { cursor }) });
      ids.push(...page.items.map(({ runId }) => runId));
      sizes.push(page.items.length);
      cursor = page.next;
    } while (cursor !== undefined);
    return { ids, sizes };
  };

  const failed = await collect({ status: 'failed', limit: 10 });
  const restores = await collect({ kind: 'restore', limit: 500 });
  const all = await collect({ limit: 7 });

  expect(failed.ids).toHaveLength(13);
  expect(Math.max(...failed.sizes)).toBeLessThanOrEqual(10);
  expect(failed.ids).toEqual(failed.ids.toSorted().toReversed());
  expect(restores.ids).toHaveLength(count / 2);
  expect(new Set(all.ids).size).toBe(count);
  expect(all.ids).toHaveLength(count);
  expect((await collect({ job: 'other', limit: 5 })).ids).toEqual([]);
  state.close();
}, 60_000);

/** What the schema of a run's row asks for besides. */
async function rowLike({ job }: { readonly job: RunRow['job'] }): Promise<Partial<RunRow>> {
  return {
    ...{ v: 1, kind: 'backup', job, destination: job.destinations[0], origin: 'app', phase: 'done', dryRun: false },
    ...{ full: false, approved: false, createdAtMs: 0, snapshotRun: '', startedAtDestinationMs: 0, rangesOnly: false },
    ...{ compareChangeTime: true, pass: 1, roots: 0, passRoot: 1, stopping: false, guard: [], errors: [] },
    ...{ advancingOwner: '', advancingUntil: 0 },
  } as Partial<RunRow>;
}
