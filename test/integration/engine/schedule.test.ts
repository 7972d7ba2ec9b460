import { describe, expect, test } from 'vitest';
import { runSchedule } from '../../../lib/run/index.ts';
import { changingTree } from '../../support/changes.ts';
import { expectEqualTrees, startScene } from '../../support/engine-fixture.ts';
import { movedClock } from '../../support/moved-clock.ts';

const minute = 60_000;
const hour = 60 * minute;

async function startScheduled(startAt = '2030-01-02T07:30:00Z') {
  const scene = await startScene({ tree: changingTree, job: { schedule: '0 0 */6 * * *' } });
  const time = movedClock(startAt);
  const process = scene.engine({ clock: time.clock, origin: 'app' });
  const tick = () => runSchedule(process.context, scene.loaded.config.jobs);
  return { scene, process, tick, pass: time.pass };
}

const refusals = ['CopyFile', 'CreateFile'].map((operation) => ({ operation, action: { status: 403 } }));

describe.concurrent('The schedule', () => {
  test('starts a job at the first tick, then once at each of its times', async () => {
    const { scene, process, tick, pass } = await startScheduled();
    await using _scene = scene;

    const first = await tick();
    await process.drive(first);
    const atOnce = await tick();
    pass(4 * hour);
    const before = await tick();
    pass(31 * minute);
    const second = await tick();
    await process.drive(second);
    const again = await tick();

    expect([first, atOnce, before, second, again].map(({ length }) => length)).toEqual([1, 0, 0, 1, 0]);
  });

  test('makes up however many missed times by one run', async () => {
    const { scene, process, tick, pass } = await startScheduled();
    await using _scene = scene;
    await process.drive(await tick());

    pass(75 * hour);
    const madeUp = await tick();
    await process.drive(madeUp);
    const again = await tick();

    expect([madeUp.length, again.length]).toEqual([1, 0]);
  });

  test('tries a failed run again after 5, 15 and 60 minutes on the same snapshot, until it succeeds', async () => {
    const { scene, process, tick, pass } = await startScheduled();
    await using _scene = scene;
    const started: number[] = [];
    const [failed] = await scene.withFaults(refusals, async () => process.drive(await tick()));
    let previous = failed;

    await scene.withFaults(refusals, async () => {
      for (const minutes of [5, 15]) {
        pass((minutes - 1) * minute);
        started.push((await tick()).length);
        pass(minute);
        const retried = await tick();
        started.push(retried.length);
        const [report] = await process.drive(retried);
        expect(report).toMatchObject({ status: 'failed', retryOf: previous?.runId });
        expect(report?.sourceSnapshot).toBe(failed?.sourceSnapshot);
        previous = report;
      }
    });
    pass(60 * minute);
    const [passed] = await process.drive(await tick());
    pass(60 * minute);

    expect(started).toEqual([0, 1, 0, 1]);
    expect(passed).toMatchObject({
      status: 'succeeded',
      retryOf: previous?.runId,
      sourceSnapshot: failed?.sourceSnapshot,
    });
    if (passed !== undefined) await expectEqualTrees(scene, passed);
    expect(await tick()).toEqual([]);
  });

  test('starts nothing for a job that is disabled or has no schedule', async () => {
    await using scene = await startScene({ job: { schedule: '0 0 * * * *', enabled: false } });
    await using other = await startScene();

    expect(await runSchedule(scene.engine().context, scene.loaded.config.jobs)).toEqual([]);
    expect(await runSchedule(other.engine().context, other.loaded.config.jobs)).toEqual([]);
  });

  test('queues no second run while one waits', async () => {
    const { scene, process, tick, pass } = await startScheduled();
    await using _scene = scene;
    await tick();

    pass(6 * hour);
    const second = await tick();

    expect(second).toEqual([]);
    expect(process.events.map(({ name }) => name)).toContain('backup.run.missed');
    await expect(process.engine.startRuns('docs', {})).rejects.toMatchObject({ code: 'AlreadyQueued' });
  });
});
