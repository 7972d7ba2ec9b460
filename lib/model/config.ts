/**
 * farshare.json, field by field. docs/configuration.md and farshare.schema.json are rendered from these descriptions
 * (`node cli/render-configuration.ts`); what needs more than one field is checked in lib/config.
 */
import { z } from 'zod';
import { durationPattern, durationSchema, secretSchema } from './config-fields.ts';
import { limitsSchema } from './limits.ts';
import { webhooksSchema } from './webhooks.ts';

const namePattern = /^[a-z0-9](-?[a-z0-9]){0,39}$/u;
const accountNamePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/u;
const sharePattern = /^[a-z0-9](-?[a-z0-9]){2,62}$/u;
const resourceIdPattern =
  /^\/subscriptions\/[0-9a-f-]{36}\/resourceGroups\/[^/]+\/providers\/Microsoft\.Storage\/storageAccounts\/[a-z0-9]{3,24}$/iu;
// What Azure Files refuses in a component of a path: reserved characters, control characters, `.` and `..`.
// oxlint-disable-next-line no-control-regex -- the control characters are what is refused
const pathComponentPattern = /^(?!\.{1,2}$)[^"\\/:|<>*?\u0000-\u001f]{1,255}$/u;

const instantSchema = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);
const nameSchema = z
  .string()
  .regex(namePattern, 'must be 1 to 40 lower-case letters and digits, with single hyphens between them');
const sinceSchema = z
  .string()
  .refine(
    (text) => durationPattern.test(text) || instantSchema.safeParse(text).success,
    'must be an ISO 8601 time with its zone (2026-11-22T03:00:00Z), a date (2026-11-22), or a duration (P30D)',
  );
const percentSchema = z.number().min(0).max(100);

const mostEncodedPath = 2_000;
const trimSlashes = (path: string): string => path.replace(/^\/+|\/+$/gu, '');

export const pathSchema = z
  .string()
  .refine((path) => path.isWellFormed(), 'must be of whole characters: half of a surrogate pair is none')
  .refine(
    (path) =>
      trimSlashes(path) === '' ||
      trimSlashes(path)
        .split('/')
        .every((part) => pathComponentPattern.test(part)),
    'must be a directory inside the share: names joined with /, without . or .. and without " \\ : | < > * ?',
  )
  .transform(trimSlashes)
  .prefault('/')
  .describe('Directory inside the share; `/` is the whole share.');

export const shareSchema = z
  .string()
  .regex(sharePattern, 'must be a share name: 3 to 63 lower-case letters and digits, with single hyphens between them')
  .max(63)
  .describe('Name of the file share.');

const accountReferenceSchema = z.string().describe('Name of an account under `accounts`.');

export const accountSchema = z.strictObject({
  fileEndpoint: z
    .url({ protocol: /^https?$/u, error: 'must be an http or https URL' })
    .transform((url) => url.replace(/\/+$/u, ''))
    .optional()
    .describe('URL of the account’s file service, such as `https://prodfiles.file.core.windows.net`.'),
  sas: secretSchema.optional().describe('Account SAS, as a string or `{"env": "NAME"}`. Goes with `fileEndpoint`.'),
  connectionString: secretSchema
    .optional()
    .describe('Connection string of the account, as a string or `{"env": "NAME"}`. Goes with none of the two above.'),
  resourceId: z
    .string()
    .regex(resourceIdPattern, 'must be the id of a storage account in Azure: /subscriptions/…/storageAccounts/NAME')
    .optional()
    .describe('The account’s id in Azure, by which `farshare check` looks at its region, firewall and roles.'),
});
export type AccountConfig = z.output<typeof accountSchema>;

const countSchema = (period: string) =>
  z.int().min(0).optional().describe(`Keep the newest point of the last N ${period}.`);

const keepRuleSchema = z.strictObject({
  last: z.int().min(0).optional().describe('Keep the newest N points.'),
  hourly: countSchema('hours that have one'),
  daily: countSchema('days that have one'),
  weekly: countSchema('ISO weeks that have one'),
  monthly: countSchema('months that have one'),
  yearly: countSchema('years that have one'),
  within: durationSchema
    .optional()
    .describe('Keep every point that is at most this much older than the newest one (ISO 8601 duration).'),
});
/** Which snapshots stay: the rules are ORed, periods are UTC, an empty rule keeps everything. */
export type KeepRule = z.output<typeof keepRuleSchema>;

