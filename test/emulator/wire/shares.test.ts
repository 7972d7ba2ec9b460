import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ShareServiceClient } from '@azure/storage-file-share';
import type { FilesEmulator } from '../../../emulator/index.ts';
import { ACCOUNT, failureOf, OTHER_ACCOUNT, rawRequest, serviceClient, startEmulator } from './fixture.ts';
import { signedHeaders } from './signature.ts';

let emulator: FilesEmulator;
let service: ShareServiceClient;
beforeAll(async () => {
  emulator = await startEmulator();
  service = serviceClient(emulator);
});
afterAll(() => emulator.stop());

describe('A share', () => {
  test('is created once, with its quota and metadata', async () => {
    const share = service.getShareClient('made-once');

    const created = await share.create({ quota: 7, metadata: { Owner: 'me' } });
    const again = await failureOf(share.create());
    const properties = await share.getProperties();

    expect(created._response.status).toBe(201);
    expect(again).toMatchObject({ statusCode: 409, code: 'ShareAlreadyExists' });
    expect(properties).toMatchObject({
      quota: 7,
      etag: created.etag,
      leaseState: 'available',
      accessTier: expect.any(String),
    });
    expect(properties.metadata).toEqual({ owner: 'me' });
    expect(properties._response.headers.get('x-ms-enabled-protocols')).toBe('SMB');
  });

  test('that is missing is ShareNotFound, and in the other account it is another share', async () => {
    await service.getShareClient('only-here').create();

    const elsewhere = await failureOf(
      serviceClient(emulator, OTHER_ACCOUNT).getShareClient('only-here').getProperties(),
    );

    expect(elsewhere).toMatchObject({ statusCode: 404, code: 'ShareNotFound' });
  });

  test('changes its quota, tier, metadata and access policies', async () => {
    const share = service.getShareClient('changing');
    await share.create();
    const startsOn = new Date('2026-01-01T00:00:00Z');
    const expiresOn = new Date('2030-01-01T00:00:00Z');

    await share.setProperties({ quotaInGB: 9, accessTier: 'Cool' });
    await share.setMetadata({ a: '1', b: 'two' });
    await share.setAccessPolicy([{ id: 'readers', accessPolicy: { permissions: 'rl', startsOn, expiresOn } }]);

    const properties = await share.getProperties();
    const policies = await share.getAccessPolicy();
    expect(properties).toMatchObject({ quota: 9, accessTier: 'Cool', metadata: { a: '1', b: 'two' } });
    expect(policies.signedIdentifiers).toEqual([
      { id: 'readers', accessPolicy: { permissions: 'rl', startsOn, expiresOn } },
    ]);
  });

  test('with snapshots is deleted only together with them', async () => {
    const share = service.getShareClient('with-snapshots');
    await share.create();
    await share.createSnapshot();

    const refused = await failureOf(share.delete());
    const deleted = await share.delete({ deleteSnapshots: 'include' });

    expect(refused).toMatchObject({ statusCode: 409, code: 'ShareHasSnapshots' });
    expect(deleted._response.status).toBe(202);
    expect(await share.exists()).toBe(false);
  });
});

describe('The statistics and the name of a share', () => {
  test('count the bytes of its files', async () => {
    const share = service.getShareClient('counted');
    await share.create();
    const file = share.getDirectoryClient('').getFileClient('a.bin');
    await file.create(4096);
    await file.uploadRange(Buffer.alloc(1024, 1), 0, 1024);

    const { shareUsageBytes } = await share.getStatistics();

    expect(shareUsageBytes).toBe(1024);
  });

  test('are refused when the name is invalid', async () => {
    const failure = await failureOf(service.getShareClient('Bad--Name').create());

    expect(failure).toMatchObject({ statusCode: 400, code: 'InvalidResourceName' });
  });
});

describe('A share snapshot', () => {
  test('keeps what the live share loses and is deleted alone', async () => {
    const share = service.getShareClient('snapped');
    await share.create({ metadata: { kept: 'yes' } });
    const file = share.getDirectoryClient('').getFileClient('a.txt');
    await file.uploadData(Buffer.from('before'));
    const { snapshot } = await share.createSnapshot();
    await file.delete();

    const old = share.withSnapshot(snapshot ?? '');
    const content = await old.getDirectoryClient('').getFileClient('a.txt').downloadToBuffer();
    const properties = await old.getProperties();
    await old.delete();

    expect(snapshot).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/);
    expect(content.toString()).toBe('before');
    expect(properties.metadata).toEqual({ kept: 'yes' });
    expect(await failureOf(old.getProperties())).toMatchObject({ statusCode: 404, code: 'ShareSnapshotNotFound' });
    expect(await share.exists()).toBe(true);
  });

  test('may carry its own metadata, which a list shows', async () => {
    const share = service.getShareClient('marked');
    await share.create({ metadata: { live: '1' } });
    const { snapshot } = await share.createSnapshot({ metadata: { farshare_role: 'point' } });

    const listed = [];
    for await (const item of service.listShares({ prefix: 'marked', includeSnapshots: true, includeMetadata: true })) {
      listed.push({ name: item.name, snapshot: item.snapshot, metadata: item.metadata });
    }

    expect(listed).toEqual([
      { name: 'marked', snapshot, metadata: { farshare_role: 'point' } },
      { name: 'marked', snapshot: undefined, metadata: { live: '1' } },
    ]);
  });

  test('cannot be written to', async () => {
    const share = service.getShareClient('frozen');
    await share.create();
    const { snapshot } = await share.createSnapshot();

    const failure = await failureOf(
      share
        .withSnapshot(snapshot ?? '')
        .getDirectoryClient('d')
        .create(),
    );

    expect(failure).toMatchObject({ statusCode: 400, code: 'ShareSnapshotOperationNotSupported' });
  });
});

