import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ShareClient } from '@azure/storage-file-share';
import type { FilesEmulator } from '../../../emulator/index.ts';
import { ACCOUNT, failureOf, postControl, serviceClient, startEmulator } from './fixture.ts';

let emulator: FilesEmulator;
let share: ShareClient;
beforeAll(async () => {
  emulator = await startEmulator();
  share = serviceClient(emulator).getShareClient('held');
  await share.create();
  await share.getDirectoryClient('d').create();
});
afterAll(() => emulator.stop());
beforeEach(async () => {
  await fetch(`${emulator.url}/_emulator/handles`, { method: 'DELETE' });
  await fileAt('f').create(10);
});

const fileAt = (name: string) => share.getDirectoryClient('d').getFileClient(name);
const hold = (path: string, more: object = {}) =>
  postControl(emulator, 'handles', { account: ACCOUNT, share: 'held', path, ...more });

test('Handles are listed page by page, beneath a directory when asked, and closed', async () => {
  await fileAt('g').create(1);
  for (const path of ['d/f', 'd/f', 'd/g', 'd']) await hold(path, { clientName: 'pc' });
  const directory = share.getDirectoryClient('d');
  const listed = [];
  for await (const page of directory.listHandles({ recursive: true }).byPage({ maxPageSize: 3 })) {
    listed.push(
      (page.handleList ?? []).map(({ path, clientName, accessRightList }) => [path, clientName, accessRightList]),
    );
  }
  const [one] = (await fileAt('f').listHandles().byPage().next()).value?.handleList ?? [];

  const closedOne = await fileAt('f').forceCloseHandle(one?.handleId ?? '');
  const closedRest = await directory.forceCloseAllHandles({ recursive: true });

  expect(listed.map(({ length }) => length)).toEqual([3, 1]);
  expect(listed.flat()).toContainEqual(['d/g', 'pc', ['Read', 'Write']]);
  expect(one?.fileId).toBe((await fileAt('f').getProperties()).fileId);
  expect(closedOne.closedHandlesCount).toBe(1);
  expect(closedRest.closedHandlesCount).toBe(3);
});

test('What an SMB client does not share is refused with SharingViolation, and free once it is closed', async () => {
  const file = fileAt('f');
  await hold('d/f', { sharing: ['Read'] });

  const write = await failureOf(file.uploadRange('x', 0, 1));
  const remove = await failureOf(file.delete());
  const rename = await failureOf(file.rename('d/elsewhere'));
  const read = await file.downloadToBuffer();
  await file.forceCloseAllHandles();
  await file.uploadRange('x', 0, 1);

  for (const refusal of [write, remove, rename]) {
    expect(refusal).toMatchObject({ statusCode: 409, code: 'SharingViolation' });
  }
  expect(read).toHaveLength(10);
});

test('An exclusive handle forbids reading content, not reading properties', async () => {
  await hold('d/f');

  const read = await failureOf(fileAt('f').download());

  expect(read).toMatchObject({ statusCode: 409, code: 'SharingViolation' });
  expect((await fileAt('f').getProperties()).contentLength).toBe(10);
});

test('A file that its holders let others delete is delete-pending until they close it', async () => {
  const file = fileAt('f');
  await hold('d/f', { sharing: ['Read', 'Write', 'Delete'] });
  await file.delete();

  const pending = await failureOf(file.uploadRange('x', 0, 1));
  const existsStill = await file.exists();
  await fetch(`${emulator.url}/_emulator/handles`, { method: 'DELETE' });

  expect(pending).toMatchObject({ statusCode: 409, code: 'DeletePending' });
  expect(existsStill).toBe(true);
  expect(await file.exists()).toBe(false);
});

test('A handle is refused with a reason when it makes no sense', async () => {
  const missing = await hold('d/none');
  const odd = await hold('d/f', { sharing: ['Everything'] });

  expect(missing).toMatchObject({ status: 404 });
  expect(odd).toMatchObject({
    status: 400,
    document: { error: 'sharing must be an array of Read, Write and Delete.' },
  });
});
