import { randomUUID } from 'node:crypto';
import type { ShareClient, ShareItem } from '@azure/storage-file-share';
import { ShareLeaseClient } from '@azure/storage-file-share';
import { codeOf, type Fact, moment, type World, yes } from './fact.ts';

/** What List Shares shows of one share, its snapshots and its deleted forms included. */
async function listed({ source }: World, share: ShareClient): Promise<readonly ShareItem[]> {
  const items: ShareItem[] = [];
  const options = { prefix: share.name, includeSnapshots: true, includeDeleted: true, includeMetadata: true };
  for await (const item of source.service.listShares(options)) items.push(item);
  return items;
}

const held = async (
  world: World,
): Promise<{ share: ShareClient; snapshot: string; lease: ShareLeaseClient; id: string }> => {
  const share = await world.source.newShare();
  const { snapshot = '' } = await share.createSnapshot();
  const id = randomUUID();
  const lease = share.withSnapshot(snapshot).getShareLeaseClient(id);
  await lease.acquireLease(-1);
  return { share, snapshot, lease, id };
};

const leases: readonly Fact[] = [
  {
    name: 'shareLeaseGuardsSets',
    means: 'a leased share refuses Set Metadata without its lease id',
    believed: 'true',
    ask: async ({ source }) => {
      const share = await source.newShare();
      const lease = share.getShareLeaseClient(randomUUID());
      await lease.acquireLease(15);
      const code = await codeOf(share.setMetadata({ one: '1' }));
      await lease.releaseLease();
      return yes(code === 'LeaseIdMissing');
    },
  },
  {
    name: 'deletion names the lease',
    means: 'a leased snapshot is deleted by a request with x-ms-lease-id, and by no other',
    believed: 'true',
    ask: async (world) => {
      const { share, snapshot, id } = await held(world);
      const at = share.withSnapshot(snapshot);
      const without = await codeOf(at.delete());
      const withId = await codeOf(at.delete({ leaseAccessConditions: { leaseId: id } }));
      return yes(without !== 'done' && withId === 'done');
    },
  },
  {
    name: 'deletion with a lease that is not',
    means: 'answers LeaseNotPresent… or LeaseLost, so that it is tried without',
    believed: 'true',
    ask: async ({ source }) => {
      const share = await source.newShare();
      const { snapshot = '' } = await share.createSnapshot();
      const code = await codeOf(
        share.withSnapshot(snapshot).delete({ leaseAccessConditions: { leaseId: randomUUID() } }),
      );
      return /^LeaseNotPresentWith|^LeaseLost$/u.test(code) ? 'true' : `false: ${code}`;
    },
  },
  {
    name: 'listing tells leases',
    means: 'List Shares says of each snapshot whether it is leased',
    believed: 'true',
    ask: async (world) => {
      const { share } = await held(world);
      await share.createSnapshot();
      const states = (await listed(world, share)).flatMap(({ snapshot, properties }) =>
        snapshot === undefined ? [] : [properties.leaseStatus],
      );
      return yes(states.join(' ') === 'locked unlocked');
    },
  },
  {
    name: 'lease changes hands',
    means: 'Change Lease works on a snapshot, and acquiring under the same id makes an infinite lease finite',
    believed: 'true',
    ask: async (world) => {
      const { share, snapshot, lease } = await held(world);
      const next = randomUUID();
      await lease.changeLease(next);
      await share.withSnapshot(snapshot).getShareLeaseClient(next).acquireLease(15);
      const items = await listed(world, share);
      return yes(items.find((item) => item.snapshot === snapshot)?.properties.leaseDuration === 'fixed');
    },
  },
];

const snapshots: readonly Fact[] = [
  {
    name: 'snapshotMetadataReplaces',
    means: 'metadata given to a snapshot replaces the share’s in it',
    believed: 'true',
    ask: async ({ source }) => {
      const share = await source.newShare();
      await share.setMetadata({ one: '1' });
      const { snapshot = '' } = await share.createSnapshot({ metadata: { two: '2' } });
      const { metadata = {} } = await share.withSnapshot(snapshot).getProperties();
      return yes(!('one' in metadata) && metadata['two'] === '2');
    },
  },
];

const deletions: readonly Fact[] = [
  {
    name: 'softDeletedNameIsFree',
    means: 'with soft delete, the name of a deleted share is free at once',
    believed: 'true',
    ask: async (world) => {
      const share = await world.source.newShare();
      await share.delete();
      await moment();
      if (!(await listed(world, share)).some(({ deleted }) => deleted === true)) return 'not asked: soft delete is off';
      return yes((await codeOf(share.create())) === 'done');
    },
  },
  {
    name: 'restoreBringsSnapshots',
    means: 'restoring a deleted share brings its snapshots back, and the leases on them stop nothing',
    believed: 'true',
    ask: async (world) => {
      const { share } = await held(world);
      await share.delete({ deleteSnapshots: 'include-leased' });
      await moment();
      const deleted = (await listed(world, share)).find((item) => item.deleted === true);
      if (deleted === undefined) return 'not asked: soft delete is off';
      await world.source.service.undeleteShare(share.name, deleted.version ?? '');
      return yes((await listed(world, share)).some(({ snapshot }) => snapshot !== undefined));
    },
  },
];

export const shareFacts: readonly Fact[] = [...leases, ...snapshots, ...deletions];
