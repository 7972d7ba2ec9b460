import { expect, it } from 'vitest';
import { DEFAULT_SWITCHES } from '../../../emulator/store/index.ts';
import { at, refusal, share, storeWithShare, writeFile } from './support.ts';

it('a store shows its switches, the defaults with what was set', () => {
  const { store } = storeWithShare({ snapshotLimit: 3 });
  expect(store.switches).toEqual({ ...DEFAULT_SWITCHES, snapshotLimit: 3 });
});

it.each([true, false])('renaming moves ChangeTime by switch (%s)', (renameMovesChangeTime) => {
  const { store } = storeWithShare({ renameMovesChangeTime });
  writeFile(store, 'a', 'x');
  const { changeTime } = store.files.getProperties(at('a'));
  expect(store.files.rename(at('a'), at('b')).changeTime !== changeTime).toBe(renameMovesChangeTime);
});

it.each([true, false])('resizing moves LastWriteTime by switch (%s)', (resizeMovesLastWriteTime) => {
  const { store } = storeWithShare({ resizeMovesLastWriteTime });
  writeFile(store, 'a', 'x');
  const { lastWriteTime } = store.files.getProperties(at('a'));
  const resized = store.files.setProperties(at('a'), { sizeBytes: 9 });
  expect(resized.lastWriteTime !== lastWriteTime).toBe(resizeMovesLastWriteTime);
});

it.each([true, false])('creating over a file starts a generation by switch (%s)', (overwriteIsNewGeneration) => {
  const { store } = storeWithShare({ overwriteIsNewGeneration });
  writeFile(store, 'a', 'x');
  const { snapshot } = store.snapshots.create(share);
  writeFile(store, 'a', 'y');
  const diff = (): unknown => store.files.listRanges(at('a'), { previousSnapshot: snapshot });
  expect(refusal(diff)).toBe(overwriteIsNewGeneration ? 'FileGenerationMismatch' : undefined);
});

it.each([true, false])('metadata of a snapshot replaces the share\u2019s by switch (%s), else joins it', (replaces) => {
  const { store } = storeWithShare({ snapshotMetadataReplaces: replaces });
  store.shares.setMetadata(share, { ours: '1' });
  const { snapshot } = store.snapshots.create(share, { metadata: { own: '2' } });
  const { metadata } = store.shares.getProperties({ ...share, snapshot });
  expect(metadata).toEqual(replaces ? { own: '2' } : { ours: '1', own: '2' });
});

it.each([true, false])('a share lease guards the setting of metadata by switch (%s)', (shareLeaseGuardsSets) => {
  const { store } = storeWithShare({ shareLeaseGuardsSets });
  store.leases.acquire(share, { durationSeconds: -1 });
  const code = refusal(() => store.shares.setMetadata(share, {}));
  expect(code).toBe(shareLeaseGuardsSets ? 'LeaseIdMissing' : undefined);
});

it.each([true, false])('a pending copy shows its full size by switch (%s)', (pendingCopyShowsFullSize) => {
  const { store } = storeWithShare({ pendingCopyShowsFullSize });
  writeFile(store, 'a', 'text');
  store.copies.start(at('b'), at('a'), { sourceUrl: '', pendingMs: 1000 });
  expect(store.files.getProperties(at('b')).sizeBytes).toBe(pendingCopyShowsFullSize ? 4 : 0);
});

it.each([
  ['upper', ['a', 'B', '_', '\u{1f600}', '\uff21']],
  ['lower', ['_', 'a', 'B', '\u{1f600}', '\uff21']],
  ['ordinal', ['B', '_', 'a', '\u{1f600}', '\uff21']],
])('a listing is in the order of the switch (%s), page by page, with a prefix too', (listingOrder, expected) => {
  const { store } = storeWithShare({ listingOrder });
  for (const name of ['\uff21', 'B', '_', '\u{1f600}', 'a']) writeFile(store, name, 'x');
  const names: string[] = [];
  let marker: string | undefined;
  do {
    const page = store.directories.list(at(''), { maxResults: 2, marker });
    names.push(...page.entries.map(({ name }) => name));
    marker = page.nextMarker;
  } while (marker !== '');
  const withPrefix = store.directories.list(at(''), { prefix: 'b' }).entries.map(({ name }) => name);
  expect(names).toEqual(expected);
  expect(withPrefix).toEqual(['B']);
});

it.each(['upper', 'lower', 'ordinal', 'scattered'])(
  'pages of one lose no name in the order %s, however alike two are',
  (listingOrder) => {
    const { store } = storeWithShare({ listingOrder, listingPageSize: 1 });
    const names = ['k', '\u212a', 'ß', 'ẞ', 'i\u0307', 'İ', 'å', '\u212b'];
    for (const name of names) writeFile(store, name, 'x');
    const found: string[] = [];

    for (let marker: string | undefined; marker !== '';) {
      const page = store.directories.list(at(''), { marker });
      found.push(...page.entries.map(({ name }) => name));
      marker = page.nextMarker;
    }

    expect(found.toSorted()).toEqual(names.toSorted());
  },
);

