import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StateConflictError } from '../../lib/errors.ts';
import type { StateOperation, StateRow, StateStore } from '../../lib/run/ports.ts';

export interface StateStoreUnderTest {
  /** Two stores over the same rows, as two processes have them. */
  readonly store: StateStore;
  readonly other: StateStore;
  end(): Promise<void> | void;
}

let partitions = 0;
const freshPartition = () => `p-${(partitions += 1)}-${process.pid}`;

const insert = (key: string, value: unknown = { key }): StateOperation => ({ kind: 'insert', key, value });

async function rowsOf(rows: AsyncIterable<StateRow>): Promise<readonly StateRow[]> {
  const all: StateRow[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

const everything = { from: '-', to: 'zzzz' };

async function keysIn(store: StateStore, partition: string): Promise<readonly string[]> {
  return (await rowsOf(store.list(partition, everything))).map(({ key }) => key);
}

/** What every StateStore does; each implementation runs it. */
export function describeStateStoreContract(name: string, make: () => Promise<StateStoreUnderTest>): void {
  describe(`${name} as a StateStore`, () => {
    let made: StateStoreUnderTest;
    let store: StateStore;
    beforeAll(async () => {
      made = await make();
      store = made.store;
    });
    afterAll(() => made.end());

    describe('reading', () => {
      readingContract(() => store);
    });
    describe('a transaction', () => {
      transactionContract(() => made);
    });
    describe('a conflict', () => {
      conflictContract(() => made);
    });
  });
}

function readingContract(store: () => StateStore): void {
  test('a row that nobody wrote is undefined', async () => {
    expect(await store().get(freshPartition(), 'none')).toBeUndefined();
    expect(await store().first(freshPartition(), everything)).toBeUndefined();
    expect(await keysIn(store(), freshPartition())).toEqual([]);
  });

  test('a row comes back as it was written, with its key and an ETag', async () => {
    const partition = freshPartition();
    const value = { text: 'Zoë "quoted" \u{1F5C4} \ufffe', list: [1, 2.5, null, true], nested: { empty: {} } };

    const written = await store().transact(partition, [insert('row', value)]);

    expect(await store().get(partition, 'row')).toEqual({ key: 'row', etag: written.get('row'), value });
  });

  test.for([0, 1, 29_999, 30_000, 30_001, 400_000])('a value of %i characters is kept whole', async (length) => {
    const partition = freshPartition();
    const value = 'ä'.repeat(Math.max(0, length - 2));

    await store().transact(partition, [insert('row', value)]);

    expect((await store().get(partition, 'row'))?.value).toBe(value);
  });

  test('listing gives the rows from `from` up to but not including `to`, in ASCII order of their keys', async () => {
    const partition = freshPartition();
    const keys = ['s-1', 's-10', 's-2', 'S-1', 'run', 'p-1', 's-1.1', 's_1', 's-1-1'];
    await store().transact(
      partition,
      keys.map((key) => insert(key)),
    );

    const listed = await rowsOf(store().list(partition, { from: 's-', to: 's.' }));

    expect(listed.map(({ key }) => key)).toEqual(['s-1', 's-1-1', 's-1.1', 's-10', 's-2']);
    expect(await keysIn(store(), partition)).toEqual(keys.toSorted());
    expect((await store().first(partition, { from: 's-1-', to: 's.' }))?.key).toBe('s-1-1');
    expect(await store().first(partition, { from: 't', to: 'z' })).toBeUndefined();
  });

  test('listing goes on to the end of a range of more rows than one page holds', { timeout: 60_000 }, async () => {
    const partition = freshPartition();
    const keys = Array.from({ length: 1_250 }, (_, index) => `k-${String(index).padStart(4, '0')}`);
    for (let from = 0; from < keys.length; from += 100) {
      await store().transact(
        partition,
        keys.slice(from, from + 100).map((key) => insert(key, 1)),
      );
    }

    expect(await keysIn(store(), partition)).toEqual(keys);
  });

  test('partitions do not see each other', async () => {
    const [one, two] = [freshPartition(), freshPartition()];
    await store().transact(one, [insert('row', 1)]);

    expect(await store().get(two, 'row')).toBeUndefined();
    expect(await keysIn(store(), two)).toEqual([]);
  });
}

function transactionContract(made: () => StateStoreUnderTest): void {
  test('inserts, updates, upserts and deletes happen together and answer the new ETags', async () => {
    const { store } = made();
    const partition = freshPartition();
    const before = await store.transact(partition, [insert('update', 1), insert('upsert', 1), insert('delete', 1)]);

    const after = await store.transact(partition, [
      insert('insert', 2),
      { kind: 'update', key: 'update', value: 2, etag: before.get('update') ?? '' },
      { kind: 'upsert', key: 'upsert', value: 2 },
      { kind: 'upsert', key: 'upsert-new', value: 2 },
      { kind: 'delete', key: 'delete' },
    ]);

    const rows = await rowsOf(store.list(partition, everything));
    expect(rows.map(({ key, value }) => [key, value])).toEqual([
      ['insert', 2],
      ['update', 2],
      ['upsert', 2],
      ['upsert-new', 2],
    ]);
    expect(new Map(rows.map(({ key, etag }) => [key, etag]))).toEqual(after);
    expect(after.get('update')).not.toBe(before.get('update'));
    expect(after.get('upsert')).not.toBe(before.get('upsert'));
  });

  test('a hundred operations fit into one transaction', async () => {
    const { store, other } = made();
    const partition = freshPartition();
    const operations = Array.from({ length: 100 }, (_, index) => insert(`s-${index}`, { index }));

    const written = await store.transact(partition, operations);

    expect(written.size).toBe(100);
    expect(new Set(await keysIn(other, partition)).size).toBe(100);
  });

  test('what one store wrote the other reads', async () => {
    const { store, other } = made();
    const partition = freshPartition();

    const written = await store.transact(partition, [insert('row', 'there')]);

    expect(await other.get(partition, 'row')).toEqual({ key: 'row', etag: written.get('row'), value: 'there' });
  });

  test('a shorter value replaces all of a longer one', async () => {
    const { store } = made();
    const partition = freshPartition();
    await store.transact(partition, [insert('row', 'x'.repeat(100_000))]);

    await store.transact(partition, [{ kind: 'upsert', key: 'row', value: 'short' }]);

    expect((await store.get(partition, 'row'))?.value).toBe('short');
  });

  test('a key that is none, and more than a hundred operations, are our own mistakes', async () => {
    const { store } = made();
    const many = Array.from({ length: 101 }, (_, index) => insert(`k${index}`));

    await expect(store.transact('p', [insert('a/b')])).rejects.toMatchObject({ disposition: 'bug' });
    await expect(store.transact(freshPartition(), many)).rejects.toMatchObject({ disposition: 'bug' });
  });
}

function conflictContract(made: () => StateStoreUnderTest): void {
  const refusals: readonly { because: string; operation: (etag: string) => StateOperation }[] = [
    { because: 'an inserted row exists', operation: () => insert('row', 'new') },
    { because: 'an ETag is stale', operation: (etag) => ({ kind: 'update', key: 'row', value: 'new', etag }) },
    { because: 'a row to update is gone', operation: (etag) => ({ kind: 'update', key: 'gone', value: 'new', etag }) },
    { because: 'a row to delete is gone', operation: () => ({ kind: 'delete', key: 'gone' }) },
  ];

  test.for(refusals)('refuses the whole transaction where $because', async ({ operation }) => {
    const { store } = made();
    const partition = freshPartition();
    const first = await store.transact(partition, [insert('row', 'old'), insert('other', 'old')]);
    await store.transact(partition, [{ kind: 'update', key: 'row', value: 'newer', etag: first.get('row') ?? '' }]);

    const refused = store.transact(partition, [
      { kind: 'delete', key: 'other' },
      insert('child', 'new'),
      operation(first.get('row') ?? ''),
    ]);

    await expect(refused).rejects.toBeInstanceOf(StateConflictError);
    const rows = await rowsOf(store.list(partition, everything));
    expect(rows.map(({ key, value }) => [key, value])).toEqual([
      ['other', 'old'],
      ['row', 'newer'],
    ]);
  });

  test('of many writers under one ETag exactly one wins', async () => {
    const { store, other } = made();
    const partition = freshPartition();
    const first = await store.transact(partition, [insert('row', 0)]);
    const etag = first.get('row') ?? '';

    const outcomes = await Promise.allSettled(
      Array.from({ length: 12 }, (_, writer) =>
        (writer % 2 === 0 ? store : other).transact(partition, [
          { kind: 'update', key: 'row', value: writer, etag },
          insert(`child-${writer}`),
        ]),
      ),
    );

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const losses = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    for (const loss of losses) expect(loss).toBeInstanceOf(StateConflictError);
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
    expect((await store.get(partition, 'row'))?.value).toBe(winner);
    expect(await keysIn(store, partition)).toEqual([`child-${winner}`, 'row']);
  });

  test('of many writers that insert one row exactly one wins', async () => {
    const { store, other } = made();
    const partition = freshPartition();

    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, writer) =>
        (writer % 2 === 0 ? store : other).transact(partition, [insert('lock', writer)]),
      ),
    );

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
}
