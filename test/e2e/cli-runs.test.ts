import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFilesEmulator } from '../../emulator/index.ts';
import type { FilesEmulator } from '../../emulator/index.ts';
import type { PlannedAction, RestorePointInfo, RunReport } from '../../lib/model/index.ts';
import { documentOf, farshare, farshareWithoutNpm, startCli } from '../support/stack-cli.ts';
import type { CliOutcome } from '../support/stack-cli.ts';
import { expectEqual } from '../support/stack-compare.ts';
import { exampleEnvironment, exampleSecrets, exampleWith, wrongFields } from '../support/stack-configuration.ts';
import { destinationAccount, EmulatorControl, sourceAccount, writesIn } from '../support/stack-emulator.ts';
import { eventually } from '../support/stack-process.ts';
import { makeFolder } from '../support/stack-project.ts';

const folder = makeFolder('cli');
const configFile = join(folder, 'farshare.json');
const job = (name: string, destinations = ['west']) => ({
  name,
  source: { account: 'production', share: name },
  // Content is read back in a part of the runs' files; here each request of the backup itself is counted.
  verify: { samplePercent: 0 },
  destinations: destinations.map((one) => ({
    name: one,
    account: 'vault',
    share: `${name}-${one}`,
    keep: { last: 7 },
  })),
});

let files: FilesEmulator;
let emulator: EmulatorControl;
let environment: Record<string, string>;

beforeAll(async () => {
  files = await startFilesEmulator();
  emulator = new EmulatorControl(files.url);
  environment = {
    FILES_1: emulator.connectionString(sourceAccount),
    FILES_2: emulator.connectionString(destinationAccount),
  };
  const accounts = {
    production: { connectionString: { env: 'FILES_1' } },
    vault: { connectionString: { env: 'FILES_2' } },
  };
  const jobs = [job('tree'), job('broken'), job('shrunk'), job('paused'), job('twice', ['west', 'east'])];
  writeFileSync(configFile, JSON.stringify({ accounts, jobs }));
});
afterAll(() => files.stop());

/** The command with the file's configuration, its own state folder for each job, and `--json`. */
const options = (state: string, command: readonly string[]) => [
  ...[...command, '--config', configFile],
  ...['--state', join(folder, state), '--json'],
];
const cli = (state: string, ...command: string[]) => farshare(options(state, command), environment);

describe('A job run from the command line', () => {
  let first: RunReport;

  test('is planned without any write', async () => {
    await emulator.growTree({ share: 'tree', files: 300, filesPerDirectory: 25, depth: 3, sizeBytes: 2_000 });
    await emulator.resetRequests();

    const outcome = await cli('tree', 'plan', 'tree');

    const { runs } = documentOf<{ runs: (RunReport & { actions: PlannedAction[] })[] }>(outcome);
    const [plan] = runs;
    expect(outcome.code).toBe(0);
    expect(runs).toHaveLength(1);
    expect(plan).toMatchObject({ dryRun: true, status: 'succeeded', counts: { files: 300, copied: 300 } });
    expect(plan?.actions).toHaveLength(300 + 12);
    expect(new Set(plan?.actions.map(({ reason }) => reason))).toEqual(new Set(['missing']));
    expect(writesIn(await emulator.requests(sourceAccount))).toEqual([]);
    expect(writesIn(await emulator.requests(destinationAccount))).toEqual([]);
  });

  test('ends 0 with one document on stdout: a report whose counts and requests are exact', async () => {
    await emulator.resetRequests();

    const outcome = await cli('tree', 'run', 'tree');

    first = documentOf<RunReport>(outcome);
    expect(outcome.code).toBe(0);
    expect(first).toMatchObject({
      kind: 'backup',
      job: 'tree',
      destination: 'west',
      status: 'succeeded',
      failures: [],
    });
    expect(first.counts).toMatchObject({ directories: 12, files: 300, copied: 300, directoriesMade: 12, failed: 0 });
    expect(first.bytes.copied).toBe(300 * 2_000);
    expect(first.requests.source).toEqual(await emulator.requests(sourceAccount));
    expect(first.requests.destination).toEqual(await emulator.requests(destinationAccount));
    expect(await expectEqual(emulator, first, ['tree', 'tree-west'])).toBe(312);
  });

  test('makes no copy and no request for a file when nothing has changed', async () => {
    await emulator.resetRequests();

    const report = documentOf<RunReport>(await cli('tree', 'run', 'tree'));

    const [source, destination] = [await emulator.requests(sourceAccount), await emulator.requests(destinationAccount)];
    expect(report).toMatchObject({ status: 'succeeded', counts: { unchanged: 300, copied: 0 } });
    const ofFiles = ([name]: readonly [string, number]) => /File(?!sAnd|Permission)|Range/u.test(name);
    expect(Object.entries(source).filter(ofFiles)).toEqual([]);
    // The manifest, in the catalog.
    expect(Object.fromEntries(Object.entries(destination).filter(ofFiles))).toEqual({ CreateFile: 1, PutRange: 1 });
  });

  test('is found again by points, runs and show', async () => {
    const [points, runs, show] = [
      await cli('tree', 'points', 'tree'),
      await cli('tree', 'runs', 'tree'),
      await cli('tree', 'show', first.runId),
    ];

    expect([points.code, runs.code, show.code]).toEqual([0, 0, 0]);
    const found = documentOf<{ points: RestorePointInfo[] }>(points).points;
    expect(found).toHaveLength(2);
    expect(found[0]).toMatchObject({
      ...{ job: 'tree', destination: 'west', complete: 'true', runId: first.runId },
      ...{ snapshot: first.restorePoint, sourceSnapshot: first.sourceSnapshot },
    });
    expect(documentOf<{ runs: RunReport[] }>(runs).runs.map(({ dryRun }) => dryRun)).toEqual([false, false, true]);
    expect(documentOf<RunReport>(show)).toEqual(first);
  });

  test('has a restore point that needs no state to be found', async () => {
    const outcome = await cli('another-state', 'points', 'tree');

    expect(documentOf<{ points: RestorePointInfo[] }>(outcome).points).toHaveLength(2);
  });

  test('to two destinations answers both reports, of one source snapshot', async () => {
    await emulator.growTree({ share: 'twice', files: 40, filesPerDirectory: 20, sizeBytes: 100 });

    const outcome = await cli('twice', 'run', 'twice');

    const { runs } = documentOf<{ runs: RunReport[] }>(outcome);
    expect(outcome.code).toBe(0);
    expect(runs.map(({ destination, status }) => [destination, status])).toEqual([
      ['west', 'succeeded'],
      ['east', 'succeeded'],
    ]);
    expect(runs[0]?.sourceSnapshot).toBe(runs[1]?.sourceSnapshot);
    for (const report of runs) await expectEqual(emulator, report, ['twice', `twice-${report.destination}`]);
  });
});

