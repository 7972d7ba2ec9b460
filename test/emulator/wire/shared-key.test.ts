import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FilesEmulator } from '../../../emulator/index.ts';
import { ACCOUNT, rawRequest, serviceClient, startEmulator } from './fixture.ts';
import { signedHeaders } from './signature.ts';

let emulator: FilesEmulator;
beforeAll(async () => {
  emulator = await startEmulator();
  await serviceClient(emulator).getShareClient('keys').create();
});
afterAll(() => emulator.stop());

describe('A SharedKey signature', () => {
  const path = `/${ACCOUNT}/keys?restype=share`;

  test('made by hand as Microsoft documents it is accepted', async () => {
    const answer = await rawRequest(emulator, 'GET', path, { headers: signedHeaders('GET', path) });

    expect(answer.status).toBe(200);
    expect(answer.headers['server']).toBe('Windows-Azure-File/1.0 Microsoft-HTTPAPI/2.0');
    expect(answer.headers['x-ms-version']).toBe('2026-10-06');
  });

  test.each(['documented', 'sdk'] as const)('covers language and encoding in the %s order', async (order) => {
    const headers = { 'content-language': 'de', 'content-encoding': 'gzip' };

    const answer = await rawRequest(emulator, 'GET', path, { headers: signedHeaders('GET', path, { headers, order }) });

    expect(answer.status).toBe(200);
  });

  test('sorts header names as .NET does, where a hyphen counts last', async () => {
    const target = `/${ACCOUNT}/keys?restype=share&comp=metadata`;
    const headers = { 'x-ms-meta-ab': '1', 'x-ms-meta-a_c': '2', 'x-ms-metaz': '3', 'x-ms-meta-a1': '4' };

    const answer = await rawRequest(emulator, 'PUT', target, {
      headers: { ...signedHeaders('PUT', target, { headers: { 'content-length': '0', ...headers } }) },
    });

    expect(answer.status).toBe(200);
  });

  test('that does not fit is refused with the string the server signed', async () => {
    const headers = { ...signedHeaders('GET', path), Authorization: `SharedKey ${ACCOUNT}:${'A'.repeat(43)}=` };

    const answer = await rawRequest(emulator, 'GET', path, { headers });

    expect(answer.status).toBe(403);
    expect(answer.headers['x-ms-error-code']).toBe('AuthenticationFailed');
    expect(answer.body).toContain('<Code>AuthenticationFailed</Code>');
    expect(answer.body).toContain('<AuthenticationErrorDetail>The MAC signature found');
    expect(answer.body).toContain(`/${ACCOUNT}/${ACCOUNT}/keys`);
  });

  test('over a path changed on the way is refused', async () => {
    const answer = await rawRequest(emulator, 'GET', `/${ACCOUNT}/other?restype=share`, {
      headers: signedHeaders('GET', path),
    });

    expect(answer.status).toBe(403);
  });

  test('of another account is refused', async () => {
    const headers = signedHeaders('GET', path, { account: 'devstoreaccount2' });

    const answer = await rawRequest(emulator, 'GET', path, { headers });

    expect(answer.headers['x-ms-error-code']).toBe('AuthenticationFailed');
  });

  test.each([-16, 16])('dated %i minutes from the server clock is refused', async (minutes) => {
    const headers = signedHeaders('GET', path, { dateMs: Date.now() + minutes * 60_000 });

    const answer = await rawRequest(emulator, 'GET', path, { headers });

    expect(answer.status).toBe(403);
    expect(answer.body).toContain('date header too old or too new');
  });

  test('works in the host form of the address', async () => {
    const target = '/keys?restype=share';
    const headers = { ...signedHeaders('GET', target), Host: `${ACCOUNT}.file.core.windows.net` };

    const answer = await rawRequest(emulator, 'GET', target, { headers });

    expect(answer.status).toBe(200);
  });
});

describe('A request without usable credentials', () => {
  test('is told to authenticate', async () => {
    const answer = await rawRequest(emulator, 'GET', `/${ACCOUNT}/keys?restype=share`);

    expect(answer.status).toBe(401);
    expect(answer.headers['x-ms-error-code']).toBe('NoAuthenticationInformation');
    expect(answer.headers['www-authenticate']).toContain('resource_id=https://storage.azure.com');
  });

  test('with an unknown scheme is refused as malformed', async () => {
    const headers = { Authorization: 'Basic dTpw' };

    const answer = await rawRequest(emulator, 'GET', `/${ACCOUNT}/keys?restype=share`, { headers });

    expect(answer.status).toBe(400);
    expect(answer.headers['x-ms-error-code']).toBe('InvalidAuthenticationInfo');
  });

  test('to an account that is not there fails authentication', async () => {
    const target = '/nobody/keys?restype=share';

    const answer = await rawRequest(emulator, 'GET', target, {
      headers: signedHeaders('GET', target, { account: 'nobody' }),
    });

    expect(answer.status).toBe(403);
  });
});

describe('Odd requests', () => {
  const signed = (method: string, path: string, headers: Record<string, string> = {}) =>
    rawRequest(emulator, method, path, { headers: signedHeaders(method, path, { headers }) });

  test('an unknown service version is refused by name', async () => {
    const answer = await signed('GET', `/${ACCOUNT}/keys?restype=share`, { 'x-ms-version': '2031-01-01' });

    expect(answer.status).toBe(400);
    expect(answer.headers['x-ms-error-code']).toBe('InvalidHeaderValue');
    expect(answer.body).toContain('<HeaderName>x-ms-version</HeaderName>');
  });

  test('an unknown comp is an invalid query parameter', async () => {
    const answer = await signed('GET', `/${ACCOUNT}/keys/a?comp=nonsense`);

    expect(answer.headers['x-ms-error-code']).toBe('InvalidQueryParameterValue');
  });

  test('an unknown verb is 405', async () => {
    const answer = await signed('PATCH', `/${ACCOUNT}/keys/a`);

    expect(answer.status).toBe(405);
    expect(answer.headers['x-ms-error-code']).toBe('UnsupportedHttpVerb');
  });

  test('a broken percent escape is an invalid URI', async () => {
    const answer = await rawRequest(emulator, 'GET', `/${ACCOUNT}/keys/%zz`);

    expect(answer.status).toBe(400);
    expect(answer.headers['x-ms-error-code']).toBe('InvalidUri');
  });

  test('a client request id is echoed when it is visible ASCII', async () => {
    const path = `/${ACCOUNT}/keys?restype=share`;

    const echoed = await signed('GET', path, { 'x-ms-client-request-id': 'abc-1' });
    const tooLong = await signed('GET', path, { 'x-ms-client-request-id': 'a'.repeat(1025) });

    expect(echoed.headers['x-ms-client-request-id']).toBe('abc-1');
    expect(tooLong.headers['x-ms-client-request-id']).toBeUndefined();
  });

  test('HEAD answers a failure by headers alone', async () => {
    const answer = await signed('HEAD', `/${ACCOUNT}/keys/nothing`);

    expect(answer.status).toBe(404);
    expect(answer.headers['x-ms-error-code']).toBe('ResourceNotFound');
    expect(answer.body).toBe('');
  });
});
