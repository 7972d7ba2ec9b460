/**
 * Each field of farshare.json with the test that shows what it does: file, and the test's name as it stands there. A new
 * field needs a row; a row without its field, or whose test is gone, fails test/unit/docs/schema-proofs.test.ts.
 */
type Proof = readonly [file: string, name: string];

const engine = (file: string, name: string): Proof => [`test/integration/engine/${file}.test.ts`, name];
const unit = (file: string, name: string): Proof => [`test/unit/${file}.test.ts`, name];

const firstRun = engine(
  'first-run',
  'A first run makes a restore point that equals the source snapshot, and counts every request',
);
const directories = engine(
  'first-run',
  'A first run of a directory to another directory moves only what is beneath it',
);
const pruning = engine('prune', 'says what stays and why on both sides, and a dry run deletes nothing');
const toldOf = engine('webhooks', 'gets the report of a run when it has ended, signed');
const digest = engine('snapshot-hooks', 'comes once a day at its time, with every destination in it');
const dateBy = engine('dated', 'a file that becomes a directory on the same date, and the reverse, give way');
const adopting = engine('adopt', 'a copy made by other means is taken over without copying content');
const drillDue = engine('drill', 'with %j starts when it is due, once, and not before there is anything to restore');
const drillPlace = engine('drill', 'goes to the account and the share that it is told');
const history = unit(
  'run/history',
  'go by the job’s own rule, else by that of all, also where the job is not configured any more',
);
const windowTimes = unit('plan/limit-windows', 'in Berlin: %s');
const windowRates = unit(
  'run/limits',
  'lower the rate of %s of all instances together while they last, within a tenth over a minute',
);

const keepProofs = (prefix: string): Record<string, Proof> => ({
  [`${prefix}.last`]: pruning,
  [`${prefix}.hourly`]: unit('plan/retention', 'the newest of each hour that has one'),
  [`${prefix}.daily`]: unit('plan/retention', 'the newest of each day that has one, however far apart'),
  [`${prefix}.weekly`]: unit('plan/retention', 'weeks from Monday to Sunday'),
  [`${prefix}.monthly`]: unit('plan/retention', 'the oldest while a count is left'),
  [`${prefix}.yearly`]: unit('plan/retention', 'what any of the rules keeps'),
  [`${prefix}.within`]: unit('plan/retention', 'what is within a time of the newest, not of now'),
});

const webhookProofs = (prefix: string): Record<string, Proof> => ({
  [`${prefix}.url`]: toldOf,
  [`${prefix}.secret`]: toldOf,
  [`${prefix}.events`]: engine('webhooks', 'gets what it chose, and nothing of dry runs'),
  [`${prefix}.timeout`]: engine(
    'webhooks',
    'that does not answer holds up no run, and gets the message later, under the same id',
  ),
  [`${prefix}.onFailure`]: engine(
    'snapshot-hooks',
    'that does not answer in time lets the snapshot be taken where onFailure is continue',
  ),
  [`${prefix}.digest.at`]: digest,
  [`${prefix}.digest.timeZone`]: digest,
});

