import { randomUUID } from 'node:crypto';
import type { TokenCredential } from '@azure/core-auth';
import type { HttpClient } from '@azure/core-rest-pipeline';
import { odata, TableClient } from '@azure/data-tables';
import type { TransactionAction } from '@azure/data-tables';
import { FarshareError, StateConflictError } from '../errors.ts';
import type { StateOperation, StateRow, StateStore } from '../run/ports.ts';
import { isTransientStatus } from './errors.ts';
import { retryDelayMs } from './retry.ts';
import { readSdkError, translateSdkError } from './storage-errors.ts';
import { requireKeys, toEntity, toRow, type RowEntity } from './table-rows.ts';

type TableAccess = (
  | { readonly connectionString: string }
  | { readonly endpoint: string; readonly credential: TokenCredential }
) & {
  readonly tableName: string;
  /** Absent: the SDK's own. */
  readonly httpClient?: HttpClient | undefined;
};

const mostOperations = 100;
const mostAttempts = 4;

/** One table of Azure Table storage, made on first use where the identity may. Contract: StateStore. */
export function createTableStateStore(access: TableAccess): StateStore {
  const reader = openTable(access, 3);
  // A repetition by the SDK would meet what its own first attempt wrote, and call it a conflict: we repeat ourselves.
  const writer = openTable(access, 0);
  const ready = onFirstUse(() => createTable(reader));
  return {
    async get<T>(partition: string, key: string) {
      requireKeys(partition, key);
      await ready();
      return getRow<T>(reader, partition, key);
    },
    async *list<T>(partition: string, range: { from: string; to: string }) {
      await ready();
      yield* listRows<T>(reader, partition, range);
    },
    async first<T>(partition: string, range: { from: string; to: string }) {
      await ready();
      for await (const row of listRows<T>(reader, partition, { ...range, pageSize: 1 })) return row;
      return undefined;
    },
    async transact(partition, operations) {
      requireKeys(partition, ...operations.map(({ key }) => key));
      if (operations.length > mostOperations) {
        throw new FarshareError('StateTransactionTooLarge', `${operations.length} operations`, { disposition: 'bug' });
      }
      if (operations.length === 0) return new Map();
      await ready();
      return transact({ reader, writer }, partition, operations);
    },
  };
}

function openTable(access: TableAccess, maxRetries: number): TableClient {
  const { httpClient } = access;
  const options = {
    retryOptions: { maxRetries, retryDelayInMs: 200, maxRetryDelayInMs: 5_000 },
    ...(httpClient && { httpClient }),
  };
  if ('connectionString' in access) {
    const allowInsecureConnection = /\bhttp:/u.test(access.connectionString);
    return TableClient.fromConnectionString(access.connectionString, access.tableName, {
      ...options,
      allowInsecureConnection,
    });
  }
  return new TableClient(access.endpoint, access.tableName, access.credential, options);
}

/** Runs `prepare` until it has succeeded once; those who come meanwhile wait for the same attempt. */
export function onFirstUse(prepare: () => Promise<void>): () => Promise<void> {
  let prepared: Promise<void> | undefined;
  return () => {
    prepared ??= prepare().catch((error: unknown) => {
      prepared = undefined;
      throw error;
    });
    return prepared;
  };
}

async function createTable(client: TableClient): Promise<void> {
  try {
    await client.createTable();
  } catch (error) {
    const { status, code } = readSdkError(error);
    // An identity that may only use the table made by somebody else: the next request shows whether it exists.
    if (status === 403 || code === 'TableAlreadyExists') return;
    throw translateSdkError('CreateTable', error);
  }
}

async function getRow<T>(client: TableClient, partition: string, key: string): Promise<StateRow<T> | undefined> {
  try {
    return toRow<T>(await client.getEntity<RowEntity>(partition, key));
  } catch (error) {
    if (readSdkError(error).code === 'ResourceNotFound') return undefined;
    throw translateSdkError('QueryEntity', error);
  }
}

