/** Resident memory of a process and all beneath it, looked at ten times a second; Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

const everyMs = 100;

export interface MemoryWatch {
  /** Ends the watch and answers the most seen at once, MiB. */
  stop(): number;
}

export function watchMemory(pid: number): MemoryWatch {
  let most = 0;
  const look = (): void => void (most = Math.max(most, residentMebibytes(pid)));
  look();
  const timer = setInterval(look, everyMs);
  return {
    stop() {
      look();
      clearInterval(timer);
      return Math.round(most);
    },
  };
}

function residentMebibytes(root: number): number {
  const parents = new Map<number, { parent: number; kibibytes: number }>();
  for (const name of readdirSync('/proc')) {
    if (/^\d+$/u.test(name)) addProcess(parents, Number(name));
  }
  let sum = 0;
  for (const [pid, { kibibytes }] of parents) if (isBeneath(parents, pid, root)) sum += kibibytes;
  return sum / 1024;
}

function addProcess(parents: Map<number, { parent: number; kibibytes: number }>, pid: number): void {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const number = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'mu').exec(status)?.[1] ?? 0);
    parents.set(pid, { parent: number('PPid'), kibibytes: number('VmRSS') });
  } catch {
    // It has ended since its name was read.
  }
}

function isBeneath(parents: ReadonlyMap<number, { parent: number }>, pid: number, root: number): boolean {
  for (let at = pid; at > 1; at = parents.get(at)?.parent ?? 0) if (at === root) return true;
  return false;
}