describe('A run that does not succeed', () => {
  test('ends 1 when a directory cannot be listed, and says which', async () => {
    await emulator.growTree({ share: 'broken', files: 60, filesPerDirectory: 20, sizeBytes: 100 });
    const action = { status: 403, code: 'AuthorizationPermissionMismatch' };
    await emulator.setFaults([
      { operation: 'ListFilesAndDirectories', account: sourceAccount, path: 'd00001', action },
    ]);

    const outcome = await cli('broken', 'run', 'broken');

    const report = documentOf<RunReport>(outcome);
    expect(await emulator.fired()).not.toEqual([0]);
    await emulator.clearFaults();
    expect(outcome.code).toBe(1);
    expect(report).toMatchObject({ status: 'failed', restorePoint: null });
    expect(report.failures).toMatchObject([{ path: 'd00001', code: 'AuthorizationPermissionMismatch' }]);
  });

  test('ends 3 when the guard asks, and 0 once it is approved', async () => {
    await emulator.growTree({ share: 'shrunk', files: 60, filesPerDirectory: 20, sizeBytes: 100 });
    await cli('shrunk', 'run', 'shrunk');
    const directory = emulator.share(sourceAccount, 'shrunk').getDirectoryClient('d00000');
    for (let number = 0; number < 20; number += 1) {
      await directory.deleteFile(`f${String(number).padStart(8, '0')}.bin`);
    }
    await emulator.resetRequests();

    const asked = await cli('shrunk', 'run', 'shrunk');
    const deletions = Object.keys(await emulator.requests(destinationAccount)).filter((name) => /^Delete/u.test(name));
    const approved = await cli('shrunk', 'run', 'shrunk', '--approve');

    expect(asked.code).toBe(3);
    expect(documentOf<RunReport>(asked)).toMatchObject({ status: 'awaiting-approval', restorePoint: null });
    expect(deletions).toEqual([]);
    expect(approved.code).toBe(0);
    const report = documentOf<RunReport>(approved);
    expect(report).toMatchObject({ status: 'succeeded', counts: { deleted: 20 } });
    await expectEqual(emulator, report, ['shrunk', 'shrunk-west']);
  });

  test('ends 130 on SIGINT, and the same command goes on with the same run to an equal tree', async () => {
    await emulator.growTree({ share: 'paused', files: 800, filesPerDirectory: 80, sizeBytes: 1_000 });
    await emulator.resetRequests();
    const slow = { operation: 'CopyFile', account: destinationAccount, action: { delayMs: 400 } };
    await emulator.setFaults([slow]);
    const copies = async () => (await emulator.requests(destinationAccount))['CopyFile'] ?? 0;
    const running = startCli(options('paused', ['run', 'paused']), environment);
    await eventually('copies under way', async () => (await copies()) >= 100);

    running.signal('SIGINT');
    const { code } = await running.ended;
    const copiedBefore = await copies();
    await emulator.clearFaults();
    const resumed = await cli('paused', 'run', 'paused');

    const interrupted = JSON.parse(running.stdout) as RunReport;
    const report = documentOf<RunReport>(resumed);
    expect(code).toBe(130);
    expect(interrupted).toMatchObject({ status: 'running', restorePoint: null });
    expect(copiedBefore).toBeLessThan(800);
    expect(resumed.code).toBe(0);
    expect(report).toMatchObject({ runId: interrupted.runId, status: 'succeeded', counts: { files: 800, failed: 0 } });
    await expectEqual(emulator, report, ['paused', 'paused-west']);
  });
});

