/** The claims of docs/security.md, "What protects a restore point": both what is covered and what is not. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startManagementEndpoint } from '../support/management-endpoint.ts';
import { type Backups, startBackups } from './backups.ts';
import { withDeleteLock } from './delete-lock.ts';
import { codeOf } from './fact.ts';
import { isReal, isSkipped, mayLock, openTarget, type Side, type Target } from './target.ts';

async function deletedForms({ service }: Side, share: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const item of service.listShares({ prefix: share, includeDeleted: true, includeSnapshots: true })) {
    if (item.deleted === true) found.push(item.snapshot ?? 'the share');
  }
  return found;
}

describe.skipIf(isSkipped)('A restore point', () => {
  let target: Target;
  let backups: Backups;
  let point: string;
  beforeAll(async () => {
    target = await openTarget();
    backups = await startBackups(target);
    await backups.from.rootDirectoryClient.getFileClient('a.txt').create(1);
    point = (await backups.run()).restorePoint ?? '';
  });
  afterAll(async () => {
    await backups[Symbol.asyncDispose]();
    await target[Symbol.asyncDispose]();
  });

  test('takes no write and no deletion of what is in it', async () => {
    const file = backups.to.withSnapshot(point).rootDirectoryClient.getFileClient('a.txt');

    expect(await codeOf(file.uploadRange('x', 0, 1))).not.toBe('done');
    expect(await codeOf(file.delete())).not.toBe('done');
  });

  test('is not deleted by who does not name its lease, nor with its share', async () => {
    expect(await codeOf(backups.to.withSnapshot(point).delete())).not.toBe('done');
    expect(await codeOf(backups.to.delete({ deleteSnapshots: 'include' }))).not.toBe('done');
    expect(await codeOf(backups.to.withSnapshot(point).getProperties())).toBe('done');
  });

  test('is deleted by who breaks the lease, and soft delete does not keep it', async () => {
    const snapshot = backups.to.withSnapshot(point);
    await snapshot.getShareLeaseClient().breakLease();

    await snapshot.delete();

    expect(await codeOf(snapshot.getProperties())).toBe('ShareSnapshotNotFound');
    expect(await deletedForms(target.destination, backups.to.name)).toEqual([]);
  });

  test('goes with its share under include-leased; where soft delete is on, that brings the share back', async () => {
    const { restorePoint } = await backups.run();
    await backups.to.delete({ deleteSnapshots: 'include-leased' });

    expect(await codeOf(backups.to.withSnapshot(restorePoint ?? '').getProperties())).not.toBe('done');
    const forms = await deletedForms(target.destination, backups.to.name);
    // Off: nothing is left. On: the share is, and test facts say whether its snapshots come back.
    expect(forms.length === 0 || forms.includes('the share')).toBe(true);
  });
});

describe.skipIf(isSkipped)('A lock on the account', () => {
  test.skipIf(!isReal || !mayLock)(
    'stops no deletion by the data plane, neither of a snapshot nor of a share',
    async () => {
      await using target = await openTarget();
      const { resourceId = '' } = target.destination.account;

      expect(await withDeleteLock(resourceId, () => deletions(target.destination))).toEqual(['done', 'done']);
    },
  );

  test.skipIf(isReal)('is put and taken away as that proof needs it', async () => {
    await using target = await openTarget();
    await using endpoint = await startManagementEndpoint([]);
    const { locks, management } = endpoint;

    const work = async () => [locks.size, ...(await deletions(target.destination))];

    expect(await withDeleteLock(endpoint.idOf('vaultfiles'), work, management)).toEqual([1, 'done', 'done']);
    expect(locks.size).toBe(0);
  });
});

/** A snapshot, then its share: the codes of what refuses. */
async function deletions(side: Side): Promise<readonly string[]> {
  const share = await side.newShare();
  const { snapshot = '' } = await share.createSnapshot();
  return [await codeOf(share.withSnapshot(snapshot).delete()), await codeOf(share.delete())];
}
