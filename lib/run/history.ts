import { StateConflictError } from '../errors.ts';
import { hasEnded, type JobConfig, type RunStatus } from '../model/index.ts';
import { parseDuration, subtractDuration } from '../plan/index.ts';
import type { RunContext } from './context.ts';
import type { StateOperation } from './ports.ts';
import { afterKey, indexKey, indexPartition, keysFrom, runKey, runPartition } from './run-state.ts';

/** How long rows of ended runs are kept where the configuration does not say. */
export const defaultHistory = 'P400D';
/** One round: some hundred requests at most, so that the watchdog stays quick however much there is. */
const runsPerRound = 500;
const rowsPerRound = 5_000;
const rowsPerTransaction = 100;
/** After everything has been gone over. */
const pauseMs = 60 * 60 * 1000;

const partition = 'history';
const cursorKey = 'cursor';
/** Where the next round goes on, and when. */
interface Cursor {
  readonly v: 1;
  readonly after: string;
  readonly nextAtMs: number;
}

export interface HistoryRules {
  readonly jobs: readonly JobConfig[];
  /** For jobs that say nothing of their own, and for those that are not configured any more. */
  readonly history?: string | undefined;
}

/**
 * Deletes rows of runs that ended longer ago than `history` says: what they backed up is in the restore points. A bounded part
 * each time; done again, or by two at once, it deletes nothing else.
 */
export async function expireHistory(context: RunContext, rules: HistoryRules): Promise<void> {
  const nowMs = context.clock.now();
  const cursor = (await context.state.get<Cursor>(partition, cursorKey))?.value;
  if (cursor !== undefined && nowMs < cursor.nextAtMs) return;
  const next = await expireFrom(context, rules, cursor?.after ?? '');
  const value: Cursor = { v: 1, after: next ?? '', nextAtMs: next === undefined ? nowMs + pauseMs : nowMs };
  await context.state.transact(partition, [{ kind: 'upsert', key: cursorKey, value }]);
}

/** The key to go on after; undefined when the oldest run has been looked at. */
async function expireFrom(context: RunContext, rules: HistoryRules, after: string): Promise<string | undefined> {
  const endMs = (history: string | undefined): number =>
    subtractDuration(context.clock.now(), parseDuration(history ?? rules.history ?? defaultHistory));
  const ends = new Map(rules.jobs.map((job) => [job.name, endMs(job.history)]));
  const others = endMs(undefined);
  const newest = indexKey(Math.max(others, ...ends.values()), '');
  const range = { from: after === '' ? newest : afterKey(after), to: keysFrom('').to };
  let [runs, rows, last] = [0, 0, after];
  const isOver = (key: string, job: string): boolean => key > indexKey(ends.get(job) ?? others, '');
  for await (const { key, value } of context.state.list<{ runId: string; job: string }>(indexPartition, range)) {
    if (runs === runsPerRound || rows >= rowsPerRound) return last;
    runs += 1;
    if (isOver(key, value.job)) rows += await expireRun(context, key, value.runId, rowsPerRound - rows);
    if (rows >= rowsPerRound) return last;
    last = key;
  }
  return undefined;
}

/** Deletes at most so many rows; the run's own row goes last but for the index, so that what is left is found again. */
async function expireRun(context: RunContext, key: string, runId: string, mostRows: number): Promise<number> {
  // Read as it is: a row of an old version must not stop the watchdog.
  const run = await context.state.get<{ readonly status?: RunStatus }>(runPartition(runId), runKey);
  const status = run?.value.status;
  if (status !== undefined && !hasEnded(status)) return 0;
  const { rows, isEmpty } = await deleteOtherRows(context, runId, mostRows);
  if (!isEmpty) return rows;
  if (run !== undefined && !(await deleteRows(context, runPartition(runId), [{ kind: 'delete', key: runKey }])))
    return rows;
  await deleteRows(context, indexPartition, [{ kind: 'delete', key }]);
  return rows + 2;
}

/** All rows of a run but its own. */
async function deleteOtherRows(
  context: RunContext,
  runId: string,
  mostRows: number,
): Promise<{ rows: number; isEmpty: boolean }> {
  let rows = 0;
  let batch: StateOperation[] = [];
  for await (const { key } of context.state.list(runPartition(runId), keysFrom(''))) {
    if (rows >= mostRows) return { rows, isEmpty: false };
    if (key !== runKey) batch.push({ kind: 'delete', key });
    if (batch.length < rowsPerTransaction) continue;
    if (!(await deleteRows(context, runPartition(runId), batch))) return { rows, isEmpty: false };
    rows += batch.length;
    batch = [];
  }
  const isEmpty = batch.length === 0 || (await deleteRows(context, runPartition(runId), batch));
  return { rows: rows + batch.length, isEmpty };
}

/** False when somebody else has deleted one of them: a later round finds what is left. */
async function deleteRows(context: RunContext, of: string, operations: readonly StateOperation[]): Promise<boolean> {
  try {
    await context.state.transact(of, operations);
    return true;
  } catch (error) {
    if (!(error instanceof StateConflictError)) throw error;
    return false;
  }
}
