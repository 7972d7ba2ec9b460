import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { FarshareError, StateConflictError } from '../errors.ts';
import type { StateOperation, StateRow, StateStore } from '../run/ports.ts';

/** A writer of another process holds the file only for its transaction; longer means it is stopped. */
const busyTimeoutMs = 10_000;
/** Rows read at a time: between two pages others may write. */
const rowsPerPage = 500;
const mostOperations = 100;
const keyPattern = /^[A-Za-z0-9._-]{1,200}$/u;

export interface LocalStateStore extends StateStore {
  /** Closes the file; nothing may be under way. */
  close(): void;
}

interface Row {
  readonly key: string;
  readonly etag: string;
  readonly value: string;
}

/**
 * State of a local run in `farshare.db` of a directory, made if missing, or `:memory:`. Several processes may use one
 * directory. Contract: StateStore.
 */
export function openLocalState(directory: string): LocalStateStore {
  const database = guarded(() => openDatabase(directory));
  const statements = prepare(database);
  return {
    get: <T>(partition: string, key: string) => promised(() => toRow<T>(statements.get.get(partition, key))),
    async *list<T>(partition: string, { from, to }: { from: string; to: string }) {
      let after = from;
      for (let page = statements.from; ; page = statements.after) {
        const rows = guarded(() => page.all(partition, after, to, rowsPerPage));
        for (const row of rows) yield toRow<T>(row) as StateRow<T>;
        if (rows.length < rowsPerPage) return;
        after = (rows.at(-1) as unknown as Row).key;
      }
    },
    first: <T>(partition: string, { from, to }: { from: string; to: string }) =>
      promised(() => toRow<T>(statements.from.get(partition, from, to, 1))),
    transact: (partition, operations) =>
      promised(() => {
        requireKeys(partition, operations);
        return transact({ database, statements }, partition, operations);
      }),
    close: () => database.close(),
  };
}

function openDatabase(directory: string): DatabaseSync {
  if (directory !== ':memory:') mkdirSync(directory, { recursive: true });
  const path = directory === ':memory:' ? directory : join(directory, 'farshare.db');
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
  // FULL: a checkpoint that was acknowledged survives a power cut.
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS state (
      partition TEXT NOT NULL, key TEXT NOT NULL, etag TEXT NOT NULL, value TEXT NOT NULL,
      PRIMARY KEY (partition, key)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS writes (count INTEGER NOT NULL);
    INSERT INTO writes SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM writes);
  `);
  return database;
}

type Statements = ReturnType<typeof prepare>;

function prepare(database: DatabaseSync) {
  const page = (comparison: string): StatementSync =>
    database.prepare(
      `SELECT key, etag, value FROM state WHERE partition = ? AND key ${comparison} ? AND key < ? ORDER BY key LIMIT ?`,
    );
  return {
    get: database.prepare('SELECT key, etag, value FROM state WHERE partition = ? AND key = ?'),
    from: page('>='),
    after: page('>'),
    insert: database.prepare(
      'INSERT INTO state (etag, value, partition, key) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    update: database.prepare('UPDATE state SET etag = ?, value = ? WHERE partition = ? AND key = ? AND etag = ?'),
    upsert: database.prepare('INSERT OR REPLACE INTO state (etag, value, partition, key) VALUES (?, ?, ?, ?)'),
    delete: database.prepare('DELETE FROM state WHERE partition = ? AND key = ?'),
    nextWrite: database.prepare('UPDATE writes SET count = count + 1 RETURNING count'),
  };
}

function transact(
  { database, statements }: { database: DatabaseSync; statements: Statements },
  partition: string,
  operations: readonly StateOperation[],
): ReadonlyMap<string, string> {
  // Takes the write lock at once: two readers that both want to write would otherwise refuse each other.
  database.exec('BEGIN IMMEDIATE');
  try {
    const etag = `w${String(statements.nextWrite.get()?.['count'])}`;
    const written = new Map<string, string>();
    for (const operation of operations) {
      if (!apply(statements, { partition, etag }, operation)) {
        throw new StateConflictError(`The rows of ${partition} changed meanwhile: ${operation.kind} ${operation.key}`);
      }
      if (operation.kind !== 'delete') written.set(operation.key, etag);
    }
    database.exec('COMMIT');
    return written;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** Whether the row was as the operation demands. */
function apply(
  statements: Statements,
  { partition, etag }: { partition: string; etag: string },
  operation: StateOperation,
): boolean {
  const { key } = operation;
  if (operation.kind === 'delete') return statements.delete.run(partition, key).changes === 1;
  const value = JSON.stringify(operation.value) ?? 'null';
  if (operation.kind === 'insert') return statements.insert.run(etag, value, partition, key).changes === 1;
  if (operation.kind === 'upsert') return statements.upsert.run(etag, value, partition, key).changes === 1;
  return statements.update.run(etag, value, partition, key, operation.etag).changes === 1;
}

function toRow<T>(row: unknown): StateRow<T> | undefined {
  if (row === undefined) return undefined;
  const { key, etag, value } = row as Row;
  return { key, etag, value: JSON.parse(value) as T };
}

function requireKeys(partition: string, operations: readonly StateOperation[]): void {
  const keys = operations.map(({ key }) => key);
  const problem =
    [partition, ...keys].find((key) => !keyPattern.test(key)) ??
    (new Set(keys).size < keys.length ? 'a key twice' : undefined) ??
    (keys.length > mostOperations ? `${keys.length} operations` : undefined);
  if (problem === undefined) return;
  throw new FarshareError('InvalidStateTransaction', `Not a transaction: ${problem}`, { disposition: 'bug' });
}

/** node:sqlite works at once; its errors become rejections of ours. */
function promised<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(guarded(work));
  });
}

/** SQLITE_BUSY and SQLITE_LOCKED: another process holds the file longer than we wait. */
const busyCodes: ReadonlySet<unknown> = new Set([5, 6]);

function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof FarshareError || !(error instanceof Error)) throw error;
    const isBusy = 'errcode' in error && busyCodes.has(Number(error.errcode) & 0xff);
    throw new FarshareError(isBusy ? 'LocalStateBusy' : 'LocalStateFailed', error.message, {
      disposition: isBusy ? 'retry' : 'run',
      cause: error,
    });
  }
}
