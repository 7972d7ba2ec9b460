import type { FileProperties } from '../model/index.ts';
import type { ListedFileAction } from './actions.ts';

/**
 * What two files of one size need by the hashes that were stored with them, and by `listed` where these are equal. Undefined
 * when one of them stores none. The service does not keep the hash up: it is as true as who wrote the file last.
 */
export function planByMd5(
  source: FileProperties,
  destination: FileProperties,
  listed: ListedFileAction,
): ListedFileAction | undefined {
  const [from, held] = [source.headers.contentMd5, destination.headers.contentMd5];
  if (from === undefined || held === undefined) return undefined;
  const { renameCase } = listed;
  if (from !== held) return { kind: 'copy', reason: 'md5', renameCase };
  const isListedEqual = listed.kind === 'none' || listed.kind === 'compare-properties' || listed.kind === 'verify-copy';
  if (isListedEqual && haveSameProperties(source, destination)) return { kind: 'none', reason: 'equal', renameCase };
  return { kind: 'set-properties', reason: 'attributes', distrusted: false, renameCase };
}

/** Headers and metadata. */
export const haveSameProperties = (a: FileProperties, b: FileProperties): boolean =>
  isSameRecord(a.headers, b.headers) && isSameRecord(a.metadata, b.metadata);

const isSameRecord = (a: object, b: object): boolean => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

const sorted = (record: object): readonly [string, unknown][] =>
  Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));
