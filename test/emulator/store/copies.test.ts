import { describe, expect, it } from 'vitest';
import type { CopyInput, EntryRef, Store } from '../../../emulator/store/index.ts';
import { at, bytes, refusal, refused, share, storeWithShare, textOf, writeFile } from './support.ts';

const sourceUrl = 'http://127.0.0.1/one/data/s';
const all = {
  attributes: 'source',
  creationTime: 'source',
  lastWriteTime: 'source',
  changeTime: 'source',
  permissionCopyMode: 'source',
  setArchive: false,
} as const;

const destination: EntryRef = { account: 'two', share: 'copies', path: 'd' };

/** A store with a rich file `s` and an empty share in another account. */
function storeToCopy() {
  const made = storeWithShare();
  made.store.shares.create(destination);
  made.store.files.create(at('s'), {
    sizeBytes: 1030,
    content: bytes('x'.repeat(1030)),
    attributes: 'ReadOnly|Hidden',
    creationTime: '2001-01-01T00:00:00.1234567Z',
    lastWriteTime: '2002-01-01T00:00:00.1234567Z',
    changeTime: '2003-01-01T00:00:00.1234567Z',
    permission: 'O:BAG:BAD:(A;;FA;;;SY)',
    headers: { contentType: 'a/b', contentMd5: 'AAAAAAAAAAAAAAAAAAAAAA==' },
    metadata: { from: 'source' },
  });
  made.clock.ms += 60_000;
  return made;
}

function copied(store: Store, input: Partial<CopyInput> = {}) {
  store.copies.start(destination, at('s'), { sourceUrl, ...all, ...input });
  return store.files.getProperties(destination);
}

describe('Copy File', () => {
  it('carries content, headers, metadata, times, attributes and permission across accounts in one call', () => {
    const { store } = storeToCopy();
    const source = store.files.getProperties(at('s'));
    const copy = copied(store);
    for (const key of [
      'sizeBytes',
      'headers',
      'metadata',
      'creationTime',
      'lastWriteTime',
      'changeTime',
      'attributes',
    ] as const) {
      expect(copy[key]).toEqual(source[key]);
    }
    expect(textOf(store, destination)).toBe('x'.repeat(1030));
    expect(copy.permissionKey).not.toBe(source.permissionKey);
    expect(store.permissions.get(destination, copy.permissionKey).permission).toBe('O:BAG:BAD:(A;;FA;;;SY)');
    expect(copy.copy).toMatchObject({ status: 'success', progress: '1030/1030', source: sourceUrl });
    expect(copy.fileId).not.toBe(source.fileId);
  });

  it.each([
    [{ attributes: 'source', setArchive: undefined }, 'ReadOnly|Hidden|Archive'],
    [{ attributes: 'ReadOnly', setArchive: undefined }, 'ReadOnly|Archive'],
    [{ attributes: 'none' }, 'None'],
    [{ attributes: undefined }, 'Archive'],
  ] as const)('with %j gives the attributes %s', (input, attributes) => {
    expect(copied(storeToCopy().store, input).attributes).toBe(attributes);
  });

  it('sets times to now, overrides permission and metadata when so asked', () => {
    const { store, clock } = storeToCopy();
    const copy = copied(store, {
      creationTime: undefined,
      lastWriteTime: '2010-01-01T00:00:00.0000001Z',
      changeTime: undefined,
      permissionCopyMode: 'override',
      permission: 'inherit',
      metadata: { own: '1' },
    });
    const now = new Date(clock.ms).toISOString().slice(0, 19);
    expect(copy.creationTime.startsWith(now)).toBe(true);
    expect(copy.changeTime.startsWith(now)).toBe(true);
    expect(copy).toMatchObject({ lastWriteTime: '2010-01-01T00:00:00.0000001Z', metadata: { own: '1' } });
    expect(copy.permissionKey).toBe(store.directories.getProperties({ ...destination, path: '' }).permissionKey);
  });
});

describe('the ends of Copy File', () => {
  it('overwrites a ReadOnly file only when that is ignored', () => {
    const { store } = storeToCopy();
    const first = copied(store);
    expect(refusal(() => copied(store))).toBe('ReadOnlyAttribute');
    const second = copied(store, { ignoreReadOnly: true });
    expect(second.fileId).toBe(first.fileId);
    expect(second.copy?.id).not.toBe(first.copy?.id);
  });

  it('reads a snapshot, not what came after', () => {
    const { store } = storeWithShare();
    writeFile(store, 's', 'old');
    const { snapshot } = store.snapshots.create(share);
    writeFile(store, 's', 'new!');
    store.copies.start(at('d'), at('s', snapshot), { sourceUrl });
    expect(textOf(store, at('d'))).toBe('old');
  });

  it('later changes of the source or of the copy do not reach the other', () => {
    const { store } = storeToCopy();
    copied(store, { attributes: 'None' });
    store.files.putRange(destination, 0, bytes('Y'));
    expect(textOf(store, at('s')).startsWith('x')).toBe(true);
  });

  it.each([
    ['gone', 'ResourceNotFound'],
    ['no/parent', 'ParentNotFound'],
    ['dir', 'ResourceTypeMismatch'],
  ])('says that it is the source which fails (%s: %s)', (path, code) => {
    const { store } = storeToCopy();
    store.directories.create(at('dir'));
    expect(refused(() => store.copies.start(destination, at(path), { sourceUrl }))).toMatchObject({
      code,
      ofCopySource: true,
    });
  });

  it('is refused below a missing parent and onto a directory', () => {
    const { store } = storeToCopy();
    store.directories.create(at('dir'));
    expect(refusal(() => store.copies.start(at('no/d'), at('s'), { sourceUrl }))).toBe('ParentNotFound');
    expect(refusal(() => store.copies.start(at('dir'), at('s'), { sourceUrl }))).toBe('ResourceTypeMismatch');
  });
});

