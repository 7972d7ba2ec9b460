import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readingContract } from './share-reading-contract.ts';
import { transientContract } from './share-transient-contract.ts';
import { writingContract } from './share-writing-contract.ts';
import { freshShare, newShare, type SharesUnderTest } from './shares-under-test.ts';

/** What every SharePort does; each way of signing in runs it. */
export function describeShareContract(name: string, make: () => Promise<SharesUnderTest>): void {
  describe(`${name} as a SharePort`, () => {
    let made: SharesUnderTest;
    beforeAll(async () => {
      made = await make();
    });
    afterAll(() => made.end());

    describe('a share', () => {
      shareContract(() => made);
    });
    describe('a snapshot', () => {
      snapshotContract(() => made);
    });
    describe('a lease', () => {
      leaseContract(() => made);
    });
    describe('reading', () => {
      readingContract(() => made);
    });
    describe('writing', () => {
      writingContract(() => made);
    });
    describe('when the service falters', () => {
      transientContract(() => made);
    });

    test('every attempt was metered under the name by which the service counts it', async () => {
      // A request that was aborted counts at the service when its scripted delay is over.
      await expect.poll(async () => differences(await made.counted()), { timeout: 5_000 }).toEqual([]);
      expect(Object.keys((await made.counted()).metered).length).toBeGreaterThan(20);
    });
  });
}

function differences({ metered, served }: Awaited<ReturnType<SharesUnderTest['counted']>>): readonly string[] {
  return Object.keys({ ...metered, ...served })
    .filter((operation) => metered[operation] !== served[operation])
    .map((operation) => `${operation}: metered ${metered[operation]}, served ${served[operation]}`);
}

function shareContract(made: () => SharesUnderTest): void {
  test('one that does not exist is undefined, and made once', async () => {
    const port = made().open('source', freshShare());

    expect(await port.getShare()).toBeUndefined();
    expect(await port.createShare({ quotaGib: 7, metadata: { farshare_state: 'clean' } })).toBe(true);
    expect(await port.createShare({ quotaGib: 9 })).toBe(false);

    expect(await port.getShare()).toMatchObject({
      quotaGib: 7,
      protocol: 'SMB',
      metadata: { farshare_state: 'clean' },
    });
  });

  test('its metadata is replaced whole, and the answer tells the service’s clock', async () => {
    const port = await newShare(made());
    await port.setShareMetadata({ one: '1', two: '2' });

    const { serviceTimeMs } = await port.setShareMetadata({ two: '3' });

    const share = await port.getShare();
    expect(share?.metadata).toEqual({ two: '3' });
    expect(serviceTimeMs % 1000).toBe(0);
    expect(Math.abs(serviceTimeMs - Date.now())).toBeLessThan(60_000);
    expect(share?.serviceTimeMs).toBeGreaterThanOrEqual(serviceTimeMs);
  });

  test('one that does not exist fails the run when its entries are asked for', async () => {
    const port = made().open('source', freshShare());
    const gone = { code: 'ShareNotFound', disposition: 'run' };

    await expect(port.list('', {})).rejects.toMatchObject(gone);
    await expect(port.getFile('a', {})).rejects.toMatchObject(gone);
    await expect(port.deleteFile('a')).rejects.toMatchObject(gone);
  });

  test('a permission is kept under a key and read back by it', async () => {
    const port = await newShare(made());
    const sddl = 'O:BAG:SYD:(A;;FA;;;SY)(A;;0x1200a9;;;BU)';

    const key = await port.createPermission(sddl);

    expect(await port.getPermission(key)).toContain('(A;;0x1200a9;;;BU)');
    expect(await port.createPermission(sddl)).toBe(key);
    await expect(port.getPermission('1*2')).rejects.toMatchObject({ disposition: 'entry' });
  });

  test('what the files of one take up is told in bytes', async () => {
    const port = await newShare(made());
    expect(await port.getUsedBytes()).toBe(0);

    await made().putContent('source', port.ref.share, { path: 'a.bin', content: new Uint8Array(5_000) });

    expect(await port.getUsedBytes()).toBeGreaterThanOrEqual(5_000);
  });
}

