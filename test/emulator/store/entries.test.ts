import { describe, expect, it } from 'vitest';
import { at, bytes, refusal, refused, storeWithShare, textOf, writeFile } from './support.ts';

describe('creating', () => {
  it('a file defaults to Archive, sparse content and one moment for all times', () => {
    const { store } = storeWithShare();
    const file = store.files.create(at('a.txt'), { sizeBytes: 1000 });
    expect(file).toMatchObject({ kind: 'file', attributes: 'Archive', sizeBytes: 1000, metadata: {}, headers: {} });
    expect(file.creationTime).toMatch(/^2026-11-20T03:00:00\.000\d{4}Z$/);
    expect(new Set([file.creationTime, file.lastAccessTime, file.lastWriteTime, file.changeTime]).size).toBe(1);
    expect(file.etag).toMatch(/^"0x8D[0-9A-F]+"$/);
    expect(store.files.listRanges(at('a.txt')).ranges).toEqual([]);
  });

  it('keeps times, attributes, headers and metadata exactly as sent', () => {
    const { store } = storeWithShare();
    const times = {
      creationTime: '2017-05-10T17:52:33.9551861Z',
      lastWriteTime: '1601-01-01T00:00:00.0000001Z',
      changeTime: '2099-12-31T23:59:59.9999999Z',
    };
    const headers = { contentType: 'text/plain', cacheControl: 'no-cache', contentMd5: 'CY9rzUYh03PK3k6DJie09g==' };
    store.files.create(at('a'), {
      sizeBytes: 0,
      ...times,
      attributes: 'ReadOnly | hidden|Hidden',
      headers,
      metadata: { k: 'v' },
    });
    expect(store.files.getProperties(at('a'))).toMatchObject({
      ...times,
      attributes: 'ReadOnly|Hidden',
      headers,
      metadata: { k: 'v' },
    });
  });

  it('fills times with fewer digits up to seven', () => {
    const { store } = storeWithShare();
    const made = store.directories.create(at('d'), {
      creationTime: '2020-01-01T00:00:00Z',
      lastWriteTime: '2020-01-01T00:00:00.12Z',
    });
    expect(made.creationTime).toBe('2020-01-01T00:00:00.0000000Z');
    expect(made.lastWriteTime).toBe('2020-01-01T00:00:00.1200000Z');
  });
});

describe('creating over what is there, or wrongly', () => {
  it('over a file starts it anew but keeps its id', () => {
    const { store, clock } = storeWithShare();
    writeFile(store, 'a', 'content');
    const before = store.files.getProperties(at('a'));
    clock.ms += 1000;
    const after = store.files.create(at('a'), { sizeBytes: 7 });
    expect(textOf(store, at('a'))).toBe('\u0000'.repeat(7));
    expect(after.fileId).toBe(before.fileId);
    expect(after.creationTime > before.creationTime).toBe(true);
    expect(after.etag).not.toBe(before.etag);
  });

  it.each([
    ['no/parent', 'ParentNotFound'],
    ['file/child', 'ParentNotFound'],
    ['dir', 'ResourceTypeMismatch'],
    ['readonly', 'ReadOnlyAttribute'],
  ])('a file at %s is refused with %s', (path, code) => {
    const { store } = storeWithShare();
    store.directories.create(at('dir'));
    writeFile(store, 'file', 'x');
    store.files.create(at('readonly'), { sizeBytes: 0, attributes: 'ReadOnly' });
    expect(refusal(() => store.files.create(at(path), { sizeBytes: 0 }))).toBe(code);
  });

  it.each([
    ['', 'ResourceAlreadyExists'],
    ['dir', 'ResourceAlreadyExists'],
    ['FILE', 'ResourceAlreadyExists'],
    ['no/parent', 'ParentNotFound'],
  ])('a directory at %j is refused with %s', (path, code) => {
    const { store } = storeWithShare();
    store.directories.create(at('dir'));
    writeFile(store, 'file', 'x');
    expect(refusal(() => store.directories.create(at(path)))).toBe(code);
  });

  it.each([
    [{ attributes: 'Sparkling' }, 'InvalidHeaderValue'],
    [{ attributes: 'Directory' }, 'InvalidHeaderValue'],
    [{ creationTime: 'yesterday' }, 'InvalidHeaderValue'],
    [{ creationTime: '2020-13-01T00:00:00Z' }, 'InvalidHeaderValue'],
    [{ permission: 'everybody' }, 'FileInvalidPermission'],
    [{ permissionKey: '1*2' }, 'FileInvalidPermissionKey'],
    [{ permission: 'inherit', permissionKey: '1*2' }, 'InvalidHeaderValue'],
    [{ sizeBytes: 2 ** 43 }, 'OutOfRangeInput'],
    [{ metadata: { '1x': '' } }, 'InvalidMetadata'],
    [{ metadata: { x: 'v'.repeat(9000) } }, 'MetadataTooLarge'],
    [{ content: bytes('too long') }, 'InvalidHeaderValue'],
    [{ leaseId: '11111111-1111-1111-1111-111111111111' }, 'LeaseNotPresentWithFileOperation'],
  ])('with %j is refused with %s and leaves nothing', (input, code) => {
    const { store } = storeWithShare();
    expect(refusal(() => store.files.create(at('a'), { sizeBytes: 1, ...input }))).toBe(code);
    expect(refusal(() => store.files.getProperties(at('a')))).toBe('ResourceNotFound');
  });
});

