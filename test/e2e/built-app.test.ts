import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WorkerProcess } from '../../local-host/worker-process.ts';
import { projectRoot } from '../../local-stack/index.ts';
import { startAzurite } from '../support/azurite.ts';
import type { Azurite } from '../support/azurite.ts';
import { startHost } from '../support/stack-host.ts';
import { buildProject, cleanEnvironment, copyProject, makeFolder } from '../support/stack-project.ts';

interface PackageJson {
  readonly main: string;
  readonly type: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** The whole app as the portal would list it: function, trigger, and what fires it. */
const expected = {
  'approve-run': 'httpTrigger POST runs/{runId}/approve',
  'cancel-run': 'httpTrigger POST runs/{runId}/cancel',
  dashboard: 'httpTrigger GET dashboard',
  finalize: 'queueTrigger farshare-finalize',
  'finalize-poison': 'queueTrigger farshare-finalize-poison',
  'get-content': 'httpTrigger GET jobs/{job}/restore-points/{snapshot}/content',
  'get-restore': 'httpTrigger GET restores/{restoreId}',
  'get-run': 'httpTrigger GET runs/{runId}',
  health: 'httpTrigger GET health',
  'list-entries': 'httpTrigger GET jobs/{job}/restore-points/{snapshot}/entries',
  'list-failures': 'httpTrigger GET runs/{runId}/failures',
  'list-jobs': 'httpTrigger GET jobs',
  'list-restore-points': 'httpTrigger GET jobs/{job}/restore-points',
  'list-runs': 'httpTrigger GET runs',
  'list-versions': 'httpTrigger GET jobs/{job}/versions',
  'retry-run': 'httpTrigger POST runs/{runId}/retry',
  schedule: 'timerTrigger 0 * * * * *',
  shard: 'queueTrigger farshare-shards',
  'shard-poison': 'queueTrigger farshare-shards-poison',
  'start-restore': 'httpTrigger POST restores',
  'start-run': 'httpTrigger POST jobs/{job}/runs',
  transfer: 'queueTrigger farshare-transfers',
  'transfer-poison': 'queueTrigger farshare-transfers-poison',
  webhook: 'queueTrigger farshare-webhooks',
  'webhook-poison': 'queueTrigger farshare-webhooks-poison',
  watchdog: 'timerTrigger 30 * * * * *',
};

const configuration = JSON.stringify({
  accounts: { production: { fileEndpoint: 'https://prodfiles.file.core.windows.net' } },
  jobs: [],
});

/** A deployed package: the build, host.json, package.json and the packages of `dependencies`; nothing else. */
let app: string;
let configFile: string;
let packageJson: PackageJson;
let entryPoints: string[];

beforeAll(async () => {
  const project = copyProject();
  await buildProject(project);
  app = makeFolder('app');
  for (const part of ['dist', 'host.json', 'package.json']) {
    cpSync(join(project, part), join(app, part), { recursive: true });
  }
  packageJson = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8')) as PackageJson;
  for (const name of Object.keys(packageJson.dependencies)) {
    mkdirSync(dirname(join(app, 'node_modules', name)), { recursive: true });
    symlinkSync(realpathSync(join(projectRoot, 'node_modules', name)), join(app, 'node_modules', name), 'dir');
  }
  configFile = join(makeFolder('config'), 'farshare.json');
  writeFileSync(configFile, configuration);
  entryPoints = globSync(packageJson.main, { cwd: app }).toSorted();
}, 120_000);

const settings = (storage: string) => ({
  FUNCTIONS_WORKER_RUNTIME: 'node',
  AzureWebJobsStorage: storage,
  FARSHARE_CONFIG: configFile,
});

/** Every module that a file of the build names: statically, by import(), or by require. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const forms = [
    /^(?:import|export)\b[^;]*?\bfrom\s*['"]([^'"]+)['"]/gmu,
    /^import\s*['"]([^'"]+)['"]/gmu,
    /\b(?:import|require)\(\s*['"]([^'"]+)['"]\s*[,)]/gu,
  ];
  return forms.flatMap((form) => [...text.matchAll(form)].map((match) => match[1] ?? ''));
}

/** All files that the entry points reach, with what they import from outside themselves. */
function walkImports(): { files: Set<string>; packages: Set<string>; missing: string[] } {
  const reached = { files: new Set<string>(), packages: new Set<string>(), missing: new Array<string>() };
  const visit = (file: string) => {
    if (reached.files.has(file)) return;
    reached.files.add(file);
    for (const name of importsOf(join(app, file))) {
      if (!name.startsWith('.')) {
        if (!name.startsWith('node:')) reached.packages.add(name);
        continue;
      }
      const next = relative(app, resolve(app, dirname(file), name));
      if (existsSync(join(app, next))) visit(next);
      else reached.missing.push(`${file} imports ${name}`);
    }
  };
  for (const file of entryPoints) visit(file);
  return reached;
}

const packageOf = (name: string): string =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');

describe('The built app', () => {
  test('has one entry point for each file of functions/, where package.json says', () => {
    const sources = globSync('functions/*.ts', { cwd: projectRoot }).map((file) => file.replace(/\.ts$/u, '.js'));

    expect(packageJson.type).toBe('module');
    expect(entryPoints).toEqual(sources.map((file) => `dist/${file}`).toSorted());
  });

  test('reaches only files of dist, node: built-ins and declared dependencies', () => {
    const { files, packages, missing } = walkImports();

    expect(missing).toEqual([]);
    expect(files.size).toBeGreaterThan(40);
    expect([...files].filter((file) => !/^dist\/(?:functions|lib)\/.+\.js$/u.test(file))).toEqual([]);
    expect([...packages].filter((name) => isBuiltin(name))).toEqual([]);
    expect([...packages].map(packageOf).filter((name) => !(name in packageJson.dependencies))).toEqual([]);
    // That the walk looks at what it should.
    expect([...packages]).toEqual(expect.arrayContaining(['@azure/functions', '@azure/data-tables', 'zod']));
  });

  test('has no import of a .ts file anywhere', () => {
    const files = globSync('dist/**/*.js', { cwd: app });

    const left = files.flatMap((file) =>
      importsOf(join(app, file))
        .filter((name) => /\.[cm]?ts$/u.test(name))
        .map((name) => `${file} imports ${name}`),
    );

    expect(left).toEqual([]);
  });

  test('asks for the extension bundle that queue triggers need', () => {
    const { extensionBundle, version } = JSON.parse(readFileSync(join(app, 'host.json'), 'utf8')) as {
      version: string;
      extensionBundle: object;
    };

    expect(version).toBe('2.0');
    expect(extensionBundle).toEqual({ id: 'Microsoft.Azure.Functions.ExtensionBundle', version: '[4.*, 5.0.0)' });
  });

  test('registers its functions with their triggers', async () => {
    const environment = { ...cleanEnvironment(settings('UseDevelopmentStorage=true')) };
    const worker = await WorkerProcess.start({
      appRoot: app,
      environment,
      log: () => undefined,
      onCrash: () => undefined,
    });

    const found = worker.functions.map(({ name, bindings }) => [name, triggerOf(Object.values(bindings))]);

    await worker.terminate();
    expect(Object.fromEntries(found)).toEqual(expected);
  });

  test('reads no file while it loads but its own and the configuration', async () => {
    const own = [join(app, '*'), join(realpathSync(join(projectRoot, 'node_modules')), '*')];

    const [allowed, denied] = [await loadWith([...own, configFile]), await loadWith(own)];

    expect(allowed).toMatchObject({ code: 0, stderr: expect.not.stringContaining('ERR_ACCESS_DENIED') as unknown });
    expect(denied.code).toBe(1);
    expect(denied.stderr).toContain('ERR_ACCESS_DENIED');
    expect(denied.stderr).toContain(configFile);
  });
});

interface Trigger {
  readonly type: string;
  readonly queueName?: string;
  readonly schedule?: string;
  readonly methods?: readonly string[];
  readonly route?: string;
}

function triggerOf(bindings: readonly object[]): string {
  const trigger = (bindings as readonly Trigger[]).find(({ type }) => type.endsWith('Trigger'));
  if (trigger === undefined) return 'none';
  const { type, queueName, schedule, methods = [], route } = trigger;
  return [type, queueName, schedule, ...methods, route].filter((part) => part !== undefined).join(' ');
}

/** Imports all entry points where only these paths can be read. */
async function loadWith(readable: readonly string[]): Promise<{ code: number; stderr: string }> {
  const script = entryPoints.map((file) => `await import(${JSON.stringify(join(app, file))});`).join('\n');
  const permissions = ['--permission', ...readable.map((path) => `--allow-fs-read=${path}`)];
  const quiet = ['--disable-warning=SecurityWarning', '--disable-warning=ExperimentalWarning'];
  const environment = cleanEnvironment(settings('UseDevelopmentStorage=true'));
  try {
    const { stderr } = await promisify(execFile)(
      process.execPath,
      [...permissions, ...quiet, '--input-type=module', '--eval', `${script}\nprocess.exit(0)`],
      { cwd: app, env: environment },
    );
    return { code: 0, stderr };
  } catch (error) {
    return error as { code: number; stderr: string };
  }
}

/** The Nodes of the real worker: ours, and those that the caller names. */
const nodes = [
  ['24', process.execPath],
  // oxlint-disable-next-line node/no-process-env -- which machine has a second Node only its user knows
  ['22', process.env['NODE_22'] ?? ''],
] as const;

describe('Deployed into an empty folder', () => {
  let azurite: Azurite;
  beforeAll(async () => {
    azurite = await startAzurite();
  });
  afterAll(() => azurite.stop());

  test.for(nodes)('it runs under Node %s and is healthy', async ([version, node], { skip }) => {
    skip(node === '', `no Node ${version} here: name one in NODE_${version}`);
    const state = makeFolder('app-state');

    const host = await startHost({
      app,
      state,
      node,
      settings: settings(azurite.connectionString),
      local: projectRoot,
    });

    expect(host.functions.toSorted()).toEqual(Object.keys(expected).toSorted());
    expect(await host.api.ask('GET', '/api/health')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await host.api.ask('GET', '/api/runs')).toMatchObject({ status: 200, body: { items: [] } });
    const page = await fetch(`${host.url}/api/dashboard`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'sha256-[^ ]+';/u);
    expect(await page.text()).toMatch(/^<!doctype html>[\s\S]{10000}/u);
    await host.process.kill();
  });
});
