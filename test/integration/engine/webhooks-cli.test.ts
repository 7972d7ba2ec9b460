import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { composeLocal } from '../../../lib/compose.ts';
import { openLocalState } from '../../../lib/local/index.ts';
import { startTold } from '../../support/told-scene.ts';

/** The engine as the command line opens it, for one command. */
async function command(config: Parameters<typeof composeLocal>[0]['config'], stateDirectory: string) {
  const lines: string[] = [];
  const engine = await composeLocal({
    config,
    stateDirectory,
    log: (line) => lines.push(line),
    telemetry: { event: () => undefined, metric: () => undefined, flush: async () => undefined },
  });
  const signal = new AbortController().signal;
  const reports = await engine.drive(await engine.startRuns('docs', {}), { signal, onProgress: () => undefined });
  await engine.close();
  return { reports, lines };
}

/** As if the time of the next try had come. */
async function makeDue(stateDirectory: string): Promise<void> {
  const state = openLocalState(stateDirectory);
  for await (const { key, value } of state.list<object>('webhooks', { from: '-', to: '~' })) {
    await state.transact('webhooks', [{ kind: 'upsert', key, value: { ...value, nextAtMs: Date.now() } }]);
  }
  state.close();
}

describe.concurrent('The command line', () => {
  test('has delivered its reports when it ends', async () => {
    const { receiver, scene, stack } = await startTold();
    await using _stack = stack;
    const state = await mkdtemp(join(tmpdir(), 'farshare-webhooks-'));
    stack.defer(() => rm(state, { recursive: true }));

    const { reports, lines } = await command(scene.loaded, state);

    expect(receiver.received).toMatchObject([{ type: 'farshare.run.completed', data: reports[0], isSigned: true }]);
    expect(lines).toEqual([]);
  });

  test('says what was not taken, and the next one delivers it', async () => {
    const { receiver, scene, stack } = await startTold();
    await using _stack = stack;
    const state = await mkdtemp(join(tmpdir(), 'farshare-webhooks-'));
    stack.defer(() => rm(state, { recursive: true }));
    receiver.answers.push({ status: 503, retryAfter: '31' });

    const first = await command(scene.loaded, state);
    await makeDue(state);
    const second = await command(scene.loaded, state);

    expect(first.lines).toEqual([
      '1 webhook message was not taken; the next command with the same --state tries again.',
    ]);
    expect(first.reports[0]?.status).toBe('succeeded');
    const runs = receiver.received.map(({ data }) => data['runId']);
    expect(runs).toContain(second.reports[0]?.runId);
    expect(second.lines).toEqual([]);
    expect(runs.filter((run) => run === first.reports[0]?.runId)).toHaveLength(2);
  });
});
