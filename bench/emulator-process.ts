import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { arch, cpus } from 'node:os';
import { DEFAULT_ACCOUNT_KEY } from '../emulator/index.ts';

export const ACCOUNT = 'devstoreaccount1';

/** The emulator as a process of its own. */
export type EmulatorProcess = { readonly child: ChildProcess; readonly port: number };

export async function startEmulatorProcess(flags: readonly string[] = []): Promise<EmulatorProcess> {
  const child = spawn(process.execPath, ['emulator/main.ts', '--port', '0', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  return { child, port: Number(/:(\d+) /u.exec(line.toString())?.[1]) };
}

export async function stopEmulatorProcess({ child }: EmulatorProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** Resident memory now and at most so far, MiB; Linux only. */
export function residentMebibytes({ child }: EmulatorProcess): { now: number; most: number } {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  const kibibytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`, 'u').exec(status)?.[1]);
  return { now: kibibytes('VmRSS') / 1024, most: kibibytes('VmHWM') / 1024 };
}

export const machine = `${cpus()[0]?.model} (${cpus().length} cores), ${arch()}, Node ${process.version}`;

export type Call = { readonly method: string; readonly path: string; readonly headers?: Record<string, string> };

/** The headers of a bodiless request signed with the account's key; they hold for some minutes. */
export function signed({ method, path, headers = {} }: Call): Record<string, string> {
  const msHeaders: Record<string, string> = {
    'x-ms-date': new Date().toUTCString(),
    'x-ms-version': '2026-10-06',
    ...headers,
  };
  const names = Object.keys(msHeaders).toSorted();
  const canonical = names.map((name) => `${name}:${msHeaders[name]}\n`).join('');
  const [pathname = '', query = ''] = path.split('?');
  const parameters = [...new URLSearchParams(query)].map(([name, value]) => `\n${name}:${value}`).toSorted();
  const toSign = `${method}${'\n'.repeat(12)}${canonical}/${ACCOUNT}${pathname}${parameters.join('')}`;
  const key = Buffer.from(DEFAULT_ACCOUNT_KEY, 'base64');
  const signature = createHmac('sha256', key).update(toSign).digest('base64');
  return { ...msHeaders, Authorization: `SharedKey ${ACCOUNT}:${signature}` };
}
