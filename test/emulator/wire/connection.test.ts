import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FilesEmulator } from '../../../emulator/index.ts';
import { ACCOUNT, serviceClient, startEmulator } from './fixture.ts';
import { accountSas } from './sas-fixture.ts';

let emulator: FilesEmulator;
beforeAll(async () => {
  emulator = await startEmulator();
  const share = serviceClient(emulator).getShareClient('wired');
  await share.create();
  await share.getDirectoryClient('').getFileClient('f').create(10);
});
afterAll(() => emulator.stop());

/** Sends text over a bare socket and reads until what comes matches. */
async function converse(text: string, until: RegExp): Promise<string> {
  const socket = connect(emulator.port, '127.0.0.1');
  let received = '';
  socket.write(text);
  while (!until.test(received)) {
    const [piece] = (await once(socket, 'data')) as [Buffer];
    received += piece.toString('latin1');
  }
  socket.destroy();
  return received;
}

const target = (query: string) => `/${ACCOUNT}/wired/f?${query}${accountSas('rwdlc')}`;
const head = (line: string, ...headers: string[]) =>
  [`${line} HTTP/1.1`, 'Host: 127.0.0.1', ...headers, '', ''].join('\r\n');

test('A client that expects 100-continue gets it before the body is sent', async () => {
  const request = head(
    `PUT ${target('comp=range&')}`,
    'Expect: 100-continue',
    'Content-Length: 4',
    'x-ms-range: bytes=0-3',
    'x-ms-write: update',
  );

  const received = await converse(request, /100 Continue/);

  expect(received).toMatch(/^HTTP\/1\.1 100 Continue/);
});

test('A chunked body is taken', async () => {
  const request = head(
    `PUT ${target('comp=range&')}`,
    'Transfer-Encoding: chunked',
    'x-ms-range: bytes=0-5',
    'x-ms-write: update',
  );

  const received = await converse(`${request}3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n`, /\r\n\r\n/);

  expect(received).toMatch(/^HTTP\/1\.1 201 Created/);
});

test('Pipelined requests are answered in their order', async () => {
  const request = head(`GET ${target('')}`, 'x-ms-client-request-id: first');
  const second = head(`HEAD ${target('')}`, 'x-ms-client-request-id: second');

  const received = await converse(request + second, /second/);

  expect([...received.matchAll(/client-request-id: (\w+)/g)].map(([, id]) => id)).toEqual(['first', 'second']);
});

test('An absolute request line is taken', async () => {
  const request = head(`HEAD http://127.0.0.1:${emulator.port}${target('')}`);

  const received = await converse(request, /\r\n\r\n/);

  expect(received).toMatch(/^HTTP\/1\.1 200 OK/);
});
