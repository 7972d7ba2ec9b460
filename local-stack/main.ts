import { once } from 'node:events';
import { mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigurationRefused, checkConfiguration } from './check-configuration.ts';
import { freePorts, usualPorts } from './ports.ts';
import { prepareSample } from './sample.ts';
import { startStack } from './stack.ts';
import type { Stack } from './stack.ts';

const usage = `npm start [-- --config FILE] [--ports 0]

Starts Azurite, the Files emulator and the functions host, and stays up until SIGTERM or Ctrl-C. The first line on stdout
is {"functions":URL,"key":KEY,"files":URL,"storage":CONNECTIONSTRING}.

--config FILE  the jobs to run; without it, a sample job backs a small share up every two minutes. The file can name the
               emulator's two accounts as {"connectionString": {"env": "FARSHARE_FILES_1"}} and "FARSHARE_FILES_2".
--ports 0      free ports instead of 7071 (functions), 10004 (files) and 10000-10002 (Azurite).
`;

class UsageError extends Error {}

async function parseCommandLine(): Promise<{ config?: string; free: boolean }> {
  const { config, ports } = readOptions();
  if (ports !== undefined && ports !== '0') throw new UsageError('--ports takes 0, for free ports');
  const free = ports === '0';
  if (config === undefined) return { free };
  const file = resolve(config);
  if (!(await stat(file).catch(() => undefined))?.isFile()) throw new UsageError(`--config: ${file} is not a file`);
  return { config: file, free };
}

function readOptions() {
  try {
    return parseArgs({ options: { config: { type: 'string' }, ports: { type: 'string' } } }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

const say = (text: string) => void process.stderr.write(`${text}\n`);

/** Aborted when somebody asks to end; heard from the start, so that an early signal ends what is starting too. */
function endSignal(): AbortSignal {
  const asked = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => asked.abort());
  return asked.signal;
}

async function main(asked: AbortSignal): Promise<number> {
  const { config, free } = await parseCommandLine();
  const directory = await mkdtemp(join(tmpdir(), 'farshare-start-'));
  const stack = await startStack({
    ports: free ? freePorts : usualPorts,
    directory,
    // oxlint-disable-next-line node/no-process-env -- the entry point: the host gets the caller's environment
    environment: process.env,
    signal: asked,
    configure: async ({ accounts, environment }) => {
      if (config === undefined) return prepareSample(accounts);
      await checkConfiguration(config, { directory, environment });
      return config;
    },
  });
  announce(stack, config, directory);
  const end = await Promise.race([once(asked, 'abort').then(() => undefined), stack.broken]);
  if (end !== undefined && !asked.aborted) say(`${end}. Ending the rest.`);
  await stack.stop();
  return asked.aborted ? 0 : 1;
}

function announce({ functions, key, files, storage }: Stack, config: string | undefined, directory: string): void {
  process.stdout.write(`${JSON.stringify({ functions, key, files, storage })}\n`);
  say(`Functions  ${functions} (header x-functions-key as above)`);
  say(`Files      ${files}, accounts devstoreaccount1 and devstoreaccount2`);
  say(`Jobs       ${config ?? 'sample: share "sample" to "sample-copy", every two minutes'}`);
  say(`Logs       ${directory}`);
}

const asked = endSignal();
try {
  process.exitCode = await main(asked);
} catch (error) {
  const wrongUsage = error instanceof UsageError;
  if (!asked.aborted) say(`${(error as Error).message}${wrongUsage ? `\n\n${usage}` : ''}`);
  const refused = wrongUsage || error instanceof ConfigurationRefused;
  process.exitCode = asked.aborted ? 0 : refused ? 2 : 1;
}
