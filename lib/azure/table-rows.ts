/** State rows as table entities and back. */
import type { TableEntityResult } from '@azure/data-tables';
import { FarshareError } from '../errors.ts';
import type { StateRow } from '../run/ports.ts';

/** A string property holds 64 KiB of UTF-16, which is 32,768 characters. */
const longestChunk = 30_000;
/** An entity holds 1 MiB: 14 chunks are 840,000 bytes. */
const mostChunks = 14;

export interface RowEntity extends Record<string, unknown> {
  partitionKey: string;
  rowKey: string;
  /** Which transaction wrote the row: tells after an unclear answer whether it was ours. */
  writer: string;
}

export function toEntity(partition: string, key: string, { value, writer }: { value: unknown; writer: string }) {
  const text = JSON.stringify(value) ?? 'null';
  if (text.length > longestChunk * mostChunks) {
    throw new FarshareError('StateRowTooLarge', `The row ${key} would hold ${text.length} characters`, {
      disposition: 'bug',
    });
  }
  const entity: RowEntity = { partitionKey: partition, rowKey: key, writer };
  for (let index = 0; index * longestChunk < text.length; index += 1) {
    entity[`value${index}`] = text.slice(index * longestChunk, (index + 1) * longestChunk);
  }
  return entity;
}

export function toRow<T>(entity: TableEntityResult<RowEntity>): StateRow<T> {
  let text = '';
  for (let index = 0; typeof entity[`value${index}`] === 'string'; index += 1)
    text += entity[`value${index}`] as string;
  return { key: entity.rowKey, etag: entity.etag, value: JSON.parse(text) as T };
}

const keyPattern = /^[A-Za-z0-9._-]{1,200}$/u;

/** Partitions and keys go into URLs and filters as they are. */
export function requireKeys(...keys: readonly string[]): void {
  for (const key of keys) {
    if (!keyPattern.test(key)) throw new FarshareError('InvalidStateKey', `Not a key: ${key}`, { disposition: 'bug' });
  }
}
