/**
 * How many small authenticated requests a second the emulator answers on one core: `node bench/emulator-requests.ts`.
 * The emulator is a process of its own; this one only writes prepared requests to 32 connections and counts answers.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { ACCOUNT, type Call, machine, signed, startEmulatorProcess, stopEmulatorProcess } from './emulator-process.ts';

const CONNECTIONS = 32;
const FILES = 1000;

/** The bytes of a signed request. */
function preparedRequest(call: Call): Buffer {
  const { method, path } = call;
  const headers = Object.entries(signed(call)).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = method === 'PUT' ? 'Content-Length: 0\r\n' : '';
  return Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers.join('')}${length}\r\n`);
}

type Driven = {
  readonly requests: () => Buffer | undefined;
  readonly isHead: boolean;
  readonly counts: Map<string, number>;
};

/** Sends one request after the other on a connection while there are any; counts the answers by status. */
async function drive(port: number, { requests, isHead, counts }: Driven): Promise<void> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  await once(socket, 'connect');
  let received = '';
  const sendNext = () => {
    const request = requests();
    if (request === undefined) socket.end();
    else socket.write(request);
  };
  socket.on('data', (piece: Buffer) => {
    received += piece.toString('latin1');
    const headEnd = received.indexOf('\r\n\r\n');
    if (headEnd === -1) return;
    const head = received.slice(0, headEnd);
    const length = /\r\nContent-Length: (\d+)/i.exec(head)?.[1] ?? '0';
    if (!isHead && received.length < headEnd + 4 + Number(length)) return;
    const status = head.slice(9, 12);
    counts.set(status, (counts.get(status) ?? 0) + 1);
    received = '';
    sendNext();
  });
  sendNext();
  await once(socket, 'close');
}

/** Requests a second over all connections. @throws Error if one was not answered as expected */
async function measure(port: number, calls: readonly Call[], status: string, seconds: number): Promise<number> {
  const isHead = calls[0]?.method === 'HEAD';
  const prepared = calls.map(preparedRequest);
  const counts = new Map<string, number>();
  let next = 0;
  const began = performance.now();
  const isOver = () => performance.now() - began > seconds * 1000;
  const requests = () => (isOver() ? undefined : prepared[next++ % prepared.length]);
  await Promise.all(Array.from({ length: CONNECTIONS }, () => drive(port, { requests, isHead, counts })));
  const elapsed = (performance.now() - began) / 1000;
  if ([...counts.keys()].join() !== status) throw new Error(`Answers: ${JSON.stringify([...counts])}`);
  return (counts.get(status) ?? 0) / elapsed;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '5' }, location: { type: 'string' } },
  });
  const seconds = Number(values.seconds);
  const emulator = await startEmulatorProcess(values.location === undefined ? [] : ['--location', values.location]);
  const { port } = emulator;
  const share = `/${ACCOUNT}/bench-${Date.now()}`;
  const files = Array.from({ length: FILES }, (_, index) => `${share}/f${index}`);
  const create = { 'x-ms-content-length': '1024', 'x-ms-type': 'file' };
  const list = `${share}/?comp=list&maxresults=10&restype=directory`;
  const kinds: [string, string, readonly Call[]][] = [
    ['Create File', '201', files.map((path) => ({ method: 'PUT', path, headers: create }))],
    ['Get File Properties', '200', files.map((path) => ({ method: 'HEAD', path }))],
    ['Get File, 1 KiB', '200', files.map((path) => ({ method: 'GET', path }))],
    ['List, 10 entries', '200', [{ method: 'GET', path: list }]],
  ];
  try {
    process.stdout.write(`${machine}, ${CONNECTIONS} connections\n`);
    const createShare: Call = { method: 'PUT', path: `${share}?restype=share` };
    await drive(port, { requests: givenOnce(preparedRequest(createShare)), isHead: false, counts: new Map() });
    for (const [name, status, calls] of kinds) {
      const figure = await measure(port, calls, status, seconds);
      process.stdout.write(`${name.padEnd(22)}${figure.toFixed(0).padStart(7)} requests/s\n`);
    }
  } finally {
    await stopEmulatorProcess(emulator);
  }
}

/** Gives a request once. */
function givenOnce(request: Buffer): () => Buffer | undefined {
  let rest: Buffer | undefined = request;
  return () => {
    const given = rest;
    rest = undefined;
    return given;
  };
}

await main();
