import { StoreError } from './errors.ts';
import type { Metadata } from './store.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const LARGEST_BYTES = 8 * 1024;

/** Shared by all entries without metadata. */
export const NO_METADATA: Metadata = Object.freeze({});

/**
 * A copy of valid metadata. Names are C# identifiers (ASCII here) and equal without case; all of it is at most 8 KiB.
 * @throws InvalidMetadata, EmptyMetadataKey, MetadataTooLarge
 */
export function checkedMetadata(metadata: Metadata | undefined): Metadata {
  const pairs = Object.entries(metadata ?? NO_METADATA);
  if (pairs.length === 0) {
    return NO_METADATA;
  }
  const seen = new Set<string>();
  let bytes = 0;
  for (const [name, value] of pairs) {
    if (name === '') {
      throw new StoreError('EmptyMetadataKey');
    }
    if (!NAME.test(name) || seen.has(name.toLowerCase())) {
      throw new StoreError('InvalidMetadata');
    }
    seen.add(name.toLowerCase());
    bytes += name.length + value.length;
  }
  if (bytes > LARGEST_BYTES) {
    throw new StoreError('MetadataTooLarge');
  }
  return Object.freeze(Object.fromEntries(pairs));
}
