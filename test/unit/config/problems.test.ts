import { describe, expect, test } from 'vitest';
import { accountSas, load, problemsOf, rightConfig, secretKey, withValue } from './configurations.ts';

/** Where, what is put there, the problem's path if it is another, and a part of the message or the fix. */
type Case = [path: string, value: unknown, says: string, problemPath?: string];

const jobCases: readonly Case[] = [
  ['jobs', {}, 'must be a list'],
  ['jobs.0', 5, 'must be an object', 'jobs[0]'],
  ['jobs.0.name', undefined, 'is required', 'jobs[0].name'],
  ['jobs.0.name', 'Finance', 'lower-case', 'jobs[0].name'],
  ['jobs.0.name', 'a--b', 'single hyphens', 'jobs[0].name'],
  ['jobs.0.name', 'a'.repeat(41), '1 to 40', 'jobs[0].name'],
  ['jobs.0.enabled', 'yes', 'must be a boolean', 'jobs[0].enabled'],
  ['jobs.0.schedule', 5, 'six fields', 'jobs[0].schedule'],
  ['jobs.0.schedule', '', 'must not be empty', 'jobs[0].schedule'],
  ['jobs.0.schedule', '* * * * *', 'it has 5 fields', 'jobs[0].schedule'],
  ['jobs.0.schedule', '0 61 * * * *', 'is not a cron expression', 'jobs[0].schedule'],
  ['jobs.0.schedule', { continuous: '1m' }, 'ISO 8601', 'jobs[0].schedule.continuous'],
  ['jobs.0.schedule', { every: 'PT1M' }, 'is required', 'jobs[0].schedule.continuous'],
  ['jobs.0.timeZone', 'Mars/Base', 'not a known time zone', 'jobs[0].timeZone'],
  ['jobs.0.timeZone', 5, 'must be a string', 'jobs[0].timeZone'],
  ['jobs.0.source', undefined, 'is required', 'jobs[0].source'],
  ['jobs.0.source.account', 'prodction', 'Did you mean "production"?', 'jobs[0].source.account'],
  ['jobs.0.source.account', 'elsewhere', 'production, vault', 'jobs[0].source.account'],
  ['jobs.0.source.account', undefined, 'is required', 'jobs[0].source.account'],
  ['jobs.0.source.share', 'Finance', 'must be a share name', 'jobs[0].source.share'],
  ['jobs.0.source.share', 'ab', 'must be a share name', 'jobs[0].source.share'],
  ['jobs.0.source.share', 'a'.repeat(64), '3 to 63', 'jobs[0].source.share'],
  ['jobs.0.source.path', '/a/../b', 'without . or ..', 'jobs[0].source.path'],
  ['jobs.0.source.path', 'a//b', 'must be a directory', 'jobs[0].source.path'],
  ['jobs.0.source.path', 'a\\b', 'must be a directory', 'jobs[0].source.path'],
  ['jobs.0.source.path', 'a/\uD83D', 'whole characters', 'jobs[0].source.path'],
  ['jobs.0.source.snapshots', 'other', 'create, existing', 'jobs[0].source.snapshots'],
  ['jobs.0.source.keep', 5, 'must be an object', 'jobs[0].source.keep'],
  ['jobs.0.source.keep', { last: 1.5 }, 'whole number', 'jobs[0].source.keep.last'],
  ['jobs.0.source.keep', { fortnightly: 1 }, 'unknown field', 'jobs[0].source.keep.fortnightly'],
  ['jobs.0.include', '**', 'must be a list', 'jobs[0].include'],
  ['jobs.0.exclude', [''], 'must not be empty', 'jobs[0].exclude[0]'],
  ['jobs.0.exclude', [5], 'must be a string', 'jobs[0].exclude[0]'],
  ['jobs.0.compare', 'sha', 'metadata, md5, size-and-time', 'jobs[0].compare'],
  ['jobs.0.copyMethod', 'fast', 'auto, copy-file, ranges', 'jobs[0].copyMethod'],
  ['jobs.0.delta', true, 'sampled, proven, off', 'jobs[0].delta'],
  ['jobs.0.deletions', 'never', 'mirror, keep', 'jobs[0].deletions'],
  ['jobs.0.fullEvery', '90 days', 'ISO 8601', 'jobs[0].fullEvery'],
  ['jobs.0.guard', { maxDeletedPercent: 101 }, 'at most 100', 'jobs[0].guard.maxDeletedPercent'],
  ['jobs.0.guard', { maxChangedPercent: -1 }, 'at least 0', 'jobs[0].guard.maxChangedPercent'],
  ['jobs.0.guard', { minEntries: '20' }, 'must be a number', 'jobs[0].guard.minEntries'],
  ['jobs.0.guard', { maxFailedEntries: 0.5 }, 'whole number', 'jobs[0].guard.maxFailedEntries'],
  ['jobs.0.guard', { maxDeletePercent: 5 }, 'Did you mean "maxDeletedPercent"?', 'jobs[0].guard.maxDeletePercent'],
  ['jobs.0.limits', { concurrentShards: 0 }, 'at least 1', 'jobs[0].limits.concurrentShards'],
  ['jobs.0.limits', { windows: [{ from: '8:00', to: '09:00' }] }, 'time of day', 'jobs[0].limits.windows[0].from'],
  ['jobs.0.limits', { windows: [{ from: '24:00', to: '09:00' }] }, 'time of day', 'jobs[0].limits.windows[0].from'],
  ['jobs.0.limits', { windows: [{ from: '08:00', to: '09:00' }] }, 'at least one limit', 'jobs[0].limits.windows[0]'],
  ['jobs.0.limits', { windows: [{ days: [] }] }, 'at least 1 member', 'jobs[0].limits.windows[0].days'],
  ['jobs.0.verify', { samplePercent: 'all' }, 'must be a number', 'jobs[0].verify.samplePercent'],
  ['jobs.0.destinations', [], 'at least 1 member', 'jobs[0].destinations'],
  ['jobs.0.destinations', undefined, 'is required', 'jobs[0].destinations'],
  ['jobs.0.destinations.0.name', 'West', 'lower-case', 'jobs[0].destinations[0].name'],
  ['jobs.0.destinations.0.account', 'nowhere', 'not defined', 'jobs[0].destinations[0].account'],
  ['jobs.0.destinations.0.path', 'ü'.repeat(334).replaceAll(/.{100}/gu, '$&/'), '2000', 'jobs[0].destinations[0].path'],
  ['jobs.0.destinations.0.mode', 'copy', 'mirror, dated', 'jobs[0].destinations[0].mode'],
  ['jobs.0.destinations.0.keep', { within: '30D' }, 'ISO 8601', 'jobs[0].destinations[0].keep.within'],
  ['jobs.0.include', [], 'must have at least 1 member', 'jobs[0].include'],
  ['jobs.0.shedule', '0 0 3 * * *', 'Did you mean "schedule"?', 'jobs[0].shedule'],
];

