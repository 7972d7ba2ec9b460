import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestCase, TestModule, Vitest } from 'vitest/node';
import { startVitest } from 'vitest/node';
import { DEFAULT_ACCOUNT_KEY, startFilesEmulator } from '../emulator/index.ts';
import type { FilesEmulator } from '../emulator/index.ts';
import { makeCertificate } from './certificate.ts';
import { installSdk } from './sdk-install.ts';
import { endpointOf, SETTING } from './settings.ts';
import type { Protocol } from './settings.ts';
import { suitePlugin } from './suite-plugin.ts';

export type SuiteOptions = {
  /** Folder of the SDK's tests. */
  folder: string;
  sdk: string;
  protocol: Protocol;
  /** Parts of file names; none means every file. */
  files: readonly string[];
  /** Regular expression over full test names. */
  test?: string | undefined;
  /** Tells the tests that they do not run live: those that are unstable on the service itself run, others do not. */
  notLive?: boolean | undefined;
  /** Gets one JSON line per request. */
  logFile?: string | undefined;
};

/** `https only`: the SDK refuses to do it over http. `skipped`: the suite itself leaves it out. */
export type Outcome = 'passed' | 'failed' | 'skipped' | 'https only';
export type TestResult = { sdk: string; file: string; name: string; outcome: Outcome; failure?: string };

/** The accounts the SDK's tests expect, each by the prefix of its environment variables. */
const ACCOUNTS = {
  '': 'sdktests',
  SECONDARY_: 'sdktests',
  SOFT_DELETE_: 'sdktestssoftdelete',
  PREMIUM_FILE_: 'sdktestspremium',
  PROVISIONED_FILE_: 'sdktestsprovisioned',
};

/** The tests wait for clocks (leases, policies), not for the processor: more files at a time than cores. */
const WORKERS = 6;

const TEST_TIMEOUT_MS = 180_000;

/** Runs the suite once: one version of the SDK, one protocol, one fresh emulator. */
export async function runSuite(options: SuiteOptions): Promise<TestResult[]> {
  const sdkPackage = installSdk(options.sdk);
  const certificate = options.protocol === 'https' ? makeCertificate() : undefined;
  const scratch = mkdtempSync(join(tmpdir(), 'farshare-sdk-tests-scratch-'));
  const emulator = await startEmulator(options, certificate?.tls);
  try {
    const env = {
      ...accountVariables(options.protocol, emulator),
      [SETTING.protocol]: options.protocol,
      [SETTING.port]: String(emulator.port),
      [SETTING.certificate]: certificate?.file ?? '',
      [SETTING.sdkPackage]: sdkPackage,
      [SETTING.scratch]: scratch,
      [SETTING.notLive]: options.notLive === true ? 'true' : '',
    };
    const vitest = await runVitest(options, env, sdkPackage, emulator.port);
    const results = resultsOf(vitest, options.sdk);
    await vitest.close();
    return results;
  } finally {
    await emulator.stop();
    certificate?.remove();
    rmSync(scratch, { recursive: true });
  }
}

function startEmulator(
  { logFile }: SuiteOptions,
  tls: { cert: string; key: string } | undefined,
): Promise<FilesEmulator> {
  const names = [...new Set(Object.values(ACCOUNTS))];
  const log =
    logFile === undefined ? undefined : (entry: object) => appendFileSync(logFile, `${JSON.stringify(entry)}\n`);
  return startFilesEmulator({
    accounts: names.map((name) => ({ name, key: DEFAULT_ACCOUNT_KEY })),
    // As on the accounts the suite is made for: two with soft delete, and a delete takes half a minute.
    switches: {
      softDeleteDays: 7,
      softDeleteAccounts: `${ACCOUNTS.SOFT_DELETE_},${ACCOUNTS.PROVISIONED_FILE_}`,
      shareBeingDeletedMs: 30_000,
    },
    tls,
    log,
  });
}

function accountVariables(protocol: Protocol, emulator: FilesEmulator): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [prefix, account] of Object.entries(ACCOUNTS)) {
    const endpoint = endpointOf(protocol, account, emulator.port);
    variables[`${prefix}ACCOUNT_NAME`] = account;
    variables[`${prefix}ACCOUNT_KEY`] = DEFAULT_ACCOUNT_KEY;
    variables[`${prefix}STORAGE_CONNECTION_STRING`] =
      `DefaultEndpointsProtocol=${protocol === 'https' ? 'https' : 'http'};AccountName=${account};AccountKey=${DEFAULT_ACCOUNT_KEY};` +
      `FileEndpoint=${endpoint};BlobEndpoint=${endpoint.replace('.file.', '.blob.')};`;
  }
  return variables;
}

async function runVitest(
  { folder, protocol, files, test }: SuiteOptions,
  env: Record<string, string>,
  sdkPackage: string,
  port: number,
): Promise<Vitest> {
  return startVitest(
    [...files],
    {
      config: false,
      root: folder,
      dir: folder,
      include: ['**/*.spec.ts'],
      exclude: ['**/snippets.spec.ts', '**/browser/**', '**/perfstress/**', '**/stress/**'],
      watch: false,
      // Keyed by the sources alone, it would keep what another run's port and SDK made of them.
      fsModuleCache: false,
      pool: 'forks',
      maxWorkers: WORKERS,
      testTimeout: TEST_TIMEOUT_MS,
      hookTimeout: TEST_TIMEOUT_MS,
      // The SDK's own configuration has it so.
      fakeTimers: { toFake: ['setTimeout', 'Date'] },
      setupFiles: [fileURLToPath(new URL('./worker-setup.ts', import.meta.url))],
      reporters: [{ onTestModuleEnd: reportModule }],
      silent: true,
      env,
      ...(test === undefined ? {} : { testNamePattern: test }),
    },
    {
      plugins: [suitePlugin({ folder, sdkPackage, protocol, port })],
      cacheDir: join(tmpdir(), 'farshare-sdk-tests', 'cache'),
      server: { fs: { strict: false } },
    },
  );
}

function reportModule(module: TestModule): void {
  const tests = [...module.children.allTests()];
  const failed = tests.filter((test) => test.result().state === 'failed').length;
  process.stdout.write(`  ${module.relativeModuleId}: ${tests.length} tests, ${failed} not passed\n`);
  for (const error of module.errors()) process.stdout.write(`    ${error.message}\n`);
}

function resultsOf(vitest: Vitest, sdk: string): TestResult[] {
  return vitest.state
    .getTestModules()
    .flatMap((module) => [...module.children.allTests()].map((test) => resultOf(sdk, module, test)));
}

function resultOf(sdk: string, module: TestModule, test: TestCase): TestResult {
  const named = { sdk, file: module.relativeModuleId, name: test.fullName };
  const result = test.result();
  const errors = (result.errors ?? []).map(describeError);
  if ('needsHttps' in test.meta()) return { ...named, outcome: 'https only' };
  if (result.state === 'failed') return { ...named, outcome: 'failed', failure: errors.join('\n') };
  return { ...named, outcome: result.state === 'passed' ? 'passed' : 'skipped' };
}

/** With the service's code, which the SDK's messages leave out. */
function describeError(error: { message: string; code?: unknown }): string {
  return typeof error.code === 'string' ? `${error.message} (${error.code})` : error.message;
}
