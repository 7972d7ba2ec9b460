/** Reading runs back, for the API and the CLI. */
import type { Page, PageQuery, RunQuery } from '../engine.ts';
import { FarshareError } from '../errors.ts';
import {
  emptyTally,
  type Failure,
  type JobConfig,
  type PlannedAction,
  type PriceTable,
  type RestorePointInfo,
  type RunEstimate,
  type RunReport,
} from '../model/index.ts';
import { Estimate } from '../plan/index.ts';
import { meterInto, type RunContext } from './context.ts';
import { knownRow } from './control.ts';
import { readFindings } from './findings.ts';
import { readPins } from './pins.ts';
import { buildReport, readFailures } from './run-report.ts';
import { afterKey, indexPartition, keysFrom, readRun, rootOfNote, runPartition } from './run-state.ts';
import { isRestorePointOf, pointInfo, snapshotTimeMs } from './snapshots.ts';
import { destinationsOf } from './start-run.ts';

export async function reportOf(context: RunContext, runId: string): Promise<RunReport | undefined> {
  if (!/^[a-z0-9-]{1,190}$/u.test(runId)) return undefined;
  const row = await readRun(context.state, runId);
  return row === undefined ? undefined : buildReport(context.state, row.value);
}

const defaultLimit = 50;
const mostFailures = 100_000;

/** Rows of the index gone through for one page, and runs of them read: a filter that fits few runs answers short pages. */
const mostLookedAt = 2_000;
const mostRead = 500;
const readAtOnce = 25;

const wrongCursor = (): FarshareError =>
  new FarshareError('InvalidCursor', 'The cursor is not one that an earlier page gave.', { disposition: 'run' });

export async function listRuns(context: RunContext, query: RunQuery): Promise<Page<RunReport>> {
  const { job, limit = defaultLimit, cursor } = query;
  const range = keysFrom('');
  if (cursor !== undefined && !/^\d{13}\.[a-z0-9-]+$/u.test(cursor)) throw wrongCursor();
  const from = cursor === undefined ? range.from : afterKey(cursor);
  const items: RunReport[] = [];
  let [lookedAt, read, last] = [0, 0, ''];
  let batch: string[] = [];
  const readBatch = async (): Promise<void> => {
    const reports = await Promise.all(batch.map((runId) => reportOf(context, runId)));
    read += batch.length;
    batch = [];
    items.push(...reports.filter((report) => report !== undefined).filter((report) => isAskedFor(report, query)));
  };
  const rows = context.state.list<{ runId: string; job: string }>(indexPartition, { from, to: range.to });
  for await (const { key, value } of rows) {
    if (items.length >= limit || lookedAt === mostLookedAt || read >= mostRead) {
      await readBatch();
      return { items, next: last };
    }
    last = key;
    lookedAt += 1;
    if (job !== undefined && value.job !== job) continue;
    batch.push(value.runId);
    // Never more than there is room for: the cursor stands for all that was read.
    if (batch.length === Math.min(readAtOnce, limit - items.length)) await readBatch();
  }
  await readBatch();
  return { items };
}

const isAskedFor = (report: RunReport, { kind, status }: RunQuery): boolean =>
  (kind === undefined || report.kind === kind) && (status === undefined || report.status === status);

export async function failuresOf(context: RunContext, runId: string): Promise<readonly Failure[]> {
  const row = await readRun(context.state, runId);
  return row === undefined ? [] : readFailures(context.state, row.value, mostFailures);
}

/** Offsets into the run's failures in the order of its state; while it is at work, later pages may repeat some. */
export async function failurePage(
  context: RunContext,
  runId: string,
  { limit = 500, cursor = '0' }: PageQuery,
): Promise<Page<Failure>> {
  if (!/^\d{1,6}$/u.test(cursor)) throw wrongCursor();
  const row = await knownRow(context, runId);
  const from = Number(cursor);
  const end = from + limit;
  const failures = await readFailures(context.state, row, Math.min(end + 1, mostFailures));
  return { items: failures.slice(from, end), ...(failures.length > end && { next: String(end) }) };
}

export async function* actionsOf(context: RunContext, runId: string): AsyncIterable<PlannedAction> {
  const from = (await readRun(context.state, runId))?.value.countsFrom ?? 0;
  const notes = context.state.list<PlannedAction[]>(runPartition(runId), keysFrom('n-action-'));
  for await (const { key, value } of notes) if (rootOfNote(key) >= from) yield* value;
}

/** Of a dry run that has ended. */
export async function estimateOf(context: RunContext, runId: string, prices: PriceTable): Promise<RunEstimate> {
  const row = (await readRun(context.state, runId))?.value;
  if (row === undefined) throw new FarshareError('RunNotFound', `There is no run ${runId}.`, { disposition: 'run' });
  const estimate = new Estimate(row.job.copyMethod, row.destination.mode);
  for await (const action of actionsOf(context, runId)) estimate.add(action);
  return estimate.finish(await buildReport(context.state, row), prices);
}

/** Read from the destinations: what counts is what is there. */
export async function listPoints(
  context: RunContext,
  job: JobConfig,
  only?: string,
): Promise<readonly RestorePointInfo[]> {
  const meter = meterInto(() => emptyTally().destination);
  const found = await Promise.all(
    destinationsOf({ job, destination: only }).map(async (destination) => {
      const { account, share } = destination;
      const port = context.shares.open({ account, share }, { meter });
      const properties = await port.getShare();
      if (properties === undefined) return [];
      const pins = readPins(properties.metadata);
      const points = (await port.listSnapshots()).filter((point) => isRestorePointOf(point, { job, destination }));
      const damaged = await readFindings(context.state, { job, destination });
      return points.map((point) => ({ point, until: pins.get(point.snapshot), files: damaged[point.snapshot] }));
    }),
  );
  return found
    .flat()
    .toSorted((a, b) => snapshotTimeMs(a.point) - snapshotTimeMs(b.point))
    .map(({ point, until, files }) => ({
      ...pointInfo(point),
      ...(until !== undefined && { pinnedUntil: until }),
      ...(files !== undefined && { damagedFiles: files }),
    }));
}
