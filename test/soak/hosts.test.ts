import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFilesEmulator } from '../../emulator/index.ts';
import type { FilesEmulator } from '../../emulator/index.ts';
import type { RunReport } from '../../lib/model/index.ts';
import { type Azurite, startAzurite } from '../support/azurite.ts';
import { expectEqual } from '../support/stack-compare.ts';
import { destinationAccount, EmulatorControl, sourceAccount, writesIn } from '../support/stack-emulator.ts';
import { type HostProcess, startHost } from '../support/stack-host.ts';
import { eventually, isAlive } from '../support/stack-process.ts';
import { buildProject, copyProject, makeFolder } from '../support/stack-project.ts';

const { FARSHARE_MINUTES: minutes = '30' } = process.env;
const endsAt = performance.now() + Number(minutes) * 60_000;
/** All waits of the engine shrink with it. */
const leaseSeconds = 6;
const files = 1_500;

let azurite: Azurite;
let emulator: FilesEmulator;
let control: EmulatorControl;
let app: string;
const state = makeFolder('soak-state');

beforeAll(async () => {
  app = copyProject();
  [azurite, emulator] = await Promise.all([startAzurite(), startFilesEmulator(), buildProject(app)]);
  control = new EmulatorControl(emulator.url);
});
afterAll(async () => {
  await emulator.stop();
  await azurite.stop();
});

const startOne = (job: string): Promise<HostProcess> =>
  startHost({
    app,
    state,
    invisibilitySeconds: 4,
    settings: {
      FUNCTIONS_WORKER_RUNTIME: 'node',
      AzureWebJobsStorage: azurite.connectionString,
      FARSHARE_LEASE_SECONDS: `${leaseSeconds}`,
      FARSHARE_CONFIG: JSON.stringify({
        accounts: {
          production: { connectionString: control.connectionString(sourceAccount) },
          vault: { connectionString: control.connectionString(destinationAccount) },
        },
        jobs: [
          {
            name: job,
            source: { account: 'production', share: job },
            destinations: [{ name: 'west', account: 'vault', share: `${job}-copy`, keep: { last: 3 } }],
          },
        ],
      }),
    },
  });

const copies = async (): Promise<number> => (await control.requests(destinationAccount))['CopyFile'] ?? 0;
const growSource = (share: string, seed: number) =>
  control.growTree({ share, files, filesPerDirectory: 75, depth: 2, sizeBytes: 1_000, path: `part ${seed}` });

/** Follows the run to its end; the watchdog is started by hand, more often than each minute. */
async function follow({ api }: HostProcess, runId: string): Promise<RunReport> {
  const watching = setInterval(() => void api.fireTimer('watchdog').catch(() => undefined), 2_000);
  try {
    return await api.follow(runId, 300_000);
  } finally {
    clearInterval(watching);
  }
}

const tell = (line: string): void => void process.stdout.write(`${line}\n`);

/** One run over hosts that die one after the other, at any moment. */
async function killThrough(job: string, round: number): Promise<number> {
  await growSource(job, round);
  let host = await startOne(job);
  const runId = await host.api.start(job);
  let kills = 0;
  for (; kills < 1 + Math.floor(Math.random() * 4); kills += 1) {
    await sleep(Math.random() * 4_000);
    const { pid, workerPid } = host;
    process.kill(pid, 'SIGKILL');
    await eventually('the end of host and worker', () => !isAlive(pid) && !isAlive(workerPid));
    host = await startOne(job);
  }
  const report = await follow(host, runId);
  expect(report).toMatchObject({ status: 'succeeded', failures: [] });
  await expectEqual(control, report, [job, `${job}-copy`]);
  await host.process.kill();
  return kills;
}

/** Freezes a worker in a burst of copies, lets another end its run, and answers what the first still writes when it thaws. */
async function thawInBurst(job: string): Promise<Record<string, number>> {
  await growSource(job, 0);
  const frozen = await startOne(job);
  await control.resetRequests();
  const runId = await frozen.api.start(job);
  const burst = 20 + Math.floor(Math.random() * 800);
  await eventually('copies under way', async () => (await copies()) >= burst);
  frozen.signalBoth('SIGSTOP');
  const second = await startOne(job);
  const report = await follow(second, runId);
  expect(report).toMatchObject({ status: 'succeeded', failures: [] });
  await control.resetRequests();
  frozen.signalBoth('SIGCONT');
  await sleep(leaseSeconds * 2_000);
  const requests = await control.requests(destinationAccount);
  await expectEqual(control, report, [job, `${job}-copy`]);
  await expectEqual(control, { ...report, restorePoint: undefined }, [job, `${job}-copy`]);
  await Promise.all([frozen.process.kill(), second.process.kill()]);
  return Object.fromEntries(writesIn(requests).map((name) => [name, requests[name] ?? 0]));
}

test(`Hosts that are killed and frozen at random moments for ${minutes} minutes leave equal trees and no late write`, async () => {
  let [rounds, kills] = [0, 0];
  const late: Record<string, number>[] = [];
  do {
    rounds += 1;
    kills += await killThrough(`killed-${Math.ceil(rounds / 5)}`, rounds);
    const writes = await thawInBurst(`frozen-${rounds}`);
    if (Object.keys(writes).length > 0) late.push(writes);
    tell(`Round ${rounds}: ${kills} kills, ${late.length} of ${rounds} thawed workers wrote ${JSON.stringify(late)}.`);
  } while (performance.now() < endsAt);

  expect(late).toEqual([]);
});
