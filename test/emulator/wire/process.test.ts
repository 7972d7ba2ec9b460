import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { StorageSharedKeyCredential, ShareServiceClient } from '@azure/storage-file-share';
import { DEFAULT_ACCOUNT_KEY } from '../../../emulator/index.ts';
import { hasOpenssl, makeCertificate } from '../../support/certificate.ts';

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

/** Starts the emulator as its own process, as `npm run emulator` does. */
function startProcess(...flags: string[]) {
  const child = spawn(process.execPath, ['emulator/main.ts', ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  return child;
}

async function firstLine(child: ChildProcess): Promise<string> {
  const [piece] = (await once(child.stdout!, 'data')) as [Buffer];
  return piece.toString('utf8').split('\n')[0] ?? '';
}

async function refusalOf(child: ChildProcess) {
  let text = '';
  child.stderr?.on('data', (piece: Buffer) => {
    text += piece.toString('utf8');
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, text };
}

const urlIn = (line: string) => /https?:\/\/[^\s]+/.exec(line)?.[0] ?? '';

describe('The emulator as a process', () => {
  test('says its URL first, serves both default accounts, and ends cleanly on SIGTERM', async () => {
    const child = startProcess('--port', '0');
    const url = urlIn(await firstLine(child));

    for (const account of ['devstoreaccount1', 'devstoreaccount2']) {
      const credential = new StorageSharedKeyCredential(account, DEFAULT_ACCOUNT_KEY);
      await new ShareServiceClient(`${url}/${account}`, credential).getShareClient('a-share').create();
    }
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number | null];

    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(code).toBe(0);
  });

  test('takes other accounts and writes a log without queries', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'emulator-log-'));
    const log = join(folder, 'requests.log');
    const child = startProcess('--port', '0', '--accounts', 'mine:a2V5a2V5', '--log', log);
    const url = urlIn(await firstLine(child));

    await new ShareServiceClient(`${url}/mine`, new StorageSharedKeyCredential('mine', 'a2V5a2V5')).createShare('abc');
    child.kill('SIGTERM');
    await once(child, 'exit');
    const lines = readFileSync(log, 'utf8').trim().split('\n');
    rmSync(folder, { recursive: true });

    expect(lines.map((line) => JSON.parse(line) as Record<string, unknown>)).toMatchObject([
      { method: 'PUT', path: '/mine/abc', operation: 'CreateShare', status: 201 },
    ]);
  });

  test.skipIf(!hasOpenssl())('speaks https with a certificate', async () => {
    const { cert, certFile, keyFile, remove } = makeCertificate();
    const child = startProcess('--port', '0', '--cert', certFile, '--key', keyFile);
    const url = urlIn(await firstLine(child));

    const status = await new Promise((resolve, reject) => {
      const request = httpsRequest(`${url}/_emulator/stats`, { ca: cert }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', reject).end();
    });
    remove();

    expect(url).toMatch(/^https:/);
    expect(status).toBe(200);
  });

  test.each([
    [['--port', 'x'], '--port must be a whole number'],
    [['--accounts', 'bad'], 'the key of'],
    [['--cert', '/nowhere'], 'belong together'],
    [['--switch', 'odd=1'], "'odd' is not known; known: childChangeMovesDirectoryTimes"],
    [['--switch', 'setMetadataMovesChangeTime=1'], 'setMetadataMovesChangeTime is true or false'],
    [['--switch', 'snapshotLimit=many'], 'snapshotLimit is a whole number'],
    [['--switch', 'listingOrder=odd'], 'listingOrder is one of upper, lower, ordinal, scattered'],
    [['--odd', '1'], "Unknown option '--odd'"],
  ])('refuses %j with exit 2 and a reason', async (flags, reason) => {
    const { code, text } = await refusalOf(startProcess(...flags));

    expect(code).toBe(2);
    expect(text).toContain(reason);
    expect(text).not.toContain('    at ');
  });
});
