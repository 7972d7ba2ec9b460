import { describe, expect, test } from 'vitest';
import { openLocalState, systemClock } from '../../../lib/local/index.ts';
import type { JobConfig } from '../../../lib/model/index.ts';
import { expireHistory, type RunContext } from '../../../lib/run/index.ts';
import { indexKey, indexPartition, keysFrom, runPartition } from '../../../lib/run/run-state.ts';

const dayMs = 86_400_000;
const nowMs = Date.UTC(2026, 10, 22);
const jobNamed = (name: string, history?: string) => ({ name, history }) as unknown as JobConfig;

function startHistory() {
  const state = openLocalState(':memory:');
  let now = nowMs;
  const context = { state, clock: { ...systemClock, now: () => now } } as unknown as RunContext;
  const put = async (job: string, days: number, { status = 'succeeded', rows = 3 } = {}): Promise<string> => {
    const runId = `${job}-west-${days}`;
    for (let n = 0; n < rows; n += 1) {
      await state.transact(runPartition(runId), [{ kind: 'insert', key: `s-r${n}`, value: {} }]);
    }
    await state.transact(runPartition(runId), [{ kind: 'insert', key: 'run', value: { status } }]);
    const key = indexKey(nowMs - days * dayMs, runId);
    await state.transact(indexPartition, [{ kind: 'insert', key, value: { runId, job } }]);
    return runId;
  };
  const keysOf = async (partition: string): Promise<string[]> => {
    const keys: string[] = [];
    for await (const { key } of state.list(partition, keysFrom(''))) keys.push(key);
    return keys;
  };
  const left = async (): Promise<string[]> => (await keysOf(indexPartition)).map((key) => key.slice(14));
  return { context, put, left, keysOf, later: (ms: number) => void (now += ms) };
}

describe('rows of ended runs', () => {
  test('go 400 days after the run when nothing else is said, all of them', async () => {
    const { context, put, left, keysOf } = startHistory();
    const old = await put('docs', 401, { rows: 250 });
    const young = await put('docs', 399);

    await expireHistory(context, { jobs: [jobNamed('docs')] });

    expect(await left()).toEqual([young]);
    expect(await keysOf(runPartition(old))).toEqual([]);
    expect(await keysOf(runPartition(young))).toHaveLength(4);
  });

  test('go by the job’s own rule, else by that of all, also where the job is not configured any more', async () => {
    const { context, put, left } = startHistory();
    await put('docs', 8);
    await put('docs', 6);
    await put('mail', 31);
    await put('mail', 29);
    await put('gone', 31);

    await expireHistory(context, { jobs: [jobNamed('docs', 'P7D'), jobNamed('mail')], history: 'P30D' });

    expect(await left()).toEqual(['docs-west-6', 'mail-west-29']);
  });

  test('stay while the run has not ended', async () => {
    const { context, put, left } = startHistory();
    await put('docs', 500, { status: 'running' });

    await expireHistory(context, { jobs: [] });

    expect(await left()).toEqual(['docs-west-500']);
  });

  test('go in bounded steps, and are then looked at once an hour', async () => {
    const { context, put, left, later } = startHistory();
    for (let n = 0; n < 3; n += 1) await put('docs', 500 + n, { rows: 2_600 });
    const rules = { jobs: [] };

    await expireHistory(context, rules);
    expect(await left()).toHaveLength(2);
    await expireHistory(context, rules);
    expect(await left()).toHaveLength(0);

    await put('docs', 600);
    await expireHistory(context, rules);
    await expireHistory(context, rules);
    expect(await left()).toHaveLength(1);
    later(60 * 60 * 1000);
    await expireHistory(context, rules);
    expect(await left()).toHaveLength(0);
  });

  test('that are broken or gone but for the index stop nothing', async () => {
    const { context, put, left } = startHistory();
    const broken = await put('docs', 500, { status: 'as nobody knows', rows: 0 });
    await context.state.transact(runPartition(broken), [{ kind: 'delete', key: 'run' }]);
    await put('docs', 501);

    await expireHistory(context, { jobs: [] });

    expect(await left()).toEqual([]);
  });
});
