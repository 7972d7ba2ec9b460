import { mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot, readLocalFolder } from '../local-stack/index.ts';
import type { LocalFolder } from '../local-stack/index.ts';
import { playDemo } from './demo.ts';
import { Progress } from './progress.ts';

const usage = `npm run demo [-- --from DIR] [--files N]

Backs a real folder up: uploads it to a share of the Files emulator, runs a backup to a second account through real queues
and functions, changes the share, runs again, and compares the restore point with its source, entry by entry.

--from DIR   the folder to upload; default: the project's node_modules, without the caches of tools in it
--files N    at most this many of its files, by sorted path; default: 10000
`;

class UsageError extends Error {}

async function readOptions(): Promise<LocalFolder> {
  const { from, files } = parseCommandLine();
  if (!/^[1-9]\d{0,6}$/.test(files)) throw new UsageError('--files takes a number from 1 to 9999999');
  const root = resolve(from ?? join(projectRoot, 'node_modules'));
  const found = await stat(root).catch(() => undefined);
  if (!found) throw new UsageError(`--from: ${root} does not exist`);
  if (!found.isDirectory()) throw new UsageError(`--from: ${root} is not a folder`);
  const folder = await readLocalFolder(root, Number(files), from === undefined ? isNoCache : undefined);
  if (folder.files.length === 0) throw new UsageError(`--from: ${root} holds no files that a share can hold`);
  return folder;
}

/** Tools keep caches that they rewrite as they run in node_modules, under names with a dot. */
const isNoCache = (path: string) => !path.startsWith('.');

function parseCommandLine() {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({ options: { from: text, files: { ...text, default: '10000' } } }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function endSignal(): AbortSignal {
  const asked = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => asked.abort());
  return asked.signal;
}

async function main(signal: AbortSignal): Promise<number> {
  const folder = await readOptions();
  const progress = new Progress(process.stdout);
  const directory = await mkdtemp(join(tmpdir(), 'farshare-demo-'));
  const startedAt = performance.now();
  if (folder.skipped.length > 0) {
    progress.say(`Left out, since a share cannot hold them: ${folder.skipped.length} links, special files or names`);
  }
  try {
    // oxlint-disable-next-line node/no-process-env -- the entry point: the host gets the caller's environment
    const proven = await playDemo({ folder, directory, environment: process.env, signal, progress });
    progress.say(`Took ${((performance.now() - startedAt) / 1000).toFixed(0)} s in all.`);
    return proven ? 0 : 1;
  } finally {
    progress.say(`All processes have ended. Reports, comparison and logs: ${directory}`);
  }
}

const interrupted = endSignal();
try {
  process.exitCode = await main(interrupted);
} catch (error) {
  const wrongUsage = error instanceof UsageError;
  const message = interrupted.aborted ? 'Interrupted.' : (error as Error).message;
  process.stderr.write(`${message}\n${wrongUsage ? `\n${usage}` : ''}`);
  process.exitCode = interrupted.aborted ? 130 : wrongUsage ? 2 : 1;
}
