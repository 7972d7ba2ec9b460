/** Reading runs back, for the API and the CLI. */
import type { RunQuery } from '../engine.ts';
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
import { readPins } from './pins.ts';
import { buildReport, readFailures } from './run-report.ts';
import { afterKey, indexPartition, keysFrom, readRun, runPartition } from './run-state.ts';
import { isRestorePointOf, pointInfo, snapshotTimeMs } from './snapshots.ts';

export async function reportOf(context: RunContext, runId: string): Promise<RunReport | undefined> {
  if (!/^[a-z0-9-]{1,190}$/u.test(runId)) return undefined;
  const row = await readRun(context.state, runId);
  return row === undefined ? undefined : buildReport(context.state, row.value);
}

const defaultLimit = 50;
const mostFailures = 100_000;

export async function listRuns(
  context: RunContext,
  query: RunQuery,
): Promise<{ items: readonly RunReport[]; next?: string }> {
  const { job, status, limit = defaultLimit, cursor } = query;
  const items: RunReport[] = [];
  const range = keysFrom('');
  if (cursor !== undefined && !/^\d{13}\.[a-z0-9-]+$/u.test(cursor)) {
    throw new FarshareError('InvalidCursor', 'The cursor is not one that an earlier page gave.', {
      disposition: 'run',
    });
  }
  const from = cursor === undefined ? range.from : afterKey(cursor);
  const rows = context.state.list<{ runId: string; job: string }>(indexPartition, { from, to: range.to });
  let last = '';
  for await (const { key, value } of rows) {
    if (items.length === limit) return { items, next: last };
    last = key;
    if (job !== undefined && value.job !== job) continue;
    const report = await reportOf(context, value.runId);
    if (report !== undefined && (status === undefined || report.status === status)) items.push(report);
  }
  return { items };
}

export async function failuresOf(context: RunContext, runId: string): Promise<readonly Failure[]> {
  const row = await readRun(context.state, runId);
  return row === undefined ? [] : readFailures(context.state, row.value, mostFailures);
}

export async function* actionsOf(context: RunContext, runId: string): AsyncIterable<PlannedAction> {
  const notes = context.state.list<PlannedAction[]>(runPartition(runId), keysFrom('n-action-'));
  for await (const { value } of notes) yield* value;
}

/** Of a dry run that has ended. */
export async function estimateOf(context: RunContext, runId: string, prices: PriceTable): Promise<RunEstimate> {
  const row = (await readRun(context.state, runId))?.value;
  if (row === undefined) throw new FarshareError('RunNotFound', `There is no run ${runId}.`, { disposition: 'run' });
  const estimate = new Estimate(row.job.copyMethod);
  for await (const action of actionsOf(context, runId)) estimate.add(action);
  return estimate.finish(await buildReport(context.state, row), prices);
}

/** Read from the destinations: what counts is what is there. */
export async function listPoints(context: RunContext, job: JobConfig): Promise<readonly RestorePointInfo[]> {
  const meter = meterInto(() => emptyTally().destination);
  const found = await Promise.all(
    job.destinations.map(async (destination) => {
      const { account, share } = destination;
      const port = context.shares.open({ account, share }, { meter });
      const properties = await port.getShare();
      if (properties === undefined) return [];
      const pins = readPins(properties.metadata);
      const points = (await port.listSnapshots()).filter((point) => isRestorePointOf(point, { job, destination }));
      return points.map((point) => ({ point, until: pins.get(point.snapshot) }));
    }),
  );
  return found
    .flat()
    .toSorted((a, b) => snapshotTimeMs(a.point) - snapshotTimeMs(b.point))
    .map(({ point, until }) => ({ ...pointInfo(point), ...(until === undefined ? {} : { pinnedUntil: until }) }));
}
