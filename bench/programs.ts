/** The programs side by side: Farshare's CLI and AzCopy as children, Farshare's functions under the local host. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  AccountSASPermissions,
  generateAccountSASQueryParameters,
  SASProtocol,
  StorageSharedKeyCredential,
} from '@azure/storage-file-share';
import { FunctionsApp } from '../demo/functions-app.ts';
import { DEFAULT_ACCOUNT_KEY } from '../emulator/index.ts';
import type { RunReport } from '../lib/model/index.ts';
import { projectRoot, type Stack } from '../local-stack/index.ts';
import { watchMemory } from './peak-memory.ts';
import {
  accounts,
  connectionString,
  destinationOf,
  jobOf,
  type Program,
  type Size,
  type Tree,
  trees,
} from './shares.ts';

export interface Outcome {
  /** AzCopy has none. */
  readonly report?: RunReport;
  readonly peakMebibytes: number;
}

/** Copies a tree to the destination of a round. Throws unless it succeeded. */
export type Sync = (tree: Tree, round: number) => Promise<Outcome>;

const timeoutMs = 30 * 60_000;

/** What `farshare.json` holds: a job for each tree and round, without a schedule. */
export function configurationFor(emulatorUrl: string, program: Program, { rounds }: Size): string {
  const numbers = Array.from({ length: rounds }, (_, index) => index + 1);
  return JSON.stringify({
    accounts: {
      source: { connectionString: connectionString(emulatorUrl, accounts.source) },
      destination: { connectionString: connectionString(emulatorUrl, accounts.destination) },
    },
    jobs: trees.flatMap((tree) =>
      numbers.map((round) => ({
        name: jobOf(program, tree, round),
        source: { account: 'source', share: tree, keep: { last: 2 } },
        verify: { samplePercent: 0 },
        destinations: [
          { name: 'west', account: 'destination', share: destinationOf(program, tree, round), keep: { last: 7 } },
        ],
      })),
    ),
  });
}

export function farshareCli(emulatorUrl: string, folder: string, size: Size): Sync {
  const config = join(folder, 'farshare.json');
  writeFileSync(config, configurationFor(emulatorUrl, 'cli', size));
  return async (tree, round) => {
    const flags = ['--config', config, '--state', join(folder, 'state'), '--json', '--quiet'];
    const script = join(projectRoot, 'dist/cli/main.js');
    const run = ['--disable-warning=ExperimentalWarning', script, 'run', jobOf('cli', tree, round), ...flags];
    const { code, stdout, stderr, peakMebibytes } = await execute(process.execPath, run, { PATH: '/usr/bin:/bin' });
    if (code !== 0) throw new Error(`farshare run (${code}): ${stderr}${stdout}`);
    return { report: JSON.parse(stdout) as RunReport, peakMebibytes };
  };
}

export function farshareFunctions(stack: Stack): Sync {
  const app = new FunctionsApp(stack.functions, stack.key, new AbortController().signal);
  return async (tree, round) => {
    const memory = watchMemory(stack.hostPid);
    try {
      const report = await app.followRun(
        await app.startRun(jobOf('functions', tree, round)),
        timeoutMs,
        () => undefined,
      );
      if (report.status !== 'succeeded') throw new Error(`The run ended as ${JSON.stringify(report)}`);
      return { report, peakMebibytes: memory.stop() };
    } finally {
      memory.stop();
    }
  };
}

const signedIn = (account: string): string =>
  generateAccountSASQueryParameters(
    {
      // AzCopy refuses newer versions than it knows.
      version: '2022-11-02',
      services: 'f',
      resourceTypes: 'sco',
      permissions: AccountSASPermissions.parse('rwdlc'),
      expiresOn: new Date(Date.now() + 24 * 3_600_000),
      protocol: SASProtocol.HttpsAndHttp,
    },
    new StorageSharedKeyCredential(account, DEFAULT_ACCOUNT_KEY),
  ).toString();

/** The reason, where the binary is not there or does not start (it needs libsecret-1-0). */
export async function createAzCopy(
  emulatorUrl: string,
  folder: string,
): Promise<{ readonly version: string; readonly sync: Sync } | { readonly reason: string }> {
  const binary = findBinary();
  if (binary === undefined) return { reason: '@azure-tools/azcopy-linux is not installed' };
  const own = join(folder, 'azcopy');
  mkdirSync(own, { recursive: true });
  // AzCopy keeps logs and plans in a folder of its own, and sees no variable of ours.
  const environment = {
    PATH: '/usr/bin:/bin',
    HOME: own,
    AZCOPY_LOG_LOCATION: join(own, 'logs'),
    AZCOPY_JOB_PLAN_LOCATION: join(own, 'plans'),
    AZCOPY_DISABLE_SYSLOG: 'true',
  };
  const started = await execute(binary, ['--version'], environment);
  if (started.code !== 0) return { reason: `${started.stdout}${started.stderr}`.trim().split('\n', 1)[0] ?? '' };
  const url = (account: string, share: string): string => `${emulatorUrl}/${account}/${share}?${signedIn(account)}`;
  return {
    version: started.stdout.trim(),
    sync: async (tree, round) => {
      const from = url(accounts.source, tree);
      const to = url(accounts.destination, destinationOf('azcopy', tree, round));
      const flags = ['--from-to=FileFile', '--recursive', '--delete-destination=true', '--skip-version-check'];
      const kept = ['--preserve-info=true', '--preserve-permissions=true'];
      const { code, stdout, peakMebibytes } = await execute(binary, ['sync', from, to, ...flags, ...kept], environment);
      if (code !== 0 || !stdout.includes('Final Job Status: Completed')) throw new Error(`AzCopy (${code}): ${stdout}`);
      return { peakMebibytes };
    },
  };
}

function findBinary(): string | undefined {
  try {
    const found = createRequire(import.meta.url).resolve('@azure-tools/azcopy-linux/package.json');
    const binary = join(dirname(found), 'dist/bin/azcopy_linux_amd64');
    if (!existsSync(binary)) return undefined;
    // The package delivers it without its executable bit.
    chmodSync(binary, 0o755);
    return binary;
  } catch {
    return undefined;
  }
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly peakMebibytes: number;
}

function execute(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, timeout: timeoutMs, stdio: ['ignore', 'pipe', 'pipe'] });
    const memory = watchMemory(child.pid ?? 0);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (stdout += String(chunk)));
    child.stderr.on('data', (chunk) => (stderr += String(chunk)));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr, peakMebibytes: memory.stop() }));
  });
}
