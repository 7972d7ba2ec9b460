import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ShareClient } from '@azure/storage-file-share';
import type { FilesEmulator } from '../../../emulator/index.ts';
import { ACCOUNT, failureOf, rawRequest, serviceClient, startEmulator } from './fixture.ts';
import { accountSas, shareSas } from './sas-fixture.ts';
import { bearerToken } from './token.ts';

// What the JavaScript SDK's own tests assert of the service (docs/sdk-tests.md), held here without that suite.

let emulator: FilesEmulator;
let share: ShareClient;
beforeAll(async () => {
  emulator = await startEmulator({ switches: { shareBeingDeletedMs: 60_000 } });
  share = serviceClient(emulator).getShareClient('facts');
  await share.create();
});
afterAll(() => emulator.stop());

const fileNamed = (name: string) => share.getDirectoryClient('').getFileClient(name);

test('A file is created with a content type, and Set Properties without one takes it away', async () => {
  const file = fileNamed('typed.bin');
  await file.create(1);
  const created = await file.getProperties();

  await file.setHttpHeaders();

  expect(created.contentType).toBe('application/octet-stream');
  expect((await file.getProperties()).contentType).toBeUndefined();
  expect((await file.download()).contentType).toBeUndefined();
});

test('An MD5 given as a property is kept whatever its length', async () => {
  const file = fileNamed('summed.bin');
  await file.create(1);

  await file.setHttpHeaders({ fileContentMD5: Buffer.from([1, 2, 3, 4]) });

  expect((await file.getProperties()).contentMD5).toEqual(Buffer.from([1, 2, 3, 4]));
});

test('A SAS overrides headers of properties as it does of content', async () => {
  await fileNamed('overridden.bin').create(1);
  const sas = shareSas('facts', 'r', { contentType: 'text/override', cacheControl: 'no-store' });

  const answer = await rawRequest(emulator, 'HEAD', `/${ACCOUNT}/facts/overridden.bin?${sas}`);

  expect(answer).toMatchObject({
    status: 200,
    headers: { 'content-type': 'text/override', 'cache-control': 'no-store' },
  });
});

test('The source of a rename may carry a SAS that can only read', async () => {
  await fileNamed('from.bin').create(1);
  const headers = { 'x-ms-file-rename-source': `${emulator.url}/${ACCOUNT}/facts/from.bin?${shareSas('facts', 'r')}` };

  const path = `/${ACCOUNT}/facts/to.bin?comp=rename&${shareSas('facts', 'w')}`;
  const answer = await rawRequest(emulator, 'PUT', path, { headers });

  expect(answer.status).toBe(200);
  expect(await fileNamed('from.bin').exists()).toBe(false);
});

test("A break names no time for a file's lease", async () => {
  const file = fileNamed('leased.bin');
  await file.create(1);
  const lease = file.getShareLeaseClient();
  await lease.acquireLease();

  expect((await lease.breakLease()).leaseTimeInSeconds).toBeUndefined();
});

test('A SAS that is over before it begins says so, and one without a start begins with the request', async () => {
  const sas = accountSas('rl', { expiresOn: new Date(Date.now() - 3600_000) });

  const answer = await rawRequest(emulator, 'GET', `/${ACCOUNT}?comp=list&${sas}`);

  expect(answer.status).toBe(403);
  expect(answer.body).toContain('<AuthenticationErrorDetail>Signed expiry time [');
});

test('A stored policy with nothing in it is listed without a policy', async () => {
  await share.setAccessPolicy([{ id: 'bare', accessPolicy: {} }] as unknown as Parameters<
    typeof share.setAccessPolicy
  >[0]);

  const { signedIdentifiers } = await share.getAccessPolicy();

  expect(signedIdentifiers).toEqual([expect.objectContaining({ id: 'bare', accessPolicy: undefined })]);
});

test('A tier shows when it was set, and what it changes from', async () => {
  const tiered = serviceClient(emulator).getShareClient('tiered');
  await tiered.create({ accessTier: 'Hot' });
  const created = await tiered.getProperties();

  await tiered.setProperties({ accessTier: 'Cool' });

  expect(created.accessTierChangeTime).toBeInstanceOf(Date);
  expect(created.accessTierTransitionState).toBeUndefined();
  expect((await tiered.getProperties()).accessTierTransitionState).toBe('pending-from-hot');
});

test('While a share is being deleted it is not found, its name is taken, and another delete is accepted', async () => {
  const deleted = serviceClient(emulator).getShareClient('deleted');
  await deleted.create();
  await deleted.delete();

  expect(await failureOf(deleted.getProperties())).toMatchObject({ statusCode: 404, code: 'ShareNotFound' });
  expect(await failureOf(deleted.create())).toMatchObject({ statusCode: 409, code: 'ShareBeingDeleted' });
  expect((await deleted.delete())._response.status).toBe(202);
});

test('A token reads the properties of a share without an intent, and nothing in it', async () => {
  const headers = { Authorization: `Bearer ${bearerToken()}`, 'x-ms-version': '2026-10-06' };

  const shareAnswer = await rawRequest(emulator, 'GET', `/${ACCOUNT}/facts?restype=share`, { headers });
  const rootAnswer = await rawRequest(emulator, 'GET', `/${ACCOUNT}/facts?restype=directory`, { headers });

  expect(shareAnswer.status).toBe(200);
  expect(rootAnswer).toMatchObject({ status: 400, headers: { 'x-ms-error-code': 'MissingRequiredHeader' } });
});
