import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AnonymousCredential, SASProtocol, ShareClient, ShareServiceClient } from '@azure/storage-file-share';
import { generateFileSASQueryParameters, ShareSASPermissions } from '@azure/storage-file-share';
import type { FilesEmulator } from '../../../emulator/index.ts';
import { hasOpenssl, makeCertificate } from '../../support/certificate.ts';
import { ACCOUNT, failureOf, startEmulator } from './fixture.ts';
import { bearerToken } from './token.ts';

describe.skipIf(!hasOpenssl())('Over https, the SDK with a token credential', () => {
  let emulator: FilesEmulator;
  let certificate: ReturnType<typeof makeCertificate>;
  let service: ShareServiceClient;
  beforeAll(async () => {
    certificate = makeCertificate();
    emulator = await startEmulator({ tls: certificate });
    service = new ShareServiceClient(`${emulator.url}/${ACCOUNT}`, credential(), options('backup'));
  });
  afterAll(async () => {
    await emulator.stop();
    certificate.remove();
  });

  const credential = () => ({
    getToken: () => Promise.resolve({ token: bearerToken(), expiresOnTimestamp: Date.now() + 3600_000 }),
  });
  const tlsOptions = () => ({ ca: certificate.cert });
  const retryOptions = { maxTries: 1 };
  const options = (fileRequestIntent?: 'backup') => ({
    retryOptions,
    tlsOptions: tlsOptions(),
    ...(fileRequestIntent === undefined ? {} : { fileRequestIntent }),
  });

  test('works as a backup does', async () => {
    const share = service.getShareClient('by-token');
    await share.create();
    const file = share.getDirectoryClient('').getFileClient('a.txt');
    await file.uploadData(Buffer.from('hello'));

    expect((await file.downloadToBuffer()).toString()).toBe('hello');
  });

  test('signs SAS with a user delegation key', async () => {
    const share = service.getShareClient('delegated');
    await share.create();
    await share.getDirectoryClient('').getFileClient('a.txt').uploadData(Buffer.from('hello'));
    const expiresOn = new Date(Date.now() + 3600_000);
    const key = await service.getUserDelegationKey(new Date(Date.now() - 60_000), expiresOn);

    const sas = generateFileSASQueryParameters(
      { shareName: 'delegated', permissions: ShareSASPermissions.parse('r'), expiresOn, protocol: SASProtocol.Https },
      key,
      ACCOUNT,
    ).toString();
    const url = `${emulator.url}/${ACCOUNT}/delegated?${sas}`;
    const reader = new ShareClient(url, new AnonymousCredential(), options());
    const file = reader.getDirectoryClient('').getFileClient('a.txt');

    expect((await file.downloadToBuffer()).toString()).toBe('hello');
    expect(await failureOf(file.delete())).toMatchObject({ code: 'AuthorizationPermissionMismatch' });
  });
});
