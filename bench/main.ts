import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { format } from 'oxfmt';
import { freePorts, projectRoot, startStack } from '../local-stack/index.ts';
import { configurationFor, createAzCopy, farshareCli, farshareFunctions, type Sync } from './programs.ts';
import { renderResults } from './render-results.ts';
import { runRounds } from './rounds.ts';
import { makeShares, type Program, type Size } from './shares.ts';

const usage = `npm run bench [-- [--quick] [--files 20000] [--large-mib 1024] [--rounds 5] [--out FILE]]

Farshare's CLI, its functions under the local host, and AzCopy sync over the same shares of one Files emulator.

--quick        500 files, a file of 128 MiB, one round
--files N      files of 10 KiB, 100 a directory
--large-mib N  the large file
--rounds N     of which the medians are shown
--out FILE     what is written; default: bench/RESULTS.md, with --quick nothing
`;

const latencyMs = 8;
const requestsPerSecond = 1_200;

interface Flags {
  readonly size: Size;
  readonly command: string;
  readonly out: string | undefined;
}

function readFlags(): Flags {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: { quick: { type: 'boolean' }, files: text, 'large-mib': text, rounds: text, out: text },
  });
  const { quick = false } = values;
  const number = (name: 'files' | 'large-mib' | 'rounds', usual: number): number => {
    const value = Number(values[name] ?? usual);
    if (!Number.isInteger(value) || value < 1) throw new TypeError(`--${name} takes a whole number from 1`);
    return value;
  };
  const size = {
    files: number('files', quick ? 500 : 20_000),
    largeMebibytes: number('large-mib', quick ? 128 : 1_024),
    rounds: number('rounds', quick ? 1 : 5),
  };
  const command = `npm run bench -- --files ${size.files} --large-mib ${size.largeMebibytes} --rounds ${size.rounds}`;
  return { size, command, out: values.out ?? (quick ? undefined : join(projectRoot, 'bench/RESULTS.md')) };
}

async function bench({ size, command, out }: Flags): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'farshare-bench-'));
  const stack = await startStack({
    ports: freePorts,
    directory: folder,
    emulatorFlags: ['--latency-ms', `${latencyMs}`, '--iops', `${requestsPerSecond}`],
    // oxlint-disable-next-line node/no-process-env -- the entry point: the host gets the caller's environment
    environment: process.env,
    signal: new AbortController().signal,
    configure: async ({ accounts: [source] }) => configurationFor(urlIn(source), 'functions', size),
  });
  try {
    await makeShares(stack.files, size);
    const azcopy = await createAzCopy(stack.files, folder);
    const [version, reason] = 'reason' in azcopy ? [undefined, azcopy.reason] : [azcopy.version, undefined];
    const syncs = new Map<Program, Sync>([
      ['cli', farshareCli(stack.files, folder, size)],
      ['functions', farshareFunctions(stack)],
      ...('reason' in azcopy ? [] : [['azcopy', azcopy.sync] as const]),
    ]);
    const say = (line: string): void => void process.stderr.write(`${line}\n`);
    const measured = await runRounds({ emulatorUrl: stack.files, size, syncs, say });
    const results = { command, size, latencyMs, requestsPerSecond, azcopyVersion: version, azcopyReason: reason };
    const { code } = await format('RESULTS.md', renderResults({ ...results, ...measured }), { printWidth: 120 });
    if (out !== undefined) writeFileSync(out, code);
    process.stdout.write(code);
  } finally {
    await stack.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const urlIn = (connectionString: string): string => /FileEndpoint=(http:\/\/[^/;]+)/u.exec(connectionString)?.[1] ?? '';

let flags;
try {
  flags = readFlags();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  process.exit(2);
}
await bench(flags);
