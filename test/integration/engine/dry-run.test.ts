/** What a dry run says is what the run then does, whatever is known of the destination beside its listing. */
import { describe, expect, test } from 'vitest';
import type { PlannedAction } from '../../../lib/model/index.ts';
import { runSchedule } from '../../../lib/run/index.ts';
import { changingTree } from '../../support/changes.ts';
import { type EngineProcess, startScene } from '../../support/engine-fixture.ts';

async function planOf(process: EngineProcess) {
  const report = await process.run({ dryRun: true });
  const actions: PlannedAction[] = [];
  for await (const action of process.engine.actions(report.runId)) actions.push(action);
  return { report, actions };
}

describe.concurrent('A dry run', () => {
  test('compares no ChangeTime where the destination is known not to keep it', async () => {
    await using scene = await startScene({ tree: changingTree, switches: { changeTimeIsSettable: false } });
    const process = scene.engine();
    await process.run();
    await process.run();

    const { report, actions } = await planOf(process);

    expect(actions).toEqual([]);
    expect(report.counts).toMatchObject({ files: 6, unchanged: 6, copied: 0 });
  });

  test('names the file that a verification found spoilt, which the run copies again', async () => {
    const job = { verify: { samplePercent: 0 } };
    await using scene = await startScene({ tree: { 'a.txt': 'alpha', 'b.txt': 'beta' }, job });
    const process = scene.engine();
    await process.run();
    const at = scene.destination.at('a.txt');
    const { headers, creationTime, lastWriteTime, changeTime } = scene.store.files.getProperties(at);
    scene.store.files.putRange(at, 0, new Uint8Array(Buffer.from('!')));
    scene.store.files.setProperties(at, { headers, creationTime, lastWriteTime, changeTime });
    await process.run();
    await process.drive(await process.engine.startVerify('docs', { all: true }));

    const { report, actions } = await planOf(process);
    const run = await process.run();

    expect(actions).toEqual([{ kind: 'copy', path: 'a.txt', reason: 'full', size: 5 }]);
    expect(report.counts).toMatchObject({ unchanged: 1, copied: 1 });
    expect(run.counts).toMatchObject({ unchanged: 1, copied: 1 });
  });

  test('looks at what an interrupted run may have left half copied, as the run does', async () => {
    await using scene = await startScene({ tree: { 'a.txt': 'alpha' } });
    const process = scene.engine();
    await process.run();
    const { farshare_state: _clean, ...metadata } = scene.destination.metadata();
    scene.store.shares.setMetadata(scene.destination, { ...metadata, farshare_state: 'writing' });

    const { report } = await planOf(process);

    expect(report.counts).toMatchObject({ unchanged: 1, copied: 0 });
    expect(report.requests.destination['GetFileProperties']).toBe(1);
  });

  test('says that the run would ask about files that are not ours, and would write nothing', async () => {
    await using scene = await startScene({ tree: changingTree });
    scene.store.shares.create(scene.destination, { quota: 100 });
    scene.destination.write({ 'foreign.txt': 'foreign' });
    const process = scene.engine();

    const { report } = await planOf(process);
    const run = await process.run();

    expect(report).toMatchObject({ status: 'succeeded', guard: run.guard });
    expect(run).toMatchObject({ status: 'awaiting-approval', guard: [expect.stringContaining('is not empty')] });
    expect(scene.destination.snapshots()).toEqual([]);
  });

  test('that has not begun keeps no run from being started, by hand or by the schedule', async () => {
    await using scene = await startScene({ tree: changingTree, job: { schedule: '0 0 */6 * * *' } });
    const process = scene.engine({ origin: 'app' });
    await process.engine.startRuns('docs', { dryRun: true });

    const started = await runSchedule(process.context, scene.loaded.config.jobs);

    expect(started).toHaveLength(1);
    expect(process.events.map(({ name }) => name)).not.toContain('backup.run.missed');
    await expect(process.engine.startRuns('docs', {})).rejects.toMatchObject({ code: 'AlreadyQueued' });
    await expect(process.engine.startRuns('docs', { dryRun: true })).rejects.toMatchObject({ code: 'AlreadyQueued' });
  });
});
