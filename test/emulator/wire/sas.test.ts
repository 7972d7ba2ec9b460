import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AnonymousCredential,
  FileSASPermissions,
  generateFileSASQueryParameters,
  SASProtocol,
  ShareClient,
  ShareFileClient,
  ShareSASPermissions,
  ShareServiceClient,
} from '@azure/storage-file-share';
import type { FilesEmulator } from '../../../emulator/index.ts';
import {
  ACCOUNT,
  credentialOf,
  failureOf,
  OTHER_ACCOUNT,
  rawRequest,
  serviceClient,
  startEmulator,
} from './fixture.ts';
import { accountSas, shareSas } from './sas-fixture.ts';
import { bearerToken } from './token.ts';

let emulator: FilesEmulator;
beforeAll(async () => {
  emulator = await startEmulator();
  const share = serviceClient(emulator).getShareClient('secret');
  await share.create();
  await share.getDirectoryClient('d').create();
  await share.getDirectoryClient('d').getFileClient('a.txt').uploadData(Buffer.from('secret'));
});
afterAll(() => emulator.stop());

const once = { retryOptions: { maxTries: 1 } };

/** A client of the share that holds nothing but a SAS. */
function shareWith(sas: string, name = 'secret'): ShareClient {
  return new ShareClient(`${emulator.url}/${ACCOUNT}/${name}?${sas}`, new AnonymousCredential(), once);
}

const fileOf = (share: ShareClient) => share.getDirectoryClient('d').getFileClient('a.txt');
const list = (share: ShareClient) => share.getDirectoryClient('').listFilesAndDirectories().next();

describe('An account SAS', () => {
  test('does what its letters and resource types say', async () => {
    const share = shareWith(accountSas('rl'));

    expect((await fileOf(share).downloadToBuffer()).toString()).toBe('secret');
    expect((await list(share)).value).toMatchObject({ name: 'd' });
    expect((await share.getProperties()).quota).toBeGreaterThan(0);
    expect(await failureOf(fileOf(share).delete())).toMatchObject({
      statusCode: 403,
      code: 'AuthorizationPermissionMismatch',
    });
  });

  test('lists shares and creates one', async () => {
    const url = `${emulator.url}/${ACCOUNT}?${accountSas('rlcw')}`;
    const service = new ShareServiceClient(url, new AnonymousCredential(), once);

    await service.getShareClient('by-sas').create();
    const names = [];
    for await (const item of service.listShares()) names.push(item.name);

    expect(names).toEqual(['by-sas', 'secret']);
  });

  test('without the resource type is refused by that name', async () => {
    const share = shareWith(accountSas('rl', { resourceTypes: 's' }));

    expect(await failureOf(fileOf(share).getProperties())).toMatchObject({
      statusCode: 403,
      code: 'AuthorizationResourceTypeMismatch',
    });
  });

  test('for another service is refused by that name', async () => {
    const failure = await failureOf(fileOf(shareWith(accountSas('r', { services: 'b' }))).getProperties());

    expect(failure.code).toBe('AuthorizationServiceMismatch');
  });

  test('older than encryption scopes is signed without their line', async () => {
    const share = shareWith(accountSas('r', { version: '2019-12-12' }));

    expect((await fileOf(share).getProperties()).contentLength).toBe(6);
  });

  test('with a changed letter no longer fits its signature', async () => {
    const sas = accountSas('r').replace('sp=r', 'sp=rd');

    const failure = await failureOf(fileOf(shareWith(sas)).delete());

    expect(failure).toMatchObject({ statusCode: 403, code: 'AuthenticationFailed' });
  });

  test('never reads access policies', async () => {
    const failure = await failureOf(shareWith(accountSas('rwdlc')).getAccessPolicy());

    expect(failure).toMatchObject({ statusCode: 403, code: 'AuthorizationFailure' });
  });

  test('with create alone makes files but replaces none', async () => {
    const directory = shareWith(accountSas('c')).getDirectoryClient('d');

    await directory.getFileClient('fresh.txt').create(1);
    const replaced = await failureOf(directory.getFileClient('fresh.txt').create(1));

    expect(replaced).toMatchObject({ statusCode: 403, code: 'AuthorizationPermissionMismatch' });
  });
});

