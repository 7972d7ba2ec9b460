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
