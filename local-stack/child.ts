import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface ChildOptions {
  /** What people call it: in messages and as the name of its log. */
  name: string;
  /** A Node script and its arguments, after options for Node itself. The script must end when its channel closes. */
  arguments: string[];
  environment?: NodeJS.ProcessEnv;
  workingDirectory: string;
  /** Everything it prints. */
  logFile: string;
}

export interface Child {
  name: string;
  pid: number;
  /** The first line of its stdout that `pick` turns into something; rejects if it exits or takes over a minute. */
  firstLine<Found>(pick: (line: string) => Found | undefined): Promise<Found>;
  /** Resolves when the process is gone, with how it ended. */
  ended: Promise<string>;
  /** Asks it to end, and kills it if it has not after ten seconds. May be called twice. */
  stop(): Promise<void>;
}

const startTimeoutMs = 60_000;
const stopTimeoutMs = 10_000;
const shownLogLines = 15;

/**
 * Node arguments by which a child ends when this process dies, however it dies (SIGKILL included): the channel closes.
 * `terminate` runs the child's own SIGTERM handler first; without, it exits at once.
 */
export function endWithParent(how: 'terminate' | 'exit'): string[] {
  const end =
    how === 'exit'
      ? 'process.exit(0)'
      : `process.listenerCount('SIGTERM')?process.emit('SIGTERM'):process.exit(0);setTimeout(()=>process.exit(0),${stopTimeoutMs}).unref()`;
  return ['--import', `data:text/javascript,process.on('disconnect',()=>{${end}});process.channel?.unref()`];
}

export function startChild(options: ChildOptions): Child {
  const child = spawn(process.execPath, options.arguments, {
    cwd: options.workingDirectory,
    // Out of the terminal's process group: Ctrl-C reaches only the parent, which then ends things in order.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    ...(options.environment ? { env: options.environment } : {}),
  });
  const recent: string[] = [];
  // A line that comes after the end, or finds no room, is lost: a log is no reason to fail.
  const log = createWriteStream(options.logFile, { flags: 'a' }).on('error', () => undefined);
  const listeners = new Set<(line: string) => boolean>();
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      // A line that somebody waits for may hold keys.
      if (stream === child.stdout && [...listeners].some((wants) => wants(line))) return;
      log.write(`${line}\n`);
      recent.push(line);
      if (recent.length > shownLogLines) recent.shift();
    });
  }
  const ended = endOf(child, () => log.end());
  return {
    name: options.name,
    pid: child.pid ?? 0,
    ended,
    stop: () => stopChild(child, ended),
    firstLine: (pick) =>
      new Promise((resolve, reject) => {
        const fail = (reason: string) =>
          reject(new Error(`${options.name} did not start: ${reason}\n${recent.join('\n')}`.trimEnd()));
        const timer = setTimeout(() => fail(`not ready within ${startTimeoutMs / 1000} s`), startTimeoutMs);
        const listener = (line: string) => {
          const found = pick(line);
          if (found === undefined) return false;
          clearTimeout(timer);
          listeners.delete(listener);
          resolve(found);
          return true;
        };
        listeners.add(listener);
        void ended.then((how) => {
          clearTimeout(timer);
          fail(how);
        });
      }),
  };
}

/** A process of its own may hold the pipes open after a child has gone: no longer than this for last words. */
const lastWordsMs = 500;

/** Not by the event `close`: it never comes once this side has closed the channel. */
function endOf(child: ChildProcess, whenClosed: () => void): Promise<string> {
  return new Promise((resolve) => {
    const finish = (how: string) => {
      whenClosed();
      resolve(how);
    };
    child.once('error', (error) => finish(error.message));
    child.once('exit', (code, signal) => {
      const how = signal === null ? `it exited with code ${code}` : `it was ended by ${signal}`;
      const streams = [child.stdout, child.stderr].filter((stream) => stream && !stream.closed);
      const timer = setTimeout(() => finish(how), lastWordsMs);
      void Promise.all(streams.map((stream) => once(stream as Readable, 'close'))).then(() => {
        clearTimeout(timer);
        finish(how);
      });
    });
  });
}

async function stopChild(child: ChildProcess, ended: Promise<string>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  if (child.connected) child.disconnect();
  else child.kill('SIGTERM');
  await ended;
  clearTimeout(timer);
}