describe('A SAS', () => {
  test.each([
    ['expired', { startsOn: new Date(Date.now() - 7200_000), expiresOn: new Date(Date.now() - 3600_000) }],
    ['not yet valid', { startsOn: new Date(Date.now() + 1800_000) }],
  ])('that is %s fails authentication', async (_, values) => {
    const answer = await rawRequest(emulator, 'GET', `/${ACCOUNT}/secret/d/a.txt?${shareSas('secret', 'r', values)}`);

    expect(answer).toMatchObject({ status: 403, headers: { 'x-ms-error-code': 'AuthenticationFailed' } });
    expect(answer.body).toContain('<AuthenticationErrorDetail>Signature not valid in the specified time frame');
  });

  test('for https does not work over http', async () => {
    const failure = await failureOf(
      fileOf(shareWith(shareSas('secret', 'r', { protocol: SASProtocol.Https }))).download(),
    );

    expect(failure).toMatchObject({ statusCode: 403, code: 'AuthorizationProtocolMismatch' });
  });

  test('is bound to the addresses it names', async () => {
    const here = shareSas('secret', 'r', { ipRange: { start: '127.0.0.0', end: '127.0.0.255' } });
    const elsewhere = shareSas('secret', 'r', { ipRange: { start: '10.1.2.3' } });

    expect((await fileOf(shareWith(here)).download()).contentLength).toBe(6);
    expect(await failureOf(fileOf(shareWith(elsewhere)).download())).toMatchObject({
      statusCode: 403,
      code: 'AuthorizationSourceIPMismatch',
    });
  });
});

describe('A service SAS', () => {
  test('of a share reaches its files and snapshots but not its settings', async () => {
    const { snapshot = '' } = await serviceClient(emulator).getShareClient('secret').createSnapshot();
    const share = shareWith(shareSas('secret', 'rl'));

    expect((await list(share)).value).toMatchObject({ name: 'd' });
    expect((await fileOf(share.withSnapshot(snapshot)).downloadToBuffer()).toString()).toBe('secret');
    expect(await failureOf(share.getProperties())).toMatchObject({ statusCode: 403, code: 'AuthorizationFailure' });
  });

  test('of another share does not fit', async () => {
    const failure = await failureOf(fileOf(shareWith(shareSas('other', 'r'))).download());

    expect(failure).toMatchObject({ statusCode: 403, code: 'AuthenticationFailed' });
  });

  test('of a file reaches that file alone and overrides its headers', async () => {
    const sas = generateFileSASQueryParameters(
      {
        shareName: 'secret',
        filePath: 'd/a.txt',
        permissions: FileSASPermissions.parse('r'),
        expiresOn: new Date(Date.now() + 3600_000),
        contentType: 'text/override',
      },
      credentialOf(),
    ).toString();
    const file = new ShareFileClient(
      `${emulator.url}/${ACCOUNT}/secret/d/a.txt?${sas}`,
      new AnonymousCredential(),
      once,
    );
    const sibling = fileOf(shareWith(sas)).url.replace('a.txt', 'b.txt');

    const download = await file.download();
    const other = await failureOf(new ShareFileClient(sibling, new AnonymousCredential(), once).download());

    expect(download.contentType).toBe('text/override');
    expect(other.code).toBe('AuthenticationFailed');
  });

  test('may draw on a stored access policy, and dies with it', async () => {
    const owner = serviceClient(emulator).getShareClient('secret');
    const startsOn = new Date(Date.now() - 3600_000);
    const expiresOn = new Date(Date.now() + 3600_000);
    await owner.setAccessPolicy([{ id: 'reader', accessPolicy: { permissions: 'r', startsOn, expiresOn } }]);
    const sas = generateFileSASQueryParameters(
      { shareName: 'secret', identifier: 'reader' },
      credentialOf(),
    ).toString();

    const download = await fileOf(shareWith(sas)).download();
    await owner.setAccessPolicy([]);
    const revoked = await failureOf(fileOf(shareWith(sas)).download());

    expect(download.contentLength).toBe(6);
    expect(revoked).toMatchObject({ statusCode: 403, code: 'AuthenticationFailed' });
  });
});

