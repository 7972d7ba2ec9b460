import { expect, test } from 'vitest';
import { openLocalState } from '../../../lib/local/index.ts';
import type { RunRow } from '../../../lib/model/index.ts';
import { readOutcome, rememberOutcome } from '../../../lib/run/outcomes.ts';
import type { RunContext } from '../../../lib/run/index.ts';

const ended = (runId: string, status: string, sourceSnapshot: string): RunRow =>
  ({
    job: { name: 'docs' },
    destination: { name: 'west' },
    runId,
    status,
    sourceSnapshot,
    roots: 1,
    snapshotRun: runId,
  }) as unknown as RunRow;

test('A run that ends a second time, after a later one has ended, is not taken for the last', async () => {
  const context = { state: openLocalState(':memory:') } as unknown as RunContext;
  const [first, second] = [ended('run-1', 'succeeded', 'a'), ended('run-2', 'failed', 'b')];
  await rememberOutcome(context, first);
  await rememberOutcome(context, second);

  // Its process died after it had told of the end, before its row said so.
  await rememberOutcome(context, first);

  expect(await readOutcome(context, 'docs', 'west')).toMatchObject({
    lastRun: 'run-2',
    failures: 1,
    sourceSnapshot: 'b',
    baseSnapshot: 'a',
  });
});
