import { describe, expect, it } from 'vitest';
import { compareNames, foldName, hasNamePrefix } from '../../../emulator/store/collation.ts';
import { at, refusal, share, storeWithShare } from './support.ts';

describe('names', () => {
  it('fold one UTF-16 unit at a time: sharp s stays, NFC is not NFD', () => {
    expect(foldName('straße-éÿ')).toBe('STRAßE-ÉŸ');
    expect(compareNames('Straße', 'STRASSE')).not.toBe(0);
    expect(compareNames('caf\u00e9', 'cafe\u0301')).not.toBe(0);
    expect(compareNames('ReadMe', 'README')).toBe(0);
    expect(hasNamePrefix('ReadMe', 'rEAD')).toBe(true);
    expect(compareNames('_', 'a')).toBeGreaterThan(0);
  });

  it('address an entry in any case and keep the case it was created with', () => {
    const { store } = storeWithShare();
    store.directories.create(at('Reports'));
    store.files.create(at('REPORTS/Year.TXT'), { sizeBytes: 1 });
    expect(store.files.getProperties(at('reports/year.txt')).name).toBe('Year.TXT');
    store.files.create(at('reports/year.txt'), { sizeBytes: 2 });
    expect(store.directories.list(at('reports')).entries.map((entry) => entry.name)).toEqual(['Year.TXT']);
  });

  it('lose their trailing dots unless these are allowed', () => {
    const { store } = storeWithShare();
    store.files.create(at('a.'), { sizeBytes: 1 });
    expect(store.files.getProperties(at('a')).name).toBe('a');
    store.files.create({ ...at('a.'), allowTrailingDot: true }, { sizeBytes: 2 });
    expect(store.directories.list(at('')).entries.map((entry) => entry.name)).toEqual(['a', 'a.']);
  });

  it.each([
    ['a:b', 'InvalidResourceName'],
    ['a|b', 'InvalidResourceName'],
    ['a\u0001', 'InvalidResourceName'],
    ['a\ud800', 'InvalidResourceName'],
    ['con', 'InvalidResourceName'],
    ['LPT3', 'InvalidResourceName'],
    ['x/../y', 'InvalidResourceName'],
    ['x//y', 'InvalidResourceName'],
    ['x'.repeat(256), 'InvalidFileOrDirectoryPathName'],
    ['abcdefg/'.repeat(257), 'InvalidFileOrDirectoryPathName'],
  ])('%j is refused with %s', (path, code) => {
    const { store } = storeWithShare();
    expect(refusal(() => store.files.getProperties(at(path)))).toBe(code);
  });

  it('of 255 characters, with a trailing slash, or beyond the basic plane are fine', () => {
    const { store } = storeWithShare();
    for (const name of ['x'.repeat(255), '😀', 'console', 'a b']) {
      store.directories.create(at(`${name}/`));
      expect(store.directories.getProperties(at(name)).name).toBe(name);
    }
  });

  it.each(['ab', 'A-share', 'a--b', '-ab', 'ab-', 'a_b', 'x'.repeat(64)])('%s is no share name', (name) => {
    const { store } = storeWithShare();
    expect(refusal(() => store.shares.create({ ...share, share: name }))).toBe('InvalidResourceName');
  });
});
