import { describe, expect, test } from 'vitest';
import { changingTree } from '../../support/changes.ts';
import { expectCountsAddUp, type EngineProcess, type Scene, startScene } from '../../support/engine-fixture.ts';
import { comparePlaces } from '../../../walker/index.ts';
import type { RestoreRequest, RunReport } from '../../../lib/model/index.ts';

async function restore(process: EngineProcess, request: Partial<RestoreRequest> = {}): Promise<RunReport> {
  const id = await process.engine.startRestore({ from: { job: 'docs' }, ...request });
  const [report] = await process.drive([id]);
  return report as RunReport;
}

/** The whole place restored to, against the whole restore point, property by property. */
async function expectEqualToPoint({ emulator }: Scene, report: RunReport): Promise<void> {
  expect({ status: report.status, failures: report.failures }).toEqual({ status: 'succeeded', failures: [] });
  const { from, to, point } = report.restore as NonNullable<RunReport['restore']>;
  const connectionOf = (account: string) =>
    emulator.connectionString(account === 'production' ? 'devstoreaccount1' : 'devstoreaccount2');
  const comparison = await comparePlaces(
    { connectionString: connectionOf(from.account), share: from.share, snapshot: point, directory: from.path },
    { connectionString: connectionOf(to.account), share: to.share, directory: to.path },
  );
  expect(comparison.differences).toEqual([]);
}

describe('A restore without further words', () => {
  test('puts everything, as it was, into a directory of its own in the share that was backed up', async () => {
    await using scene = await startScene({ tree: changingTree });
    const process = scene.engine();
    await process.run();
    const report = await restore(process);
    await expectEqualToPoint(scene, report);
    expectCountsAddUp(report);
    expect(report.restore?.to.path).toMatch(/^restore-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$/u);
  });
});