const accountCases: readonly Case[] = [
  ['accounts', undefined, 'is required'],
  ['accounts', [], 'must be an object'],
  ['accounts.a b', { connectionString: 'x' }, '1 to 63 letters', 'accounts["a b"]'],
  ['accounts.vault', { fileEndpoint: 'vault' }, 'must be an http or https URL', 'accounts.vault.fileEndpoint'],
  ['accounts.vault', { fileEndpoint: 'http://vault' }, 'must be https', 'accounts.vault.fileEndpoint'],
  ['accounts.vault', {}, 'is required', 'accounts.vault.fileEndpoint'],
  ['accounts.vault', { sas: accountSas }, 'is required', 'accounts.vault.fileEndpoint'],
  ['accounts.vault.fileEndpoint', 'https://x?sig=abc', 'must not have a query', 'accounts.vault.fileEndpoint'],
  ['accounts.vault.sas', 5, 'must be a string or', 'accounts.vault.sas'],
  ['accounts.vault.sas', { variable: 'X' }, 'is required', 'accounts.vault.sas.env'],
  ['accounts.vault.sas', { env: 'UNSET' }, 'Set the variable UNSET', 'accounts.vault.sas.env'],
  ['accounts.vault.sas', 'sv=1&sr=s&sp=r&se=2&sig=abcdefgh', 'ss, srt missing', 'accounts.vault.sas'],
  ['accounts.vault.connectionString', 'x', 'does not go with', 'accounts.vault.fileEndpoint'],
  [
    'accounts.production.connectionString',
    'AccountKey',
    'names no file service',
    'accounts.production.connectionString',
  ],
  [
    'accounts.production.connectionString',
    'UseDevelopmentStorage=true',
    'no file service',
    'accounts.production.connectionString',
  ],
  [
    'accounts.production.connectionString',
    'AccountName=a;FileEndpoint=https://x',
    'AccountKey',
    'accounts.production.connectionString',
  ],
  [
    'accounts.production.connectionString',
    'AccountName=a;FileEndpoint=x',
    'names no file service',
    'accounts.production.connectionString',
  ],
  ['accounts.production.key', secretKey, 'unknown field', 'accounts.production.key'],
  ['acounts', {}, 'Did you mean "accounts"?'],
  ['history', 'long', 'ISO 8601'],
];

