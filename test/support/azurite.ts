import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

/** Azurite's published development account: the same in every installation, no secret. */
const accountName = 'devstoreaccount1';
const accountKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
const startTimeoutMs = 30_000;
/** Azurite's orderly close can hang on open connections. */
const stopTimeoutMs = 3_000;
/** Azurite does not watch its parent: a test runner that is killed must not leave it behind. */
const exitWithParent = {
  inMemory: `process.on('disconnect',()=>process.exit(0))`,
  // SIGTERM makes it write its databases first.
  onDisk: `process.on('disconnect',()=>{process.emit('SIGTERM');setTimeout(()=>process.exit(0),${stopTimeoutMs - 1000})})`,
};

export interface Azurite {
  /** Full connection string with the ports in use: blob, queue and table. */
  connectionString: string;
  pid: number;
  /** Ends the process; may be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts Azurite's blob, queue and table services on free ports of 127.0.0.1 as one child process; state is in memory
 * unless `location` names a folder. The child also exits when this process dies, however it dies.
 */
export async function startAzurite(options: { location?: string } = {}): Promise<Azurite> {
  const child = spawn(process.execPath, commandLine(options.location), {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    cwd: options.location ?? tmpdir(),
  });
  const stop = () => stopChild(child);
  try {
    const ports = await listeningPorts(child);
    const endpoints = ['Blob', 'Queue', 'Table'].map(
      (service) => `${service}Endpoint=http://127.0.0.1:${ports.get(service)}/${accountName};`,
    );
    return {
      connectionString: `DefaultEndpointsProtocol=http;AccountName=${accountName};AccountKey=${accountKey};${endpoints.join('')}`,
      pid: child.pid ?? 0,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function commandLine(location: string | undefined): string[] {
  const packageFolder = dirname(createRequire(import.meta.url).resolve('azurite/package.json'));
  const state = location === undefined ? ['--inMemoryPersistence'] : ['--location', location];
  return [
    '--disable-warning=DEP0040',
    '--import',
    `data:text/javascript,${location === undefined ? exitWithParent.inMemory : exitWithParent.onDisk}`,
    join(packageFolder, 'dist/src/azurite.js'),
    ...['--silent', '--skipApiVersionCheck', '--disableTelemetry', ...state],
    ...['--blobPort', '0', '--queuePort', '0', '--tablePort', '0'],
  ];
}

/** The table service comes last, so its line means that all three listen. */
async function listeningPorts(child: ChildProcess): Promise<Map<string, string>> {
  const ports = new Map<string, string>();
  const errors: string[] = [];
  child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  const { stdout } = child;
  if (!stdout) throw new Error('Azurite was started without a pipe on its output');
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => reject(new Error(`Azurite did not start: ${reason} ${errors.join('')}`));
    const timer = setTimeout(() => fail(`nothing listened within ${startTimeoutMs} ms`), startTimeoutMs);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`it exited with ${code}`));
    createInterface({ input: stdout }).on('line', (line) => {
      const match = /Azurite (\w+) service is successfully listening at http:\/\/[^:]+:(\d+)/.exec(line);
      if (match?.[1] === undefined || match[2] === undefined) return;
      ports.set(match[1], match[2]);
      if (ports.size < 3) return;
      clearTimeout(timer);
      resolve(ports);
    });
  });
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    // Ends it by exitWithParent: its own SIGTERM handler alone waits for open connections.
    if (child.connected) child.disconnect();
    else child.kill('SIGTERM');
  });
}
