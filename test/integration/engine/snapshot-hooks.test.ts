import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Fault } from '../../../emulator/index.ts';
import { createLocalQueues, openLocalState } from '../../../lib/local/index.ts';
import type { RunReport } from '../../../lib/model/index.ts';
import { sendDigests } from '../../../lib/run/index.ts';
import { movedClock } from '../../support/moved-clock.ts';
import { deliver, eventsNamed, startTold } from '../../support/told-scene.ts';

const minute = 60_000;
const hour = 60 * minute;

const refusing: Fault = { operation: 'CopyFile', action: { status: 403 } };
const refusingRanges: Fault = { operation: 'CreateFile', action: { status: 403 } };

describe.concurrent('beforeSnapshot', () => {
  const webhook = { events: ['beforeSnapshot', 'afterSnapshot'], timeout: 'PT2S' };

  test('is awaited before the snapshot is taken, and afterSnapshot follows', async () => {
    const { receiver, scene, process, stack } = await startTold({ webhook });
    await using _stack = stack;
    const seen: string[] = [];
    receiver.onReceived = async ({ type }) => {
      // The application writes its last bytes, and then holds still until it is told that the snapshot is there.
      if (type === 'farshare.snapshot.before') scene.source.write({ 'flushed.txt': 'to the last byte' });
      seen.push(`${type} ${scene.source.snapshots().length}`);
    };

    const report = await process.run();
    await deliver(process);

    expect(seen).toEqual(['farshare.snapshot.before 0', 'farshare.snapshot.after 1']);
    expect(report).toMatchObject({ status: 'succeeded', counts: { files: 7 } });
    expect(receiver.received.map(({ data, isSigned }) => [data, isSigned])).toEqual([
      [{ runId: report.runId, job: 'docs', share: scene.source.share }, true],
      [{ runId: report.runId, job: 'docs', share: scene.source.share }, true],
    ]);
  });

  test('that is refused fails the run without a snapshot, and the application is let go all the same', async () => {
    const { receiver, scene, process, stack } = await startTold({ webhook });
    await using _stack = stack;
    receiver.answers.push(400);

    const report = await process.run();
    await deliver(process);
    const again = await process.run();

    expect(report).toMatchObject({ status: 'failed', failures: [{ code: 'BeforeSnapshotFailed' }] });
    expect(report.failures[0]?.message).toBe(
      'The webhook webhooks[0] did not let the snapshot be taken: The answer was 400.',
    );
    expect(receiver.received.map(({ type }) => type).slice(0, 2)).toEqual([
      'farshare.snapshot.before',
      'farshare.snapshot.after',
    ]);
    expect(again.status).toBe('succeeded');
    expect(scene.source.snapshots()).toHaveLength(1);
  });

  test('is asked again while its time lasts', async () => {
    const { receiver, process, stack } = await startTold({ webhook: { ...webhook, timeout: 'PT3S' } });
    await using _stack = stack;
    receiver.answers.push(503);

    const report = await process.run();

    expect(report.status).toBe('succeeded');
    const before = receiver.received.filter(({ type }) => type === 'farshare.snapshot.before');
    expect(before).toHaveLength(2);
    expect(new Set(before.map(({ id }) => id)).size).toBe(1);
  });

  test('that does not answer in time lets the snapshot be taken where onFailure is continue', async () => {
    const { receiver, process, stack } = await startTold({
      webhook: { ...webhook, timeout: 'PT1S', onFailure: 'continue' },
    });
    await using _stack = stack;
    receiver.answers.push('hang');

    const report = await process.run();

    expect(report.status).toBe('succeeded');
    expect(eventsNamed(process, 'backup.webhook.failed')).toMatchObject([{ event: 'beforeSnapshot', attempt: 1 }]);
  });

  test('is sent once for all destinations of a job, and not for a dry run', async () => {
    const { receiver, process, stack } = await startTold({ webhook, scene: { destinations: [{}, {}] } });
    await using _stack = stack;

    await process.runAll({ dryRun: true });
    const reports = await process.runAll();
    await deliver(process);

    expect(reports.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
    expect(receiver.received.map(({ type }) => type)).toEqual(['farshare.snapshot.before', 'farshare.snapshot.after']);
  });

  test('is followed by afterSnapshot although the process died in between', async () => {
    const held = openLocalState(':memory:');
    const { receiver, scene, process, pass, stack } = await startTold({ webhook, process: { state: held } });
    await using _stack = stack;
    const interruption = new AbortController();
    receiver.answers.push('hang');
    const runIds = await process.engine.startRuns('docs', {});
    void process.drive(runIds, { signal: interruption.signal }).catch(() => undefined);
    await expect.poll(() => receiver.received.length, { timeout: 10_000 }).toBe(1);
    // From here on the first process counts as dead: nothing of it is looked at, and its clock stands in the past.
    const later = movedClock('2030-01-02T03:10:00Z');

    const other = scene.engine({ state: held, clock: later.clock, origin: 'app' });
    await deliver(other);

    expect(receiver.received.map(({ type }) => type)).toEqual(['farshare.snapshot.before', 'farshare.snapshot.after']);
    pass(0);
    interruption.abort();
  });
});

describe.concurrent('beforeSnapshot, where an application holds still for long,', () => {
  const webhook = { events: ['beforeSnapshot', 'afterSnapshot'], timeout: 'PT2M' };
  const [before, after] = ['farshare.snapshot.before', 'farshare.snapshot.after'];
  const margins = { snapshotRetryMs: 300, lockSeconds: 60 };
  const shared = () => {
    const time = movedClock('2030-01-02T03:00:00Z');
    const state = openLocalState(':memory:');
    const options = { clock: time.clock, state, queues: createLocalQueues(time.clock), leaseSeconds: 600, margins };
    return { time, options: { ...options, origin: 'app' as const } };
  };
  const snapshotsOf = (reports: readonly RunReport[]) =>
    new Set(reports.map(({ status, sourceSnapshot }) => `${status} ${sourceSnapshot}`));

  test('is sent once for all destinations, which wait for the one that asks', async () => {
    const { receiver, scene, stack } = await startTold({ webhook, scene: { destinations: [{}, {}] } });
    await using _stack = stack;
    const { time, options } = shared();
    const [one, other] = [scene.engine(options), scene.engine(options)];
    receiver.onReceived = async ({ type }) => {
      if (type !== before) return;
      time.pass(35_000);
      await sleep(1_500);
    };

    const runIds = await one.engine.startRuns('docs', {});
    const [reports] = await Promise.all([one.drive(runIds), other.drive(runIds)]);

    expect(receiver.received.filter(({ type }) => type === before)).toHaveLength(1);
    expect(snapshotsOf(reports)).toEqual(new Set([`succeeded ${scene.source.snapshots()[0]?.snapshot}`]));
  });

  test('is sent once for all destinations whose runs are tried again at the same time', async () => {
    const { receiver, scene, stack } = await startTold({ webhook, scene: { destinations: [{}, {}] } });
    await using _stack = stack;
    const { options } = shared();
    const [one, other] = [scene.engine(options), scene.engine(options)];
    receiver.answers.push(400, 400, 400, 400);
    const failed = await one.runAll();
    receiver.answers.splice(0);
    receiver.received.splice(0);
    receiver.onReceived = ({ type }) => (type === before ? sleep(1_500) : undefined);

    const runIds = await Promise.all(failed.map(({ runId }) => one.engine.retry(runId)));
    const [reports] = await Promise.all([one.drive(runIds), other.drive(runIds)]);

    expect(receiver.received.filter(({ type }) => type === before)).toHaveLength(1);
    expect(snapshotsOf(reports)).toEqual(new Set([`succeeded ${scene.source.snapshots()[0]?.snapshot}`]));
  });

  test('is not followed by afterSnapshot before the snapshot is there, also where it was asked twice', async () => {
    const { receiver, scene, stack } = await startTold({ webhook });
    await using _stack = stack;
    const { time, options } = shared();
    const process = scene.engine(options);
    receiver.answers.push(503);
    const seen: string[] = [];
    receiver.onReceived = async ({ type }) => {
      seen.push(`${type} ${scene.source.snapshots().length}`);
      if (type !== before) return;
      time.pass(100_000);
      await deliver(process);
    };

    await process.run();
    await deliver(process);

    expect(seen).toEqual([`${before} 0`, `${before} 0`, `${after} 1`]);
  });

  test('is not followed by the afterSnapshot of a process that died while it asked', async () => {
    const { receiver, scene, stack } = await startTold({ webhook: { ...webhook, timeout: 'PT20S' } });
    await using _stack = stack;
    const { time, options } = shared();
    const [dead, process] = [
      scene.engine({ ...options, leaseSeconds: 60 }),
      scene.engine({ ...options, leaseSeconds: 60 }),
    ];
    const interruption = new AbortController();
    receiver.answers.push('hang');
    const runIds = await dead.engine.startRuns('docs', {});
    void dead.drive(runIds, { signal: interruption.signal }).catch(() => undefined);
    await expect.poll(() => receiver.received.length, { timeout: 10_000 }).toBe(1);
    interruption.abort();
    time.pass(100_000);
    receiver.onReceived = async ({ type }) => {
      if (type === before) await deliver(process);
    };

    const [report] = await process.drive(runIds);
    await deliver(process);

    expect(report?.status).toBe('succeeded');
    expect(receiver.received.map(({ type }) => type)).toEqual([before, before, after]);
  });
});

describe.concurrent('The digest', () => {
  const webhook = { events: [], digest: { at: '07:00', timeZone: 'Europe/Berlin' } };

  test('comes once a day at its time, with every destination in it', async () => {
    const { receiver, scene, process, pass, stack } = await startTold({
      webhook,
      scene: {
        moreJobs: (first) => [
          { ...first, name: 'idle', destinations: [{ name: 'far', account: 'vault', share: 'elsewhere' }] },
        ],
      },
    });
    await using _stack = stack;
    const tick = async () => {
      await sendDigests(process.context, scene.loaded.config.jobs);
      await deliver(process);
    };

    await tick();
    const report = await process.run();
    await scene.withFaults([refusing, refusingRanges], async () => {
      scene.source.write({ 'docs/file.txt': 'changed' });
      await process.run();
    });
    pass(2 * hour + 50 * minute);
    await tick();
    const early = receiver.received.length;
    pass(20 * minute);
    await tick();
    await tick();

    expect([early, receiver.received.length]).toEqual([0, 1]);
    expect(receiver.received[0]).toMatchObject({ type: 'farshare.digest', isSigned: true });
    expect(receiver.received[0]?.data).toMatchObject({
      destinations: [
        {
          job: 'docs',
          destination: 'place1',
          runs: { succeeded: 1, failed: 1 },
          copied: 6,
          newest: { runId: report.runId, restorePoint: report.restorePoint },
        },
        { job: 'idle', destination: 'far', runs: {}, newest: null },
      ],
      others: {},
    });
    expect(receiver.received[0]?.text).not.toContain('file.txt');
  });

  test('comes after a night without the app too, and not twice', async () => {
    const { receiver, scene, process, pass, stack } = await startTold({ webhook });
    await using _stack = stack;
    const tick = async () => {
      await sendDigests(process.context, scene.loaded.config.jobs);
      await deliver(process);
    };

    await tick();
    pass(30 * hour);
    await tick();
    pass(hour);
    await tick();

    expect(receiver.received).toHaveLength(1);
  });
});
