import { describe, expect, it } from 'vitest';
import { at, refusal, storeWithShare, textOf, writeFile } from './support.ts';

describe('rename', () => {
  it('moves a file, keeps id, content and LastWriteTime, and changes its ETag', () => {
    const { store } = storeWithShare();
    store.directories.create(at('d'));
    writeFile(store, 'a', 'text');
    const before = store.files.getProperties(at('a'));
    const after = store.files.rename(at('a'), at('d/b'), {
      metadata: { k: 'v' },
      contentType: 'x/y',
      attributes: 'Hidden',
    });
    expect(after).toMatchObject({
      name: 'b',
      fileId: before.fileId,
      lastWriteTime: before.lastWriteTime,
      metadata: { k: 'v' },
      headers: { contentType: 'x/y' },
      attributes: 'Hidden',
    });
    expect(after.etag).not.toBe(before.etag);
    expect(after.changeTime > before.changeTime).toBe(true);
    expect(textOf(store, at('d/b'))).toBe('text');
    expect(refusal(() => store.files.getProperties(at('a')))).toBe('ResourceNotFound');
  });

  it('changes the case of a name in place, for files and for directories with what is beneath', () => {
    const { store } = storeWithShare();
    store.directories.create(at('dir'));
    writeFile(store, 'dir/file', 'x');
    store.files.rename(at('dir/file'), at('dir/FILE'));
    store.directories.rename(at('dir'), at('DIR'));
    expect(store.directories.list(at('')).entries.map((entry) => entry.name)).toEqual(['DIR']);
    expect(store.directories.list(at('dir')).entries.map((entry) => entry.name)).toEqual(['FILE']);
  });

  it('moves a directory with its subtree', () => {
    const { store } = storeWithShare();
    store.directories.create(at('a'));
    store.directories.create(at('a/b'));
    writeFile(store, 'a/b/c', 'deep');
    store.directories.create(at('other'));
    const before = store.files.getProperties(at('a/b/c'));
    store.directories.rename(at('a'), at('other/z'));
    expect(store.files.getProperties(at('other/z/b/c'))).toEqual(before);
    expect(refusal(() => store.directories.getProperties(at('a')))).toBe('ResourceNotFound');
  });
});

describe('a rename that is refused or replaces', () => {
  it.each([
    ['gone', 'x', {}, 'ResourceNotFound'],
    ['a', 'gone/x', {}, 'ParentNotFound'],
    ['a', 'b', {}, 'ResourceAlreadyExists'],
    ['a', 'd', { replaceIfExists: true }, 'ResourceAlreadyExists'],
    ['a', 'readonly', { replaceIfExists: true }, 'ReadOnlyAttribute'],
    ['d', 'x', {}, 'ResourceTypeMismatch'],
  ])('of a file %s to %s with %j is refused with %s', (from, to, input, code) => {
    const { store } = storeWithShare();
    writeFile(store, 'a', 'a');
    writeFile(store, 'b', 'b');
    store.directories.create(at('d'));
    store.files.create(at('readonly'), { sizeBytes: 0, attributes: 'ReadOnly' });
    expect(refusal(() => store.files.rename(at(from), at(to), input))).toBe(code);
    expect(textOf(store, at('a'))).toBe('a');
  });

  it('of a directory into its own subtree is refused', () => {
    const { store } = storeWithShare();
    store.directories.create(at('d'));
    store.directories.create(at('d/e'));
    expect(refusal(() => store.directories.rename(at('d'), at('D/e/f')))).toBe('InvalidInput');
  });

  it('replaces a file when told to, a ReadOnly one when that is ignored', () => {
    const { store } = storeWithShare();
    writeFile(store, 'a', 'a');
    store.files.create(at('b'), { sizeBytes: 0, attributes: 'ReadOnly' });
    store.files.rename(at('a'), at('b'), { replaceIfExists: true, ignoreReadOnly: true });
    expect(textOf(store, at('b'))).toBe('a');
    expect(store.directories.list(at('')).entries).toHaveLength(1);
  });
});