describe('A bearer token', () => {
  const target = `/${ACCOUNT}/secret/d/a.txt`;
  const ask = (token: string, headers: Record<string, string> = {}) =>
    rawRequest(emulator, 'GET', target, {
      headers: { Authorization: `Bearer ${token}`, 'x-ms-file-request-intent': 'backup', ...headers },
    });

  test('for storage that has not expired is taken', async () => {
    const answer = await ask(bearerToken());

    expect(answer).toMatchObject({ status: 200, body: 'secret' });
  });

  test.each([
    ['another audience', bearerToken({ aud: 'https://management.azure.com' })],
    ['an expiry in the past', bearerToken({ exp: 1 })],
    ['no form at all', 'nonsense'],
  ])('with %s is challenged', async (_, token) => {
    const answer = await ask(token);

    expect(answer.status).toBe(401);
    expect(answer.headers['x-ms-error-code']).toBe('InvalidAuthenticationInfo');
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer authorization_uri=/);
  });

  test('needs the intent to back up', async () => {
    const answer = await rawRequest(emulator, 'GET', target, { headers: { Authorization: `Bearer ${bearerToken()}` } });

    expect(answer.status).toBe(400);
    expect(answer.headers['x-ms-error-code']).toBe('MissingRequiredHeader');
  });

  test('opens the source of Put Range From URL', async () => {
    const destination = serviceClient(emulator, OTHER_ACCOUNT).getShareClient('by-token');
    await destination.create();
    const file = destination.getDirectoryClient('').getFileClient('copy.txt');
    await file.create(6);
    const source = fileOf(serviceClient(emulator).getShareClient('secret')).url;

    await file.uploadRangeFromURL(source, 0, 0, 6, {
      sourceAuthorization: { scheme: 'Bearer', value: bearerToken() },
    });

    expect((await file.downloadToBuffer()).toString()).toBe('secret');
  });
});

describe('A user delegation key', () => {
  const document = (expiry: Date) =>
    `<?xml version="1.0" encoding="utf-8"?><KeyInfo><Start>${new Date().toISOString()}</Start><Expiry>${expiry.toISOString()}</Expiry></KeyInfo>`;
  const path = `/${ACCOUNT}/?restype=service&comp=userdelegationkey`;
  const headers = () => ({ Authorization: `Bearer ${bearerToken()}`, 'x-ms-version': '2026-10-06' });

  test('signs SAS that are verified', async () => {
    const expiry = new Date(Date.now() + 3600_000);
    const answer = await rawRequest(emulator, 'POST', path, { headers: headers(), body: document(expiry) });
    const sas = delegationSas(answer.body, expiry);

    expect(answer.status).toBe(200);
    expect((await fileOf(shareWith(sas)).downloadToBuffer()).toString()).toBe('secret');
    expect(await failureOf(fileOf(shareWith(sas)).delete())).toMatchObject({ code: 'AuthorizationPermissionMismatch' });
    const forged = sas.replace(/skoid=[^&]*/, 'skoid=00000000-0000-0000-0000-00000000beef');
    expect(await failureOf(fileOf(shareWith(forged)).download())).toMatchObject({ code: 'AuthenticationFailed' });
  });

  test('signs SAS bound to a principal, who shows a token beside it', async () => {
    const expiry = new Date(Date.now() + 3600_000);
    const answer = await rawRequest(emulator, 'POST', path, { headers: headers(), body: document(expiry) });
    const sas = delegationSas(answer.body, expiry, '11111111-2222-3333-4444-555555555555');
    const read = (authorization: Record<string, string>) =>
      rawRequest(emulator, 'GET', `/${ACCOUNT}/secret/d/a.txt?${sas}`, { headers: authorization });

    const own = await read({ Authorization: `Bearer ${bearerToken()}` });
    const other = await read({ Authorization: `Bearer ${bearerToken({ oid: 'another' })}` });
    const none = await read({});

    expect([own.status, other.status, none.status]).toEqual([200, 403, 403]);
  });

  test('is given to tokens only, for seven days at most', async () => {
    const account = `${path}&${accountSas('rwdlc')}`;
    const bySas = await rawRequest(emulator, 'POST', account, { body: document(new Date(Date.now() + 3600_000)) });
    const long = await rawRequest(emulator, 'POST', path, {
      headers: headers(),
      body: document(new Date(Date.now() + 8 * 24 * 3600_000)),
    });

    expect(bySas.status).toBe(403);
    expect(long.status).toBe(400);
  });
});

/** A SAS to read the share `secret`, signed with the key that the service answered. */
function delegationSas(answer: string, expiresOn: Date, delegatedUserObjectId?: string): string {
  const node = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(answer)?.[1] ?? '';
  const values = { shareName: 'secret', permissions: ShareSASPermissions.parse('r'), expiresOn };
  return generateFileSASQueryParameters(
    delegatedUserObjectId === undefined ? values : { ...values, delegatedUserObjectId },
    {
      signedObjectId: node('SignedOid'),
      signedTenantId: node('SignedTid'),
      signedStartsOn: new Date(node('SignedStart')),
      signedExpiresOn: new Date(node('SignedExpiry')),
      signedService: node('SignedService'),
      signedVersion: node('SignedVersion'),
      value: node('Value'),
    },
    ACCOUNT,
  ).toString();
}
