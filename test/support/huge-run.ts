/**
 * One run of the engine in a process of its own, so that its memory can be measured and limited:
 * `node --max-old-space-size=N huge-run.ts SETTINGS`. Prints the report and its peak of resident memory in one JSON line.
 */
import { createShareOpener } from '../../lib/azure/index.ts';
import { loadConfig } from '../../lib/config.ts';
import { createLocalQueues, openLocalState, pump, systemClock } from '../../lib/local/index.ts';
import { hasEnded, type RunReport, workMessageSchema } from '../../lib/model/index.ts';
import { createEngine, marginsFor, poisonShard, type RunContext, watchRuns, workShard } from '../../lib/run/index.ts';

export interface HugeRunSettings {
  readonly configuration: unknown;
  readonly stateFile: string;
  readonly margins: Partial<RunContext['margins']>;
}

export interface HugeRunResult {
  readonly report: RunReport;
  readonly peakMebibytes: number;
}

async function run({ configuration, stateFile, margins }: HugeRunSettings): Promise<HugeRunResult> {
  const loaded = await loadConfig({ value: JSON.stringify(configuration), readFile: () => '', env: {} });
  const clock = systemClock;
  const queues = createLocalQueues(clock);
  const context: RunContext = {
    clock,
    state: openLocalState(stateFile),
    queues,
    shares: createShareOpener({ accounts: loaded.accounts, clock }),
    telemetry: { event: () => undefined, metric: () => undefined, flush: async () => undefined },
    margins: { ...marginsFor(60), ...margins },
    deployment: 'tests',
  };
  const engine = createEngine(context, loaded.config.jobs, 'cli');
  const [runId = ''] = await engine.startRuns(loaded.config.jobs[0]?.name ?? '', {});
  const reportNow = async (): Promise<RunReport> => (await engine.report(runId)) as RunReport;
  await pump({
    queues,
    clock,
    work: (body) => workShard(context, workMessageSchema.parse(body)),
    poison: (body, error) => poisonShard(context, workMessageSchema.parse(body), error),
    watch: () => watchRuns(context),
    watchEveryMs: 10_000,
    // A report reads all rows of the run: not after each message.
    isDone: async () => (await context.state.first('active', { from: '-', to: '~' })) === undefined,
    signal: new AbortController().signal,
  });
  const report = await reportNow();
  if (!hasEnded(report.status)) throw new Error(`The run has not ended: ${report.status}`);
  return { report, peakMebibytes: Math.round(process.resourceUsage().maxRSS / 1024) };
}

process.stdout.write(`${JSON.stringify(await run(JSON.parse(process.argv[2] ?? '') as HugeRunSettings))}\n`);
