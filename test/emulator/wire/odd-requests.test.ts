import { afterAll, beforeAll, expect, test } from 'vitest';
import fc from 'fast-check';
import type { FilesEmulator } from '../../../emulator/index.ts';
import { ACCOUNT, rawRequest, serviceClient, startEmulator } from './fixture.ts';
import { accountSas } from './sas-fixture.ts';

let emulator: FilesEmulator;
beforeAll(async () => {
  emulator = await startEmulator();
  const share = serviceClient(emulator).getShareClient('odd');
  await share.create();
  await share.getDirectoryClient('d').create();
  await share.getDirectoryClient('d').getFileClient('f').create(1000);
});
// Stopping fails the test file when any request met a defect (500 InternalError).
afterAll(() => emulator.stop());

const word = fc.constantFrom(
  '',
  'bytes=0-511',
  'bytes=5-',
  'bytes=9-1',
  '-1',
  '0',
  '512',
  '1e9',
  'true',
  'source',
  'x',
);
const time = fc.constantFrom('now', 'preserve', '2020-01-01T00:00:00.1234567Z', '2020-13-01', '0');
const guid = fc.constantFrom('11111111-1111-1111-1111-111111111111', 'nonsense');
const HEADERS = [
  ...['x-ms-range', 'range', 'x-ms-source-range', 'x-ms-content-length', 'x-ms-type', 'x-ms-write', 'x-ms-copy-source'],
  ...['x-ms-file-permission', 'x-ms-file-permission-key', 'x-ms-file-attributes', 'x-ms-file-rename-source'],
  ...['x-ms-lease-action', 'x-ms-lease-duration', 'x-ms-share-quota', 'x-ms-delete-snapshots', 'content-md5'],
  ...['x-ms-access-tier', 'x-ms-copy-action', 'x-ms-meta-', 'x-ms-meta-a', 'x-ms-meta-1-2', 'x-ms-handle-id'],
];
const headers = fc.dictionary(
  fc.constantFrom(...HEADERS, 'x-ms-file-last-write-time', 'x-ms-lease-id', 'x-ms-proposed-lease-id'),
  fc.oneof(word, time, guid, fc.constantFrom('file', 'update', 'clear', 'acquire', 'break', 'None', 'ReadOnly', 'Hot')),
  { maxKeys: 6 },
);
const path = fc.constantFrom(
  '',
  '/odd',
  '/odd/',
  '/odd/d',
  '/odd/d/f',
  '/odd/d/f/g',
  '/Bad--',
  '/odd/%00',
  '/odd/a:b',
  '/odd//',
);
const query = fc.record({
  restype: fc.constantFrom('', 'share', 'directory', 'service', 'hardlink', 'odd'),
  comp: fc.constantFrom(
    ...['', 'list', 'properties', 'metadata', 'acl', 'stats', 'lease', 'snapshot', 'range', 'rangelist', 'copy'],
    ...['rename', 'filepermission', 'listhandles', 'forceclosehandles', 'undelete', 'userdelegationkey', 'odd'],
  ),
  marker: fc.constantFrom('', 'x', '1!AA', 'replay!', '0'),
  maxresults: fc.constantFrom('', '0', '5', '5001', 'x'),
  sharesnapshot: fc.constantFrom('', '', '', '2020-01-01T00:00:00.0000000Z', 'x'),
  prevsharesnapshot: fc.constantFrom('', 'x'),
  include: fc.constantFrom('', 'Timestamps', 'snapshots,metadata', 'x'),
});
const body = fc.constantFrom(
  '',
  '<KeyInfo>',
  '<SignedIdentifiers/>',
  '{"permission":"x"}',
  '<!DOCTYPE a><a/>',
  'x'.repeat(600),
);

test('Malformed requests of every kind are refused with a code, never with a defect', async () => {
  const sas = accountSas('rwdlc');
  const method = fc.constantFrom('GET', 'HEAD', 'PUT', 'DELETE', 'POST', 'OPTIONS');
  const property = fc.asyncProperty(
    fc.tuple(method, path, query, headers, body),
    async ([verb, where, asked, given, text]) => {
      const parameters = Object.entries(asked)
        .filter(([, value]) => value !== '')
        .map(([name, value]) => `${name}=${encodeURIComponent(value)}&`);
      const target = `/${ACCOUNT}${where}?${parameters.join('')}${sas}`;
      const withBody = verb === 'PUT' || verb === 'POST';
      const length = { 'content-length': String(withBody ? text.length : 0) };

      const answer = await rawRequest(emulator, verb, target, {
        headers: { ...given, ...length },
        ...(withBody ? { body: text } : {}),
      });

      const isRefusal = answer.status >= 400;
      expect(answer.status).not.toBe(500);
      expect(answer.headers['x-ms-request-id']).toMatch(/^[0-9a-f-]{36}$/);
      expect(answer.headers['x-ms-error-code'] !== undefined).toBe(isRefusal);
    },
  );

  await fc.assert(property, { numRuns: 3000 });
});