interface ErrorDocument {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly problems: { readonly path: string; readonly value: string; readonly fix: string }[];
  };
}

const some: unknown = expect.stringMatching(/./u);
const told = { path: expect.any(String) as unknown, value: some, fix: some };

/** Refused as wrong configuration, with neither a stack trace nor a secret anywhere. */
function expectRefused(outcome: CliOutcome): void {
  const said = `${outcome.stdout}${outcome.stderr}`;
  expect({ code: outcome.code, said }).toEqual({ code: 2, said });
  expect(said).not.toMatch(/^\s+at |\.ts:\d+|node:internal/mu);
  for (const secret of exampleSecrets) expect(said).not.toContain(secret);
}

describe.concurrent('A configuration', () => {
  /** The command with a configuration in a file of its own. */
  const runWith = (name: string, text: string, ...flags: string[]) => {
    const file = join(folder, `${name}.json`);
    writeFileSync(file, text);
    return farshareWithoutNpm(
      ['runs', '--config', file, '--state', join(folder, `state-${name}`), ...flags],
      exampleEnvironment,
    );
  };

  test('as the design shows it is accepted', async () => {
    const outcome = await runWith('right', exampleWith({}), '--json');

    expect(outcome).toMatchObject({ code: 0 });
    expect(documentOf(outcome)).toEqual({ runs: [] });
  });

  test.each(wrongFields)('with %s set to %j is refused with path, value and fix', async (path, wrong) => {
    const outcome = await runWith(`wrong ${path}`.replaceAll(/\W/gu, '-'), exampleWith({ [path]: wrong }), '--json');

    expectRefused(outcome);
    const { problems } = documentOf<ErrorDocument>(outcome).error;
    // A secret's problem may be told at the field that names it.
    const about = problems.filter((problem) => path.startsWith(problem.path) || problem.path.startsWith(path));
    expect(about).not.toEqual([]);
    for (const problem of problems) expect(problem).toMatchObject(told);
  });

  test('with several mistakes names all of them at once, for people on stderr', async () => {
    const changes = {
      'jobs[0].name': 'A B',
      'jobs[0].delta': 1,
      'jobs[0].sorce': {},
      'accounts.vault.sas.env': 'NONE',
    };

    const outcome = await runWith('several', exampleWith(changes));

    expectRefused(outcome);
    expect(outcome.stdout).toBe('');
    for (const path of ['jobs[0].name', 'jobs[0].delta', 'jobs[0].sorce', 'accounts.vault.sas']) {
      expect(outcome.stderr).toContain(`  ${path}`);
    }
    expect(outcome.stderr.match(/^ +is: /gmu)).toHaveLength(4);
    expect(outcome.stderr.match(/^ +fix: /gmu)).toHaveLength(4);
  });

  test.each([
    ['unfinished', '{"accounts": {'],
    ['empty', ''],
    ['no object', '[]'],
    ['binary', '\u0000\u0001\ufffd'],
  ])('whose file is %s is refused', async (name, text) => {
    const outcome = await runWith(name, text, '--json');

    expectRefused(outcome);
    expect(documentOf<ErrorDocument>(outcome).error.problems).toMatchObject([told]);
  });

  test.each([
    ['is missing', join(folder, 'nowhere.json')],
    ['is a folder', folder],
  ])('whose file %s is refused', async (_, file) => {
    const outcome = await farshareWithoutNpm(['run', 'finance', '--config', file, '--json'], exampleEnvironment);

    expectRefused(outcome);
    expect(documentOf<ErrorDocument>(outcome).error.problems).toMatchObject([told]);
  });

  test.each([
    [['run']],
    [['run', 'no-such-job']],
    [['run', 'finance', '--destination', 'nowhere']],
    [['run', 'finance', '--frobnicate']],
    [['frobnicate']],
    [['show', 'no-such-run']],
    [['runs', '--limit', 'many']],
  ])('does not help a wrong command: %j', async (command) => {
    const file = join(folder, `usage-${command.join('-')}.json`);
    writeFileSync(file, exampleWith({}));
    const outcome = await farshare(
      [...command, '--config', file, '--state', join(folder, 'usage')],
      exampleEnvironment,
    );

    expectRefused(outcome);
    expect(outcome.stdout).toBe('');
    expect(outcome.stderr).toMatch(/^farshare: /u);
  });
});
