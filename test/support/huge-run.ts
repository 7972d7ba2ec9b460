/**
 * One run of the engine in a process of its own, so that its memory can be measured and limited:
 * `node --expose-gc --max-old-space-size=N huge-run.ts SETTINGS`. Prints the report and what memory it took in one JSON line.
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
  readonly seconds: number;
  /** Most that a full collection left, in the heap and outside of it: what was really held. */
  readonly heldMebibytes: number;
  /** Most that was resident. */
  readonly peakMebibytes: number;
}

async function run({ configuration, stateFile, margins }: HugeRunSettings): Promise<HugeRunResult> {
  const held = watchHeap();
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
  const peakMebibytes = Math.round(process.resourceUsage().maxRSS / 1024);
  return { report, seconds: Math.round(performance.now() / 1000), heldMebibytes: held(), peakMebibytes };
}

/** Answers the most that was held so far, in MiB: collects all that is garbage, time and again, for a twentieth of the time. */
function watchHeap(): () => number {
  let most = 0;
  const look = (): void => {
    const begun = performance.now();
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    most = Math.max(most, heapUsed + external);
    setTimeout(look, 20 * (performance.now() - begun)).unref();
  };
  look();
  return () => Math.round((10 * most) / 1024 / 1024) / 10;
}

process.stdout.write(`${JSON.stringify(await run(JSON.parse(process.argv[2] ?? '') as HugeRunSettings))}\n`);
