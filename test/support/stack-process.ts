import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll } from 'vitest';

export interface StackProcess {
  readonly pid: number;
  /** All that it has printed so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** The first whole line on stdout, read as JSON. Rejects with all output if the process ends first. */
  firstJson<Line>(timeoutMs?: number): Promise<Line>;
  /** Resolves when the process is gone and its output is read. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  signal(name: NodeJS.Signals): void;
  /** Ends it and everything beneath it at once. */
  kill(): Promise<void>;
}

export interface ProcessOptions {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly cwd: string;
  readonly environment: NodeJS.ProcessEnv;
}

const startMs = 90_000;

const started: StackProcess[] = [];
afterAll(async () => {
  for (const one of started) await one.kill();
});

/** Starts a process; whatever is left of it, or beneath it, after the file's tests is killed by pid. */
export function startProcess(options: ProcessOptions): StackProcess {
  const child = spawn(options.command, options.arguments, {
    cwd: options.cwd,
    env: options.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const pid = child.pid ?? 0;
  const kill = async () => {
    const left = [pid, ...descendantsOf(pid)];
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    for (const one of left.slice(1)) killByPid(one);
    await ended.catch(() => undefined);
  };
  const running: StackProcess = {
    pid,
    ended,
    kill,
    get stdout() {
      return output.stdout;
    },
    get stderr() {
      return output.stderr;
    },
    signal: (name) => void child.kill(name),
    firstJson: async <Line>(timeoutMs = startMs) => {
      let isGone = false;
      void ended.catch(() => undefined).then(() => (isGone = true));
      await eventually('a first line', () => isGone || output.stdout.includes('\n'), timeoutMs);
      try {
        return JSON.parse(output.stdout.split('\n', 1)[0] ?? '') as Line;
      } catch (error) {
        throw new Error(`No JSON on the first line: ${output.stdout}\n${output.stderr}`, { cause: error });
      }
    },
  };
  started.push(running);
  return running;
}

/** Waits until `isSo` answers true; rejects with `what` after the time. */
export async function eventually(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const giveUpAt = performance.now() + timeoutMs;
  while (!(await isSo())) {
    if (performance.now() > giveUpAt) throw new Error(`${what}: not within ${timeoutMs / 1000} s`);
    await sleep(50);
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch {
    return false;
  }
}

/** Dead, but not yet collected by whoever has become its parent. */
const isZombie = (pid: number): boolean => /^State:\s+Z/mu.test(readText(`/proc/${pid}/status`));

/** Everything that a process has started, however deep. */
export function descendantsOf(pid: number): number[] {
  const parents = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/u.test(entry))) {
    const parent = /^PPid:\s+(\d+)/mu.exec(readText(`/proc/${name}/status`))?.[1];
    if (parent === undefined) continue;
    parents.set(Number(parent), [...(parents.get(Number(parent)) ?? []), Number(name)]);
  }
  const found: number[] = [];
  const visit = (one: number) => {
    for (const child of parents.get(one) ?? []) {
      found.push(child);
      visit(child);
    }
  };
  visit(pid);
  return found;
}

/** Empty when the process is gone. */
function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function killByPid(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
