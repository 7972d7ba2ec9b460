import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ShareClient } from '@azure/storage-file-share';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { comparePlaces } from '../../walker/index.ts';
import { leftBehind, requireBuilt, startProgram } from './start-processes.ts';
import type { Program } from './start-processes.ts';

interface Line {
  functions: string;
  key: string;
  files: string;
  storage: string;
}

interface Report {
  status: string;
  sourceSnapshot: string;
  restorePoint: string;
  counts: { files: number; copied: number };
}

let folder: string;
let program: Program | undefined;

beforeAll(async () => {
  await requireBuilt();
  folder = await mkdtemp(join(tmpdir(), 'farshare-start-test-'));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(async () => {
  if (!program) return;
  program.child.kill('SIGKILL');
  await leftBehind(program);
});

async function start(
  args: string[] = [],
  environment: NodeJS.ProcessEnv = {},
): Promise<{ line: Line; running: Program }> {
  const running = startProgram('local-stack/main.ts', ['--ports', '0', ...args], environment);
  program = running;
  // Its first line; an error ends it, and then this one.
  await running.printed(/^\{.*\}\n/);
  return { line: JSON.parse(running.stdout().split('\n')[0] ?? '') as Line, running };
}

async function call<Answer>({ functions, key }: Line, method: string, path: string): Promise<Answer> {
  const response = await fetch(`${functions}${path}`, {
    method,
    headers: { 'x-functions-key': key, 'content-type': 'application/json' },
    ...(method === 'POST' ? { body: '{}' } : {}),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as Answer;
}

async function endOfRun(line: Line, runId: string): Promise<Report> {
  for (;;) {
    const report = await call<Report>(line, 'GET', `/api/runs/${runId}`);
    if (!['queued', 'running', 'finalizing'].includes(report.status)) return report;
    await sleep(200);
  }
}

const account = (files: string, name: string) =>
  `DefaultEndpointsProtocol=http;AccountName=${name};AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;FileEndpoint=${files}/${name};`;

describe('the local stack', () => {
  test('backs its sample share up by the timer function, and SIGTERM ends all of it with 0', async () => {
    const { line, running } = await start();

    await call(line, 'POST', '/admin/functions/schedule');
    let runId: string | undefined;
    while (runId === undefined) {
      runId = (await call<{ items: { runId: string }[] }>(line, 'GET', '/api/runs?job=sample')).items[0]?.runId;
      await sleep(100);
    }
    const report = await endOfRun(line, runId);
    running.child.kill('SIGTERM');

    expect(report).toMatchObject({ status: 'succeeded' });
    expect(report.counts.copied).toBeGreaterThan(0);
    expect(await running.ended).toBe(0);
    expect(await leftBehind(running)).toEqual([]);
  });

  test('runs the jobs of a configuration that names the emulator by environment variables', async () => {
    const file = join(folder, 'farshare.json');
    const configuration = {
      accounts: {
        here: { connectionString: { env: 'FARSHARE_FILES_1' } },
        there: { connectionString: { env: 'FARSHARE_FILES_2' } },
      },
      jobs: [
        {
          name: 'letters',
          source: { account: 'here', share: 'letters' },
          destinations: [{ name: 'there', account: 'there', share: 'letters', keep: { last: 2 } }],
        },
      ],
    };
    await writeFile(file, JSON.stringify(configuration));
    const { line } = await start(['--config', file]);
    const source = new ShareClient(account(line.files, 'devstoreaccount1'), 'letters');
    await source.create();
    await source.getDirectoryClient('a').create();
    await source.getDirectoryClient('a').getFileClient('b').create(1000);

    const { runs } = await call<{ runs: { runId: string }[] }>(line, 'POST', '/api/jobs/letters/runs');
    const report = await endOfRun(line, runs[0]?.runId ?? '');
    const comparison = await comparePlaces(
      { connectionString: account(line.files, 'devstoreaccount1'), share: 'letters', snapshot: report.sourceSnapshot },
      { connectionString: account(line.files, 'devstoreaccount2'), share: 'letters', snapshot: report.restorePoint },
    );

    expect(report).toMatchObject({ status: 'succeeded', counts: { files: 1, copied: 1 } });
    expect(comparison).toMatchObject({ equal: true, entries: 2 });
  });

  test.each(['local-host/main.ts', 'emulator/main.ts', 'azurite.js'])(
    'says so and ends with 1 when %s dies, leaving nothing behind',
    async (script) => {
      const { running } = await start();
      const victim = running.descendants().find(({ commandLine }) => commandLine.includes(script));

      process.kill(victim?.pid ?? 0, 'SIGKILL');

      expect(await running.ended).toBe(1);
      expect(running.stderr()).toMatch(/ended: it was ended by SIGKILL/);
      expect(await leftBehind(running)).toEqual([]);
    },
  );

  test('takes its processes with it even when it is killed', async () => {
    const { running } = await start();

    running.child.kill('SIGKILL');

    expect(await running.ended).toBe('SIGKILL');
    expect(await leftBehind(running)).toEqual([]);
  });

  test('ends on SIGINT while it is still starting', async () => {
    const running = startProgram('local-stack/main.ts', ['--ports', '0']);
    program = running;
    while (running.descendants().length < 2) await sleep(20);

    running.child.kill('SIGINT');

    expect(await running.ended).toBe(0);
    expect(await leftBehind(running)).toEqual([]);
  });
});

test('func on PATH is the functions host, and ends with all that it started', async () => {
  // Like the npm package of Core Tools: a script that starts the real program and does not pass signals on.
  const server = `require('node:http').createServer((_, response) => response.end('{}')).listen(process.argv[1])`;
  const func = `#!/bin/sh\ntrap '' TERM\n[ "$1 $2" = "start --port" ] || exit 9\nnode -e "${server}" "$3"\n`;
  await writeFile(join(folder, 'func'), func, { mode: 0o755 });
  const { line, running } = await start([], { PATH: `${folder}:${process.env['PATH']}` });

  const { status } = await fetch(`${line.functions}/api/health`);
  running.child.kill('SIGTERM');

  expect(status).toBe(200);
  expect(await running.ended).toBe(0);
  expect(await leftBehind(running)).toEqual([]);
});

describe('wrong use', () => {
  test.each([
    [['--ports', '8080'], '--ports takes 0'],
    [['--colour'], "Unknown option '--colour'"],
    [['--config', '/nowhere/farshare.json'], '/nowhere/farshare.json is not a file'],
  ])('%j ends with 2 and a sentence', async (args, sentence) => {
    const running = startProgram('local-stack/main.ts', args);

    expect(await running.ended).toBe(2);
    expect(running.stderr()).toContain(sentence);
    expect(running.stderr()).not.toMatch(/^\s+at /m);
    expect(running.stdout()).toBe('');
  });

  test('of a configuration ends with 2 and all its problems, and leaves nothing behind', async () => {
    const file = join(folder, 'bad.json');
    await writeFile(file, JSON.stringify({ accounts: { a: {} }, jobs: [{ name: 'X' }] }));
    const running = startProgram('local-stack/main.ts', ['--ports', '0', '--config', file]);

    expect(await running.ended).toBe(2);
    expect(running.stderr()).toMatch(/jobs\[0\]\.source: is required[^]*accounts\.a/);
    expect(running.stderr()).not.toMatch(/^\s+at /m);
    expect(await leftBehind(running)).toEqual([]);
  });

  test('of ports that are taken ends with 1, names them and starts nothing', async () => {
    const server = createServer();
    // If somebody else has it, it is just as taken.
    await new Promise<void>((resolve) => server.once('error', () => resolve()).listen(10004, '127.0.0.1', resolve));
    const running = startProgram('local-stack/main.ts', []);

    expect(await running.ended).toBe(1);
    expect(running.stderr()).toContain('10004 (files)');
    expect(await leftBehind(running)).toEqual([]);
    server.close();
  });
});