export const schemaProofs: Readonly<Record<string, Proof>> = {
  $schema: unit('config/load-config', 'an address of its schema'),
  'accounts.NAME.fileEndpoint': unit(
    'azure/account-access',
    'the account of a token is named by its host, or by the path of an emulator',
  ),
  'accounts.NAME.sas': unit('azure/account-access', 'requests go through the proxy, and those to this machine do not'),
  'accounts.NAME.connectionString': firstRun,
  'accounts.NAME.resourceId': [
    'test/integration/preflight.test.ts',
    'an account without an id is looked for in a subscription, through all pages',
  ],
  'jobs[].name': engine('safety', 'A job that is not in the configuration is refused by name'),
  'jobs[].enabled': engine('schedule', 'starts nothing for a job that is disabled or has no schedule'),
  'jobs[].schedule': engine('schedule', 'starts a job at the first tick, then once at each of its times'),
  'jobs[].schedule.continuous': engine(
    'continuous',
    'starts nothing before its interval, nor while a run is under way',
  ),
  'jobs[].schedule.sealEvery': engine(
    'continuous',
    'seals the first run, then brings the destination up to date each minute, and seals again when it is time',
  ),
  'jobs[].timeZone': unit('plan/schedule', 'skipped by daylight saving is the first minute after'),
  'jobs[].source.account': firstRun,
  'jobs[].source.share': firstRun,
  'jobs[].source.path': directories,
  'jobs[].source.snapshots': engine('catch-up', 'source ABC onto an empty destination: A, B, C in order'),
  ...keepProofs('jobs[].source.keep'),
  'jobs[].include': unit('plan/patterns', 'exclude beats include'),
  'jobs[].exclude': engine(
    'safety',
    'is protected at the destination, also within a directory that is otherwise deleted',
  ),
  'jobs[].compare': engine('compare', 'a file of another hash is copied although size and all times are as they were'),
  'jobs[].copyMethod': engine('copy-methods', 'copyMethod ranges never asks for Copy File'),
  'jobs[].delta': engine('deltas', 'is copied whole where delta is off'),
  'jobs[].deletions': engine('safety', 'With deletions kept, what the source no longer has stays'),
  'jobs[].changedSince': engine('selection', 'only files written since then are copied, and all directories'),
  'jobs[].archiveOnly': engine(
    'selection',
    'only files with the attribute are copied, and it is cleared on neither side',
  ),
  'jobs[].dateBy': dateBy,
  'jobs[].adopt': adopting,
  'jobs[].fullEvery': engine('full', 'comes by itself when the newest full restore point is older than fullEvery'),
  'jobs[].guard.maxDeletedPercent': engine('guard', 'asks above 25 per cent of deletions, and lets 25 per cent pass'),
  'jobs[].guard.maxChangedPercent': engine('guard', 'asks above 60 per cent of overwritten files'),
  'jobs[].guard.maxEncryptedPercent': engine('encryption', 'is set by maxEncryptedPercent'),
  'jobs[].guard.minEntries': unit('plan/guard', 'few entries were found'),
  'jobs[].guard.maxFailedEntries': engine(
    'partial',
    'are left out of a restore point that says so, and copied by the next run',
  ),
  'jobs[].limits.requestsPerSecond': unit('run/limits-over-instances', 'requests a second, with %i of them'),
  'jobs[].limits.mebibytesPerSecond': unit('run/limits-over-instances', 'bytes a second, with three of them'),
  'jobs[].limits.concurrentShards': unit('run/limits', 'lower the shards worked on at once, over all instances'),
  'jobs[].limits.concurrentCopies': engine('limits', 'No more files are copied at once than %s says'),
  'jobs[].limits.windows[].days': unit('plan/limit-windows', 'of Friday, on Friday morning'),
  'jobs[].limits.windows[].from': windowTimes,
  'jobs[].limits.windows[].to': windowTimes,
  'jobs[].limits.windows[].requestsPerSecond': windowRates,
  'jobs[].limits.windows[].mebibytesPerSecond': windowRates,
  'jobs[].limits.windows[].concurrentShards': unit(
    'run/limits',
    'lower the shards worked on at once, over all instances',
  ),
  'jobs[].limits.windows[].concurrentCopies': engine('limits', 'No more files are copied at once than %s says'),
  'jobs[].verify.samplePercent': engine(
    'verification',
    'each run takes its turn, and as many as the percentage needs cover every file once',
  ),
  'jobs[].verify.every': engine(
    'verification',
    'is started by the schedule as often as verify.every says, once there is a restore point',
  ),
  'jobs[].drill.schedule': drillDue,
  'jobs[].drill.every': drillDue,
  'jobs[].drill.files': engine('drill', 'takes about as many files as it is told to, others each time'),
  'jobs[].drill.samplePercent': engine('drill', 'does not pass when nothing was in the sample'),
  'jobs[].drill.account': drillPlace,
  'jobs[].drill.share': drillPlace,
  ...webhookProofs('jobs[].webhooks[]'),
  'jobs[].history': history,
  'jobs[].destinations[].name': engine('several-destinations', 'Several destinations'),
  'jobs[].destinations[].account': firstRun,
  'jobs[].destinations[].share': engine(
    'first-run',
    'A first run to a share that does not exist makes it, with the quota of the source',
  ),
  'jobs[].destinations[].path': directories,
  'jobs[].destinations[].mode': engine(
    'dated',
    'saves new and changed files under the date of their last write, and deletes nothing',
  ),
  ...keepProofs('jobs[].destinations[].keep'),
  'jobs[].destinations[].dateBy': dateBy,
  'jobs[].destinations[].adopt': adopting,
  proxy: engine('proxy', 'of the configuration'),
  ...webhookProofs('webhooks[]'),
  history,
};
