import { afterEach, expect, test } from 'vitest';
import type { FilesEmulator, FilesEmulatorOptions } from '../../../emulator/index.ts';
import { failureOf, serviceClient, startEmulator } from './fixture.ts';

let emulator: FilesEmulator;
afterEach(() => emulator.stop());

async function startWith(switches: FilesEmulatorOptions['switches']) {
  emulator = await startEmulator({ switches });
  return serviceClient(emulator);
}

async function listed(service: ReturnType<typeof serviceClient>) {
  const found = [];
  for await (const share of service.listShares({ includeDeleted: true, includeSnapshots: true })) found.push(share);
  return found;
}

test('A soft-deleted share is listed with its version and comes back with its files and snapshots', async () => {
  const service = await startWith({ softDeleteDays: 7 });
  const share = service.getShareClient('kept');
  await share.create({ metadata: { a: 'b' } });
  await share.getDirectoryClient('d').create();
  const { snapshot } = await share.createSnapshot();
  await share.delete({ deleteSnapshots: 'include' });

  const [deleted] = await listed(service);
  const missing = await failureOf(share.getProperties());
  const restored = await service.undeleteShare('kept', deleted?.version ?? '');
  const after = await listed(service);

  expect(deleted).toMatchObject({ name: 'kept', deleted: true, properties: { remainingRetentionDays: 7 } });
  expect(deleted?.properties.deletedTime).toBeInstanceOf(Date);
  expect(missing).toMatchObject({ statusCode: 404, code: 'ShareNotFound' });
  expect(await restored.getDirectoryClient('d').exists()).toBe(true);
  expect((await restored.getProperties()).metadata).toEqual({ a: 'b' });
  expect(after.map((each) => each.snapshot)).toEqual([snapshot, undefined]);
});

test('The name of a soft-deleted share is free, and a taken name cannot be restored to', async () => {
  const service = await startWith({ softDeleteDays: 7 });
  await service.createShare('twice');
  await service.deleteShare('twice');
  await service.createShare('twice');
  const deleted = (await listed(service)).find((each) => each.deleted === true);

  const taken = await failureOf(service.undeleteShare('twice', deleted?.version ?? ''));
  const unknown = await failureOf(service.undeleteShare('twice', '01D0000000000000'));

  expect(taken).toMatchObject({ statusCode: 409, code: 'ShareAlreadyExists' });
  expect(unknown).toMatchObject({ statusCode: 404, code: 'ShareNotFound' });
});

test('Soft delete can be on in some accounts only', async () => {
  const service = await startWith({ softDeleteDays: 7, softDeleteAccounts: 'devstoreaccount2' });
  const other = serviceClient(emulator, 'devstoreaccount2');
  for (const each of [service, other]) {
    await each.createShare('gone');
    await each.deleteShare('gone');
  }

  expect(await listed(service)).toEqual([]);
  expect(await listed(other)).toMatchObject([{ name: 'gone', deleted: true }]);
});

test('A deleted share blocks its name for a while when the switch says so', async () => {
  const service = await startWith({ shareBeingDeletedMs: 60_000 });
  await service.createShare('slow');
  await service.deleteShare('slow');

  const again = await failureOf(service.createShare('slow'));
  const read = await failureOf(service.getShareClient('slow').getProperties());

  expect(again).toMatchObject({ statusCode: 409, code: 'ShareBeingDeleted' });
  expect(read).toMatchObject({ statusCode: 404, code: 'ShareNotFound' });
});
