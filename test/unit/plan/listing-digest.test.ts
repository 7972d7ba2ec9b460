import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../../lib/model/index.ts';
import { facetNames, facetsOf, ListingDigest } from '../../../lib/plan/index.ts';
import { aDirectory, aFile, timesWith } from './entries.ts';

const rules = { compareChangeTime: true };

function digestOf(entries: readonly Entry[], of = rules): string {
  const digest = new ListingDigest((text) => createHash('sha256').update(text).digest(), of);
  for (const entry of entries) digest.add(entry);
  return digest.value;
}

const anEntry: fc.Arbitrary<Entry> = fc
  .record({
    name: fc.string({ minLength: 1, maxLength: 6, unit: 'binary' }).map((text) => text.replaceAll('/', '')),
    sizeBytes: fc.nat(),
    isFile: fc.boolean(),
    lastWrite: fc.constantFrom('2026-02-01T00:00:00.0000001Z', '2026-02-01T00:00:00.0000002Z'),
  })
  .map(({ name, sizeBytes, isFile, lastWrite }) => {
    const times = timesWith({ lastWrite });
    return isFile ? aFile(name, { sizeBytes, times }) : aDirectory(name, { times });
  });
const entries = fc.array(anEntry, { maxLength: 20 });

describe('The digest of a listing', () => {
  test('is the same in whatever order the entries come', () => {
    fc.assert(
      fc.property(
        entries.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length })),
        ),
        ([all, shuffled]) => {
          expect(digestOf(shuffled)).toBe(digestOf(all));
        },
      ),
    );
  });

  test('is another one whenever the entries are, also when only how often one comes is', () => {
    const sorted = (all: readonly Entry[]) =>
      all
        .map((entry) => JSON.stringify(facetsOf(entry, rules)))
        .toSorted((a, b) => (a < b ? -1 : 1))
        .join();
    fc.assert(
      fc.property(entries, entries, (one, other) => {
        expect(digestOf(one) === digestOf(other)).toBe(sorted(one) === sorted(other));
      }),
    );
    fc.assert(
      fc.property(entries, anEntry, (all, more) => {
        const digests = [all, [...all, more], [...all, more, more], [...all, more, more, more]].map((of) =>
          digestOf(of),
        );
        expect(new Set(digests).size).toBe(4);
      }),
    );
  });

  const changes: Readonly<Record<(typeof facetNames)[number], Entry>> = {
    kind: aDirectory('a', { attributes: 'Archive' }),
    name: aFile('A', { sizeBytes: 0 }),
    size: aFile('a', { sizeBytes: 1 }),
    LastWriteTime: aFile('a', { sizeBytes: 0, times: timesWith({ lastWrite: '2026-02-01T00:00:00.0000009Z' }) }),
    CreationTime: aFile('a', { sizeBytes: 0, times: timesWith({ creation: '2026-01-01T00:00:00.0000009Z' }) }),
    ChangeTime: aFile('a', { sizeBytes: 0, times: timesWith({ change: '2026-02-01T00:00:00.0000009Z' }) }),
    attributes: aFile('a', { sizeBytes: 0, attributes: 'Archive|Hidden' }),
  };

  test.each(facetNames)('is sensitive to %s alone', (facet) => {
    const [before, after] = [aFile('a', { sizeBytes: 0 }), changes[facet]];
    const differing = facetNames.filter((_, at) => facetsOf(before, rules)[at] !== facetsOf(after, rules)[at]);

    expect(differing).toEqual([facet]);
    expect(digestOf([after, aFile('b')])).not.toBe(digestOf([before, aFile('b')]));
  });

  test('leaves ChangeTime out where it is not compared, and is then none that holds it', () => {
    const without = { compareChangeTime: false };
    const [before, after] = [aFile('a', { sizeBytes: 0 }), changes.ChangeTime];

    expect(digestOf([after], without)).toBe(digestOf([before], without));
    expect(digestOf([before], without)).not.toBe(digestOf([before]));
  });

  test('takes no notice of what differs between shares', () => {
    const [here, there] = [aFile('a'), aFile('a', { etag: '"2"', permissionKey: '2*2', lastModifiedMs: 0 })];

    expect(digestOf([there])).toBe(digestOf([here]));
  });

  test('of nothing is 64 zeros, of an entry 64 digits', () => {
    expect(digestOf([])).toBe('0'.repeat(64));
    expect(digestOf([aFile('a')])).toMatch(/^[0-9a-f]{64}$/u);
  });
});
