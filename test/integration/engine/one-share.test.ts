import { describe, expect, test } from 'vitest';
import { readMarks } from '../../../lib/run/marks.ts';
import { expectEqualTrees, type Scene, startScene } from '../../support/engine-fixture.ts';

const tree = { 'docs/file.txt': 'one', 'still.txt': 'still' };
const stateOf = (scene: Scene, path: string) => readMarks(scene.destination.metadata(), path).state;
const refuse = (path: string) => [
  { operation: 'PutRangeFromURL', account: 'devstoreaccount2', path, action: { status: 403 } },
];

/** Two jobs that back one source up into one share, each at a path of its own. */
const twoJobs = {
  job: { copyMethod: 'ranges' },
  destinations: [{ path: 'first' }],
  moreJobs: (job: Readonly<Record<string, unknown>>) => {
    const [place] = job['destinations'] as Record<string, unknown>[];
    return [{ ...job, name: 'other', destinations: [{ ...place, path: 'second' }] }];
  },
  tree,
};

describe('Several jobs into one share at separate paths', () => {
  test('vouch only for their path: a torn run of one leaves the mark of the other as it was', async () => {
    await using scene = await startScene(twoJobs);
    const process = scene.engine();
    const runOther = async () => process.drive(await process.engine.startRuns('other', {}));
    await process.run();
    expect(await runOther()).toMatchObject([{ status: 'succeeded' }]);
    scene.source.write({ 'docs/file.txt': 'changed' });

    const torn = await scene.withFaults(refuse('first/**'), () => process.run());
    const [whole] = await runOther();

    expect([torn.status, whole?.status]).toEqual(['failed', 'succeeded']);
    expect([stateOf(scene, 'first'), stateOf(scene, 'second')]).toEqual(['writing', 'clean']);
    expect(readMarks(scene.destination.metadata(), 'second').head).toBe(whole?.sourceSnapshot);
    scene.source.write({ 'docs/file.txt': 'changed again' });
    const [tornOther] = await scene.withFaults(refuse('second/**'), runOther);
    const repaired = await process.run();
    expect(tornOther?.status).toBe('failed');
    expect([stateOf(scene, 'first'), stateOf(scene, 'second')]).toEqual(['clean', 'writing']);
    await expectEqualTrees(scene, repaired);
  });

  test('delete nothing of each other, and prune only their own restore points', async () => {
    const keep = { last: 1 };
    await using scene = await startScene({ ...twoJobs, destinations: [{ path: 'first', keep }] });
    const process = scene.engine();
    await process.run();
    await process.drive(await process.engine.startRuns('other', {}));
    scene.store.files.delete(scene.source.at('still.txt'));

    const second = await process.run();

    expect(second).toMatchObject({ status: 'succeeded', counts: { deleted: 1 } });
    expect(scene.store.directories.list(scene.destination.at('second')).entries.map(({ name }) => name)).toContain(
      'still.txt',
    );
    const jobs = scene.destination.snapshots().map(({ metadata }) => metadata['farshare_job']);
    expect(new Set(jobs)).toEqual(new Set(['docs', 'other']));
    expect(jobs).toHaveLength(2);
  });
});

test('Two destinations of a job in one share take turns, however long the first one takes', async () => {
  await using scene = await startScene({ destinations: [{ path: 'a' }, { path: 'b' }], oneShare: true, tree });
  // No waiting at all for a lock that somebody else holds: only a run known to work there is waited for.
  const process = scene.engine({ margins: { lockWaitMs: 0, lockRetryMs: 50 } });

  const reports = await process.runAll();

  expect(reports.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
  expect(reports[0]?.sourceSnapshot).toBe(reports[1]?.sourceSnapshot);
  expect([stateOf(scene, 'a'), stateOf(scene, 'b'), stateOf(scene, '')]).toEqual(['clean', 'clean', undefined]);
});
