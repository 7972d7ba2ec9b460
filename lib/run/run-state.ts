/**
 * Where rows live. All rows of a run share the partition `run.<runId>`:
 * `run`, `s-<shard>` (definition, owner, counts, result), `p-<shard>` (exists while the shard is unfinished),
 * `n-<kind>-<shard>-<number>` (paths noted for a later phase), `m-<time>-<random>` (requests made outside shards).
 */
import { FarshareError, StateConflictError } from '../errors.ts';
import {
  emptyTally,
  hasEnded,
  type NoteKind,
  type Phase,
  type RunRow,
  runRowSchema,
  type ShardRow,
  shardRowSchema,
  type ShardWork,
  type Tally,
  type WorkMessage,
} from '../model/index.ts';
import { type RunContext, randomHex } from './context.ts';
import type { QueueName, StateOperation, StateRow, StateStore } from './ports.ts';

export const runPartition = (runId: string): string => `run.${runId}`;
export const runKey = 'run';
export const shardKey = (shard: string): string => `s-${shard}`;
export const pendingKey = (shard: string): string => `p-${shard}`;
export const noteKey = (kind: NoteKind, shard: string, number: number): string =>
  `n-${kind}-${shard}-${String(number).padStart(6, '0')}`;

/** The number of the root shard that a note descends from: 12 for `n-delete-r12.3-000001`. */
export const rootOfNote = (key: string): number => Number(/^n-[a-z]+-r(\d+)/u.exec(key)?.[1] ?? 0);

/** All keys that begin with `prefix`: `-` sorts before every other character of keys, `~` after all of them. */
export const keysFrom = (prefix: string): { from: string; to: string } => ({
  from: prefix === '' ? '-' : prefix,
  to: `${prefix}~`,
});

/** Where the keys after `key` begin. */
export const afterKey = (key: string): string => `${key}-`;

/** Partition of the runs that have not ended, read by the watchdog. */
export const activePartition = 'active';
/** Partition of all runs, newest first. */
export const indexPartition = 'runs';
export const schedulePartition = 'schedule';

const lastMs = 9_999_999_999_999;
/** Keys ascend while time descends. */
export const indexKey = (createdAtMs: number, runId: string): string =>
  `${String(lastMs - createdAtMs).padStart(13, '0')}.${runId}`;

export async function readRun(state: StateStore, runId: string): Promise<StateRow<RunRow> | undefined> {
  const row = await state.get(runPartition(runId), runKey);
  return row === undefined ? undefined : { ...row, value: parseRow(runRowSchema, row, runId) as RunRow };
}

export async function readShard(
  state: StateStore,
  runId: string,
  shard: string,
): Promise<StateRow<ShardRow> | undefined> {
  const row = await state.get(runPartition(runId), shardKey(shard));
  return row === undefined ? undefined : { ...row, value: parseRow(shardRowSchema, row, runId) };
}

export async function* listShards(state: StateStore, runId: string): AsyncIterable<{ id: string; row: ShardRow }> {
  for await (const row of state.list(runPartition(runId), keysFrom('s-'))) {
    yield { id: row.key.slice(2), row: parseRow(shardRowSchema, row, runId) };
  }
}

function parseRow<T>(
  schema: { safeParse(value: unknown): { success: boolean; data?: T } },
  row: StateRow,
  runId: string,
): T {
  const parsed = schema.safeParse(row.value);
  if (parsed.success) return parsed.data as T;
  throw new FarshareError('StateUnreadable', `Row ${row.key} of run ${runId} is not of a version this build reads.`, {
    disposition: 'bug',
  });
}

export const queueOf = (work: ShardWork): QueueName =>
  work.kind === 'ranges' || work.kind === 'pending' || work.kind === 'verify-file' ? 'transfers' : 'shards';

export const newShardRow = (phase: Phase, work: ShardWork, repeat = false): ShardRow => ({
  v: 1,
  phase,
  work,
  owner: '',
  epoch: 0,
  leaseUntil: 0,
  attempts: 0,
  takenOver: false,
  repeat,
  children: 0,
  notes: 0,
  result: '',
  tally: emptyTally(),
});

/** The rows of a new shard: its definition and its index row. They are always written together. */
export const shardInserts = (shard: string, row: ShardRow): StateOperation[] => [
  { kind: 'insert', key: shardKey(shard), value: row },
  { kind: 'insert', key: pendingKey(shard), value: { queue: queueOf(row.work) } },
];

export async function sendShard(
  context: RunContext,
  runId: string,
  shard: string,
  options: { queue: QueueName; epoch: number; delayMs?: number },
): Promise<void> {
  const message: WorkMessage = { v: 1, run: runId, shard, epoch: options.epoch };
  await context.queues.send(options.queue, message, options.delayMs);
}

export const sendAdvance = async (context: RunContext, runId: string, delayMs?: number): Promise<void> => {
  const message: WorkMessage = { v: 1, run: runId };
  await context.queues.send('finalize', message, delayMs);
};

/** True once no shard is unfinished: one request. */
export const isQuiet = async (state: StateStore, runId: string): Promise<boolean> =>
  (await state.first(runPartition(runId), keysFrom('p-'))) === undefined;

/** Keeps the requests of one claim or step that no shard row will hold. */
export async function storeRequests(context: RunContext, runId: string, tally: Tally): Promise<void> {
  if (Object.keys(tally.source).length + Object.keys(tally.destination).length === 0) return;
  const key = `m-${String(context.clock.now()).padStart(13, '0')}-${randomHex(6)}`;
  await context.state.transact(runPartition(runId), [{ kind: 'insert', key, value: tally }]);
}

/** Changes the run row under its ETag, as often as somebody else comes first. `undefined` from `change` = leave it. */
export async function updateRun(
  context: RunContext,
  runId: string,
  change: (row: RunRow) => RunRow | undefined,
): Promise<RunRow | undefined> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const row = await readRun(context.state, runId);
    if (row === undefined) return undefined;
    const changed = change(row.value);
    if (changed === undefined) return row.value;
    try {
      await context.state.transact(runPartition(runId), [
        { kind: 'update', key: runKey, value: changed, etag: row.etag },
      ]);
      return changed;
    } catch (error) {
      if (!(error instanceof StateConflictError)) throw error;
      await context.clock.sleep(20 + attempt * 20);
    }
  }
  throw new FarshareError('StateBusy', `The row of run ${runId} could not be changed: others were always first.`, {
    disposition: 'retry',
  });
}

/** Asks all shards that have not begun to end without work; keeps the first reasons. */
export const stopRun = async (context: RunContext, runId: string, failure: RunRow['errors'][number]): Promise<void> => {
  await updateRun(context, runId, (row) =>
    hasEnded(row.status) ? undefined : { ...row, stopping: true, errors: [...row.errors, failure].slice(0, 20) },
  );
};
