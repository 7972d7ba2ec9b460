import { expect, test } from 'vitest';
import type { StateStore } from '../../../lib/run/ports.ts';
import { activePartition } from '../../../lib/run/run-state.ts';
import { watchRuns } from '../../../lib/run/watchdog.ts';
import { startScene } from '../../support/engine-fixture.ts';

test('The watchdog leaves no rejection behind when the state fails for one run, and then for the list of runs', async () => {
  await using scene = await startScene();
  const { engine, context } = scene.engine();
  await engine.startRuns(scene.job.name, {});
  const { state } = context;
  async function* failing(partition: string, range: Parameters<StateStore['list']>[1]) {
    if (partition !== activePartition) throw new Error('No shards to be read.');
    yield* state.list(partition, range);
    // Long enough for what the first run leads to.
    await new Promise((resolve) => setTimeout(resolve, 20));
    throw new Error('No more runs to be read.');
  }
  const unhandled: unknown[] = [];
  const listen = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', listen);

  const list = failing as StateStore['list'];
  const watching = watchRuns({ ...context, state: { get: state.get.bind(state), list } as StateStore });

  await expect(watching).rejects.toThrow('No more runs to be read.');
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off('unhandledRejection', listen);
  expect(unhandled).toEqual([]);
});
