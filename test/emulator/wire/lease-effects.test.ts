import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ShareClient, ShareFileClient } from '@azure/storage-file-share';
import type { FilesEmulator } from '../../../emulator/index.ts';
import { failureOf, serviceClient, startEmulator } from './fixture.ts';
import { accountSas } from './sas-fixture.ts';

const HELD = '11111111-1111-1111-1111-111111111111';
const OTHER = '22222222-2222-2222-2222-222222222222';

let emulator: FilesEmulator;
let share: ShareClient;
let file: ShareFileClient;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());

type Condition = { leaseAccessConditions?: { leaseId: string } };
const withLease = (leaseId: string): Condition => ({ leaseAccessConditions: { leaseId } });

const sourceUrl = () => `${share.rootDirectoryClient.getFileClient('source').url}?${accountSas('r')}`;

const FILE_WRITES: Record<string, (condition: Condition) => Promise<unknown>> = {
  CreateFile: (condition) => file.create(20, condition),
  SetFileProperties: (condition) => file.setHttpHeaders({}, condition),
  'SetFileProperties (resize)': (condition) => file.resize(5, condition),
  SetFileMetadata: (condition) => file.setMetadata({ a: 'b' }, condition),
  PutRange: (condition) => file.uploadRange('x', 0, 1, condition),
  ClearRange: (condition) => file.clearRange(0, 1, condition),
  PutRangeFromURL: (condition) => file.uploadRangeFromURL(sourceUrl(), 0, 0, 1, condition),
  CopyFile: (condition) => file.startCopyFromURL(sourceUrl(), condition),
  DeleteFile: (condition) => file.delete(condition),
};

const FILE_READS: Record<string, (condition: Condition) => Promise<unknown>> = {
  GetFile: (condition) => file.downloadToBuffer(0, 5, condition),
  GetFileProperties: (condition) => file.getProperties(condition),
  ListFileRanges: (condition) => file.getRangeList(condition),
};

describe('A leased file', () => {
  beforeEach(async () => {
    share = serviceClient(emulator).getShareClient(`leased-${Math.random().toString(36).slice(2)}`);
    await share.create();
    await share.rootDirectoryClient.getFileClient('source').create(10);
    file = share.rootDirectoryClient.getFileClient('f');
    await file.create(10);
    await file.getShareLeaseClient(HELD).acquireLease();
  });

  test.each(Object.entries(FILE_WRITES))('takes %s with its id only', async (_name, write) => {
    const without = await failureOf(write({}));
    const other = await failureOf(write(withLease(OTHER)));
    await write(withLease(HELD));

    expect(without).toMatchObject({ statusCode: 412, code: 'LeaseIdMissing' });
    expect(other).toMatchObject({ statusCode: 412, code: 'LeaseIdMismatchWithFileOperation' });
  });

  test.each(Object.entries(FILE_READS))('answers %s without an id and refuses a wrong one', async (_name, read) => {
    await read({});
    await read(withLease(HELD));
    const other = await failureOf(read(withLease(OTHER)));

    expect(other).toMatchObject({ statusCode: 412, code: 'LeaseIdMismatchWithFileOperation' });
  });

  test('is renamed with its id only, and keeps its lease', async () => {
    const without = await failureOf(file.rename('g'));
    const other = await failureOf(file.rename('g', { sourceLeaseAccessConditions: { leaseId: OTHER } }));
    await file.rename('g', { sourceLeaseAccessConditions: { leaseId: HELD } });

    const { leaseState } = await share.rootDirectoryClient.getFileClient('g').getProperties();

    expect(without.code).toBe('LeaseIdMissing');
    expect(other.statusCode).toBe(412);
    expect(leaseState).toBe('leased');
  });

  test('is replaced by a rename with its id only', async () => {
    const source = share.rootDirectoryClient.getFileClient('source');
    const options = { replaceIfExists: true };

    const without = await failureOf(source.rename('f', options));
    await source.rename('f', { ...options, destinationLeaseAccessConditions: { leaseId: HELD } });

    expect(without).toMatchObject({ statusCode: 412, code: 'LeaseIdMissing' });
    expect(await source.exists()).toBe(false);
  });

  test('refuses the id once the lease is broken, and takes writes without', async () => {
    await file.getShareLeaseClient(HELD).breakLease();

    const lost = await failureOf(file.uploadRange('x', 0, 1, withLease(HELD)));
    await file.uploadRange('x', 0, 1);

    expect(lost).toMatchObject({ statusCode: 412, code: 'LeaseLost' });
  });

  test('that is not leased refuses any id', async () => {
    const source = share.rootDirectoryClient.getFileClient('source');

    const refusal = await failureOf(source.uploadRange('x', 0, 1, withLease(HELD)));

    expect(refusal).toMatchObject({ statusCode: 412, code: 'LeaseNotPresentWithFileOperation' });
  });
});

