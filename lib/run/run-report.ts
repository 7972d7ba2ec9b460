import {
  addTally,
  emptyTally,
  type Failure,
  isPartial,
  type RequestCounts,
  type RestoreSummary,
  type RunReport,
  type RunRow,
  type ShardRow,
  type Tally,
} from '../model/index.ts';
import { coveredPercent } from './coverage.ts';
import type { StateStore } from './ports.ts';
import { takeBackEarlier, takeBackFound } from './earlier-scans.ts';
import { keysFrom, listShards, runPartition } from './run-state.ts';

/** All shards of a run taken together. */
export interface Progress {
  readonly tally: Tally;
  readonly finished: number;
  readonly children: number;
  /** Of shards of the current pass. */
  readonly takenOver: boolean;
  /** Some shard of the current pass may have done something twice. */
  readonly repeated: boolean;
  readonly failedShards: number;
  readonly failedChecks: number;
}

const rootNumber = (shard: string): number => Number(/^r(\d+)/u.exec(shard)?.[1] ?? 0);

export async function readProgress(state: StateStore, row: RunRow): Promise<Progress> {
  const [tally, earlier] = [emptyTally(), emptyTally()];
  let [finished, children, failedShards, failedChecks] = [0, 0, 0, 0];
  let [takenOver, repeated] = [false, false];
  for await (const { id, row: shard } of listShards(state, row.runId)) {
    addTally(tally, shard.tally);
    if (rootNumber(id) < row.passRoot) addTally(earlier, shard.tally);
    if (rootNumber(id) < (row.countsFrom ?? 0)) takeBackFound(tally, shard.tally, row);
    children += shard.children;
    if (shard.result !== '') finished += 1;
    if (rootNumber(id) < row.passRoot) continue;
    takenOver ||= shard.takenOver;
    repeated ||= shard.repeat;
    failedShards += shard.result === 'failed' ? 1 : 0;
    failedChecks += isCheck(shard) ? shard.tally.counts.failed : 0;
  }
  takeBackEarlier(tally, earlier, row);
  return { tally, finished, children, takenOver, repeated, failedShards, failedChecks };
}

const isCheck = (shard: ShardRow): boolean => shard.phase === 'checking';

/** True when nothing is unfinished and nothing is missing: the count, beside the index, would show a lost row. */
export const isComplete = (row: RunRow, progress: Progress): boolean =>
  progress.finished === row.roots + progress.children;

/** Requests made outside shards. */
async function readStepTally(state: StateStore, runId: string): Promise<Tally> {
  const tally = emptyTally();
  for await (const row of state.list<Tally>(runPartition(runId), keysFrom('m-'))) addTally(tally, row.value);
  return tally;
}

/** Every failure once, whoever reported it again after a redelivery. */
async function* listFailures(state: StateStore, row: RunRow): AsyncIterable<Failure> {
  yield* row.errors;
  for await (const note of state.list<Failure[]>(runPartition(row.runId), keysFrom('n-failure-'))) {
    if (rootNumber(note.key.slice('n-failure-'.length)) >= row.passRoot) yield* note.value;
  }
}

export async function readFailures(state: StateStore, row: RunRow, limit: number): Promise<Failure[]> {
  const known = new Map<string, Failure>();
  for await (const failure of listFailures(state, row)) {
    known.set(`${failure.path}\n${failure.operation}\n${failure.code}`, failure);
    if (known.size >= limit) break;
  }
  return [...known.values()];
}

/** Absent where no content was to be compared. */
async function verificationOf(
  state: StateStore,
  { runId, sample, sourceGone, job, destination }: RunRow,
  { verified }: Tally,
): Promise<Pick<RunReport, 'verification'>> {
  if (sample === undefined) return {};
  const { requests: _requests, leftOut: _leftOut, withoutHash, ...counts } = verified;
  const hashless = sourceGone === true ? { withoutHash } : {};
  const paths = new Set<string>();
  for await (const { value } of state.list<{ path: string }[]>(runPartition(runId), keysFrom('n-mismatch-'))) {
    for (const { path } of value) paths.add(path);
    if (paths.size >= 100) break;
  }
  const covered = await coveredPercent(state, job.name, destination.name);
  const coverage = covered === null ? {} : { coveredPercent: covered };
  return { verification: { ...counts, ...hashless, paths: [...paths].slice(0, 100), ...sample, ...coverage } };
}

/** The report as it stands; of an ended run, the stored one. */
export async function buildReport(state: StateStore, row: RunRow): Promise<RunReport> {
  if (row.report !== undefined) return row.report;
  const { tally } = await readProgress(state, row);
  addTally(tally, await readStepTally(state, row.runId));
  const sum = (counts: RequestCounts): number => Object.values(counts).reduce((a, b) => a + b, 0);
  return {
    runId: row.runId,
    kind: row.kind,
    job: row.job.name,
    destination: row.destination.name,
    mode: row.destination.mode,
    dryRun: row.dryRun,
    status: row.status,
    sourceSnapshot: row.sourceSnapshot ?? null,
    restorePoint: row.restorePoint ?? null,
    ...(row.restorePoint !== undefined && isPartial(row) && { complete: 'partial' }),
    startedAt: new Date(row.createdAtMs).toISOString(),
    endedAt: row.endedAtMs === undefined ? null : new Date(row.endedAtMs).toISOString(),
    counts: tally.counts,
    bytes: { scanned: tally.bytesScanned, copied: tally.bytesCopied },
    requests: {
      source: tally.source,
      destination: tally.destination,
      verification: tally.verified.requests,
      floor: tally.floor,
      total: sum(tally.source) + sum(tally.destination),
    },
    ...(await verificationOf(state, row, tally)),
    failures: await readFailures(state, row, 100),
    ...(row.retryOf === undefined ? {} : { retryOf: row.retryOf }),
    ...(row.approval === undefined ? {} : { approvalOf: row.approval.of }),
    ...followers(row),
    ...(row.guard.length === 0 ? {} : { guard: row.guard }),
    ...restoreSummary(row, tally),
  };
}

const followers = ({ next, waiting = [] }: RunRow): Pick<RunReport, 'next' | 'waiting'> => ({
  ...(next === undefined ? {} : { next }),
  ...(waiting.length === 0 ? {} : { waiting }),
});

function restoreSummary(
  { job, destination, restore }: RunRow,
  tally: Tally,
): Partial<Pick<RunReport, 'mode' | 'restore'>> {
  if (restore === undefined) return {};
  const { point, time, paths, onConflict, safety } = restore;
  const { account, share, path } = destination;
  const summary: RestoreSummary = {
    from: { account: job.source.account, share: job.source.share, path: job.source.path },
    point,
    time,
    to: { account, share, path },
    paths,
    onConflict,
    deleteExtra: job.deletions === 'mirror',
    safetySnapshot: safety ?? null,
    skipped: tally.skipped,
    renamed: tally.besides,
  };
  return { mode: restore.mode, restore: summary };
}
