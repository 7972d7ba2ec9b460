import { describe, expect, test } from 'vitest';
import { FarshareError } from '../../../lib/errors.ts';
import type { RunRow } from '../../../lib/model/index.ts';
import type { RunContext } from '../../../lib/run/context.ts';
import { keepLock, lockGiven, lockTaken, lockWanted } from '../../../lib/run/destination-lock.ts';
import type { SharePort } from '../../../lib/run/ports.ts';

const lockSeconds = 60;
const run = {
  ...{ runId: 'docs-place1-1', kind: 'backup', phase: 'preparing', dryRun: false },
  destination: { share: 'vault', path: '' },
} as unknown as RunRow;

/** A share whose lease is asked for as often as `asked` says, and answers when and what the test wants. */
function start(answers: readonly ('acquired' | 'busy' | FarshareError)[]) {
  let nowMs = 1_000_000;
  const asked: (() => void)[] = [];
  const acquireLease = (): Promise<'acquired' | 'busy'> => {
    const answer = answers[asked.length] ?? 'acquired';
    return new Promise((resolve, reject) => {
      asked.push(() => (answer instanceof FarshareError ? reject(answer) : resolve(answer)));
    });
  };
  const context = { clock: { now: () => nowMs }, margins: { lockSeconds } } as unknown as RunContext;
  const ports = { source: {} as SharePort, destination: { acquireLease } as unknown as SharePort };
  return {
    context,
    asked,
    pass: (seconds: number) => void (nowMs += seconds * 1000),
    keep: () => keepLock(context, run, ports),
    answerAll: async () => {
      for (const answer of asked) {
        answer();
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

describe('The lock of a destination', () => {
  test('is asked for once by all who want to write, and none of them writes before the answer', async () => {
    const { asked, keep, answerAll } = start([]);
    const written: number[] = [];

    const writers = [1, 2, 3].map((writer) => keep().then(() => written.push(writer)));
    await new Promise((resolve) => setImmediate(resolve));
    const before = [...written];
    await answerAll();
    await Promise.all(writers);

    expect([before, asked.length, written.length]).toEqual([[], 1, 3]);
  });

  test('lost to another run lets none of them write', async () => {
    const { keep, answerAll } = start(['busy', 'busy']);

    const writers = Promise.allSettled([keep(), keep()]);
    await answerAll();

    expect(await writers).toMatchObject([1, 2].map(() => ({ reason: { code: 'DestinationLockLost' } })));
  });

  test('is asked for again by the next where the first could not ask', async () => {
    const { asked, keep, answerAll } = start([
      new FarshareError('Aborted', 'The shard was lost.', { disposition: 'yield' }),
    ]);

    const writers = Promise.allSettled([keep(), keep()]);
    await answerAll();

    expect((await writers).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(asked).toHaveLength(2);
  });

  test('is renewed after a third of its life, and not again once it was given back, unless the run goes on', async () => {
    const { asked, context, keep, pass, answerAll } = start([]);
    const isAsked = async (): Promise<number> => {
      const keeping = keep();
      await answerAll();
      await keeping;
      return asked.length;
    };
    lockTaken(context, run.runId);

    const counts = [await isAsked()];
    pass(lockSeconds / 3);
    counts.push(await isAsked());
    lockGiven(context, run.runId);
    pass(lockSeconds);
    counts.push(await isAsked());
    lockWanted(context, run.runId);
    counts.push(await isAsked());

    expect(counts).toEqual([0, 1, 1, 2]);
  });
});
