import { describe, expect, it } from 'vitest';
import { at, bytes, refusal, share, storeWithShare, writeFile } from './support.ts';

function storeWithFile() {
  const { store } = storeWithShare();
  store.directories.create(at('d'));
  store.files.create(at('d/a'), { sizeBytes: 2049 });
  store.files.putRange(at('d/a'), 0, bytes('Hello'));
  const { snapshot } = store.snapshots.create(share);
  const diff = (path: string, options = {}) =>
    store.files.listRanges(at(path), { previousSnapshot: snapshot, ...options });
  return { store, snapshot, diff };
}

describe('List Ranges', () => {
  it('lists pages cut at the size, within the range asked for, on shares and snapshots', () => {
    const { store, snapshot } = storeWithFile();
    store.files.putRange(at('d/a'), 2048, bytes('x'));
    expect(store.files.listRanges(at('d/a'))).toMatchObject({
      sizeBytes: 2049,
      ranges: [
        { start: 0, end: 512 },
        { start: 2048, end: 2049 },
      ],
      clearRanges: [],
    });
    expect(store.files.listRanges(at('d/a'), { range: { start: 1, end: 9 } }).ranges).toEqual([{ start: 1, end: 9 }]);
    expect(store.files.listRanges(at('d/a', snapshot)).ranges).toEqual([{ start: 0, end: 512 }]);
  });

  it('of a copy lists what the source has allocated', () => {
    const { store } = storeWithFile();
    store.copies.start(at('copy'), at('d/a'), { sourceUrl: '' });
    expect(store.files.listRanges(at('copy')).ranges).toEqual([{ start: 0, end: 512 }]);
  });
});

describe('the diff of List Ranges', () => {
  it('tells written and freed ranges since a snapshot', () => {
    const { store, diff } = storeWithFile();
    store.files.clearRange(at('d/a'), { start: 0, end: 1024 });
    store.files.putRange(at('d/a'), 1023, bytes('World'));
    expect(diff('d/a')).toMatchObject({ ranges: [{ start: 512, end: 1536 }], clearRanges: [{ start: 0, end: 512 }] });
  });

  it('sees a write of the same bytes, and nothing in a change of properties', () => {
    const { store, diff } = storeWithFile();
    store.files.setProperties(at('d/a'), { attributes: 'Hidden' });
    store.files.setMetadata(at('d/a'), { k: 'v' });
    expect(diff('d/a')).toMatchObject({ ranges: [], clearRanges: [] });
    store.files.putRange(at('d/a'), 0, bytes('Hello'), { lastWriteTime: 'preserve' });
    expect(diff('d/a').ranges).toEqual([{ start: 0, end: 512 }]);
  });

  it('works between two snapshots, the older one as the base', () => {
    const { store, snapshot } = storeWithFile();
    store.files.putRange(at('d/a'), 600, bytes('x'));
    const later = store.snapshots.create(share).snapshot;
    store.files.putRange(at('d/a'), 1600, bytes('x'));
    expect(store.files.listRanges(at('d/a', later), { previousSnapshot: snapshot }).ranges).toEqual([
      { start: 512, end: 1024 },
    ]);
    expect(refusal(() => store.files.listRanges(at('d/a', snapshot), { previousSnapshot: later }))).toBe(
      'InvalidQueryParameterValue',
    );
  });
});

describe('the diff of a file that is not what it was', () => {
  it('is refused for a file made anew, overwritten, replaced or copied over since', () => {
    const remakes: ((store: ReturnType<typeof storeWithFile>['store']) => void)[] = [
      (store) => {
        store.files.delete(at('d/a'));
        writeFile(store, 'd/a', 'new');
      },
      (store) => writeFile(store, 'd/a', 'new'),
      (store) => {
        writeFile(store, 'b', 'b');
        store.files.rename(at('b'), at('d/a'), { replaceIfExists: true });
      },
      (store) => {
        writeFile(store, 'b', 'b');
        store.copies.start(at('d/a'), at('b'), { sourceUrl: '' });
      },
      (store) => void store.copies.start(at('d/a'), at('d/a'), { sourceUrl: '' }),
    ];
    for (const remake of remakes) {
      const { store, diff } = storeWithFile();
      remake(store);
      expect(refusal(() => diff('d/a'))).toBe('FileGenerationMismatch');
      expect(refusal(() => diff('d/a', { supportRename: true }))).toBe('FileGenerationMismatch');
    }
  });

  it('follows renames, of the file or of a directory above it, only when told to', () => {
    const { store, diff } = storeWithFile();
    store.files.rename(at('d/a'), at('d/b'));
    store.directories.rename(at('d'), at('e'));
    store.files.putRange(at('e/b'), 512, bytes('x'));
    expect(refusal(() => diff('e/b'))).toBe('FileGenerationMismatch');
    expect(diff('e/b', { supportRename: true }).ranges).toEqual([{ start: 512, end: 1024 }]);
  });

  it('misses a file that one end does not have, and a snapshot that is gone', () => {
    const { store, diff } = storeWithFile();
    writeFile(store, 'new', 'x');
    expect(refusal(() => diff('new'))).toBe('ResourceNotFound');
    expect(refusal(() => diff('gone'))).toBe('ResourceNotFound');
    expect(refusal(() => diff('d/a', { previousSnapshot: '2020-01-01T00:00:00.0000000Z' }))).toBe(
      'PreviousSnapshotNotFound',
    );
  });
});
