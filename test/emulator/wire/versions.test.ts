import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_ACCOUNT_KEY } from '../../../emulator/index.ts';
import type { FilesEmulator } from '../../../emulator/index.ts';
import { ACCOUNT, rawRequest, serviceClient, startEmulator } from './fixture.ts';
import { accountSas } from './sas-fixture.ts';
import { bearerToken } from './token.ts';

let emulator: FilesEmulator;
let lenient: FilesEmulator;
beforeAll(async () => {
  emulator = await startEmulator();
  lenient = await startEmulator({
    switches: {
      versionsAreGated: false,
      unknownVersionsAreTaken: true,
      conditionHeadersAreRefused: true,
      newSemanticsDropInherited: true,
    },
  });
  for (const each of [emulator, lenient]) {
    const share = serviceClient(each).getShareClient('versions');
    await share.create();
    await share.rootDirectoryClient.getFileClient('f').create(10);
  }
});
afterAll(() => Promise.all([emulator.stop(), lenient.stop()]));

type Asked = [method: string, path: string, version: string, headers: Record<string, string>];

const send = (server: FilesEmulator, [method, path, version, headers]: Asked) =>
  rawRequest(server, method, `/${ACCOUNT}/versions${path}${path.includes('?') ? '&' : '?'}${accountSas('rwdlc')}`, {
    headers: { 'x-ms-version': version, 'content-length': '0', ...headers },
  });

const acquire = { 'x-ms-lease-action': 'acquire', 'x-ms-lease-duration': '-1' };
const fromUrl = { 'x-ms-write': 'update', 'x-ms-range': 'bytes=0-3', 'x-ms-source-range': 'bytes=0-3' };
const source = { ...fromUrl, 'x-ms-copy-source': `http://127.0.0.1/${ACCOUNT}/versions/f` };

describe('A version', () => {
  const cases: [Asked, string][] = [
    [['PUT', '?restype=share&comp=lease', '2019-12-12', acquire], 'FeatureVersionMismatch'],
    [['PUT', '/f?comp=lease', '2018-11-09', acquire], 'FeatureVersionMismatch'],
    [['PUT', '/f?comp=range', '2018-11-09', source], 'FeatureVersionMismatch'],
    [['GET', '?restype=directory&comp=list&include=ETag', '2020-02-10', {}], 'FeatureVersionMismatch'],
    [['PUT', '/l?restype=symboliclink', '2025-01-05', { 'x-ms-link-text': 'x' }], 'FeatureVersionMismatch'],
    [['GET', '/f', '2026-02-06', { 'x-ms-structured-body': 'XSM/1.0; properties=crc64' }], 'FeatureVersionMismatch'],
    [['PUT', '/g', '2021-04-10', { 'x-ms-type': 'file', 'x-ms-content-length': '1' }], 'MissingRequiredHeader'],
    [['GET', '/f', '2020-01-01', {}], 'InvalidHeaderValue'],
    [['GET', '/f', '2027-01-01', {}], 'InvalidHeaderValue'],
  ];

  test.each(cases)('refuses what it does not have: %j', async (asked, code) => {
    const answer = await send(emulator, asked);

    expect([answer.status, answer.headers['x-ms-error-code']]).toEqual([400, code]);
  });

  test.each([cases[3]!, cases[5]!, cases[6]!, cases[8]!])('has it all with the switches: %j', async (asked) => {
    const answer = await send(lenient, asked);

    expect(answer.status).toBeLessThan(300);
  });

  test('before trailing dots drops them although told not to', async () => {
    const headers = { 'x-ms-allow-trailing-dot': 'true' };

    const old = await send(emulator, ['HEAD', '/f...', '2021-12-02', headers]);
    const now = await send(emulator, ['HEAD', '/f...', '2022-11-02', headers]);

    expect([old.status, now.status]).toEqual([200, 404]);
  });

  test('before file ids lists without them', async () => {
    const asked = '?restype=directory&comp=list';

    const old = await send(emulator, ['GET', asked, '2020-08-04', {}]);
    const now = await send(emulator, ['GET', asked, '2020-10-02', {}]);

    expect([old.body.includes('FileId'), now.body.includes('FileId')]).toEqual([false, true]);
  });

  test('before paged range lists gives all ranges', async () => {
    const old = await send(emulator, ['GET', '/f?comp=rangelist&maxresults=1', '2026-06-06', {}]);
    const now = await send(emulator, ['GET', '/f?comp=rangelist&maxresults=1', '2026-10-06', {}]);

    expect([old.body.includes('NextMarker'), now.body.includes('NextMarker')]).toEqual([false, true]);
  });

  test('takes tokens for files from 2022-11-02 on, for shares from 2024-11-04 on', async () => {
    const get = (path: string, version: string) =>
      rawRequest(emulator, 'GET', `/${ACCOUNT}/versions${path}`, {
        headers: {
          'x-ms-version': version,
          'x-ms-file-request-intent': 'backup',
          Authorization: `Bearer ${bearerToken()}`,
        },
      });

    const statuses = [
      await get('/f', '2021-12-02'),
      await get('/f', '2022-11-02'),
      await get('?restype=share', '2024-08-04'),
      await get('?restype=share', '2024-11-04'),
    ].map(({ status }) => status);

    expect(statuses).toEqual([400, 200, 400, 200]);
  });
});

test('Conditional headers are not looked at, or refused by switch', async () => {
  const asked: Asked = ['GET', '/f', '2026-10-06', { 'if-match': '"other"' }];

  const ignored = await send(emulator, asked);
  const refused = await send(lenient, asked);

  expect(ignored.status).toBe(200);
  expect([refused.status, refused.headers['x-ms-error-code']]).toEqual([400, 'ConditionHeadersNotSupported']);
});

test('Property semantics keep the auto-inherited flag of a permission that is restored', async () => {
  const share = serviceClient(lenient).getShareClient('versions');
  const sddl = 'O:SYG:SYD:AI(A;;FA;;;SY)';
  const permissionOf = async (semantics: string) => {
    const headers = {
      'x-ms-type': 'file',
      'x-ms-content-length': '0',
      'x-ms-file-permission': sddl,
      'x-ms-file-property-semantics': semantics,
    };
    const made = await send(lenient, ['PUT', `/${semantics}`, '2026-10-06', headers]);
    return (await share.getPermission(String(made.headers['x-ms-file-permission-key']))).permission;
  };

  expect(await permissionOf('Restore')).toBe(sddl);
  expect(await permissionOf('New')).toBe('O:SYG:SYD:(A;;FA;;;SY)');
});

describe('SharedKeyLite', () => {
  const get = (key: string) => {
    const date = new Date().toUTCString();
    const path = `/${ACCOUNT}/versions`;
    const text = `GET\n\n\n\nx-ms-date:${date}\nx-ms-version:2026-10-06\n/${ACCOUNT}${path}?comp=stats`;
    const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64');
    return rawRequest(emulator, 'GET', `${path}?restype=share&comp=stats`, {
      headers: {
        'x-ms-date': date,
        'x-ms-version': '2026-10-06',
        Authorization: `SharedKeyLite ${ACCOUNT}:${signature}`,
      },
    });
  };

  test('signs fewer headers, and of the query comp alone', async () => {
    expect((await get(DEFAULT_ACCOUNT_KEY)).status).toBe(200);
  });

  test('of another key is refused', async () => {
    const answer = await get('b3RoZXI=');

    expect([answer.status, answer.headers['x-ms-error-code']]).toEqual([403, 'AuthenticationFailed']);
    expect(answer.body).not.toContain(DEFAULT_ACCOUNT_KEY);
  });
});
