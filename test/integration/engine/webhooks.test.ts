import { describe, expect, test } from 'vitest';
import type { Fault } from '../../../emulator/index.ts';
import { openLocalState } from '../../../lib/local/index.ts';
import { watchRuns } from '../../../lib/run/index.ts';
import type { StateStore } from '../../../lib/run/ports.ts';
import { deliver, eventsNamed, startTold } from '../../support/told-scene.ts';
import { webhookSecret } from '../../support/webhook-receiver.ts';

const minute = 60_000;
const hour = 60 * minute;

/** The rows of a store, as text, each as it was written. */
function recorded(state: StateStore): { state: StateStore; written: string[] } {
  const written: string[] = [];
  const transact: StateStore['transact'] = (partition, operations) => {
    written.push(JSON.stringify({ partition, operations }));
    return state.transact(partition, operations);
  };
  return { state: { ...state, transact }, written };
}

describe.concurrent('A webhook', () => {
  test('gets the report of a run when it has ended, signed', async () => {
    const { receiver, process, stack } = await startTold();
    await using _stack = stack;

    const report = await process.run();
    const left = await deliver(process);

    expect(left).toBe(0);
    expect(receiver.received).toHaveLength(1);
    expect(receiver.received[0]).toMatchObject({ type: 'farshare.run.completed', data: report, isSigned: true });
    expect(Math.abs((receiver.received[0]?.timestamp ?? 0) * 1000 - process.context.clock.now())).toBeLessThan(minute);
  });

  test('gets what it chose, and nothing of dry runs', async () => {
    const { receiver, scene, process, stack } = await startTold({
      webhook: { events: ['failed', 'awaiting-approval', 'partial'] },
      scene: { job: { copyMethod: 'ranges', guard: { maxFailedEntries: 1 } } },
    });
    await using _stack = stack;

    await process.run({ dryRun: true });
    await process.run();
    scene.source.write({ 'docs/file.txt': 'changed' });
    const one: Fault = { operation: 'PutRangeFromURL', path: 'docs/file.txt', action: { status: 403 } };
    await scene.withFaults([one], () => process.run());
    scene.source.write({ 'docs/other.txt': 'changed', 'still.txt': 'changed' });
    await scene.withFaults([{ ...one, path: '**' }], () => process.run());
    scene.store.shares.delete(scene.source, { deleteSnapshots: 'include-leased' });
    scene.store.shares.create(scene.source);
    await process.run();
    await deliver(process);

    expect(receiver.received.map(({ type }) => type)).toEqual([
      'farshare.run.partial',
      'farshare.run.failed',
      'farshare.run.awaiting-approval',
    ]);
  });

  test('gets restores, and runs that were cancelled, too', async () => {
    const { receiver, scene, process, stack } = await startTold();
    await using _stack = stack;
    await process.run();

    await process.drive([await process.engine.startRestore({ from: { job: 'docs' } })]);
    const [cancelled = ''] = await process.engine.startRuns('docs', {});
    await process.engine.cancel(cancelled);
    await process.drive([cancelled]);
    await deliver(process);

    expect(receiver.received.map(({ type, data }) => [type, data['kind']])).toEqual([
      ['farshare.run.completed', 'backup'],
      ['farshare.run.completed', 'restore'],
      ['farshare.run.cancelled', 'backup'],
    ]);
    expect(scene.destination.snapshots()).toHaveLength(1);
  });

  test('of a job gets nothing of other jobs', async () => {
    const { receiver, scene, process, stack } = await startTold();
    await using _stack = stack;
    const [webhook] = scene.loaded.webhooks;
    const own = { ...webhook, job: 'another' };
    const { createWebhookSender, createHttpClient } = await import('../../../lib/http/index.ts');
    const other = { ...process.context, webhooks: createWebhookSender([own as never], createHttpClient()) };

    const report = await process.run();
    await deliver({ ...process, context: other });

    expect(report.status).toBe('succeeded');
    expect(receiver.received).toEqual([]);
    expect(eventsNamed(process, 'backup.webhook.givenup')).toHaveLength(1);
  });

  test('that does not answer holds up no run, and gets the message later, under the same id', async () => {
    const { receiver, process, pass, stack } = await startTold({ webhook: { timeout: 'PT1S' } });
    await using _stack = stack;
    receiver.answers.push('hang', 500);

    const report = await process.run();
    await deliver(process);
    const atOnce = await deliver(process);
    pass(6_000);
    await deliver(process);
    pass(minute);
    const left = await deliver(process);

    expect(report.status).toBe('succeeded');
    expect([atOnce, left]).toEqual([1, 0]);
    expect(receiver.received.map(({ isSigned }) => isSigned)).toEqual([true, true, true]);
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1);
    expect(eventsNamed(process, 'backup.webhook.failed')).toEqual([
      { webhook: 'webhooks[0]', runId: report.runId, event: 'completed', attempt: 1, reason: 'No answer within 1 s.' },
      { webhook: 'webhooks[0]', runId: report.runId, event: 'completed', attempt: 2, reason: 'The answer was 500.' },
    ]);
  });

  test('that asks for rest gets it', async () => {
    const { receiver, process, pass, stack } = await startTold();
    await using _stack = stack;
    receiver.answers.push({ status: 429, retryAfter: '600' });

    await process.run();
    await deliver(process);
    pass(9 * minute);
    await deliver(process);
    const early = receiver.received.length;
    pass(2 * minute);
    await deliver(process);

    expect([early, receiver.received.length]).toEqual([1, 2]);
  });

  test('that never takes a message is given up after some eighteen hours, and told of', async () => {
    const { receiver, process, pass, stack } = await startTold();
    await using _stack = stack;
    receiver.answers.push(...Array.from({ length: 20 }, () => 500));

    await process.run();
    for (let hours = 0; hours < 40; hours += 1) {
      await deliver(process);
      pass(hours < 2 ? 10 * minute : hour);
    }

    expect(receiver.received).toHaveLength(8);
    expect(eventsNamed(process, 'backup.webhook.failed')).toHaveLength(7);
    expect(eventsNamed(process, 'backup.webhook.givenup')).toMatchObject([{ attempts: 8, event: 'completed' }]);
    expect(await deliver(process)).toBe(0);
  });

  test('that is gone (410) is not asked again', async () => {
    const { receiver, process, stack } = await startTold();
    await using _stack = stack;
    receiver.answers.push(410);

    await process.run();

    expect(await deliver(process)).toBe(0);
    expect(receiver.received).toHaveLength(1);
  });

  test('gets its message although the process died when the run had ended, and the queue lost all', async () => {
    const held = openLocalState(':memory:');
    let isDying = true;
    const { receiver, scene, process, pass, stack } = await startTold({
      process: {
        state: held,
        wrapState: (state) => ({
          ...state,
          transact: (partition, operations) => {
            if (isDying && partition === 'webhooks') return new Promise(() => undefined);
            return state.transact(partition, operations);
          },
        }),
      },
    });
    await using _stack = stack;
    const runIds = await process.engine.startRuns('docs', {});
    const interruption = new AbortController();
    void process.drive(runIds, { signal: interruption.signal });
    await expect
      .poll(async () => (await process.report(runIds[0] ?? '')).status, { timeout: 20_000 })
      .toBe('succeeded');
    const before = receiver.received.length;
    isDying = false;

    const next = scene.engine({
      state: held,
      clock: process.context.clock,
      wrapQueues: () => ({ send: async () => undefined }),
    });
    await watchRuns(next.context);
    const third = scene.engine({ state: held, clock: process.context.clock });
    pass(3 * minute);
    await watchRuns(third.context);
    await third.drive([]);
    await deliver(third);

    expect(before).toBe(0);
    expect(receiver.received.map(({ type }) => type)).toEqual(['farshare.run.completed']);
    interruption.abort();
  });

  test('is known by address and secret to nobody else: no row, no event and no report holds them', async () => {
    const { state, written } = recorded(openLocalState(':memory:'));
    const { receiver, scene, process, pass, stack } = await startTold({ process: { state } });
    await using _stack = stack;
    receiver.answers.push(500);
    await receiver[Symbol.asyncDispose]();

    const report = await process.run();
    await deliver(process);
    pass(minute);
    await deliver(process);

    const everything = [
      ...written,
      JSON.stringify(process.events),
      JSON.stringify(report),
      JSON.stringify(scene.job),
    ].join();
    expect(eventsNamed(process, 'backup.webhook.failed')[0]?.['reason']).toBe('No answer: ECONNREFUSED.');
    expect(everything).not.toContain('topsecretpath');
    expect(everything).not.toContain(webhookSecret);
    expect(written.length).toBeGreaterThan(10);
  });
});
