import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SignedClient } from '../concurrency/signed-client.ts';
import { newFolder } from './support.ts';

let folder: ReturnType<typeof newFolder>;
const running: ChildProcess[] = [];
beforeEach(() => {
  folder = newFolder();
});
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  folder.remove();
});

function start(): ChildProcess {
  const flags = ['--port', '0', '--location', folder.path];
  const child = spawn(process.execPath, ['emulator/main.ts', ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  return child;
}

async function portOf(child: ChildProcess): Promise<number> {
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  return Number(/:(\d+) /u.exec(line.toString())?.[1]);
}

const FILE = '/devstoreaccount1/kept/file';

describe('The emulator with --location', () => {
  test('has after SIGTERM and a new start what it had, to the last answer', async () => {
    const first = start();
    const before = new SignedClient(await portOf(first));
    await before.call('PUT', '/devstoreaccount1/kept?restype=share');
    const headers = { 'x-ms-type': 'file', 'x-ms-content-length': '5' };
    const created = await before.call('PUT', FILE, { headers });
    const range = { 'x-ms-write': 'update', 'x-ms-range': 'bytes=0-4' };
    const body = Buffer.from('hello');
    const written = await before.call('PUT', `${FILE}?comp=range`, { headers: range, body });
    first.kill('SIGTERM');
    const [code] = (await once(first, 'exit')) as [number | null];

    const after = new SignedClient(await portOf(start()));
    const read = await after.call('GET', FILE);
    [before, after].forEach((client) => client.close());

    expect(code).toBe(0);
    expect(created.status).toBe(201);
    expect(read.body.toString()).toBe('hello');
    expect(read.headers['etag']).toBe(written.headers['etag']);
  });

  test('ends with exit 1 and a sentence if the folder is another one’s', async () => {
    await portOf(start());
    const second = start();
    let text = '';
    second.stderr?.on('data', (piece: Buffer) => {
      text += piece.toString('utf8');
    });

    const [code] = (await once(second, 'close')) as [number | null];

    expect(code).toBe(1);
    expect(text).toBe(`Files emulator: ${folder.path} is in use by another emulator.\n`);
  });
});
