import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Packages the SDK's tests import beside it. */
const COMPANIONS = ['@azure/storage-blob@12.34.0', '@azure/core-util', '@azure/core-auth', '@azure/logger'];

/** Installs a version of the SDK into a scratch folder, once; returns the path of its package.json. */
export function installSdk(version: string): string {
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) throw new Error(`'${version}' is no version.`);
  const folder = join(tmpdir(), 'farshare-sdk-tests', version);
  const manifest = join(folder, 'node_modules/@azure/storage-file-share/package.json');
  if (existsSync(manifest)) return manifest;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  const packages = [`@azure/storage-file-share@${version}`, ...COMPANIONS];
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...packages], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return manifest;
}
