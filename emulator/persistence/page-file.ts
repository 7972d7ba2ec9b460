import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';

/** The location cannot be used; the message says why and what to do. */
export class LocationError extends Error {
  override readonly name = 'LocationError';
}

/** A page as it lies in the file: the pages it leads to, and its content. */
export type Page = { readonly links: readonly number[]; readonly body: Uint8Array };

const FILE = 'state.sqlite';
const FORMAT = 1;

const SCHEMA = `
  CREATE TABLE page (id INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, links BLOB, body BLOB NOT NULL);
  -- Pages that not exactly one page leads to: more, or (0) none.
  CREATE TABLE reference (id INTEGER PRIMARY KEY, count INTEGER NOT NULL);
  CREATE INDEX unreferenced ON reference (id) WHERE count = 0;
  CREATE TABLE root (id INTEGER PRIMARY KEY CHECK (id = 0), checksum INTEGER NOT NULL, links BLOB, body BLOB NOT NULL);
  PRAGMA user_version = ${FORMAT};
`;

/**
 * Pages in an SQLite file. A transaction that did not end leaves no trace. The write-ahead log is not synced at each commit:
 * a killed process loses nothing committed, a machine without power may lose the last commits but never a part of one.
 */
export class PageFile {
  private readonly database: DatabaseSync;
  private readonly statements: ReturnType<typeof statementsOf>;
  private nextId: number;

  /** Opens the file of that folder, made when missing, for this process alone. @throws LocationError */
  constructor(folder: string) {
    this.database = openDatabase(folder);
    this.statements = statementsOf(this.database);
    this.nextId = Number(this.statements.lastId.get()?.['id'] ?? 0) + 1;
  }

  begin(): void {
    this.database.exec('BEGIN IMMEDIATE');
  }

  commit(): void {
    this.database.exec('COMMIT');
  }

  rollback(): void {
    if (this.database.isTransaction) {
      this.database.exec('ROLLBACK');
    }
  }

  /** Adds a page, which counts as led to by one. Ids are never used twice. */
  add({ links, body }: Page): number {
    const id = this.nextId;
    this.nextId += 1;
    this.statements.add.run(id, crc32(body), packed(links), body);
    return id;
  }

  /** @throws LocationError if the page is not what was written */
  read(id: number): Uint8Array {
    return checkedBody(this.statements.read.get(id), `page ${id}`);
  }

  /** Changes by how many pages a page is led to. Answers whether nothing leads to it any more. */
  refer(id: number, difference: number): boolean {
    const count = Number(this.statements.count.get(id)?.['count'] ?? 1) + difference;
    if (count < 0) {
      throw new LocationError(`Page ${id} of the location is led to by fewer than no pages.`);
    }
    if (count === 1) {
      this.statements.forgetCount.run(id);
    } else {
      this.statements.setCount.run(id, count);
    }
    return count === 0;
  }

  /** Pages that nothing leads to. */
  unreferenced(): number[] {
    return this.statements.unreferenced.all().map((row) => Number(row['id']));
  }

  /** Takes a page away. Answers the pages it led to. */
  remove(id: number): readonly number[] {
    const row = this.statements.remove.get(id);
    this.statements.forgetCount.run(id);
    return unpacked(row?.['links']);
  }

  root(): Page | undefined {
    const row = this.statements.readRoot.get();
    return row === undefined ? undefined : { links: unpacked(row['links']), body: checkedBody(row, 'the root') };
  }

  setRoot({ links, body }: Page): void {
    this.statements.setRoot.run(crc32(body), packed(links), body);
  }

  close(): void {
    this.database.close();
  }
}

function openDatabase(folder: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(folder, { recursive: true });
    database = new DatabaseSync(join(folder, FILE), { timeout: 0 });
    // The exclusive lock is the kernel's and ends with the process, however it ends.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA page_size = 16384; PRAGMA auto_vacuum = INCREMENTAL');
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 2000');
    database.exec('BEGIN EXCLUSIVE');
    prepareSchema(database, folder);
    database.exec('COMMIT');
    return database;
  } catch (error) {
    database?.close();
    throw locationError(error, folder);
  }
}

function prepareSchema(database: DatabaseSync, folder: string): void {
  const version = database.prepare('PRAGMA user_version').get()?.['user_version'];
  if (version === 0) {
    database.exec(SCHEMA);
  } else if (version !== FORMAT) {
    throw new LocationError(`${folder} was written by another version of the emulator (format ${String(version)}).`);
  }
}

const BUSY = 5;

function locationError(error: unknown, folder: string): LocationError {
  if (error instanceof LocationError) {
    return error;
  }
  const cause = error instanceof Error ? error : new Error(String(error));
  if ('errcode' in cause && cause.errcode === BUSY) {
    return new LocationError(`${folder} is in use by another emulator.`);
  }
  return new LocationError(`${folder} cannot be used: ${cause.message}`, { cause });
}

function statementsOf(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql);
  return {
    lastId: prepare('SELECT max(id) AS id FROM page'),
    add: prepare('INSERT INTO page (id, checksum, links, body) VALUES (?, ?, ?, ?)'),
    read: prepare('SELECT checksum, body FROM page WHERE id = ?'),
    remove: prepare('DELETE FROM page WHERE id = ? RETURNING links'),
    count: prepare('SELECT count FROM reference WHERE id = ?'),
    setCount: prepare(
      'INSERT INTO reference (id, count) VALUES (?, ?) ON CONFLICT DO UPDATE SET count = excluded.count',
    ),
    forgetCount: prepare('DELETE FROM reference WHERE id = ?'),
    unreferenced: prepare('SELECT id FROM reference WHERE count = 0'),
    readRoot: prepare('SELECT checksum, links, body FROM root'),
    setRoot: prepare('INSERT OR REPLACE INTO root (id, checksum, links, body) VALUES (0, ?, ?, ?)'),
  };
}

function checkedBody(row: ReturnType<StatementSync['get']>, what: string): Uint8Array {
  const body = row?.['body'];
  if (!(body instanceof Uint8Array)) {
    throw new LocationError(`The location lacks ${what}.`);
  }
  if (crc32(body) !== row?.['checksum']) {
    throw new LocationError(`The location is damaged: ${what} is not what was written.`);
  }
  return body;
}

function packed(links: readonly number[]): Uint8Array | null {
  return links.length === 0 ? null : new Uint8Array(Float64Array.from(links).buffer);
}

function unpacked(links: unknown): readonly number[] {
  return links instanceof Uint8Array ? [...new Float64Array(new Uint8Array(links).buffer)] : [];
}