const scheduleSchema = z
  .union(
    [
      z.string().min(1),
      z.strictObject({
        continuous: durationSchema.describe(
          'Runs follow one another, each beginning at least so long after the one before; looked at each minute.',
        ),
        sealEvery: durationSchema
          .default('PT1H')
          .describe('How often a run seals a restore point; those between only bring the destination up to date.'),
      }),
    ],
    { error: 'must be a cron expression of six fields or {"continuous": "PT1M", "sealEvery": "PT1H"}' },
  )
  .describe('Cron expression of six fields (second first), or `{"continuous", "sealEvery"}`. Absent: on demand only.');

const dateBySchema = z.enum(['modified', 'run']).describe('Which date names the directory in `mode` dated.');
const adoptSchema = z
  .boolean()
  .describe(
    'Take over a destination that holds files but no restore point of ours, such as a copy made by AzCopy or robocopy: nothing is asked, and content of equal size and LastWriteTime is not copied again.',
  );
const historySchema = durationSchema.describe(
  'How long the rows of ended runs are kept; `P400D` when absent. Restore points stay as `keep` says.',
);

export const sourceSchema = z.strictObject({
  account: accountReferenceSchema,
  share: shareSchema,
  path: pathSchema,
  snapshots: z
    .enum(['create', 'existing'])
    .default('create')
    .describe('`create`: each run takes a snapshot of the source. `existing`: runs use snapshots made by others.'),
  keep: keepRuleSchema.default({ last: 2 }).describe('Which of Farshare’s own snapshots stay on the source.'),
});

export const destinationSchema = z.strictObject({
  name: nameSchema.describe('Name of the destination, unique in its job.'),
  account: accountReferenceSchema,
  share: shareSchema,
  // The service keeps 8 KiB of metadata, for this and all else that a restore point says.
  path: pathSchema.refine(
    (path) => !path.isWellFormed() || encodeURIComponent(path).length <= mostEncodedPath,
    `must be shorter: ${mostEncodedPath} characters percent-encoded, since each restore point has it in its metadata`,
  ),
  mode: z
    .enum(['mirror', 'dated'])
    .default('mirror')
    .describe('`mirror`: the destination equals the source. `dated`: new and changed files under `/YYYY-MM-DD/`.'),
  keep: keepRuleSchema.optional().describe('Which restore points stay. Absent or empty: all of them, with a warning.'),
  dateBy: dateBySchema.optional(),
  adopt: adoptSchema.optional(),
});
export type DestinationConfig = z.output<typeof destinationSchema>;

const guardSchema = z.strictObject({
  maxDeletedPercent: percentSchema
    .default(25)
    .describe('Ask before deleting more than this part of the entries found at the destination.'),
  maxChangedPercent: percentSchema
    .default(60)
    .describe(
      'Ask when more than this part of the files found at the destination would be overwritten, or has been by runs since the last one that succeeded.',
    ),
  maxEncryptedPercent: percentSchema
    .default(50)
    .describe(
      'Ask when more than this part of the files found looks encrypted: overwritten, or replaced by a file of the same name with another or a further extension, and at least a tenth of them renamed so. In `mode` dated too.',
    ),
  minEntries: z.int().min(0).default(20).describe('The percentages are silent below this many entries found.'),
  maxFailedEntries: z
    .int()
    .min(0)
    .default(0)
    .describe(
      'So many entries that fail do not stop sealing. The restore point is then partial: never what the next run compares with, never counted as the newest complete one. A directory that cannot be listed always fails the run.',
    ),
});
/** Limits that stop a run and ask. */
export type GuardConfig = z.output<typeof guardSchema>;

export const drillSchema = z
  .strictObject({
    schedule: z.string().min(1).optional().describe('Cron expression of six fields, in the job’s time zone.'),
    every: durationSchema
      .optional()
      .describe('Instead of a schedule: how often, counted from when the app first saw it.'),
    files: z.int().min(1).default(100).describe('About so many files, picked at random, are restored.'),
    samplePercent: percentSchema.optional().describe('Instead of `files`: this part of all files.'),
    account: accountReferenceSchema
      .optional()
      .describe('Account with the scratch share. Absent: that of the destination.'),
    share: shareSchema
      .default('farshare-drill')
      .describe('Scratch share; made when it is missing. Nothing else may be in it.'),
  })
  .refine(
    ({ schedule, every }) => (schedule === undefined) !== (every === undefined),
    'needs schedule or every, one of the two',
  )
  .describe(
    'A restore tried out on a schedule: a random sample of each destination’s newest restore point is restored to a scratch share, compared in content and all properties, and removed again.',
  );

const patternsSchema = z.array(z.string().min(1));