describe('a wrong field is named with its value and what mends it', () => {
  test.each<Case>([...jobCases, ...accountCases])('%s = %j: %s', async (path, value, says, problemPath) => {
    const problems = await problemsOf(withValue(path, value));

    const problem = problems.find((candidate) => candidate.path === (problemPath ?? path));
    expect(problems.map((candidate) => candidate.path)).toContain(problemPath ?? path);
    expect(`${problem?.message} ${problem?.fix}`).toContain(says);
    expect(problem?.value).not.toBe('');
    expect(problem?.fix).not.toBe('');
  });

  test('all at once, each field once', async () => {
    const document = {
      ...rightConfig(),
      shares: 1,
      jobs: [{ name: 'A', schedule: '* *', destinations: [{ name: 'B' }] }, 5],
    };

    const problems = await problemsOf(document, {});

    expect(problems.map(({ path }) => path).toSorted()).toEqual([
      'accounts.production.connectionString.env',
      'accounts.vault.sas.env',
      'jobs[0].destinations[0].account',
      'jobs[0].destinations[0].name',
      'jobs[0].destinations[0].share',
      'jobs[0].name',
      'jobs[0].schedule',
      'jobs[0].source',
      'jobs[1]',
      'shares',
    ]);
  });

  test('in few words where the value is long', async () => {
    const [problem] = await problemsOf(withValue('jobs.0.name', 'x'.repeat(500)));

    expect(problem?.value.length).toBeLessThan(130);
  });

  test('unset variables too where the account is wrong besides', async () => {
    const problems = await problemsOf(withValue('accounts.vault', { sas: { env: 'UNSET' }, fileEndpoint: 5 }));

    expect(problems.map(({ path }) => path)).toEqual(['accounts.vault.fileEndpoint', 'accounts.vault.sas.env']);
  });
});