it('a listing scattered by a hash is the same each time, and holds every name once', () => {
  const { store } = storeWithShare({ listingOrder: 'scattered', listingPageSize: 7 });
  const names = Array.from({ length: 40 }, (_, n) => `name ${n}`);
  for (const name of names) writeFile(store, name, 'x');
  const listed = (): string[] => {
    const found: string[] = [];
    let marker: string | undefined;
    do {
      const page = store.directories.list(at(''), { marker });
      expect(page.entries.length).toBeLessThanOrEqual(7);
      found.push(...page.entries.map(({ name }) => name));
      marker = page.nextMarker;
    } while (marker !== '');
    return found;
  };

  const once = listed();

  expect(once).not.toEqual(names.toSorted());
  expect(once.toSorted()).toEqual(names.toSorted());
  expect(listed()).toEqual(once);
});

it('a copy across accounts stays pending as long as the switch says, one within an account does not', () => {
  const { store, clock } = storeWithShare({ crossAccountCopyPendingMs: 1000 });
  const other = { account: 'two', share: 'data' };
  store.shares.create(other);
  writeFile(store, 'a', 'text');
  const within = store.copies.start(at('b'), at('a'), { sourceUrl: '' });
  const across = store.copies.start({ ...other, path: 'b' }, at('a'), { sourceUrl: '' });
  clock.ms += 1001;
  const later = store.files.getProperties({ ...other, path: 'b' });
  expect([within.status, across.status, later.copy?.status]).toEqual(['success', 'pending', 'success']);
});

it.each([true, false])('a permission is copied across accounts by switch (%s)', (permissionCopiesAcrossAccounts) => {
  const { store } = storeWithShare({ permissionCopiesAcrossAccounts });
  const other = { account: 'two', share: 'data' };
  store.shares.create(other);
  writeFile(store, 'a', 'text');
  const copy = (): unknown =>
    store.copies.start({ ...other, path: 'b' }, at('a'), { sourceUrl: '', permissionCopyMode: 'source' });
  expect(refusal(copy)).toBe(permissionCopiesAcrossAccounts ? undefined : 'InvalidHeaderValue');
});

it.each([true, false])('a directory where a file is is a mismatch by switch (%s)', (directoryOverFileIsMismatch) => {
  const { store } = storeWithShare({ directoryOverFileIsMismatch });
  writeFile(store, 'a', 'x');
  const code = refusal(() => store.directories.create(at('a')));
  expect(code).toBe(directoryOverFileIsMismatch ? 'ResourceTypeMismatch' : 'ResourceAlreadyExists');
});

it.each([true, false])('writing sets Archive by switch (%s)', (writeSetsArchive) => {
  const { store } = storeWithShare({ writeSetsArchive });
  store.files.create(at('a'), { sizeBytes: 1, attributes: 'Hidden' });
  store.files.putRange(at('a'), 0, new Uint8Array(1));
  expect(store.files.getProperties(at('a')).attributes).toBe(writeSetsArchive ? 'Hidden|Archive' : 'Hidden');
});

it.each([true, false])('the root is there only once it was looked at by switch (%s)', (rootIsCreatedLate) => {
  const { store } = storeWithShare({ rootIsCreatedLate });
  const set = (): unknown => store.directories.setMetadata(at(''), { a: 'b' });
  const before = refusal(set);
  store.directories.getProperties(at(''));
  expect(before).toBe(rootIsCreatedLate ? 'ResourceNotFound' : undefined);
  expect(refusal(set)).toBeUndefined();
});

it('a large directory that changes from page to page is listed in the order of one that does not', () => {
  const { store } = storeWithShare({ listingOrder: 'scattered' });
  const names = Array.from({ length: 12_000 }, (_, n) => `name ${n}`);
  for (const name of names) writeFile(store, name, 'x');
  const listed = (change: (name: string) => void): string[] => {
    const found: string[] = [];
    for (let marker: string | undefined; marker !== '';) {
      const page = store.directories.list(at(''), { marker });
      found.push(...page.entries.map(({ name }) => name));
      marker = page.nextMarker;
      change(found.at(-1) ?? '');
    }
    return found;
  };
  const twice = (): string[] => [listed(() => undefined), listed(() => undefined)].at(-1) ?? [];

  const unchanged = twice();
  const whileChanging = listed((name) => void store.files.setMetadata(at(name), { seen: 'yes' }));

  expect(whileChanging.toSorted()).toEqual(names.toSorted());
  expect(whileChanging).toEqual(unchanged);
});