function snapshotContract(made: () => SharesUnderTest): void {
  test('snapshots are listed oldest first, with their metadata and only those of the share', async () => {
    const name = freshShare();
    const [port, longer] = [made().open('source', name), made().open('source', `${name}2`)];
    await port.createShare({});
    await longer.createShare({});

    const first = await port.createSnapshot({ farshare_role: 'source', farshare_run: 'a & <b>' });
    const second = await port.createSnapshot({ farshare_role: 'point' });
    await longer.createSnapshot({});
    await port.acquireLease({ leaseId: randomUUID(), seconds: -1, snapshot: second });

    expect(first < second).toBe(true);
    expect(await port.listSnapshots()).toEqual([
      { snapshot: first, metadata: { farshare_role: 'source', farshare_run: 'a & <b>' }, isLeased: false },
      { snapshot: second, metadata: { farshare_role: 'point' }, isLeased: true },
    ]);
  });

  test('a snapshot is deleted once, and without it its entries fail the run', async () => {
    const port = await newShare(made());
    const snapshot = await port.createSnapshot({});

    expect(await port.deleteSnapshot(snapshot)).toBe(true);
    expect(await port.deleteSnapshot(snapshot)).toBe(false);

    expect(await port.listSnapshots()).toEqual([]);
    expect(await port.getShare()).toBeDefined();
    await expect(port.list('', { snapshot })).rejects.toMatchObject({
      code: 'ShareSnapshotNotFound',
      disposition: 'run',
    });
  });

  test('an empty name deletes nothing', async () => {
    const port = await newShare(made());

    await expect(port.deleteSnapshot('')).rejects.toThrow('would delete the share');

    expect(await port.getShare()).toBeDefined();
  });

  test('a leased snapshot is deleted only with its lease', async () => {
    const port = await newShare(made());
    const snapshot = await port.createSnapshot({});
    const leaseId = randomUUID();
    expect(await port.acquireLease({ leaseId, seconds: -1, snapshot })).toBe('acquired');

    await expect(port.deleteSnapshot(snapshot)).rejects.toMatchObject({ disposition: 'run' });

    expect(await port.deleteSnapshot(snapshot, leaseId)).toBe(true);
    expect(await port.releaseLease(leaseId, snapshot)).toBe(false);
  });
}

function leaseContract(made: () => SharesUnderTest): void {
  test('under one id it excludes every other, and acquiring again renews it', async () => {
    const port = await newShare(made());
    const [ours, theirs] = [randomUUID(), randomUUID()];

    expect(await port.acquireLease({ leaseId: ours, seconds: 60 })).toBe('acquired');
    expect(await port.acquireLease({ leaseId: theirs, seconds: 60 })).toBe('busy');
    expect(await port.acquireLease({ leaseId: ours, seconds: 60 })).toBe('acquired');

    expect(await port.renewLease(ours)).toBe(true);
    expect(await port.renewLease(theirs)).toBe(false);
    expect(await port.releaseLease(theirs)).toBe(false);
    expect(await port.releaseLease(ours)).toBe(true);
    expect(await port.releaseLease(ours)).toBe(false);
    expect(await port.renewLease(ours)).toBe(false);
    expect(await port.acquireLease({ leaseId: theirs, seconds: 15 })).toBe('acquired');
  });

  test('on a snapshot changes its id without a moment in between, and goes with the snapshot', async () => {
    const port = await newShare(made());
    const [first, second] = [randomUUID(), randomUUID()];
    const snapshot = await port.createSnapshot({});
    expect(await port.changeLease(snapshot, first, second)).toBe(false);
    await port.acquireLease({ leaseId: first, seconds: -1, snapshot });

    expect(await port.changeLease(snapshot, first, second)).toBe(true);

    expect(await port.acquireLease({ leaseId: first, seconds: -1, snapshot })).toBe('busy');
    await expect(port.deleteSnapshot(snapshot)).rejects.toMatchObject({ disposition: 'run' });
    await expect(port.deleteSnapshot(snapshot, first)).rejects.toMatchObject({ disposition: 'run' });
    expect(await port.deleteSnapshot(snapshot, second)).toBe(true);
    expect(await port.changeLease(snapshot, second, first)).toBe(false);
  });

  test('a leased share takes metadata from its holder', async () => {
    const port = await newShare(made());
    const leaseId = randomUUID();
    await port.acquireLease({ leaseId, seconds: 60 });

    await port.setShareMetadata({ farshare_state: 'writing' }, leaseId);

    expect((await port.getShare())?.metadata).toEqual({ farshare_state: 'writing' });
    await expect(port.setShareMetadata({}, randomUUID())).rejects.toMatchObject({ disposition: 'run' });
  });
}
