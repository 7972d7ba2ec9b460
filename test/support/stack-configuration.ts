/** The configuration of design.md §6, to be made wrong in one place. */
export const exampleEnvironment = {
  VAULT_SAS: 'sv=2026-04-06&ss=f&srt=sco&sp=rl&se=2027-01-01T00%3A00%3A00Z&sig=c2VjcmV0LXNpZ25hdHVyZQ%3D%3D',
  LOCAL_FILES:
    'DefaultEndpointsProtocol=http;AccountName=one;AccountKey=c2VjcmV0LWtleQ==;FileEndpoint=http://127.0.0.1:1/one;',
};

/** What the environment above holds and no output may. */
export const exampleSecrets = ['c2VjcmV0LXNpZ25hdHVyZQ', 'c2VjcmV0LWtleQ'];

const example = () => ({
  accounts: {
    production: { fileEndpoint: 'https://prodfiles.file.core.windows.net' },
    vault: { fileEndpoint: 'https://vaultfiles.file.core.windows.net', sas: { env: 'VAULT_SAS' } },
    local: { connectionString: { env: 'LOCAL_FILES' } },
  },
  jobs: [
    {
      name: 'finance',
      enabled: true,
      schedule: '0 0 */6 * * *',
      timeZone: 'Europe/Berlin',
      source: { account: 'production', share: 'finance', path: '/', snapshots: 'create', keep: { last: 2 } },
      include: ['**'],
      exclude: ['**/*.tmp'],
      compare: 'metadata',
      copyMethod: 'auto',
      delta: 'sampled',
      deletions: 'mirror',
      fullEvery: 'P90D',
      guard: { maxDeletedPercent: 25, maxChangedPercent: 60, minEntries: 20, maxFailedEntries: 0 },
      limits: { requestsPerSecond: 4000, mebibytesPerSecond: 800, concurrentShards: 64, concurrentCopies: 64 },
      verify: { samplePercent: 1 },
      destinations: [
        {
          ...{ name: 'west', account: 'vault', share: 'finance', path: '/', mode: 'mirror' },
          keep: { last: 7, daily: 30, weekly: 12, monthly: 24, yearly: 7 },
        },
      ],
    },
  ],
});

/** The example as JSON, with the values at paths such as `jobs[0].name` replaced or added. */
export function exampleWith(changes: Readonly<Record<string, unknown>>): string {
  const document: unknown = example();
  for (const [path, value] of Object.entries(changes)) {
    const parts = path.split(/[.[\]]+/u).filter((part) => part !== '');
    let holder = document as Record<string, unknown>;
    for (const part of parts.slice(0, -1)) holder = holder[part] as Record<string, unknown>;
    holder[parts.at(-1) ?? ''] = value;
  }
  return JSON.stringify(document, undefined, 2);
}

/** Each field of the example with a value that it cannot have. */
export const wrongFields: readonly (readonly [path: string, wrong: unknown])[] = [
  ['accounts', 5],
  ['accounts.production', 'prodfiles'],
  ['accounts.production.fileEndpoint', 'prodfiles'],
  ['accounts.vault.sas', { env: 5 }],
  ['accounts.vault.sas.env', 'NO_SUCH_VARIABLE'],
  ['accounts.local.connectionString', 'no connection string'],
  ['accounts.local.connectionString.env', 'NO_SUCH_VARIABLE'],
  ['jobs', {}],
  ['jobs[0].name', 'Finance!'],
  ['jobs[0].enabled', 'yes'],
  ['jobs[0].schedule', '0 61 * * * *'],
  ['jobs[0].timeZone', 'Mars/Base'],
  ['jobs[0].source', undefined],
  ['jobs[0].source.account', 'prodction'],
  ['jobs[0].source.share', 'Finance'],
  ['jobs[0].source.path', '/a/../b'],
  ['jobs[0].source.snapshots', 'sometimes'],
  ['jobs[0].source.keep', 'all'],
  ['jobs[0].source.keep.last', -1],
  ['jobs[0].include', '**'],
  ['jobs[0].exclude', [5]],
  ['jobs[0].compare', 'guess'],
  ['jobs[0].copyMethod', 'fast'],
  ['jobs[0].delta', true],
  ['jobs[0].deletions', 'never'],
  ['jobs[0].fullEvery', '90 days'],
  ['jobs[0].guard.maxDeletedPercent', 101],
  ['jobs[0].guard.maxChangedPercent', -1],
  ['jobs[0].guard.minEntries', '20'],
  ['jobs[0].guard.maxFailedEntries', 0.5],
  ['jobs[0].limits.requestsPerSecond', 0],
  ['jobs[0].limits.mebibytesPerSecond', 'fast'],
  ['jobs[0].limits.concurrentShards', 0],
  ['jobs[0].limits.concurrentCopies', -1],
  ['jobs[0].verify.samplePercent', 'all'],
  ['jobs[0].destinations', []],
  ['jobs[0].destinations[0].name', 'West!'],
  ['jobs[0].destinations[0].account', 'nowhere'],
  ['jobs[0].destinations[0].share', 'x'],
  ['jobs[0].destinations[0].path', 'a//b'],
  ['jobs[0].destinations[0].mode', 'copy'],
  ['jobs[0].destinations[0].keep.last', 1.5],
  ['jobs[0].destinations[0].keep.daily', '30'],
  ['jobs[0].destinations[0].keep.weekly', -1],
  ['jobs[0].destinations[0].keep.monthly', null],
  ['jobs[0].destinations[0].keep.yearly', []],
];

/** The job of the documents, between the two accounts of the local stack. */
export const documentsConfiguration = {
  accounts: {
    production: { connectionString: { env: 'FARSHARE_FILES_1' } },
    vault: { connectionString: { env: 'FARSHARE_FILES_2' } },
  },
  jobs: [
    {
      name: 'finance',
      source: { account: 'production', share: 'finance' },
      destinations: [{ name: 'north', account: 'vault', share: 'finance', keep: { last: 7 } }],
    },
  ],
};