const SHARE_WRITES: Record<string, (condition: Condition) => Promise<unknown>> = {
  SetShareProperties: (condition) => share.setProperties({ quotaInGB: 7, ...condition }),
  SetShareMetadata: (condition) => share.setMetadata({ a: 'b' }, condition),
  SetShareAcl: (condition) => share.setAccessPolicy([], condition),
  DeleteShare: (condition) => share.delete(condition),
};

const SHARE_READS: Record<string, (condition: Condition) => Promise<unknown>> = {
  GetShareProperties: (condition) => share.getProperties(condition),
  GetShareAcl: (condition) => share.getAccessPolicy(condition),
  GetShareStats: (condition) => share.getStatistics(condition),
};

describe('A leased share', () => {
  beforeEach(async () => {
    share = serviceClient(emulator).getShareClient(`leased-${Math.random().toString(36).slice(2)}`);
    await share.create();
    // The JavaScript SDK (12.33) cannot read an empty list of policies.
    const accessPolicy = { startsOn: new Date(), expiresOn: new Date(), permissions: 'r' };
    await share.setAccessPolicy([{ id: 'one', accessPolicy }]);
    await share.getShareLeaseClient(HELD).acquireLease(-1);
  });

  test.each(Object.entries(SHARE_WRITES))('takes %s with its id only', async (_name, write) => {
    const without = await failureOf(write({}));
    const other = await failureOf(write(withLease(OTHER)));
    await write(withLease(HELD));

    expect(without).toMatchObject({ statusCode: 412, code: 'LeaseIdMissing' });
    expect(other.statusCode).toBe(412);
  });

  test.each(Object.entries(SHARE_READS))('answers %s without an id and refuses a wrong one', async (_name, read) => {
    await read({});
    await read(withLease(HELD));

    expect((await failureOf(read(withLease(OTHER)))).statusCode).toBe(412);
  });

  test('lets its files be written: the lease is the share’s own', async () => {
    const inside = share.rootDirectoryClient.getFileClient('f');
    await inside.create(1);

    expect(await inside.deleteIfExists()).toMatchObject({ succeeded: true });
  });

  test('has snapshots with leases of their own, which guard their deletion', async () => {
    const { snapshot = '' } = await share.createSnapshot();
    const point = share.withSnapshot(snapshot);
    await point.getShareLeaseClient(OTHER).acquireLease(-1);

    const without = await failureOf(point.delete());
    const withSnapshots = await failureOf(share.delete({ deleteSnapshots: 'include', ...withLease(HELD) }));
    await share.delete({ deleteSnapshots: 'include-leased', ...withLease(HELD) });

    expect(without).toMatchObject({ statusCode: 412, code: 'LeaseIdMissing' });
    expect(withSnapshots).toMatchObject({ statusCode: 409, code: 'DeleteShareWhenSnapshotLeased' });
    expect(await share.exists()).toBe(false);
  });
});
