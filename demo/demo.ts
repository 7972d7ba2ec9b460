import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ShareClient } from '@azure/storage-file-share';
import type { RunReport } from '../lib/model/index.ts';
import { freePorts, seedShare, startStack } from '../local-stack/index.ts';
import type { LocalFolder, Stack } from '../local-stack/index.ts';
import { comparePlaces } from '../walker/index.ts';
import type { Comparison } from '../walker/index.ts';
import { changeShare } from './change-share.ts';
import { readTraffic, trafficBetween } from './emulator-stats.ts';
import { FunctionsApp } from './functions-app.ts';
import type { Progress } from './progress.ts';
import { grouped, reportTable, sized, table, trafficTable } from './tables.ts';
import { expectedOf, findUntouchedWork } from './touched.ts';

const job = 'demo';
const share = 'documents';
/** Yearly: due at the first tick because it never ran, and not again while the demo changes the share. */
const schedule = '0 0 0 1 1 *';
const firstRunTimeoutMs = 60_000;
const runTimeoutMs = 600_000;
const noticeMs = 1_000;

export interface DemoOptions {
  folder: LocalFolder;
  /** Where logs, reports and the comparison go. */
  directory: string;
  environment: NodeJS.ProcessEnv;
  signal: AbortSignal;
  progress: Progress;
}

interface Scene extends DemoOptions {
  stack: Stack;
  app: FunctionsApp;
}

/** Plays the demo once; true if the second restore point equals its source and only what changed was touched. */
export async function playDemo(options: DemoOptions): Promise<boolean> {
  const { directory, environment, signal, progress, folder } = options;
  progress.say('1. Starting Azurite, the Files emulator and the functions host, each on a free port');
  const stack = await startStack({
    ports: freePorts,
    directory,
    environment,
    signal,
    configure: async ({ accounts }) => {
      await seed(options, accounts[0]);
      return configuration(accounts);
    },
  });
  try {
    progress.say(`   Functions at ${stack.functions}, files at ${stack.files}`);
    const scene = { ...options, stack, app: new FunctionsApp(stack.functions, stack.key, signal) };
    const runs = playRuns(scene, folder).catch((error: unknown) => blameBroken(stack, error));
    return await Promise.race([runs, failWhenBroken(stack, signal)]);
  } finally {
    await stack.stop();
  }
}

async function failWhenBroken({ broken }: Stack, signal: AbortSignal): Promise<never> {
  const how = await broken;
  signal.throwIfAborted();
  throw new Error(how);
}

/** A request that a dying process leaves unanswered fails before its end is noticed, and says less. */
async function blameBroken({ broken }: Stack, error: unknown): Promise<never> {
  const how = await Promise.race([broken, sleep(noticeMs)]);
  throw how === undefined ? error : new Error(how, { cause: error });
}

function configuration([source, destination]: readonly [string, string]): string {
  return JSON.stringify({
    accounts: { production: { connectionString: source }, vault: { connectionString: destination } },
    jobs: [
      {
        name: job,
        schedule,
        source: { account: 'production', share },
        destinations: [{ name: 'west', account: 'vault', share, keep: { last: 7 } }],
      },
    ],
  });
}

async function seed({ folder, progress, signal }: DemoOptions, connectionString: string): Promise<void> {
  const sizeBytes = folder.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const files = grouped(folder.files.length);
  progress.say(`2. Uploading ${files} files (${sized(sizeBytes)}) of ${folder.root} to share "${share}"`);
  const source = new ShareClient(connectionString, share, { allowTrailingDot: true });
  const startedAt = performance.now();
  await source.create();
  await seedShare(source, folder, (done) => {
    signal.throwIfAborted();
    progress.update(`${grouped(done)} of ${files} files`);
  });
  progress.say(`   Took ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}

async function playRuns(scene: Scene, folder: LocalFolder): Promise<boolean> {
  const { progress, stack, app } = scene;
  progress.say('3. First backup: running the timer function "schedule"');
  await app.runTimer('schedule');
  const first = await follow(scene, await app.firstRun(job, firstRunTimeoutMs), 'first-run');

  progress.say('4. Changing the source share');
  const source = new ShareClient(stack.accounts[0], share, { allowTrailingDot: true });
  const changes = await changeShare(source, folder);
  progress.say(
    table([
      ['other content', `${changes.written.length} files, a third of them with size and LastWriteTime kept`],
      ['described anew', `${changes.described.length} files: metadata, HTTP headers, attributes, LastWriteTime`],
      [
        'added',
        `${changes.added.length} files, ${changes.directoriesAdded.length} directories (renamed ones included)`,
      ],
      ['renamed', `${changes.renamed.length} files`],
      ['gone', `${changes.gone.length} files, ${changes.directoriesGone.length} directories (old names included)`],
    ]),
  );

  progress.say('5. Second backup, started over HTTP');
  const before = await readTraffic(stack.files);
  const second = await follow(scene, await app.startRun(job), 'second-run');
  const traffic = trafficBetween(before, await readTraffic(stack.files));
  progress.say('   What the Files emulator counted during that run:');
  progress.say(trafficTable(traffic));
  const extra = findUntouchedWork({ changes, report: second, traffic, first });
  progress.say(extra.length === 0 ? `   ${expectedOf(changes)}` : extra.map((line) => `   ${line}`).join('\n'));

  const comparison = await compare(scene, second);
  return comparison.equal && extra.length === 0;
}

async function follow({ app, progress, directory }: Scene, runId: string, name: string): Promise<RunReport> {
  const report = await app.followRun(runId, runTimeoutMs, ({ status, counts }) => {
    const done = counts.unchanged + counts.copied + counts.rangeCopied + counts.propertiesSet + counts.failed;
    progress.update(`${status}: ${grouped(done)} files compared or copied, ${grouped(counts.deleted)} deleted`);
  });
  await writeFile(join(directory, `${name}.json`), `${JSON.stringify(report, undefined, 2)}\n`);
  progress.say(reportTable(report));
  if (report.status !== 'succeeded') throw new Error(`Run ${runId} ended as ${report.status}`);
  return report;
}

async function compare({ stack, progress, directory }: Scene, report: RunReport): Promise<Comparison> {
  const { sourceSnapshot, restorePoint } = report;
  if (sourceSnapshot === null || restorePoint === null) throw new Error('The run names no snapshots to compare');
  progress.say('6. Comparing the restore point with the source snapshot by the walker, entry by entry');
  const comparison = await comparePlaces(
    { connectionString: stack.accounts[0], share, snapshot: sourceSnapshot },
    { connectionString: stack.accounts[1], share, snapshot: restorePoint },
  );
  await writeFile(join(directory, 'comparison.json'), `${JSON.stringify(comparison, undefined, 2)}\n`);
  const { equal, entries, bytes, differences, differenceCount } = comparison;
  for (const { path, what, left, right } of differences.slice(0, 50)) {
    progress.say(`   /${path}: ${what}: ${left ?? '(none)'} at the source, ${right ?? '(none)'} at the restore point`);
  }
  const verdict = equal ? 'EQUAL' : `${grouped(differenceCount)} DIFFERENCES`;
  progress.say(`   ${grouped(entries)} entries and ${sized(bytes)} of content on each side: ${verdict}`);
  return comparison;
}
