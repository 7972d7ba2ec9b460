import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectEqual } from '../support/stack-compare.ts';
import { destinationAccount, type EmulatorControl, writesIn } from '../support/stack-emulator.ts';
import { leaseSeconds, MortalHosts } from '../support/stack-mortal-hosts.ts';
import { eventually, isAlive } from '../support/stack-process.ts';

const { FARSHARE_MINUTES: minutes = '30' } = process.env;
const endsAt = performance.now() + Number(minutes) * 60_000;
const files = 1_500;

let hosts: MortalHosts;
let control: EmulatorControl;

beforeAll(async () => {
  hosts = await MortalHosts.start();
  ({ control } = hosts);
});
afterAll(() => hosts[Symbol.asyncDispose]());

const growSource = (share: string, seed: number) =>
  control.growTree({ share, files, filesPerDirectory: 75, depth: 2, sizeBytes: 1_000, path: `part ${seed}` });

const tell = (line: string): void => void process.stdout.write(`${line}\n`);

/** One run over hosts that die one after the other, at any moment. */
async function killThrough(job: string, round: number): Promise<number> {
  await growSource(job, round);
  let host = await hosts.startOne(job);
  const runId = await host.api.start(job);
  let kills = 0;
  for (; kills < 1 + Math.floor(Math.random() * 4); kills += 1) {
    await sleep(Math.random() * 4_000);
    const { pid, workerPid } = host;
    process.kill(pid, 'SIGKILL');
    await eventually('the end of host and worker', () => !isAlive(pid) && !isAlive(workerPid));
    host = await hosts.startOne(job);
  }
  const report = await hosts.follow(host, runId, 300_000);
  expect(report).toMatchObject({ status: 'succeeded', failures: [] });
  await expectEqual(control, report, [job, `${job}-copy`]);
  await host.process.kill();
  return kills;
}

/** Freezes a worker in a burst of copies, lets another end its run, and answers what the first still writes when it thaws. */
async function thawInBurst(job: string): Promise<Record<string, number>> {
  await growSource(job, 0);
  const frozen = await hosts.startOne(job);
  await control.resetRequests();
  const runId = await frozen.api.start(job);
  const burst = 20 + Math.floor(Math.random() * 800);
  await eventually('copies under way', async () => (await hosts.copies()) >= burst);
  frozen.signalBoth('SIGSTOP');
  const second = await hosts.startOne(job);
  const report = await hosts.follow(second, runId, 300_000);
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
