/** The two programs side by side: Farshare's engine in this process, AzCopy's binary as a child. */
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  AccountSASPermissions,
  generateAccountSASQueryParameters,
  SASProtocol,
  StorageSharedKeyCredential,
} from '@azure/storage-file-share';
import { DEFAULT_ACCOUNT_KEY } from '../emulator/index.ts';
import { composeLocal } from '../lib/compose.ts';
import { loadConfig } from '../lib/config.ts';
import type { RunReport } from '../lib/model/index.ts';

export const accounts = { source: 'devstoreaccount1', destination: 'devstoreaccount2' } as const;
export const shares = { source: 'source', farshare: 'farshare', azcopy: 'azcopy' } as const;

export const connectionString = (emulatorUrl: string, account: string): string =>
  `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${DEFAULT_ACCOUNT_KEY};FileEndpoint=${emulatorUrl}/${account}`;

/** Backs the source share up, as `farshare run` does. Throws unless the run succeeded. */
export async function createFarshare(emulatorUrl: string, folder: string): Promise<() => Promise<RunReport>> {
  const config = await loadConfig({
    value: JSON.stringify({
      accounts: {
        source: { connectionString: connectionString(emulatorUrl, accounts.source) },
        destination: { connectionString: connectionString(emulatorUrl, accounts.destination) },
      },
      jobs: [
        {
          name: 'bench',
          source: { account: 'source', share: shares.source },
          destinations: [{ name: 'west', account: 'destination', share: shares.farshare, keep: { last: 7 } }],
        },
      ],
    }),
    readFile: () => '',
    env: {},
  });
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  return async () => {
    const engine = await composeLocal({ config, stateDirectory: join(folder, 'state'), log });
    try {
      const runIds = await engine.startRuns('bench', {});
      await engine.drive(runIds, { signal: new AbortController().signal, onProgress: () => undefined });
      const report = await engine.report(runIds[0] ?? '');
      if (report?.status !== 'succeeded') throw new Error(`The run ended as ${JSON.stringify(report)}`);
      return report;
    } finally {
      await engine.close();
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
      expiresOn: new Date(Date.now() + 3_600_000),
      protocol: SASProtocol.HttpsAndHttp,
    },
    new StorageSharedKeyCredential(account, DEFAULT_ACCOUNT_KEY),
  ).toString();

export interface AzCopy {
  readonly version: string;
  /** Mirrors the source share, times, attributes and permissions included. Throws unless the job completed. */
  readonly sync: () => Promise<void>;
}

/** The reason, where the binary is not there or does not start (it needs libsecret-1-0). */
export async function createAzCopy(emulatorUrl: string, folder: string): Promise<AzCopy | { readonly reason: string }> {
  const binary = findBinary();
  if (binary === undefined) return { reason: '@azure-tools/azcopy-linux is not installed' };
  const own = join(folder, 'azcopy');
  mkdirSync(own, { recursive: true });
  const started = await execute(binary, own, ['--version']);
  if (started.code !== 0) return { reason: started.output.trim().split('\n', 1)[0] ?? '' };
  const url = (account: string, share: string): string => `${emulatorUrl}/${account}/${share}?${signedIn(account)}`;
  return {
    version: started.output.trim(),
    sync: async () => {
      const { code, output } = await execute(binary, own, [
        'sync',
        url(accounts.source, shares.source),
        url(accounts.destination, shares.azcopy),
        ...['--from-to=FileFile', '--recursive', '--delete-destination=true', '--skip-version-check'],
        ...['--preserve-info=true', '--preserve-permissions=true'],
      ]);
      if (code !== 0 || !output.includes('Final Job Status: Completed')) throw new Error(`AzCopy (${code}): ${output}`);
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

/** AzCopy keeps logs and plans in a folder of its own, and sees no variable of ours. */
function execute(binary: string, folder: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: folder,
    AZCOPY_LOG_LOCATION: join(folder, 'logs'),
    AZCOPY_JOB_PLAN_LOCATION: join(folder, 'plans'),
    AZCOPY_DISABLE_SYSLOG: 'true',
  };
  return new Promise((resolve) => {
    execFile(binary, args, { env, timeout: 150_000, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, output: `${stdout}${stderr}${code === -1 ? (error?.message ?? '') : ''}` });
    });
  });
}
