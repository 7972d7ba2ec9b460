import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../lib/config.ts';
import { accountSas, connectionString, load, problemsOf, rightConfig, secretKey, withValue } from './configurations.ts';

describe('a configuration that is right', () => {
  test('is loaded with defaults filled and secrets apart', async () => {
    const loaded = await load(rightConfig());

    expect(loaded.accounts).toEqual({
      production: { kind: 'connectionString', connectionString },
      vault: { kind: 'sas', fileEndpoint: 'https://vault.file.core.windows.net', sas: accountSas },
    });
    expect(loaded.config).toMatchObject({
      jobs: [
        {
          name: 'finance',
          enabled: true,
          timeZone: 'UTC',
          source: { path: '', snapshots: 'create', keep: { last: 2 } },
          include: ['**'],
          exclude: [],
          guard: { maxDeletedPercent: 25, maxChangedPercent: 60, minEntries: 20, maxFailedEntries: 0 },
          limits: { concurrentShards: 64, concurrentCopies: 64 },
          destinations: [{ name: 'west', path: '', mode: 'mirror' }],
        },
      ],
    });
    expect(JSON.stringify(loaded.config)).not.toContain('sig=');
  });

  test('gives its history to the jobs that have none of their own', async () => {
    const [job] = rightConfig().jobs;
    const jobs = [
      job,
      { ...job, name: 'other', history: 'P7D', destinations: [{ name: 'west', account: 'vault', share: 'other' }] },
    ];

    const { config } = await load({ ...rightConfig(), jobs, history: 'P30D' });

    expect(config.jobs.map(({ history }) => history)).toEqual(['P30D', 'P7D']);
  });

  test('is read from a file, byte order mark and all', async () => {
    const read: string[] = [];
    const readFile = (path: string) => {
      read.push(path);
      return `\uFEFF${JSON.stringify(rightConfig())}`;
    };

    const loaded = await loadConfig({
      value: 'a/farshare.json',
      readFile,
      env: { PRODUCTION: connectionString, VAULT: accountSas },
    });

    expect(read).toEqual(['a/farshare.json']);
    expect(loaded.config.jobs).toHaveLength(1);
  });

  test.each<[string, string, unknown]>([
    ['no jobs', 'jobs', []],
    ['no list of jobs', 'jobs', undefined],
    ['Entra ID', 'accounts.vault', { fileEndpoint: 'https://vault.file.core.windows.net' }],
    ['secrets written out', 'accounts.vault.sas', accountSas],
    [
      'a connection string with a SAS',
      'accounts.production',
      { connectionString: `FileEndpoint=https://x.y;SharedAccessSignature=${accountSas}` },
    ],
    [
      'a connection string of the portal',
      'accounts.production',
      {
        connectionString: `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${secretKey};EndpointSuffix=core.windows.net`,
      },
    ],
    ['a schedule', 'jobs.0.schedule', '0 0 */6 * * *'],
    ['a path', 'jobs.0.source.path', '/a/b c/ü/'],
    [
      'every keep rule',
      'jobs.0.destinations.0.keep',
      { last: 7, hourly: 1, daily: 30, weekly: 12, monthly: 24, yearly: 7, within: 'P1Y2M3W4DT5H6M7S' },
    ],
    ['tuning that this version does not use', 'jobs.0.delta', 'proven'],
    ['a period for full copies', 'jobs.0.fullEvery', 'P90D'],
    ['deletions off', 'jobs.0.deletions', 'keep'],
    ['what happens anyway', 'jobs.0.archiveOnly', false],
    ['an address of its schema', '$schema', './farshare.schema.json'],
    ['another directory of the source share', 'jobs.0.destinations.0', { name: 'w', account: 'vault', share: 'other' }],
  ])('may have %s', async (_, path, value) => {
    expect(await problemsOf(withValue(path, value))).toEqual([]);
  });
});

describe('a document that cannot be read', () => {
  test.each([
    ['is missing', 'farshare.json', 'the configuration file does not exist'],
    ['ends early', '{"accounts": {', 'line 1, column 15: a name in double quotes expected'],
    ['has a comment', '{\n  // accounts\n}', 'line 2, column 3: a name in double quotes expected'],
    ['has a comma too many', '{"jobs": [1,]}', 'line 1, column 13: a value expected'],
    ['lacks a comma', '{"a": 1\n"b": 2}', 'line 2, column 1: "," or "}" expected'],
    ['lacks a colon', '{"a" 1}', 'line 1, column 6: ":" expected'],
    ['goes on after its end', '{} {}', 'line 1, column 4: the end of the document expected'],
    ['has a string without an end', '{"a": "b', 'line 1, column 7: a value expected'],
  ])('because it %s', async (_, text, message) => {
    const problems = await problemsOf(text);

    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain(message);
    expect(problems[0]?.path).toBe('$');
    expect(problems[0]?.fix).not.toBe('');
  });

  test('because of the disk, with the reason', async () => {
    const readFile = () => Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' }));

    await expect(loadConfig({ value: 'x.json', readFile, env: {} })).rejects.toMatchObject({
      code: 'InvalidConfiguration',
      problems: [{ path: '$', value: '"x.json"', message: 'the configuration file cannot be read (EACCES)' }],
    });
  });

  test('for any other reason than its text', async () => {
    const readFile = () => Promise.reject(new Error('no'));

    await expect(loadConfig({ value: 'x.json', readFile, env: {} })).rejects.toMatchObject({
      problems: [{ message: 'the configuration file cannot be read (unknown error)' }],
    });
  });
});
