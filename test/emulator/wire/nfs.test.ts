import { afterAll, beforeAll, expect, test } from 'vitest';
import { FileSystemAttributes } from '@azure/storage-file-share';
import type { ShareClient } from '@azure/storage-file-share';
import type { FilesEmulator } from '../../../emulator/index.ts';
import { ACCOUNT, failureOf, rawRequest, serviceClient, startEmulator } from './fixture.ts';
import { accountSas } from './sas-fixture.ts';

let emulator: FilesEmulator;
let share: ShareClient;
beforeAll(async () => {
  emulator = await startEmulator();
  share = serviceClient(emulator).getShareClient('nfs-share');
  await share.create({ protocols: { nfsEnabled: true }, rootSquash: 'RootSquash' });
});
afterAll(() => emulator.stop());

const fileAt = (name: string) => share.rootDirectoryClient.getFileClient(name);

test('An NFS share shows protocol and root squash', async () => {
  const properties = await share.getProperties();

  expect(properties).toMatchObject({ protocols: { nfsEnabled: true }, rootSquash: 'RootSquash' });
});

test('Files and directories carry owner, group and mode instead of attributes and permissions', async () => {
  const directory = share.getDirectoryClient('dir');
  const made = await directory.create({ posixProperties: { owner: '345', group: '123', fileMode: mode('rwxr-xrwt') } });
  const file = fileAt('plain');
  await file.create(10);
  await file.setProperties({ posixProperties: { owner: '7', group: '8', fileMode: mode('rw-r-----') } });

  const directoryNow = await directory.getProperties();
  const fileNow = await file.getProperties();

  expect(made.posixProperties).toMatchObject({ owner: '345', group: '123', fileType: 'Directory' });
  expect(directoryNow.posixProperties?.fileMode).toMatchObject({ stickyBit: true });
  expect(fileNow.posixProperties).toMatchObject({ owner: '7', group: '8', linkCount: 1, fileType: 'Regular' });
  expect(fileNow.fileAttributes).toBeUndefined();
  expect(fileNow.filePermissionKey).toBeUndefined();
});

test('A new file has the default mode', async () => {
  const made = await fileAt('defaults').create(1);

  expect(made.posixProperties).toMatchObject({ owner: '0', group: '0', fileMode: mode('rw-rw-r--') });
});

test('A symbolic link keeps its text, also one that points nowhere', async () => {
  const link = fileAt('link');
  const made = await link.createSymbolicLink('/no/such ü', { owner: '9', metadata: { a: 'b' } });

  const read = await link.getSymbolicLink();
  const again = await failureOf(link.createSymbolicLink('x'));

  expect(made.posixProperties).toMatchObject({ fileType: 'SymLink', owner: '9' });
  expect(decodeURIComponent(read.linkText ?? '')).toBe('/no/such ü');
  expect(again).toMatchObject({ statusCode: 409, code: 'ResourceAlreadyExists' });
});

test('All names of a file show what was written by one; the file ends with its last name', async () => {
  const [one, two] = [fileAt('one'), share.getDirectoryClient('dir').getFileClient('two')];
  await one.create(5);
  const linked = await two.createHardLink('/one');
  await two.uploadRange('hello', 0, 5);

  const [first, second] = [await one.getProperties(), await two.getProperties()];
  const text = await one.downloadToBuffer();
  await one.rename('renamed');
  await two.setMetadata({ said: 'once' });
  const third = await fileAt('renamed').getProperties();
  const deleted = await two.delete();
  const last = await fileAt('renamed').getProperties();

  expect(linked.posixProperties).toMatchObject({ linkCount: 2, fileType: 'Regular' });
  expect(first.fileId).toBe(second.fileId);
  expect(first.etag).toBe(second.etag);
  expect(text.toString()).toBe('hello');
  expect(third).toMatchObject({ metadata: { said: 'once' }, posixProperties: { linkCount: 2 } });
  expect(deleted.linkCount).toBe(1);
  expect(last.posixProperties?.linkCount).toBe(1);
});

test('A snapshot keeps the links of its moment', async () => {
  await fileAt('a').create(1);
  await fileAt('b').createHardLink('a');
  const { snapshot = '' } = await share.createSnapshot();
  await fileAt('b').delete();

  const before = await share.withSnapshot(snapshot).rootDirectoryClient.getFileClient('a').getProperties();

  expect(before.posixProperties?.linkCount).toBe(2);
});

test('A copy takes owner and mode of its source when asked', async () => {
  const source = fileAt('owned');
  await source.create(3, { posixProperties: { owner: '55', group: '66', fileMode: mode('rwx------') } });
  const copy = fileAt('copied');
  await copy.startCopyFromURL(`${source.url}?${accountSas('r')}`, {
    fileModeCopyMode: 'source',
    fileOwnerCopyMode: 'source',
  });

  const { posixProperties } = await copy.getProperties();

  expect(posixProperties).toMatchObject({ owner: '55', group: '66', fileMode: mode('rwx------') });
});

test('What belongs to the other protocol is refused', async () => {
  const smb = serviceClient(emulator).getShareClient('smb-share');
  await smb.create();
  const file = smb.rootDirectoryClient.getFileClient('f');
  await file.create(1);

  const owner = await failureOf(file.setProperties({ posixProperties: { owner: '1' } }));
  const link = await failureOf(smb.rootDirectoryClient.getFileClient('l').createSymbolicLink('f'));
  const squash = await failureOf(smb.setProperties({ rootSquash: 'AllSquash' }));
  const attributes = await failureOf(fileAt('attributed').create(1, { fileAttributes: hidden() }));
  const old = await rawRequest(emulator, 'PUT', `/${ACCOUNT}/nfs-share/x?restype=symboliclink&${accountSas('cw')}`, {
    headers: { 'x-ms-version': '2024-11-04', 'x-ms-link-text': 'x', 'content-length': '0' },
  });

  for (const refusal of [owner, link, squash, attributes]) {
    expect(refusal).toMatchObject({ statusCode: 400, code: 'UnsupportedHeader' });
  }
  expect(old).toMatchObject({ status: 400, headers: { 'x-ms-error-code': 'FeatureVersionMismatch' } });
});

/** The SDK's form of `rwxr-x---`. */
function mode(text: string) {
  const part = (at: number) => ({
    read: text[at] === 'r',
    write: text[at + 1] === 'w',
    execute: /[xst]/.test(text[at + 2] ?? ''),
  });
  return {
    owner: part(0),
    group: part(3),
    other: part(6),
    effectiveUserIdentity: /s/i.test(text[2] ?? ''),
    effectiveGroupIdentity: /s/i.test(text[5] ?? ''),
    stickyBit: /t/i.test(text[8] ?? ''),
  };
}

function hidden() {
  return FileSystemAttributes.parse('Hidden');
}
