import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { startFilesEmulator } from '../../emulator/index.ts';
import { requireBuilt } from '../e2e/start-processes.ts';
import { startAzurite } from '../support/azurite.ts';
import { expectEqual } from '../support/stack-compare.ts';
import { destinationAccount, EmulatorControl, sourceAccount } from '../support/stack-emulator.ts';
import { startHost } from '../support/stack-host.ts';
import { makeFolder } from '../support/stack-project.ts';
import { projectRoot } from './template.ts';
import { unzip } from './unzip.ts';

interface PackageFile {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const own = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as PackageFile;
const lock = JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean } | undefined>>;
};
let printed: string;
let packed: Buffer;
let entries: ReadonlyMap<string, Buffer>;

const makePackage = (folder: string): string =>
  execFileSync(process.execPath, [join(projectRoot, 'scripts/package.ts'), '--out', folder], { encoding: 'utf8' });

beforeAll(async () => {
  await requireBuilt();
  const folder = makeFolder('package');
  printed = makePackage(folder);
  packed = readFileSync(join(folder, 'farshare.zip'));
  entries = unzip(packed);
}, 120_000);

test('The package says its size, which is small enough for a quick cold start', () => {
  expect(printed).toMatch(/farshare\.zip: [\d.]+ MiB, \d+ files, [\d.]+ MiB unpacked\n$/u);
  expect(packed.length).toBeLessThan(20 * 1_048_576);
});

test('The package holds the app at its root, and nothing that only developers need', () => {
  const top = new Set([...entries.keys()].map((path) => path.split('/')[0]));
  const json = JSON.parse(entries.get('package.json')?.toString() ?? '') as PackageFile;

  expect(top).toEqual(new Set(['dist', 'host.json', 'node_modules', 'package.json']));
  expect(json).toMatchObject({ main: 'dist/functions/*.js', type: 'module', dependencies: own.dependencies });
  expect(json).not.toHaveProperty('devDependencies');
  expect(entries.has('dist/functions/schedule.js')).toBe(true);
  expect(entries.get('dist/functions/dashboard.html')?.toString()).toMatch(/^<!doctype html>/u);
  expect([...entries.keys()].filter((path) => /\.(?:ts|map)$|local\.settings|\.env/u.test(path))).toEqual([]);
});

test('The package holds every production dependency and no other one', () => {
  const installed = new Set(
    [...entries.keys()].flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/u.exec(path)?.[1] ?? []),
  );

  for (const name of Object.keys(own.dependencies)) expect(installed).toContain(name);
  // A tool of ours may be what a dependency needs, too: the lock file then does not call it `dev`.
  const onlyTools = Object.keys({ ...own.devDependencies, ...own.optionalDependencies }).filter(
    (name) => lock.packages[`node_modules/${name}`]?.dev === true,
  );
  expect(onlyTools.length).toBeGreaterThan(5);
  expect(onlyTools.filter((name) => installed.has(name))).toEqual([]);
});

test('The same sources make the same package, byte by byte', () => {
  const folder = makeFolder('package-again');

  makePackage(folder);

  expect(readFileSync(join(folder, 'farshare.zip')).equals(packed)).toBe(true);
});

test('The package, unpacked in an empty folder, starts under the local host and completes a backup', async () => {
  const app = makeFolder('unpacked');
  for (const [path, content] of entries) {
    mkdirSync(dirname(join(app, path)), { recursive: true });
    writeFileSync(join(app, path), content);
  }
  const [azurite, files] = await Promise.all([startAzurite(), startFilesEmulator()]);
  try {
    const emulator = new EmulatorControl(files.url);
    await emulator.growTree({ share: 'tree', files: 60, filesPerDirectory: 20, sizeBytes: 500 });
    const account = (name: string) => ({ connectionString: emulator.connectionString(name) });
    const configuration = {
      accounts: { production: account(sourceAccount), vault: account(destinationAccount) },
      jobs: [
        {
          name: 'tree',
          source: { account: 'production', share: 'tree' },
          destinations: [{ name: 'west', account: 'vault', share: 'tree-copy', keep: { last: 7 } }],
        },
      ],
    };

    const host = await startHost({
      app,
      local: projectRoot,
      state: makeFolder('host-state'),
      settings: {
        AzureWebJobsStorage: azurite.connectionString,
        FARSHARE_CONFIG: JSON.stringify(configuration),
        FUNCTIONS_WORKER_RUNTIME: 'node',
      },
    });
    const report = await host.api.run('tree');

    expect(report).toMatchObject({ status: 'succeeded', counts: { files: 60, copied: 60, failed: 0 } });
    expect(await expectEqual(emulator, report, ['tree', 'tree-copy'])).toBe(63);
  } finally {
    await Promise.all([azurite.stop(), files.stop()]);
  }
}, 120_000);
