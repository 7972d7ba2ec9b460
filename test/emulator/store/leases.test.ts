import { describe, expect, it } from 'vitest';
import { at, bytes, refusal, share, storeWithShare, writeFile } from './support.ts';

const A = 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa';
const B = 'bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb';

function leased(durationSeconds = 30) {
  const made = storeWithShare();
  made.store.leases.acquire(share, { durationSeconds, proposedLeaseId: A });
  return made;
}

const stateOf = ({ store }: ReturnType<typeof storeWithShare>) => store.shares.getProperties(share).lease;

describe('share leases', () => {
  it('are taken under a proposed id or one made up, and shown', () => {
    const { store } = storeWithShare();
    const { leaseId } = store.leases.acquire(share, { durationSeconds: -1 });
    expect(leaseId).toMatch(/^[0-9a-f-]{36}$/);
    expect(store.shares.getProperties(share).lease).toEqual({
      status: 'locked',
      state: 'leased',
      duration: 'infinite',
    });
  });

  it.each([14, 61, 0, -2, 15.5])('do not last %d s', (durationSeconds) => {
    const { store } = storeWithShare();
    expect(refusal(() => store.leases.acquire(share, { durationSeconds }))).toBe('InvalidHeaderValue');
  });

  it('exclude another id until they end by the clock, not their own', () => {
    const made = leased(15);
    const { store, clock } = made;
    expect(refusal(() => store.leases.acquire(share, { durationSeconds: 15, proposedLeaseId: B }))).toBe(
      'LeaseAlreadyPresent',
    );
    clock.ms += 10_000;
    store.leases.acquire(share, { durationSeconds: 15, proposedLeaseId: A.toUpperCase() });
    clock.ms += 10_000;
    expect(stateOf(made)).toMatchObject({ state: 'leased', duration: 'fixed' });
    clock.ms += 5000;
    expect(stateOf(made)).toEqual({ status: 'unlocked', state: 'expired' });
    store.leases.acquire(share, { durationSeconds: 15, proposedLeaseId: B });
  });

  it('are renewed after their end if nobody took the share', () => {
    const { store, clock } = leased(15);
    clock.ms += 60_000;
    store.leases.renew(share, A);
    expect(refusal(() => store.leases.renew(share, B))).toBe('LeaseIdMismatchWithLeaseOperation');
    clock.ms += 60_000;
    store.leases.acquire(share, { durationSeconds: 15, proposedLeaseId: B });
    expect(refusal(() => store.leases.renew(share, A))).toBe('LeaseIdMismatchWithLeaseOperation');
  });

  it('change their id, also repeatedly, not for a stranger', () => {
    const { store } = leased();
    expect(store.leases.change(share, A, B).leaseId).toBe(B);
    expect(store.leases.change(share, A, B).leaseId).toBe(B);
    expect(refusal(() => store.leases.change(share, A, 'cccccccc-cccc-cccc-cccc-cccccccccccc'))).toBe(
      'LeaseIdMismatchWithLeaseOperation',
    );
    store.leases.release(share, B);
    expect(refusal(() => store.leases.change(share, B, A))).toBe('LeaseNotPresentWithLeaseOperation');
    expect(refusal(() => store.leases.release(share, B))).toBe('LeaseIdMismatchWithLeaseOperation');
  });
});

describe('broken share leases', () => {
  it('break at once when infinite, after the period otherwise, and cannot be renewed then', () => {
    const infinite = leased(-1);
    expect(infinite.store.leases.break(share).remainingSeconds).toBe(0);
    expect(stateOf(infinite).state).toBe('broken');
    const made = leased(60);
    const { store, clock } = made;
    expect(store.leases.break(share, { breakPeriodSeconds: 20 }).remainingSeconds).toBe(20);
    expect(stateOf(made)).toEqual({ status: 'locked', state: 'breaking' });
    expect(refusal(() => store.leases.acquire(share, { durationSeconds: 15, proposedLeaseId: A }))).toBe(
      'LeaseIsBreakingAndCannotBeAcquired',
    );
    expect(refusal(() => store.leases.change(share, A, B))).toBe('LeaseIsBreakingAndCannotBeChanged');
    expect(refusal(() => store.leases.renew(share, A))).toBe('LeaseIsBrokenAndCannotBeRenewed');
    clock.ms += 20_000;
    expect(stateOf(made).state).toBe('broken');
    store.leases.acquire(share, { durationSeconds: 15, proposedLeaseId: B });
    const free = storeWithShare();
    expect(refusal(() => free.store.leases.break(share))).toBe('LeaseNotPresentWithLeaseOperation');
  });
});

