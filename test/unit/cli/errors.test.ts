import { describe, expect, test } from 'vitest';
import { FarshareError } from '../../../lib/errors.ts';
import { accountSas, connectionString, secretKey } from '../config/configurations.ts';
import { aReport, cli, fakeEngine } from './fake-engine.ts';

describe('help', () => {
  test('is given for the whole and for each command, with examples', async () => {
    const general = await cli(['--help']);
    const command = await cli(['run', '--help']);

    expect([general.code, command.code]).toEqual([0, 0]);
    expect(general.stdout).toContain('Usage: farshare COMMAND');
    expect(general.stdout).toContain('130 interrupted');
    expect(command.stdout).toContain('--destination NAME');
    expect(command.stdout).toContain('Examples:\n  farshare run finance');
    expect((await cli(['show', '--help'])).stdout).not.toContain('\nOptions:');
  });
});

describe('wrong usage exits 2 without a stack trace', () => {
  test.each<[string[], string]>([
    [[], 'No command given'],
    [['rnu'], 'There is no command "rnu"'],
    [['versions', 'finance'], 'versions needs JOB or --from'],
    [['cancel', 'nothing'], 'There is no run "nothing"'],
    [['run'], 'run needs JOB'],
    [['run', 'finance', 'west'], 'does not know what to do with "west"'],
    [['run', 'finance', '--fast'], "Unknown option '--fast'"],
    [['run', 'finance', '--destination'], "Option '--destination <value>' argument missing"],
    [['run', 'nothing'], 'Use one of the configuration: finance.'],
    [['run', 'finance', '--destination', 'east'], 'Use one of the configuration: west.'],
    [['plan', 'nothing'], 'There is no job "nothing"'],
    [['points', 'nothing'], 'There is no job "nothing"'],
    [['runs', 'nothing'], 'There is no job "nothing"'],
    [['runs', '--limit', 'x'], '--limit has a wrong value'],
    [['runs', '--status', 'odd'], '--status has a wrong value'],
    [['show', 'nothing'], 'There is no run "nothing"'],
    [['failures', 'nothing'], 'There is no run "nothing"'],
    [['run', 'finance', '--config', 'missing.json'], 'does not exist'],
    [['run', 'finance', '--config', '{"accounts": }'], 'line 1, column 14'],
  ])('%j', async (argv, says) => {
    const plain = await cli(argv);
    const json = await cli([...argv, '--json']);

    expect([plain.code, plain.stdout, json.code]).toEqual([2, '', 2]);
    expect(plain.stderr).toContain(says);
    expect(plain.stderr).not.toMatch(/\n\s+at /u);
    expect(JSON.parse(json.stdout)).toMatchObject({
      error: { code: expect.any(String) as string, problems: expect.any(Array) as [] },
    });
  });

  test('with all problems of the configuration at once', async () => {
    const config = { accounts: { a: {} }, jobs: [{ name: 'A' }], extra: 1 };

    const plain = await cli(['runs'], fakeEngine(), { config });
    const json = await cli(['runs', '--json'], fakeEngine(), { config });

    const { error } = JSON.parse(json.stdout) as {
      error: { code: string; problems: { path: string; value: string; fix: string }[] };
    };
    expect(error.code).toBe('InvalidConfiguration');
    expect(error.problems.map(({ path }) => path).toSorted()).toEqual([
      'accounts.a.fileEndpoint',
      'extra',
      'jobs[0].destinations',
      'jobs[0].name',
      'jobs[0].source',
    ]);
    for (const { path, value, fix } of error.problems) {
      for (const part of [path, value, fix]) expect(plain.stderr).toContain(part);
    }
  });
});

describe('the configuration', () => {
  test('is the one of --config before that of FARSHARE_CONFIG before ./farshare.json', async () => {
    const env = { FARSHARE_CONFIG: 'from-env.json' };

    expect((await cli(['runs'])).code).toBe(0);
    expect((await cli(['runs'], fakeEngine(), { env })).stderr).toContain('from-env.json');
    expect((await cli(['--config', 'given.json', 'runs'], fakeEngine(), { env })).stderr).toContain('given.json');
  });
});

describe('a failure of the engine exits 1 without a stack trace', () => {
  const failing = (error: unknown) => ({ openEngine: () => Promise.reject(error as Error) });

  test('with its code', async () => {
    const world = failing(new FarshareError('DestinationBusy', 'Another run writes to it.', { disposition: 'run' }));

    const plain = await cli(['run', 'finance'], undefined, world);
    const json = await cli(['run', 'finance', '--json'], undefined, world);

    expect([plain.code, plain.stdout, json.code]).toEqual([1, '', 1]);
    expect(plain.stderr).toBe('farshare: Another run writes to it. (DestinationBusy)\n');
    expect(JSON.parse(json.stdout)).toEqual({
      error: { code: 'DestinationBusy', message: 'Another run writes to it.', problems: [] },
    });
  });

  test.each([new TypeError('x is undefined'), 'just text'])('whatever is thrown: %s', async (error) => {
    const { code, stderr } = await cli(['run', 'finance'], undefined, failing(error));

    expect(code).toBe(1);
    expect(stderr).toContain('(InternalError)');
    expect(stderr).not.toMatch(/\n\s+at /u);
  });

  test('and never shows a secret, wherever it comes from', async () => {
    const signature = 'c2VjcmV0LXNpZ25hdHVyZQ';
    const text = `GET https://x?${accountSas} failed; ${connectionString}; decoded ${signature}==; sig=other-signature&x`;
    const engine = fakeEngine({
      reports: [aReport({ failures: [{ path: 'a', operation: '', code: 'Odd', message: text }] })],
    });

    const outcomes = [
      await cli(['run', 'finance'], undefined, failing(new Error(text))),
      await cli(['run', 'finance', '--json'], undefined, failing(new Error(text))),
      await cli(['run', 'finance'], engine),
      await cli(['run', 'finance', '--json'], engine),
    ];

    for (const { stdout, stderr } of outcomes) {
      expect(stdout + stderr).not.toContain(secretKey);
      expect(stdout + stderr).not.toContain(signature);
    }
    expect(outcomes[0]?.stderr).not.toContain('other-signature');
  });

  test('of an account without secrets and of a signature that is no URI text', async () => {
    const config = {
      accounts: {
        a: { fileEndpoint: 'https://a.file.core.windows.net' },
        b: {
          fileEndpoint: 'https://b.file.core.windows.net',
          sas: accountSas.replace(/sig=.*/u, 'sig=%zz-bad-escape'),
        },
      },
      jobs: [],
    };

    const { stderr } = await cli(['runs'], undefined, { ...failing(new Error('at %zz-bad-escape')), config });

    expect(stderr).toContain('at (secret)');
  });
});
