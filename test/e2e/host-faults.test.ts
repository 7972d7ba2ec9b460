import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RunReport } from '../../lib/model/index.ts';
import type { AppApi } from '../support/stack-api.ts';
import { expectEqual } from '../support/stack-compare.ts';
import { destinationAccount, type EmulatorControl, sourceAccount, writesIn } from '../support/stack-emulator.ts';
import type { HostProcess } from '../support/stack-host.ts';
import { leaseSeconds, MortalHosts } from '../support/stack-mortal-hosts.ts';
import { eventually, isAlive } from '../support/stack-process.ts';

const files = 1_500;

let hosts: MortalHosts;
let control: EmulatorControl;

beforeAll(async () => {
  hosts = await MortalHosts.start();
  ({ control } = hosts);
}, 120_000);
beforeEach(() => control.resetRequests());
afterAll(() => hosts[Symbol.asyncDispose]());

const startOne = (): Promise<HostProcess> => hosts.startOne('killed', 'frozen');

/** So many copies go at once before the service becomes slow. */
const quickCopies = 150;
const slowMs = 3_000;

/**
 * Starts a run and answers in its middle: some copies are done, and as many as a worker has at once wait for the service.
 * The worker then has nothing to do, so that it is known what it may still send: nothing.
 */
async function startSlowRun(api: AppApi, job: string): Promise<string> {
  await control.growTree({ share: job, files, filesPerDirectory: 75, depth: 2, sizeBytes: 1_000 });
  const slow = { operation: 'CopyFile', account: destinationAccount, after: quickCopies };
  await control.setFaults([{ ...slow, action: { delayMs: slowMs } }]);
  const runId = await api.start(job);
  let waiting = 0;
  const isSettled = async () => {
    const [before, now] = [waiting, (await control.fired())[0] ?? 0];
    waiting = now;
    if (now > 0 && now === before) return true;
    await sleep(300);
    return false;
  };
  await eventually('copies under way', isSettled);
  return runId;
}

function expectWhole(report: RunReport): void {
  expect(report).toMatchObject({ status: 'succeeded', failures: [], counts: { files, failed: 0, deleted: 0 } });
}

describe('A functions host', () => {
  test('that is killed in the middle of a run leaves it to the next one, which ends it with an equal tree', async () => {
    const first = await startOne();
    const runId = await startSlowRun(first.api, 'killed');

    process.kill(first.pid, 'SIGKILL');
    await eventually('the end of host and worker', () => !isAlive(first.pid) && !isAlive(first.workerPid));
    expect(await hosts.copies()).toBeLessThan(files);
    await control.clearFaults();
    const second = await startOne();
    const report = await hosts.follow(second, runId, 180_000);

    expectWhole(report);
    await expectEqual(control, report, ['killed', 'killed-copy']);
    await second.process.kill();
  });

  test('that freezes while another one ends its run changes nothing when it thaws', async () => {
    const frozen = await startOne();
    const runId = await startSlowRun(frozen.api, 'frozen');

    frozen.signalBoth('SIGSTOP');
    expect(await hosts.copies()).toBeLessThan(files);
    await control.clearFaults();
    const second = await startOne();
    const report = await hosts.follow(second, runId, 180_000);
    expectWhole(report);
    await expectEqual(control, report, ['frozen', 'frozen-copy']);
    await control.resetRequests();
    frozen.signalBoth('SIGCONT');
    // Longer than any of its timers: leases, renewals, retries of requests cut by the freeze.
    await sleep(leaseSeconds * 2_000);

    expect(writesIn(await control.requests(destinationAccount))).toEqual([]);
    expect(writesIn(await control.requests(sourceAccount))).toEqual([]);
    expect(await frozen.api.report(runId)).toEqual(report);
    await expectEqual(control, report, ['frozen', 'frozen-copy']);
    await expectEqual(control, { ...report, restorePoint: undefined }, ['frozen', 'frozen-copy']);
    await Promise.all([frozen.process.kill(), second.process.kill()]);
  });
});