describe('the guard of share leases', () => {
  it('guard deletion and the share\u2019s own properties, not its files', () => {
    const { store, clock } = leased();
    expect(refusal(() => store.shares.delete(share))).toBe('LeaseIdMissing');
    expect(refusal(() => store.shares.delete(share, { leaseId: B }))).toBe('LeaseIdMismatchWithContainerOperation');
    expect(refusal(() => store.shares.setMetadata(share, {}))).toBe('LeaseIdMissing');
    store.shares.setMetadata(share, { k: 'v' }, { leaseId: A });
    writeFile(store, 'a', 'x');
    expect(store.shares.getProperties(share).metadata).toEqual({ k: 'v' });
    expect(refusal(() => store.shares.getProperties(share, { leaseId: B }))).toBe(
      'LeaseIdMismatchWithContainerOperation',
    );
    clock.ms += 60_000;
    expect(refusal(() => store.shares.delete(share, { leaseId: A }))).toBe('LeaseLost');
    expect(refusal(() => store.shares.delete(share, { leaseId: B }))).toBe('LeaseNotPresentWithContainerOperation');
    store.shares.delete(share);
  });

  it('on a snapshot guard the snapshot alone', () => {
    const { store } = storeWithShare();
    const { snapshot } = store.snapshots.create(share);
    const target = { ...share, snapshot };
    store.leases.acquire(target, { durationSeconds: -1, proposedLeaseId: A });
    expect(store.shares.getProperties(share).lease.state).toBe('available');
    expect(refusal(() => store.shares.delete(target))).toBe('LeaseIdMissing');
    store.shares.delete(target, { leaseId: A });
    expect(store.snapshots.list(share)).toEqual([]);
  });
});

describe('file leases', () => {
  it('are infinite, follow the file through a rename, and are not in snapshots', () => {
    const { store } = storeWithShare();
    writeFile(store, 'a', 'x');
    expect(refusal(() => store.leases.acquire(at('a'), { durationSeconds: 30 }))).toBe('InvalidHeaderValue');
    store.leases.acquire(at('a'), { durationSeconds: -1, proposedLeaseId: A });
    const { snapshot } = store.snapshots.create(share);
    expect(store.files.getProperties(at('a', snapshot)).lease.state).toBe('available');
    expect(refusal(() => store.files.rename(at('a'), at('b')))).toBe('LeaseIdMissing');
    expect(store.files.rename(at('a'), at('b'), { sourceLeaseId: A }).lease.state).toBe('leased');
    expect(store.directories.list(at('')).entries[0]).toMatchObject({ lease: { state: 'leased' } });
    expect(refusal(() => store.leases.renew(at('b'), A))).toBe('InvalidHeaderValue');
  });

  it('guard every change and no reading', () => {
    const { store } = storeWithShare();
    writeFile(store, 'a', 'x');
    writeFile(store, 'b', 'y');
    store.leases.acquire(at('a'), { durationSeconds: -1, proposedLeaseId: A });
    const changes = [
      (leaseId?: string) => store.files.putRange(at('a'), 0, bytes('z'), { leaseId }),
      (leaseId?: string) => store.files.clearRange(at('a'), { start: 0, end: 1 }, { leaseId }),
      (leaseId?: string) => store.files.setProperties(at('a'), { leaseId }),
      (leaseId?: string) => store.files.setMetadata(at('a'), {}, { leaseId }),
      (leaseId?: string) =>
        store.files.rename(at('b'), at('a'), { replaceIfExists: true, destinationLeaseId: leaseId }),
      (leaseId?: string) => store.copies.start(at('a'), at('a'), { sourceUrl: '', leaseId }),
      (leaseId?: string) => store.files.create(at('a'), { sizeBytes: 1, leaseId }),
      (leaseId?: string) => store.files.delete(at('a'), { leaseId }),
    ];
    for (const change of changes) {
      expect(refusal(() => change())).toBe('LeaseIdMissing');
      expect(refusal(() => change(B))).toBe('LeaseIdMismatchWithFileOperation');
    }
    store.files.getProperties(at('a'));
    expect(refusal(() => store.files.open(at('a'), { leaseId: B }))).toBe('LeaseIdMismatchWithFileOperation');
    store.files.putRange(at('a'), 0, bytes('z'), { leaseId: A });
    store.leases.break(at('a'));
    expect(refusal(() => store.files.delete(at('a'), { leaseId: A }))).toBe('LeaseLost');
    store.files.delete(at('a'));
  });
});
