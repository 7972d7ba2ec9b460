/**
 * How many small authenticated requests a second the emulator answers on one core: `node bench/emulator-requests.ts`.
 * The emulator is a process of its own; this one only writes prepared requests to 32 connections and counts answers.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { arch, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { DEFAULT_ACCOUNT_KEY } from '../emulator/index.ts';

const ACCOUNT = 'devstoreaccount1';
const CONNECTIONS = 32;
const FILES = 1000;

type Call = { readonly method: string; readonly path: string; readonly headers?: Record<string, string> };

/** The bytes of a request signed with the account's key; it may be sent again for some minutes. */
function preparedRequest({ method, path, headers = {} }: Call): Buffer {
  const msHeaders: Record<string, string> = {
    'x-ms-date': new Date().toUTCString(),
    'x-ms-version': '2026-10-06',
    ...headers,
  };
  const names = Object.keys(msHeaders).toSorted();
  const canonical = names.map((name) => `${name}:${msHeaders[name]}\n`).join('');
  const [pathname = '', query = ''] = path.split('?');
  const parameters = [...new URLSearchParams(query)].map(([name, value]) => `\n${name}:${value}`).toSorted();
  const toSign = `${method}${'\n'.repeat(12)}${canonical}/${ACCOUNT}${pathname}${parameters.join('')}`;
  const key = Buffer.from(DEFAULT_ACCOUNT_KEY, 'base64');
  const signature = createHmac('sha256', key).update(toSign).digest('base64');
  const lines = names.map((name) => `${name}: ${msHeaders[name]}\r\n`).join('');
  const authorization = `Authorization: SharedKey ${ACCOUNT}:${signature}\r\n`;
  const length = method === 'PUT' ? 'Content-Length: 0\r\n' : '';
  return Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${lines}${authorization}${length}\r\n`);
}

/** Sends one request after the other on a connection until `isOver`; counts the answers by status. */
async function drive(port: number, requests: () => Buffer | undefined, counts: Map<string, number>): Promise<void> {
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

let isHead = false;

/** Requests a second over all connections. @throws Error if one was not answered as expected */
async function measure(port: number, calls: readonly Call[], status: string, seconds: number): Promise<number> {
  isHead = calls[0]?.method === 'HEAD';
  const prepared = calls.map(preparedRequest);
  const counts = new Map<string, number>();
  let next = 0;
  const began = performance.now();
  const isOver = () => performance.now() - began > seconds * 1000;
  const requests = () => (isOver() ? undefined : prepared[next++ % prepared.length]);
  await Promise.all(Array.from({ length: CONNECTIONS }, () => drive(port, requests, counts)));
  const elapsed = (performance.now() - began) / 1000;
  if ([...counts.keys()].join() !== status) throw new Error(`Answers: ${JSON.stringify([...counts])}`);
  return (counts.get(status) ?? 0) / elapsed;
}

async function startEmulator(flags: readonly string[]): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(process.execPath, ['emulator/main.ts', '--port', '0', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  return { child, port: Number(/:(\d+) /.exec(line.toString())?.[1]) };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '5' }, location: { type: 'string' } },
  });
  const seconds = Number(values.seconds);
  const { child, port } = await startEmulator(values.location === undefined ? [] : ['--location', values.location]);
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
    process.stdout.write(`${cpus()[0]?.model}, ${arch()}, Node ${process.version}, ${CONNECTIONS} connections\n`);
    const share201: Call = { method: 'PUT', path: `${share}?restype=share` };
    await drive(port, once1(preparedRequest(share201)), new Map());
    for (const [name, status, calls] of kinds) {
      const figure = await measure(port, calls, status, seconds);
      process.stdout.write(`${name.padEnd(22)}${figure.toFixed(0).padStart(7)} requests/s\n`);
    }
  } finally {
    child.kill('SIGTERM');
  }
}

/** Gives a request once. */
function once1(request: Buffer): () => Buffer | undefined {
  let rest: Buffer | undefined = request;
  return () => {
    const given = rest;
    rest = undefined;
    return given;
  };
}

await main();
