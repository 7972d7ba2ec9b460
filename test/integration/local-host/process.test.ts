import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Fixture } from './fixture.ts';
import { fixtureAppRoot, startFixture, toBase64, until } from './fixture.ts';

interface FirstLine {
  url: string;
  functionKey: string;
  masterKey: string;
  functions: string[];
  pid: number;
  workerPid: number;
}

interface HostProcess extends FirstLine {
  child: ChildProcess;
  exited: Promise<number | null>;
}

const mainFile = join(import.meta.dirname, '../../../local-host/main.ts');
let fixture: Fixture;
let pids: number[];

beforeEach(async () => {
  fixture = await startFixture();
  pids = [];
});
afterEach(async () => {
  for (const pid of pids) kill(pid, 'SIGKILL');
  await fixture.stop();
});

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}

async function startProcess(...flags: string[]): Promise<HostProcess> {
  const settingsFile = join(fixture.directory, 'settings.json');
  await writeFile(settingsFile, JSON.stringify({ IsEncrypted: false, Values: fixture.settings }));
  const values = ['--app', fixtureAppRoot, '--port', '0', '--settings', settingsFile, '--state', fixture.directory];
  const child = spawn(process.execPath, [mainFile, ...values, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  pids.push(child.pid ?? 0);
  createInterface({ input: child.stderr }).on('line', (line) => fixture.logs.push(line));
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    void exited.then((code) => reject(new Error(`host exited with ${code}: ${fixture.logs.join('\n')}`)));
  });
  const first = JSON.parse(line) as FirstLine;
  pids.push(first.workerPid);
  return { ...first, child, exited };
}

async function sendSleeper(name: string, sleepMs: number): Promise<void> {
  await fixture.queue('sleeper-in').createIfNotExists();
  await fixture.queue('sleeper-in').sendMessage(toBase64({ name, sleepMs }));
}

const isGone = async (pid: number) => {
  // A killed process whose parent has not reaped it yet is a zombie.
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return status === '' || /^State:\s+Z/m.test(status);
};

test('The first line on standard output tells where the host is, its keys, functions and processes', async () => {
  const host = await startProcess();

  expect(host.pid).toBe(host.child.pid);
  expect(host.functions).toContain('each-second');
  const response = await fetch(`${host.url}/api/pid`);
  expect(await response.text()).toBe(String(host.workerPid));
  const keyed = await fetch(`${host.url}/api/keyed`, { headers: { 'x-functions-key': host.functionKey } });
  expect(keyed.status).toBe(200);
});

test('On SIGINT a running function is allowed to finish, then the host exits 0 and no worker is left', async () => {
  const host = await startProcess();
  await sendSleeper('last', 1500);
  await until(async () => (await fixture.records('sleeper-started')).length === 1);

  host.child.kill('SIGINT');
  const code = await host.exited;

  expect(code).toBe(0);
  expect(await fixture.records('sleeper-ended')).toEqual([{ name: 'last' }]);
  expect((await fixture.queue('sleeper-in').getProperties()).approximateMessagesCount).toBe(0);
  expect(await fixture.records('hooks')).toContainEqual({ hook: 'appTerminate' });
  await until(() => isGone(host.workerPid));
  expect(fixture.logs.find((line) => /^sleeper [0-9a-f-]{36} succeeded \d+ ms$/.test(line))).toBeDefined();
});

test('A function that outlasts --drain-seconds is killed with its worker', async () => {
  const host = await startProcess('--drain-seconds', '1');
  await sendSleeper('too long', 3500);
  await until(async () => (await fixture.records('sleeper-started')).length === 1);

  host.child.kill('SIGTERM');

  expect(await host.exited).toBe(0);
  expect(await fixture.records('sleeper-ended')).toEqual([]);
  await until(() => isGone(host.workerPid));
});

test('After SIGKILL of the host its worker exits by itself, and another host gets the message', async () => {
  const host = await startProcess('--invisibility-seconds', '2');
  await sendSleeper('twice', 1500);
  await until(async () => (await fixture.records('sleeper-started')).length === 1);

  host.child.kill('SIGKILL');
  await until(() => isGone(host.workerPid));
  await startProcess('--invisibility-seconds', '2');
  await until(async () => (await fixture.records('sleeper-ended')).length === 1);

  expect(await fixture.records('sleeper-started')).toHaveLength(2);
});

test('A frozen host and worker go on when thawed, without what another host took over', async () => {
  // A thawed host sees the whole time of the frost as the function's time.
  fixture.settings['AzureFunctionsJobHost__functionTimeout'] = '00:05:00';
  const frozen = await startProcess('--invisibility-seconds', '2');
  await sendSleeper('contested', 1500);
  await until(async () => (await fixture.records('sleeper-started')).length === 1);
  for (const pid of [frozen.pid, frozen.workerPid]) process.kill(pid, 'SIGSTOP');

  const other = await startProcess('--invisibility-seconds', '2');
  await until(async () => (await fixture.records('sleeper-ended')).length === 1);
  // Longer than the lease of the timers' lock: the other host has taken the timers over.
  await until(async () => (await firings(other.workerPid)) > 0);
  const before = await firings(frozen.workerPid);
  for (const pid of [frozen.pid, frozen.workerPid]) process.kill(pid, 'SIGCONT');
  await until(async () => (await fixture.records('sleeper-ended')).length === 2);
  await sleep(2500);

  expect(await (await fetch(`${frozen.url}/api/pid`)).text()).toBe(String(frozen.workerPid));
  expect(await firings(frozen.workerPid)).toBe(before);
  expect((await fixture.queue('sleeper-in').getProperties()).approximateMessagesCount).toBe(0);
});

async function firings(pid: number): Promise<number> {
  return (await fixture.records<{ pid: number }>('each-second')).filter((firing) => firing.pid === pid).length;
}

test('Wrong flags and an app in error exit with 2 and 1 and say why, without a stack', async () => {
  const run = async (...flags: string[]) => {
    const child = spawn(process.execPath, [mainFile, ...flags], { stdio: ['ignore', 'ignore', 'pipe'] });
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const code = await new Promise((resolve) => child.once('close', resolve));
    return { code, text };
  };

  const wrong = await run('--port', 'many');
  const missing = await run('--app', fixture.directory, '--state', fixture.directory);

  expect(wrong).toMatchObject({ code: 2, text: expect.stringContaining('--port must be a whole number') as string });
  expect(missing).toMatchObject({ code: 1, text: expect.stringContaining('No host.json in') as string });
  expect(missing.text).not.toContain('    at ');
});
