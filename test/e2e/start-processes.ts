import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

export const projectRoot = join(import.meta.dirname, '../..');

/** `npm test` builds first; a test run by itself builds only what is not there, for others may be using it. */
export async function requireBuilt(): Promise<void> {
  if (existsSync(join(projectRoot, 'dist/functions/dashboard.html'))) return;
  await promisify(execFile)('npm', ['run', '--silent', 'build'], { cwd: projectRoot });
}

export interface Program {
  child: ChildProcess;
  /** All it has printed so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves once `text` has been printed on stdout or stderr; rejects when the program ends first. */
  printed(text: string | RegExp): Promise<void>;
  /** The exit code, or the signal's name. */
  ended: Promise<number | string>;
  /** Command lines of the processes that it started, itself left out. */
  descendants(): { pid: number; commandLine: string }[];
}

const markName = 'FARSHARE_TEST_MARK';

/** Runs one of the project's main files; whatever it starts inherits a mark in its environment, by which it is found. */
export function startProgram(script: string, args: string[], environment: NodeJS.ProcessEnv = {}): Program {
  const mark = `${markName}=${randomUUID()}`;
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(projectRoot, script), ...args], {
    cwd: projectRoot,
    env: { ...process.env, ...environment, [markName]: mark.slice(markName.length + 1) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const ended = new Promise<number | string>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal ?? '')),
  );
  let isOver = false;
  void ended.then(() => (isOver = true));
  return {
    child,
    ended,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    async printed(text) {
      const isThere = () => [output.stdout, output.stderr].some((printed) => printed.search(text) >= 0);
      while (!isThere()) {
        if (isOver) throw new Error(`It ended without printing ${text}:\n${output.stdout}\n${output.stderr}`);
        await sleep(20);
      }
    },
    descendants: () => processesMarked(mark).filter(({ pid }) => pid !== child.pid),
  };
}

/** Waits until nothing that a program started runs any more; returns what still does after ten seconds. */
export async function leftBehind(program: Program): Promise<string[]> {
  for (let tries = 0; tries < 100 && program.descendants().length > 0; tries += 1) await sleep(100);
  return program.descendants().map(({ commandLine }) => commandLine);
}

function processesMarked(mark: string): { pid: number; commandLine: string }[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      if (!readFileSync(`/proc/${name}/environ`, 'utf8').split('\0').includes(mark)) return [];
      return [{ pid: Number(name), commandLine: readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ') }];
    } catch {
      // Gone since it was listed, or not ours to look at.
      return [];
    }
  });
}
