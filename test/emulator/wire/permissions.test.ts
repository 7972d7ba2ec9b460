import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ShareClient } from '@azure/storage-file-share';
import type { FilesEmulator } from '../../../emulator/index.ts';
import { ACCOUNT, failureOf, rawRequest, serviceClient, startEmulator } from './fixture.ts';
import { accountSas } from './sas-fixture.ts';

// A pair that the .NET SDK's live tests hold against the service.
const SDDL =
  'O:S-1-5-21-2127521184-1604012920-1887927527-21560751G:S-1-5-21-2127521184-1604012920-1887927527-513' +
  'D:AI(A;;FA;;;SY)(A;;FA;;;BA)(A;;0x1200a9;;;S-1-5-21-397955417-626881126-188441444-3053964)';
const BINARY =
  'AQAUhGwAAACIAAAAAAAAABQAAAACAFgAAwAAAAAAFAD/AR8AAQEAAAAAAAUSAAAAAAAYAP8BHwABAgAAAAAABSAAAAAgAgAAAAAkAKkAEgABBQAAAAAABRUAAABZUb' +
  'gXZnJdJWRjOwuMmS4AAQUAAAAAAAUVAAAAoGXPfnhLm1/nfIdwr/1IAQEFAAAAAAAFFQAAAKBlz354S5tf53yHcAECAAA=';

let emulator: FilesEmulator;
let share: ShareClient;
beforeAll(async () => {
  emulator = await startEmulator();
  share = serviceClient(emulator).getShareClient('permissions');
  await share.create();
});
afterAll(() => emulator.stop());

test('A permission is one in both formats: the same key, each readable as the other', async () => {
  const fromBinary = await share.createPermission({ permission: BINARY, format: 'Binary' });
  const fromSddl = await share.createPermission({ permission: SDDL, format: 'Sddl' });
  const key = fromBinary.filePermissionKey ?? '';

  const binary = await share.getPermission(key, { filePermissionFormat: 'Binary' });
  const sddl = await share.getPermission(key, { filePermissionFormat: 'Sddl' });

  expect(fromSddl.filePermissionKey).toBe(key);
  expect(binary.permission).toBe(BINARY);
  expect(sddl.permission).toBe(SDDL);
});

test('A file takes a binary permission', async () => {
  const file = share.rootDirectoryClient.getFileClient('f');
  await file.create(1, { filePermission: BINARY, filePermissionFormat: 'Binary' });

  const { filePermissionKey = '' } = await file.getProperties();

  expect((await share.getPermission(filePermissionKey)).permission).toBe(SDDL);
});

test.each(['', '!!', 'AQ==', BINARY.slice(0, 80)])('The binary %j is refused', async (permission) => {
  const refusal = await failureOf(share.createPermission({ permission, format: 'Binary' }));

  expect(refusal).toMatchObject({ statusCode: 400, code: 'FileInvalidPermission' });
});

test('An entry that binary SDDL cannot carry is refused on the way out', async () => {
  const conditional = 'O:SYG:SYD:(XA;;FX;;;S-1-1-0;(@User.Title=="PM"))';
  const { filePermissionKey = '' } = await share.createPermission(conditional);

  const refusal = await failureOf(share.getPermission(filePermissionKey, { filePermissionFormat: 'Binary' }));

  expect(refusal).toMatchObject({ statusCode: 400, code: 'CannotConvertToSddlDueToCustomAce' });
  expect((await share.getPermission(filePermissionKey)).permission).toBe(conditional);
});

test('Versions before 2024-11-04 know SDDL only', async () => {
  const path = `/${ACCOUNT}/permissions?restype=share&comp=filepermission&${accountSas('r')}`;
  const { filePermissionKey = '' } = await share.createPermission(SDDL);

  const answer = await rawRequest(emulator, 'GET', path, {
    headers: {
      'x-ms-version': '2024-08-04',
      'x-ms-file-permission-format': 'Binary',
      'x-ms-file-permission-key': filePermissionKey,
    },
  });

  expect(answer).toMatchObject({ status: 400, headers: { 'x-ms-error-code': 'FeatureVersionMismatch' } });
});
