import { describe, expect, it } from 'vitest';
import { at, refusal, share, storeWithShare, writeFile } from './support.ts';

describe('shares', () => {
  it('are created once, with quota, settings and metadata', () => {
    const { store } = storeWithShare();
    const other = { account: 'one', share: 'other' };
    store.shares.create(other, { quota: 7, settings: { 'x-ms-access-tier': 'Hot' }, metadata: { k: 'v' } });
    expect(store.shares.getProperties(other)).toMatchObject({
      share: 'other',
      quota: 7,
      settings: { 'x-ms-access-tier': 'Hot' },
      metadata: { k: 'v' },
      lease: { state: 'available', status: 'unlocked' },
    });
    expect(refusal(() => store.shares.create(other))).toBe('ShareAlreadyExists');
    expect(refusal(() => store.shares.getProperties({ account: 'two', share: 'other' }))).toBe('ShareNotFound');
    expect(refusal(() => store.shares.create({ ...other, share: 'more' }, { quota: 0 }))).toBe('InvalidHeaderValue');
  });

  it('change their ETag with their properties, not with what they hold', () => {
    const { store } = storeWithShare();
    const before = store.shares.getProperties(share);
    writeFile(store, 'a', 'x');
    expect(store.shares.getProperties(share).etag).toBe(before.etag);
    expect(store.shares.setProperties(share, { quota: 9 }).etag).not.toBe(before.etag);
    expect(store.shares.setMetadata(share, { k: 'v' }).lastModified > before.lastModified).toBe(true);
    expect(store.shares.getProperties(share)).toMatchObject({ quota: 9, metadata: { k: 'v' } });
  });

  it('with snapshots are deleted only together with them, leased ones only when that is said', () => {
    const { store } = storeWithShare();
    const { snapshot } = store.snapshots.create(share);
    expect(refusal(() => store.shares.delete(share))).toBe('ShareHasSnapshots');
    store.leases.acquire({ ...share, snapshot }, { durationSeconds: -1 });
    expect(refusal(() => store.shares.delete(share, { deleteSnapshots: 'include' }))).toBe(
      'DeleteShareWhenSnapshotLeased',
    );
    store.shares.delete(share, { deleteSnapshots: 'include-leased' });
    expect(refusal(() => store.shares.getProperties(share))).toBe('ShareNotFound');
  });

  it('leave their name taken for a while after deletion, by switch', () => {
    const { store, clock } = storeWithShare({ shareBeingDeletedMs: 30_000 });
    store.shares.delete(share);
    expect(refusal(() => store.shares.create(share))).toBe('ShareBeingDeleted');
    expect(refusal(() => store.shares.getProperties(share))).toBe('ShareNotFound');
    expect(store.shares.delete(share)).toEqual({ usageBytes: 0, snapshotUsageBytes: 0 });
    clock.ms += 30_000;
    store.shares.create(share);
    expect(store.directories.list(at('')).entries).toEqual([]);
  });
});

describe('the listing and the rest of shares', () => {
  it('are listed by name with prefix, pages and snapshots', () => {
    const { store } = storeWithShare();
    for (const name of ['backup-a', 'backup-b', 'zoo']) {
      store.shares.create({ account: 'one', share: name });
    }
    const { snapshot } = store.snapshots.create({ account: 'one', share: 'backup-a' });
    const names: string[] = [];
    let marker = '';
    do {
      const page = store.shares.list('one', { prefix: 'backup', maxResults: 1, includeSnapshots: true, marker });
      expect(page.shares).toHaveLength(1);
      names.push(...page.shares.map((item) => `${item.share} ${item.snapshot ?? ''}`));
      marker = page.nextMarker;
    } while (marker !== '');
    expect(names).toEqual([`backup-a ${snapshot}`, 'backup-a ', 'backup-b ']);
    expect(store.shares.list('one').shares.map((item) => item.share)).toEqual(['backup-a', 'backup-b', 'data', 'zoo']);
    expect(refusal(() => store.shares.list('one', { maxResults: 0 }))).toBe('OutOfRangeQueryParameterValue');
    expect(refusal(() => store.shares.list('one', { marker: 'junk' }))).toBe('InvalidContinuationToken');
  });

  it('tell the bytes they use, holes left out', () => {
    const { store } = storeWithShare();
    writeFile(store, 'a', 'x'.repeat(700));
    store.files.create(at('sparse'), { sizeBytes: 2 ** 42 });
    expect(store.shares.usageBytes(share)).toBe(700);
    expect(store.shares.delete(share).usageBytes).toBe(700);
  });

  it('keep up to five access policies', () => {
    const { store } = storeWithShare();
    const policies = [{ id: 'p1', permissions: 'rl', expiresOn: '2030-01-01T00:00:00Z' }];
    store.shares.setAccessPolicies(share, policies);
    expect(store.shares.getAccessPolicies(share).policies).toEqual(policies);
    const many = Array.from({ length: 6 }, (_, index) => ({ id: `p${index}` }));
    expect(refusal(() => store.shares.setAccessPolicies(share, many))).toBe('InvalidInput');
  });
});

it('tells on deletion what the files and what only snapshots held', () => {
  const { store } = storeWithShare();
  writeFile(store, 'kept', 'x'.repeat(512));
  writeFile(store, 'gone', 'x'.repeat(1024));
  store.snapshots.create(share);
  store.snapshots.create(share);
  store.files.delete(at('gone'));
  expect(store.shares.delete(share, { deleteSnapshots: 'include' })).toEqual({
    usageBytes: 512,
    snapshotUsageBytes: 1024,
  });
});
