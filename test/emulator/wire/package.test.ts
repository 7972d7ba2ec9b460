import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ShareServiceClient, StorageSharedKeyCredential } from '@azure/storage-file-share';
import { DEFAULT_ACCOUNT_KEY } from '../../../emulator/index.ts';

const root = resolve(import.meta.dirname, '../../..');
const temporary = mkdtempSync(join(tmpdir(), 'emulator-package-'));
const project = join(temporary, 'project');
const installed = join(project, 'node_modules', 'farshare');
let child: ChildProcess | undefined;

const run = (command: string, ...parameters: string[]) =>
  execFileSync(command, parameters, { cwd: temporary, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

/** Builds the emulator as `npm run build` does, packs it, and puts the tarball where npm would install it. */
beforeAll(() => {
  const config = {
    extends: join(root, 'tsconfig.build.json'),
    compilerOptions: { rootDir: root, outDir: join(temporary, 'dist'), typeRoots: [join(root, 'node_modules/@types')] },
    include: [join(root, 'emulator')],
  };
  writeFileSync(join(temporary, 'tsconfig.json'), JSON.stringify(config));
  copyFileSync(join(root, 'package.json'), join(temporary, 'package.json'));
  run(join(root, 'node_modules/.bin/tsc'), '-p', 'tsconfig.json');
  const tarball = run('npm', 'pack', '--ignore-scripts', '--offline').trim().split('\n').at(-1) ?? '';
  mkdirSync(join(project, 'node_modules/.bin'), { recursive: true });
  mkdirSync(installed);
  run('tar', '-xzf', tarball, '-C', installed, '--strip-components=1');
  symlinkSync(join(root, 'node_modules'), join(installed, 'node_modules'));
  const bin = join(installed, 'dist/emulator/main.js');
  chmodSync(bin, 0o755);
  symlinkSync(bin, join(project, 'node_modules/.bin/farshare-files-emulator'));
}, 120_000);

afterAll(() => {
  if (child?.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  rmSync(temporary, { recursive: true });
});

test('The packed tarball serves by `npx farshare-files-emulator`, with switches as flags', async () => {
  const flags = ['--port', '0', '--switch', 'softDeleteDays=7'];
  child = spawn('npx', ['--no-install', '--offline', 'farshare-files-emulator', ...flags], {
    cwd: project,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  const url = /http:\/\/\S+/.exec(line.toString('utf8'))?.[0] ?? '';
  const credential = new StorageSharedKeyCredential('devstoreaccount1', DEFAULT_ACCOUNT_KEY);
  const service = new ShareServiceClient(`${url}/devstoreaccount1`, credential);
  await service.createShare('packed');
  await service.deleteShare('packed');

  const listed = await service.listShares({ includeDeleted: true }).next();

  expect(listed.value).toMatchObject({ name: 'packed', deleted: true, properties: { remainingRetentionDays: 7 } });
}, 60_000);
