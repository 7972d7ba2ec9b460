import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FileEntry } from '../../../lib/model/index.ts';
import { compareFolded, RenamedFiles } from '../../../lib/plan/index.ts';

const file = (name: string): FileEntry => ({
  kind: 'file',
  name,
  sizeBytes: 1,
  times: { creation: '', lastWrite: '', change: '' },
  attributes: 'Archive',
  permissionKey: '',
  etag: '',
  lastModifiedMs: 0,
});

/** The new extensions found in a directory of which these are the names on one side only. */
function renamedIn(gone: readonly string[], added: readonly string[]): readonly string[] {
  const renamed = new RenamedFiles();
  const pairs = [
    ...gone.map((name) => ({ name, pair: { destination: file(name) } })),
    ...added.map((name) => ({ name, pair: { source: file(name) } })),
  ].toSorted((a, b) => compareFolded(a.name, b.name));
  return pairs.map(({ pair }) => renamed.take(pair)).filter((extension) => extension !== undefined);
}

describe('a file that was renamed by its extension', () => {
  test.each<[string, string[], string[], string[]]>([
    ['a further extension', ['a.docx'], ['a.docx.locked'], ['LOCKED']],
    ['another extension', ['a.docx'], ['a.xyz'], ['XYZ']],
    ['another extension that sorts first', ['a.docx'], ['a.bin'], ['BIN']],
    ['a first extension', ['readme'], ['README.locked'], ['LOCKED']],
    ['several dots', ['report.v2.docx'], ['report.v2.docx.id-77.crypt'], ['CRYPT']],
    ['names between the two', ['a.b', 'a.c'], ['a.c.locked', 'a.b.locked', 'a.c-old.txt'], ['LOCKED', 'LOCKED']],
    ['another name', ['a.docx'], ['b.docx'], []],
    ['a longer name', ['a.docx'], ['ab.xyz'], []],
    ['a rotated log', ['app.log.1', 'app.2026-01-01'], ['app.log.9', 'app.2026-02-01'], []],
    ['a name that begins with a dot', ['.bashrc'], ['.profile'], []],
  ])('is found by %s', (_, gone, added, extensions) => {
    expect(renamedIn(gone, added)).toEqual(extensions);
  });

  test('is counted once, for the one file that it was', () => {
    expect(renamedIn(['a.docx'], ['a.docx.locked', 'a.docx.crypt'])).toHaveLength(1);
  });

  test('is no directory, and no file that both sides have', () => {
    const renamed = new RenamedFiles();

    expect(renamed.take({ source: file('a.docx'), destination: file('a.docx') })).toBeUndefined();
    expect(renamed.take({ destination: { ...file('b.d'), kind: 'directory' } as never })).toBeUndefined();
    expect(renamed.take({ source: file('a.docx.locked') })).toBeUndefined();
    expect(renamed.take({ source: file('b.d.locked') })).toBeUndefined();
  });

  test('is found among many others that were renamed too', () => {
    const renamed = new RenamedFiles();
    let found = 0;
    for (let n = 0; n < 100_000; n += 1) {
      const name = `scan-${String(n).padStart(7, '0')}.pdf`;
      renamed.take({ destination: file(name) });
      if (renamed.take({ source: file(`${name}.locked`) }) !== undefined) found += 1;
    }

    expect(found).toBe(100_000);
  });

  test('whatever the names, as many are found as were given one further extension', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}(\.[a-z]{1,4})?$/u), {
      selector: (name) => name.split('.')[0],
      maxLength: 100,
    });
    fc.assert(
      fc.property(names, (gone) => {
        const added = gone.map((name) => `${name}.locked`);

        expect(renamedIn(gone, added)).toHaveLength(gone.length);
      }),
    );
  });
});