async function* listRows<T>(
  client: TableClient,
  partition: string,
  { from, to, pageSize }: { from: string; to: string; pageSize?: number },
): AsyncGenerator<StateRow<T>> {
  requireKeys(partition, from);
  const filter = odata`PartitionKey eq ${partition} and RowKey ge ${from} and RowKey lt ${to}`;
  const pages = client
    .listEntities<RowEntity>({ queryOptions: { filter } })
    .byPage(pageSize === undefined ? {} : { maxPageSize: pageSize });
  try {
    for await (const page of pages) for (const entity of page) yield toRow<T>(entity);
  } catch (error) {
    throw translateSdkError('QueryEntities', error);
  }
}

interface Tables {
  readonly reader: TableClient;
  readonly writer: TableClient;
}

/**
 * Repeats after unclear answers under the same writer's mark: a conflict then may be with our own first attempt, which the
 * mark on the rows tells.
 */
async function transact(
  tables: Tables,
  partition: string,
  operations: readonly StateOperation[],
): Promise<ReadonlyMap<string, string>> {
  const mark = randomUUID();
  const actions = operations.map((operation) => toAction(partition, operation, mark));
  let unclear = false;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { subResponses } = await tables.writer.submitTransaction(actions);
      return etagsOf(
        operations,
        subResponses.map(({ etag }) => etag),
      );
    } catch (error) {
      const { status, code } = readSdkError(error);
      if (isConflict(status, code)) {
        const written = unclear ? await readWritten(tables.reader, partition, { operations, mark }) : undefined;
        if (written !== undefined) return written;
        if (unclear && operations.every(({ kind }) => kind === 'delete')) {
          // Nothing carries our mark: gone by us, or by another, only the caller can tell.
          throw new FarshareError('StateUnclear', `Whether rows of ${partition} were deleted by us is unclear`, {
            disposition: 'retry',
          });
        }
        throw new StateConflictError(`The rows of ${partition} changed meanwhile (${code})`);
      }
      const isTransient = status === 0 || isTransientStatus(status);
      if (!isTransient || attempt >= mostAttempts) throw translateSdkError('EntityGroupTransaction', error);
      unclear = true;
    }
    await new Promise((resolve) => setTimeout(resolve, retryDelayMs(attempt, 0, Math.random())));
  }
}

const isConflict = (status: number, code: string): boolean =>
  status === 412 ||
  (status === 409 && code === 'EntityAlreadyExists') ||
  (status === 404 && code === 'ResourceNotFound');

function toAction(partition: string, operation: StateOperation, writer: string): TransactionAction {
  const { key } = operation;
  if (operation.kind === 'delete') return ['delete', { partitionKey: partition, rowKey: key }];
  const entity = toEntity(partition, key, { value: operation.value, writer });
  if (operation.kind === 'insert') return ['create', entity];
  if (operation.kind === 'upsert') return ['upsert', entity, 'Replace'];
  return ['update', entity, 'Replace', { etag: operation.etag }];
}

/** Sub-responses come in the order of the operations; only some of them name their row. */
function etagsOf(operations: readonly StateOperation[], etags: readonly (string | undefined)[]): Map<string, string> {
  const written = new Map<string, string>();
  for (const [index, { kind, key }] of operations.entries()) {
    if (kind === 'delete') continue;
    const etag = etags[index];
    if (etag === undefined) {
      throw new FarshareError('MalformedAnswer', 'A transaction was answered without ETags', { disposition: 'retry' });
    }
    written.set(key, etag);
  }
  return written;
}

/** The ETags of the rows that carry our mark; `undefined` when the transaction was never done, or was written over. */
async function readWritten(
  reader: TableClient,
  partition: string,
  { operations, mark }: { operations: readonly StateOperation[]; mark: string },
): Promise<Map<string, string> | undefined> {
  const written = new Map<string, string>();
  for (const { kind, key } of operations) {
    if (kind === 'delete') continue;
    try {
      const entity = await reader.getEntity<RowEntity>(partition, key, { queryOptions: { select: ['writer'] } });
      if (entity['writer'] !== mark) return undefined;
      written.set(key, entity.etag);
    } catch (error) {
      if (readSdkError(error).code === 'ResourceNotFound') return undefined;
      throw translateSdkError('QueryEntity', error);
    }
  }
  return written.size === 0 ? undefined : written;
}