describe('changing', () => {
  it('Put Range moves LastWriteTime and ChangeTime, or ChangeTime alone when it is to be preserved', () => {
    const { store, clock } = storeWithShare();
    const made = store.files.create(at('a'), { sizeBytes: 10 });
    clock.ms += 5;
    const kept = store.files.putRange(at('a'), 0, bytes('Hello'), { lastWriteTime: 'preserve' });
    expect(kept.lastWriteTime).toBe(made.lastWriteTime);
    expect(store.files.getProperties(at('a')).changeTime > made.changeTime).toBe(true);
    const moved = store.files.putRange(at('a'), 5, bytes('World'));
    expect(moved.lastWriteTime > made.lastWriteTime).toBe(true);
    expect(textOf(store, at('a'))).toBe('HelloWorld');
  });

  it('Set Properties clears the headers left out, keeps the SMB properties left out, and moves ChangeTime only', () => {
    const { store, clock } = storeWithShare();
    const made = store.files.create(at('a'), {
      sizeBytes: 1,
      attributes: 'Hidden',
      headers: { contentType: 'x/y', cacheControl: 'c' },
    });
    clock.ms += 5;
    const set = store.files.setProperties(at('a'), { headers: { contentType: 'a/b' } });
    expect(set.headers).toEqual({ contentType: 'a/b' });
    expect(set).toMatchObject({
      attributes: 'Hidden',
      lastWriteTime: made.lastWriteTime,
      creationTime: made.creationTime,
    });
    expect(set.changeTime > made.changeTime).toBe(true);
    expect(set.lastModified > made.lastModified).toBe(true);
  });

  it('a ChangeTime that is sent is kept, unless the switch says the service ignores it', () => {
    const changeTime = '2001-02-03T04:05:06.7654321Z';
    const kept = storeWithShare();
    kept.store.files.create(at('a'), { sizeBytes: 1 });
    expect(kept.store.files.setProperties(at('a'), { changeTime }).changeTime).toBe(changeTime);
    const ignored = storeWithShare({ changeTimeIsSettable: false });
    ignored.store.files.create(at('a'), { sizeBytes: 1 });
    expect(ignored.store.files.setProperties(at('a'), { changeTime }).changeTime).not.toBe(changeTime);
  });
});

describe('changing metadata and children', () => {
  it.each([true, false])(
    'Set Metadata replaces all of it; that ChangeTime moves is a switch (%s)',
    (setMetadataMovesChangeTime) => {
      const { store } = storeWithShare({ setMetadataMovesChangeTime });
      const made = store.files.create(at('a'), { sizeBytes: 1, metadata: { old: '1' } });
      store.files.setMetadata(at('a'), { new: '2' });
      const set = store.files.getProperties(at('a'));
      expect(set.metadata).toEqual({ new: '2' });
      expect(set.changeTime !== made.changeTime).toBe(setMetadataMovesChangeTime);
      expect(set.etag).not.toBe(made.etag);
    },
  );

  it.each([true, false])(
    'a child made, renamed or deleted moves the times of its directory by switch (%s), its content does not',
    (moves) => {
      const { store } = storeWithShare({ childChangeMovesDirectoryTimes: moves });
      store.directories.create(at('d'));
      const seen: string[] = [];
      const look = (): void => {
        const { lastWriteTime, changeTime } = store.directories.getProperties(at('d'));
        seen.push(`${lastWriteTime} ${changeTime}`);
      };
      look();
      store.files.create(at('d/a'), { sizeBytes: 1 });
      look();
      store.files.rename(at('d/a'), at('d/b'));
      look();
      store.files.delete(at('d/b'));
      look();
      expect(new Set(seen).size).toBe(moves ? 4 : 1);
      store.files.create(at('d/c'), { sizeBytes: 1 });
      look();
      store.files.putRange(at('d/c'), 0, bytes('x'));
      store.files.setProperties(at('d/c'), {});
      store.files.create(at('d/c'), { sizeBytes: 2 });
      look();
      expect(seen.at(-1)).toBe(seen.at(-2));
    },
  );
});