describe('a pending copy', () => {
  it('is an empty file that refuses every write until it is due, then holds the source as it was', () => {
    const { store, clock } = storeToCopy();
    const pending = copied(store, { pendingMs: 5000, attributes: 'None' });
    expect(pending).toMatchObject({
      sizeBytes: 0,
      copy: { status: 'pending', progress: '0/1030', completionTime: undefined },
    });
    for (const write of [
      () => store.files.putRange(destination, 0, bytes('y')),
      () => store.files.setProperties(destination, {}),
      () => store.files.setMetadata(destination, {}),
      () => store.files.create(destination, { sizeBytes: 1 }),
      () => store.files.delete(destination),
      () => store.files.rename(destination, { ...destination, path: 'e' }),
      () => copied(store),
    ]) {
      expect(refusal(write)).toBe('PendingCopyOperation');
    }
    clock.ms += 4999;
    expect(store.files.getProperties(destination).copy?.status).toBe('pending');
    clock.ms += 1;
    const done = store.files.getProperties(destination);
    expect(done).toMatchObject({ sizeBytes: 1030, copy: { status: 'success', progress: '1030/1030' } });
    expect(done.etag).not.toBe(pending.etag);
    expect(done.copy?.completionTime).toBeDefined();
    expect(textOf(store, destination)).toBe('x'.repeat(1030));
  });

  it('shows its full size, sparse, when told to', () => {
    const { store } = storeToCopy();
    const pending = copied(store, { pendingMs: 5000, pendingShowsFullSize: true });
    expect(pending.sizeBytes).toBe(1030);
    expect(store.files.listRanges(destination).ranges).toEqual([]);
  });
});

describe('the end of a pending copy', () => {
  it.each([
    ['failed', 'failed', 0],
    ['aborted', 'aborted', 0],
    ['torn', 'failed', 1030],
  ] as const)('that ends as %s shows %s and %d bytes', (outcome, status, sizeBytes) => {
    const { store, clock } = storeToCopy();
    copied(store, { pendingMs: 1000, outcome });
    clock.ms += 1000;
    expect(store.files.getProperties(destination)).toMatchObject({ sizeBytes, copy: { status } });
    expect(textOf(store, destination)).toBe(outcome === 'torn' ? 'x'.repeat(512) + '\u0000'.repeat(518) : '');
  });

  it('fails if its live source changes meanwhile', () => {
    const { store, clock } = storeToCopy();
    copied(store, { pendingMs: 1000 });
    store.files.setMetadata(at('s'), { changed: '1' });
    clock.ms += 1000;
    expect(store.files.getProperties(destination).copy?.status).toBe('failed');
  });

  it('is aborted by its id, which leaves a file of zero length', () => {
    const { store, clock } = storeToCopy();
    const { copyId, bytes: size, status } = store.copies.start(destination, at('s'), { sourceUrl, pendingMs: 1000 });
    expect({ size, status }).toEqual({ size: 1030, status: 'pending' });
    expect(refusal(() => store.copies.abort(destination, 'other'))).toBe('CopyIdMismatch');
    store.copies.abort(destination, copyId);
    clock.ms += 1000;
    expect(store.files.getProperties(destination)).toMatchObject({ sizeBytes: 0, copy: { status: 'aborted' } });
    expect(refusal(() => store.copies.abort(destination, copyId))).toBe('NoPendingCopyOperation');
    store.files.delete(destination);
  });

  it('stays pending in a snapshot taken meanwhile, and finds its file after a directory was renamed', () => {
    const { store, clock } = storeToCopy();
    store.directories.create({ ...destination, path: 'dir' });
    const inside = { ...destination, path: 'dir/d' };
    store.copies.start(inside, at('s'), { sourceUrl, pendingMs: 1000 });
    const { snapshot } = store.snapshots.create(destination);
    store.directories.rename({ ...destination, path: 'dir' }, { ...destination, path: 'moved' });
    clock.ms += 1000;
    expect(store.files.getProperties({ ...destination, path: 'moved/d' }).copy?.status).toBe('success');
    expect(store.files.getProperties({ ...inside, snapshot })).toMatchObject({
      sizeBytes: 0,
      copy: { status: 'pending' },
    });
  });
});