export const jobSchema = z.strictObject({
  name: nameSchema.describe('Name of the job, unique.'),
  enabled: z.boolean().default(true).describe('`false`: never started by the schedule.'),
  schedule: scheduleSchema.optional(),
  timeZone: z.string().min(1).default('UTC').describe('IANA time zone in which the schedule is read.'),
  source: sourceSchema.describe('What is backed up.'),
  include: patternsSchema
    .min(1)
    .default(['**'])
    .describe('Patterns of what is backed up, relative to `source.path`, case-insensitive. Absent: everything.'),
  exclude: patternsSchema
    .default([])
    .describe('Patterns of what is not; beats `include`. Protected at the destination.'),
  compare: z
    .enum(['metadata', 'md5', 'size-and-time'])
    .default('metadata')
    .describe(
      'How changes are found. `metadata`: size and all times, to 100 ns. `md5`: of files of one size the Content-MD5 that both sides store, which costs two requests a file and is as true as who wrote it; without one, as `metadata`. `size-and-time`: as `metadata`, but for ChangeTime: a same-size write that keeps LastWriteTime is not seen.',
    ),
  copyMethod: z
    .enum(['auto', 'copy-file', 'ranges'])
    .default('auto')
    .describe('How files are copied on the server side: whole, by ranges, or whichever does better.'),
  delta: z
    .enum(['sampled', 'proven', 'off'])
    .default('sampled')
    .describe('How far the service’s word on the changed ranges of a large file is believed.'),
  deletions: z
    .enum(['mirror', 'keep'])
    .default('mirror')
    .describe('`mirror`: what the source no longer has is deleted at the destination. `keep`: it stays.'),
  changedSince: sinceSchema
    .optional()
    .describe(
      'Only files whose LastWriteTime is at or after this time, or within this duration before the source snapshot. Others are protected at the destination, as excluded ones are.',
    ),
  archiveOnly: z
    .boolean()
    .optional()
    .describe(
      'Only files with the archive attribute, which is read and never cleared: the source is not modified. Others are protected at the destination, as excluded ones are.',
    ),
  dateBy: dateBySchema.optional(),
  adopt: adoptSchema.optional(),
  fullEvery: durationSchema.optional().describe('Copy everything again, whatever the comparison says, this often.'),
  guard: guardSchema.prefault({}).describe('Limits above which a run stops before the first deletion and asks.'),
  limits: limitsSchema.prefault({}).describe('Limits of the job over all its destinations.'),
  verify: z
    .strictObject({
      samplePercent: percentSchema
        .default(1)
        .describe(
          'Part of the files whose content is read back from each restore point and compared with the source, another part in each run until all had their turn. 0: none.',
        ),
      every: durationSchema
        .optional()
        .describe(
          'How often the newest restore point is verified besides: its whole listing, and the content of ten times as many files, a tenth at least.',
        ),
    })
    .prefault({})
    .describe('Reading back what was backed up.'),
  drill: drillSchema.optional(),
  webhooks: webhooksSchema.optional().describe('Who is told of this job, besides those told of all.'),
  history: historySchema.optional(),
  destinations: z.array(destinationSchema).min(1).describe('Where it is backed up to.'),
});
/** A job without what must be kept secret: it is stored with its runs. */
export type JobConfig = Omit<z.output<typeof jobSchema>, 'webhooks'>;

export const farshareConfigSchema = z.strictObject({
  $schema: z.string().optional().describe('Address of farshare.schema.json, for editors.'),
  accounts: z
    .record(
      z.string().regex(accountNamePattern, 'must be 1 to 63 letters, digits, dots, hyphens and underscores'),
      accountSchema,
    )
    .describe('Storage accounts by a name of your choice. Without `sas` and `connectionString`: Entra ID.'),
  jobs: z.array(jobSchema).default([]).describe('What is backed up where. May be empty: restores need only accounts.'),
  proxy: secretSchema
    .optional()
    .describe(
      'Proxy for everything that this process sends, `http://[user:password@]host:port` as a string or `{"env": "NAME"}`; copies between the accounts are the service’s and pass none. Absent: `HTTPS_PROXY` and `HTTP_PROXY` of the environment. `NO_PROXY` counts in both cases; addresses of this machine and link-local ones (managed identity) pass none.',
    ),
  webhooks: webhooksSchema.optional().describe('Who is told of all jobs.'),
  history: historySchema.optional(),
});
/** farshare.json as parsed: defaults filled, paths without slashes at their ends. */
export type FarshareConfig = z.output<typeof farshareConfigSchema>;
