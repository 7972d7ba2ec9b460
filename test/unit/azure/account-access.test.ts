import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { toFileService } from '../../../lib/azure/account-access.ts';
import { createShareOpener } from '../../../lib/azure/index.ts';
import { createFakeClock } from './fake-clock.ts';

const service = (connectionString: string) => toFileService('prod', { kind: 'connectionString', connectionString });

test.for([
  ['AccountName=prod;AccountKey=a2V5;EndpointSuffix=core.windows.net', 'https://prod.file.core.windows.net'],
  [
    'DefaultEndpointsProtocol=http;AccountName=prod;AccountKey=a2V5;FileEndpoint=http://127.0.0.1:10004/prod/;',
    'http://127.0.0.1:10004/prod',
  ],
  [
    'defaultendpointsprotocol=https;accountname=prod;accountkey=a2V5==;endpointsuffix=core.usgovcloudapi.net',
    'https://prod.file.core.usgovcloudapi.net',
  ],
])('%s is the key of %s', ([text, endpoint]) => {
  expect(service(text ?? '')).toMatchObject({ kind: 'key', endpoint, accountName: 'prod' });
});

test('a connection string with a signature is an account by SAS', () => {
  expect(service('FileEndpoint=https://prod.file.core.windows.net/;SharedAccessSignature=?sv=1&sig=a%3D')).toEqual({
    kind: 'sas',
    endpoint: 'https://prod.file.core.windows.net',
    sas: 'sv=1&sig=a%3D',
  });
});

test('an incomplete connection string fails the run and is not told', () => {
  const incomplete = () => service('AccountKey=c2VjcmV0');

  expect(incomplete).toThrow('account prod');
  expect(incomplete).not.toThrow('c2VjcmV0');
});

test('the account of a token is named by its host, or by the path of an emulator', () => {
  const nameOf = (fileEndpoint: string) => toFileService('x', { kind: 'entra', fileEndpoint });

  expect(nameOf('https://prod.file.core.windows.net')).toMatchObject({ accountName: 'prod' });
  expect(nameOf('https://127.0.0.1:10004/prod')).toMatchObject({ accountName: 'prod' });
});

test('requests go through the proxy, and those to this machine do not', async () => {
  const seen: (string | undefined)[] = [];
  const proxy = createServer((request, response) => {
    seen.push(request.url);
    response.writeHead(202).end();
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  const opener = createShareOpener({
    accounts: {
      far: { kind: 'sas', fileEndpoint: 'http://files.invalid/far', sas: 'sig=x' },
      near: { kind: 'sas', fileEndpoint: `http://127.0.0.1:${port}/near`, sas: 'sig=x' },
    },
    clock: createFakeClock(),
    proxy: { HTTP_PROXY: `http://127.0.0.1:${port}` },
  });
  try {
    for (const account of ['far', 'near']) {
      await opener.open({ account, share: 's' }, { meter: { record() {} } }).deleteFile('f');
    }
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }

  expect(seen).toEqual(['http://files.invalid/far/s/f?timeout=10&sig=x', '/near/s/f?timeout=10&sig=x']);
});