describe('refused changes and sizes', () => {
  it('resizing cuts and grows with zeros', () => {
    const { store } = storeWithShare();
    writeFile(store, 'a', 'HelloWorld');
    store.files.setProperties(at('a'), { sizeBytes: 5 });
    expect(store.files.setProperties(at('a'), { sizeBytes: 8 }).sizeBytes).toBe(8);
    expect(textOf(store, at('a'))).toBe('Hello\u0000\u0000\u0000');
  });

  it('a ReadOnly file takes no data, no new size and no deletion, but its attribute can be cleared', () => {
    const { store } = storeWithShare();
    store.files.create(at('a'), { sizeBytes: 4, attributes: 'ReadOnly' });
    expect(refusal(() => store.files.putRange(at('a'), 0, bytes('x')))).toBe('ReadOnlyAttribute');
    expect(refusal(() => store.files.setProperties(at('a'), { sizeBytes: 1 }))).toBe('ReadOnlyAttribute');
    expect(refusal(() => store.files.delete(at('a')))).toBe('ReadOnlyAttribute');
    store.files.setProperties(at('a'), { attributes: 'None' });
    expect(store.files.getProperties(at('a')).attributes).toBe('None');
    store.files.delete(at('a'));
  });

  it('a range beyond the size or empty is refused', () => {
    const { store } = storeWithShare();
    store.files.create(at('a'), { sizeBytes: 4 });
    expect(refusal(() => store.files.putRange(at('a'), 3, bytes('xx')))).toBe('InvalidRange');
    expect(refusal(() => store.files.clearRange(at('a'), { start: 2, end: 2 }))).toBe('InvalidRange');
    expect(refusal(() => store.files.putRange(at('b'), 0, bytes('x')))).toBe('ResourceNotFound');
  });
});

describe('reading and putting from a file', () => {
  it('putting a range from a file copies its bytes, across accounts and from snapshots, and marks what the source refuses', () => {
    const { store } = storeWithShare();
    store.shares.create({ account: 'two', share: 'other' });
    const source = { account: 'two', share: 'other', path: 's' };
    store.files.create(source, { sizeBytes: 10, content: bytes('HelloWorld') });
    const { snapshot } = store.snapshots.create(source);
    store.files.putRange(source, 0, bytes('XXXXX'));
    store.files.create(at('a'), { sizeBytes: 5 });
    store.files.putRangeFromFile(at('a'), { start: 0, end: 5 }, { ...source, snapshot }, 3);
    expect(textOf(store, at('a'))).toBe('loWor');
    expect(
      refused(() => store.files.putRangeFromFile(at('a'), { start: 0, end: 5 }, { ...source, path: 'gone' }, 0)),
    ).toMatchObject({ code: 'ResourceNotFound', ofCopySource: true });
  });

  it('a reader keeps what it opened', () => {
    const { store } = storeWithShare();
    writeFile(store, 'a', 'before');
    const reader = store.files.open(at('a'));
    store.files.putRange(at('a'), 0, bytes('after!'));
    expect(new TextDecoder().decode(reader.read(0, 6))).toBe('before');
  });

  it('reading moves LastAccessTime only by switch', () => {
    const { store } = storeWithShare({ readMovesLastAccessTime: true });
    writeFile(store, 'a', 'text');
    const made = store.files.getProperties(at('a'));
    textOf(store, at('a'));
    expect(store.files.getProperties(at('a')).lastAccessTime > made.lastAccessTime).toBe(true);
    expect(store.files.getProperties(at('a')).etag).toBe(made.etag);
  });
});