describe('names and places', () => {
  const job = rightConfig().jobs[0];
  const place = (share: string, path = '/', name = share) => ({ name, account: 'vault', share, path });

  test.each<[string, unknown[], string, string]>([
    ['two jobs of one name', [job, { ...job, destinations: [place('other')] }], 'jobs[1].name', 'jobs[0]'],
    [
      'two destinations of one name',
      [{ ...job, destinations: [place('one'), place('two', '/', 'one')] }],
      'jobs[0].destinations[1].name',
      'destinations[0]',
    ],
    [
      'one destination twice',
      [{ ...job, destinations: [place('one'), place('one', '/', 'two')] }],
      'jobs[0].destinations[1]',
      'overlaps',
    ],
    [
      'one destination in the other',
      [{ ...job, destinations: [place('one', 'a/b'), place('one', 'A', 'two')] }],
      'jobs[0].destinations[1]',
      'overlaps',
    ],
    [
      'a destination of two jobs',
      [job, { ...job, name: 'b' }],
      'jobs[1].destinations[0]',
      'overlaps jobs[0].destinations[0]',
    ],
    [
      'a destination in its source',
      [{ ...job, source: place('one'), destinations: [place('one', 'backup')] }],
      'jobs[0]',
      '',
    ],
    [
      'a destination that another job reads',
      [
        { ...job, destinations: [place('one')] },
        { ...job, name: 'b', source: { account: 'vault', share: 'one', path: 'a' }, destinations: [place('two')] },
      ],
      'jobs[0].destinations[0]',
      'overlaps jobs[1].source',
    ],
  ])('%s', async (_, jobs, path, says) => {
    const problems = await problemsOf({ ...rightConfig(), jobs });

    const found = problems.filter((problem) => problem.path.startsWith(path));
    expect(found).not.toEqual([]);
    expect(found[0]?.message).toContain(says);
  });

  test('two names of one account are one account', async () => {
    const accounts = { ...rightConfig().accounts, again: { fileEndpoint: 'https://vault.file.core.windows.net' } };
    const destinations = [place('one'), { ...place('one', '/', 'two'), account: 'again' }];

    const problems = await problemsOf({ accounts, jobs: [{ ...job, destinations }] });

    expect(problems.map(({ path }) => path)).toEqual(['jobs[0].destinations[1]']);
  });

  test('two destinations in one share are fine at separate paths, and refused where one holds the other', async () => {
    const destinations = [place('one', 'a'), place('one', 'ab', 'two'), place('one', 'A/b', 'three')];

    const problems = await problemsOf({ ...rightConfig(), jobs: [{ ...job, destinations }] });

    expect(problems).toEqual([
      expect.objectContaining({ path: 'jobs[0].destinations[2]', message: 'overlaps jobs[0].destinations[0]' }),
    ]);
  });
});

describe('drill', () => {
  test.each<[unknown, string, string]>([
    [{}, 'jobs[0].drill', 'needs schedule or every, one of the two'],
    [{ schedule: '0 0 4 * * 0', every: 'P7D' }, 'jobs[0].drill', 'needs schedule or every, one of the two'],
    [{ schedule: 'on Sundays' }, 'jobs[0].drill.schedule', 'is not a cron expression'],
    [{ every: 'P7D', account: 'nowhere' }, 'jobs[0].drill.account', 'names an account that is not defined'],
    [{ every: 'P7D', share: 'finance' }, 'jobs[0].drill.share', 'is the share of jobs[0].destinations[0]'],
  ])('%j is refused', async (drill, path, message) => {
    const problems = await problemsOf(withValue('jobs.0.drill', drill));

    expect(problems).toMatchObject([{ path, message: expect.stringContaining(message) as string }]);
  });

  test('with a schedule, or how often, is taken', async () => {
    expect(await problemsOf(withValue('jobs.0.drill', { every: 'P7D', files: 20 }))).toEqual([]);
    expect(await problemsOf(withValue('jobs.0.drill', { schedule: '0 0 4 * * 0', samplePercent: 1 }))).toEqual([]);
  });
});

describe('secrets', () => {
  test.each<[string, unknown]>([
    ['accounts.vault.sas', `sr=s&sig=topsecret`],
    ['accounts.vault.accountKey', 'topsecret'],
    ['accounts.vault.fileEndpoint', 'https://x/y?sig=topsecret'],
    ['accounts.vault.fileEndpoint', 'https://user:topsecret@x/?y'],
    ['accounts.production.connectionString', 'AccountKey=topsecret'],
    ['accounts.production', 'AccountKey=topsecret'],
    ['accounts', 'topsecret'],
    ['jobs.0.sas', 'topsecret'],
    ['jobs.0.extra', { password: 'topsecret' }],
    ['jobs.0.note', 'AccountName=a;AccountKey=topsecret'],
  ])('%s = %j is never shown', async (path, value) => {
    const problems = await problemsOf(withValue(path, value));

    expect(problems).not.toEqual([]);
    expect(JSON.stringify(problems)).not.toContain('topsecret');
  });

  test('are not shown where the document is no JSON', async () => {
    await expect(load('{"accounts": {"a": {"sas": topsecret}}}')).rejects.toSatisfy(
      (error) => !JSON.stringify(error).includes('topsecret') && !String(error).includes('topsecret'),
    );
  });
});
