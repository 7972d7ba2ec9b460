import { describe, expect, test } from 'vitest';
import type { FileProperties, HttpHeaders } from '../../../lib/model/index.ts';
import { type ListedFileAction, planByMd5, planEntry } from '../../../lib/plan/index.ts';
import { aFile } from './entries.ts';

const withHeaders = (headers: HttpHeaders, metadata = {}): FileProperties => ({ ...aFile('a'), headers, metadata });
const hash = (contentMd5: string) => withHeaders({ contentMd5 });
const equal: ListedFileAction = { kind: 'none', reason: 'equal', renameCase: false };
const modified: ListedFileAction = { kind: 'copy', reason: 'modified', renameCase: true };

describe('by the hashes that both sides store', () => {
  test.each([
    ['another hash is other content', hash('x'), hash('y'), equal, { kind: 'copy', reason: 'md5', renameCase: false }],
    ['one hash and equal listings are one file', hash('x'), hash('x'), equal, equal],
    [
      'one hash and other times are one content with other properties',
      hash('x'),
      hash('x'),
      modified,
      { kind: 'set-properties', reason: 'attributes', distrusted: false, renameCase: true },
    ],
    [
      'one hash and other metadata are other properties',
      hash('x'),
      withHeaders({ contentMd5: 'x' }, { a: '1' }),
      equal,
      { kind: 'set-properties', reason: 'attributes', distrusted: false, renameCase: false },
    ],
    ['the source stores none', withHeaders({}), hash('x'), equal, undefined],
    ['the destination stores none', hash('x'), withHeaders({}), equal, undefined],
  ])('%s', (...[, source, destination, listed, action]) => {
    expect(planByMd5(source, destination, listed)).toEqual(action);
  });
});

describe('a file is compared by its hash', () => {
  const context = { compareChangeTime: true, compareMd5: true, full: false, baseSnapshotMs: 0 };
  const kindOf = (destination: Parameters<typeof aFile>[1], more = {}) =>
    planEntry(aFile('a'), aFile('a', destination), { ...context, deletions: 'mirror', ...more }).kind;

  test('where both sides have one size', () => {
    expect(kindOf({})).toBe('compare-md5');
    expect(kindOf({ attributes: 'None' })).toBe('compare-md5');
  });

  test('but not where the size tells, everything is copied, or the copy may be torn', () => {
    expect(kindOf({ sizeBytes: 11 })).toBe('copy');
    expect(kindOf({}, { full: true })).toBe('copy');
    expect(kindOf({}, { distrustSinceMs: 0 })).toBe('compare-properties');
  });
});
