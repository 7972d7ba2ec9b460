#!/usr/bin/env node
import { createWriteStream, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseAccounts, startFilesEmulator } from './index.ts';
import type { FilesEmulatorOptions, LogEntry } from './index.ts';
import { parseSwitches } from './switch-flags.ts';

const USAGE = `usage: farshare-files-emulator [--host 127.0.0.1] [--port 10004] [--accounts 'name:base64key;name2:base64key2']
  [--location DIR] [--latency-ms N] [--iops N] [--mib-per-second N] [--share-iops N] [--share-mib-per-second N]
  [--switch NAME=VALUE]... [--log FILE] [--cert FILE --key FILE]
`;

const FLAGS = ['host', 'port', 'accounts', 'location', 'latency-ms', 'iops', 'mib-per-second', 'share-iops'].concat([
  'share-mib-per-second',
  'log',
  'cert',
  'key',
]);

class UsageError extends Error {
  override readonly name = 'UsageError';
}

type Flags = Record<string, string | undefined>;

type Arguments = { flags: Flags; switches: FilesEmulatorOptions['switches'] };

function readArguments(argv: string[]): Arguments {
  const options = Object.fromEntries(FLAGS.map((name) => [name, { type: 'string' as const }]));
  try {
    const { values } = parseArgs({
      args: argv,
      options: { ...options, switch: { type: 'string', multiple: true }, help: { type: 'boolean' } },
    });
    const { switch: switches = [], help, ...flags } = values;
    if (help === true) throw new UsageError('');
    return { flags: flags as Flags, switches: parseSwitches(switches) };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(flags: Flags, name: string): number | undefined {
  const text = flags[name];
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--${name} must be a whole number, not '${text}'.`);
  return Number(text);
}

function readTls({ cert, key }: Flags): FilesEmulatorOptions['tls'] {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) throw new UsageError('--cert and --key belong together.');
  try {
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  } catch (error) {
    throw new UsageError(`--cert, --key: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readAccounts({ accounts }: Flags): FilesEmulatorOptions['accounts'] {
  if (accounts === undefined) return undefined;
  try {
    return parseAccounts(accounts);
  } catch (error) {
    throw new UsageError(`--${error instanceof Error ? error.message : String(error)}`);
  }
}

type Log = { write: FilesEmulatorOptions['log']; close: () => Promise<void> };

/** A log that is complete once `close` resolved. */
function openLog(file: string | undefined): Log {
  if (file === undefined) return { write: undefined, close: () => Promise.resolve() };
  const stream = createWriteStream(file, { flags: 'a' });
  stream.on('error', (error) => process.stderr.write(`--log: ${error.message}\n`));
  return {
    write: (entry: LogEntry) => stream.write(`${JSON.stringify(entry)}\n`),
    close: () => new Promise((resolve) => stream.end(() => resolve())),
  };
}

function readOptions({ flags, switches }: Arguments, log: Log): FilesEmulatorOptions {
  return {
    host: flags['host'] ?? '127.0.0.1',
    port: wholeNumber(flags, 'port') ?? 10_004,
    accounts: readAccounts(flags),
    location: flags['location'],
    latencyMs: wholeNumber(flags, 'latency-ms'),
    iops: wholeNumber(flags, 'iops'),
    mebibytesPerSecond: wholeNumber(flags, 'mib-per-second'),
    shareIops: wholeNumber(flags, 'share-iops'),
    shareMebibytesPerSecond: wholeNumber(flags, 'share-mib-per-second'),
    switches,
    tls: readTls(flags),
    log: log.write,
  };
}

async function main(): Promise<void> {
  const parsed = readArguments(process.argv.slice(2));
  const log = openLog(parsed.flags['log']);
  const emulator = await startFilesEmulator(readOptions(parsed, log));
  const names = emulator.accounts.map(({ name }) => name).join(', ');
  process.stdout.write(`Azure Files emulator listens on ${emulator.url} (accounts: ${names})\n`);
  const end = async () => {
    await emulator.stop();
    await log.close();
    process.exit(0);
  };
  process.once('SIGTERM', () => void end());
  process.once('SIGINT', () => void end());
}

try {
  await main();
} catch (error) {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(error instanceof UsageError ? `${text}\n${USAGE}` : `Files emulator: ${text}\n`);
  process.exit(error instanceof UsageError ? 2 : 1);
}
