import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { endWithParent } from './child.ts';
import type { Child, ChildOptions } from './child.ts';
import { aFreePort } from './ports.ts';

/** The accounts that Azurite and the Files emulator know without being told; the key is published, no secret. */
export const localAccounts = ['devstoreaccount1', 'devstoreaccount2'] as const;
const publishedKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

export const projectRoot = dirname(import.meta.dirname);

/** Where the services work and write their logs. */
export interface Surroundings {
  directory: string;
  environment: NodeJS.ProcessEnv;
  /** Starts a process that the stack knows, and ends, from its first moment on. */
  launch(options: ChildOptions): Child;
}

export interface Service {
  url: string;
}

export async function startAzurite(
  ports: { blob: number; queue: number; table: number },
  around: Surroundings,
): Promise<{ connectionString: string }> {
  const script = join(dirname(createRequire(import.meta.url).resolve('azurite/package.json')), 'dist/src/azurite.js');
  const child = around.launch({
    name: 'azurite',
    arguments: [
      // Its own SIGTERM handler waits for open connections; in memory it has nothing to write.
      ...['--disable-warning=DEP0040', ...endWithParent('exit'), script],
      ...['--inMemoryPersistence', '--silent', '--skipApiVersionCheck', '--disableTelemetry'],
      ...['--blobPort', `${ports.blob}`, '--queuePort', `${ports.queue}`, '--tablePort', `${ports.table}`],
    ],
    workingDirectory: around.directory,
    logFile: join(around.directory, 'azurite.log'),
  });
  const endpoints = new Map<string, string>();
  await child.firstLine((line) => {
    const match = /Azurite (\w+) service is successfully listening at (http:\/\/[^/\s]+)/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) endpoints.set(match[1], match[2]);
    return endpoints.size === 3 ? true : undefined;
  });
  const account = localAccounts[0];
  const parts = ['Blob', 'Queue', 'Table'].map((name) => `${name}Endpoint=${endpoints.get(name)}/${account};`);
  return { connectionString: `${accountPart(account)}${parts.join('')}` };
}

export async function startFilesEmulator(
  port: number,
  around: Surroundings,
  flags: readonly string[] = [],
): Promise<Service> {
  const child = around.launch({
    name: 'files-emulator',
    arguments: [
      ...['--disable-warning=ExperimentalWarning', ...endWithParent('terminate')],
      ...[join(projectRoot, 'emulator/main.ts'), '--port', `${port}`, ...flags],
    ],
    workingDirectory: projectRoot,
    logFile: join(around.directory, 'files-emulator.log'),
  });
  const url = await child.firstLine((line) => /https?:\/\/[^/\s"']+/.exec(line)?.[0]);
  return { url };
}

export function filesConnectionString(url: string, account: string): string {
  return `${accountPart(account)}FileEndpoint=${url}/${account};`;
}

function accountPart(account: string): string {
  return `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${publishedKey};`;
}

/** Core Tools if they are on PATH, since they are the real host; else the project's local host. */
type Host = Service & { readonly key: string; readonly pid: number };

export async function startFunctionsHost(port: number, around: Surroundings): Promise<Host> {
  return onPath('func', around.environment['PATH']) ? startCoreTools(port, around) : startLocalHost(port, around);
}

/** How long running functions may go on when the host is to end: what they leave is redelivered, if anyone comes back. */
const drainSeconds = 5;

async function startLocalHost(port: number, around: Surroundings): Promise<Host> {
  const child = around.launch({
    name: 'functions-host',
    arguments: [
      ...['--disable-warning=ExperimentalWarning', ...endWithParent('terminate')],
      ...[join(projectRoot, 'local-host/main.ts'), '--app', projectRoot, '--port', `${port}`],
      ...['--state', around.directory, '--drain-seconds', `${drainSeconds}`],
    ],
    environment: around.environment,
    workingDirectory: projectRoot,
    logFile: join(around.directory, 'functions-host.log'),
  });
  const line = await child.firstLine((text) => (text.startsWith('{') ? text : undefined));
  const { url, masterKey } = JSON.parse(line) as { url: string; masterKey: string };
  return { url, key: masterKey, pid: child.pid };
}

const coreToolsReadyMs = 120_000;

async function startCoreTools(port: number, around: Surroundings): Promise<Host> {
  const chosen = port === 0 ? await aFreePort() : port;
  const child = around.launch({
    name: 'functions-host',
    arguments: [
      '--disable-warning=ExperimentalWarning',
      ...[fileURLToPath(import.meta.resolve('./keep-program.ts')), 'func', 'start', '--port', `${chosen}`],
    ],
    environment: around.environment,
    workingDirectory: projectRoot,
    logFile: join(around.directory, 'functions-host.log'),
  });
  const url = `http://127.0.0.1:${chosen}`;
  const giveUpAt = Date.now() + coreToolsReadyMs;
  const exit = child.ended.then((how) => Promise.reject(new Error(`functions-host did not start: ${how}`)));
  while (!(await Promise.race([answers(`${url}/admin/host/status`), exit]))) {
    if (Date.now() > giveUpAt) throw new Error(`functions-host did not start: no answer from ${url}`);
    await sleep(500);
  }
  // Core Tools do not ask for keys locally.
  return { url, key: 'not-checked-locally', pid: child.pid };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

function onPath(program: string, path = ''): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}