describe('A list of shares', () => {
  test('is paged and limited to a prefix', async () => {
    for (const name of ['paged-a', 'paged-b', 'paged-c']) await service.getShareClient(name).create();
    const pages: string[][] = [];

    for await (const page of service.listShares({ prefix: 'paged-' }).byPage({ maxPageSize: 2 })) {
      pages.push((page.shareItems ?? []).map((item) => item.name));
    }

    expect(pages).toEqual([['paged-a', 'paged-b'], ['paged-c']]);
  });
});

/** Raw: 12.33 takes every client for a file's here and refuses to renew. */
function renew(name: string, leaseId: string) {
  const path = `/${ACCOUNT}/${name}?restype=share&comp=lease`;
  const headers = { 'content-length': '0', 'x-ms-lease-action': 'renew', 'x-ms-lease-id': leaseId };
  return rawRequest(emulator, 'PUT', path, { headers: signedHeaders('PUT', path, { headers }) });
}

describe('A lease of a share', () => {
  test('goes through acquire, renew, change, release', async () => {
    const share = service.getShareClient('leased');
    await share.create();
    const first = '11111111-1111-1111-1111-111111111111';
    const second = '22222222-2222-2222-2222-222222222222';
    const lease = share.getShareLeaseClient(first);

    const acquired = await lease.acquireLease(15);
    const taken = await failureOf(share.getShareLeaseClient(second).acquireLease(15));
    const renewed = await renew('leased', first);
    await lease.changeLease(second);
    const leased = await share.getProperties();
    await lease.releaseLease();
    const released = await share.getProperties();

    expect(acquired.leaseId).toBe(first);
    expect(renewed).toMatchObject({ status: 200, headers: { 'x-ms-lease-id': first } });
    expect(taken).toMatchObject({ statusCode: 409, code: 'LeaseAlreadyPresent' });
    expect(leased).toMatchObject({ leaseStatus: 'locked', leaseState: 'leased', leaseDuration: 'fixed' });
    expect(released).toMatchObject({ leaseStatus: 'unlocked', leaseState: 'available' });
  });

  test('keeps a share from deletion without its id, and can be broken', async () => {
    const share = service.getShareClient('guarded');
    await share.create();
    const lease = share.getShareLeaseClient();
    const { leaseId = '' } = await lease.acquireLease(-1);

    const refused = await failureOf(share.delete());
    const broken = await share.getShareLeaseClient(leaseId).breakLease();

    expect(refused).toMatchObject({ statusCode: 412, code: 'LeaseIdMissing' });
    expect(broken._response.headers.get('x-ms-lease-time')).toBe('0');
    await share.delete();
  });

  test('on a snapshot keeps that snapshot', async () => {
    const share = service.getShareClient('snapshot-lease');
    await share.create();
    const { snapshot = '' } = await share.createSnapshot();
    const old = share.withSnapshot(snapshot);
    const { leaseId } = await old.getShareLeaseClient().acquireLease(-1);

    const refused = await failureOf(old.delete());
    const together = await failureOf(share.delete({ deleteSnapshots: 'include' }));

    expect(refused).toMatchObject({ statusCode: 412, code: 'LeaseIdMissing' });
    expect(together).toMatchObject({ statusCode: 409, code: 'DeleteShareWhenSnapshotLeased' });
    await old.delete({ leaseAccessConditions: { leaseId: leaseId ?? '' } });
  });

  test.each([14, 61])('of %i seconds is refused', async (seconds) => {
    const share = service.getShareClient(`odd-lease-${seconds}`);
    await share.create();

    const failure = await failureOf(share.getShareLeaseClient().acquireLease(seconds));

    expect(failure).toMatchObject({ statusCode: 400, code: 'InvalidHeaderValue' });
  });
});

describe('The service', () => {
  test('keeps its properties per account', async () => {
    const before = await service.getProperties();

    await service.setProperties({
      ...before,
      hourMetrics: { version: '1.0', enabled: true, includeAPIs: true, retentionPolicy: { enabled: true, days: 3 } },
    });

    const after = await service.getProperties();
    const other = await serviceClient(emulator, OTHER_ACCOUNT).getProperties();
    expect(before.hourMetrics?.enabled).toBe(false);
    expect(after.hourMetrics).toMatchObject({ enabled: true, retentionPolicy: { enabled: true, days: 3 } });
    expect(other.hourMetrics?.enabled).toBe(false);
  });

  test('is reached with a connection string', async () => {
    const client = ShareServiceClient.fromConnectionString(emulator.connectionString(ACCOUNT));

    expect(await client.getShareClient('made-once').exists()).toBe(true);
  });
});
