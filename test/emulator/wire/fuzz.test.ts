import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import type { FilesEmulator } from '../../../emulator/index.ts';
import { startFilesEmulator } from '../../../emulator/index.ts';
import type { EntryRef, Store } from '../../../emulator/store/index.ts';
import { ACCOUNT, OTHER_ACCOUNT } from './fixture.ts';
import { oddBytes, oddRequest, seededDice } from './fuzz-requests.ts';
import type { FuzzRequest } from './fuzz-requests.ts';
import { accountSas } from './sas-fixture.ts';

const SEED = 20_261_123;
const REQUESTS = 20_000;
/** One in so many is no HTTP at all. */
const BYTES_EVERY = 20;
const HANG_MS = 5000;

/** Puts the shares back as they were at the beginning: some requests are harmless, or delete what they hit. */
function seedShares(store: Store): void {
  for (const { share } of store.shares.list(ACCOUNT).shares) {
    const lease = store.shares.getProperties({ account: ACCOUNT, share }).lease.status === 'locked';
    if (lease) store.leases.break({ account: ACCOUNT, share }, { breakPeriodSeconds: 0 });
    store.shares.delete({ account: ACCOUNT, share }, { deleteSnapshots: 'include-leased' });
  }
  const at = (share: string, path: string): EntryRef => ({ account: ACCOUNT, share, path });
  store.accounts.setServiceProperties(ACCOUNT, {});
  store.shares.create({ account: ACCOUNT, share: 'fuzz' });
  store.shares.create({ account: ACCOUNT, share: 'nfs' }, { settings: { 'x-ms-enabled-protocols': 'NFS' } });
  store.directories.create(at('fuzz', 'd'));
  store.files.create(at('fuzz', 'd/f'), { sizeBytes: 1000, content: Buffer.alloc(1000, 1) });
  store.files.create(at('nfs', 'f'), { sizeBytes: 10 });
}

/** All that a client could see, in one text. */
function visibleState(store: Store): string {
  const seen: unknown[] = [];
  for (const account of [ACCOUNT, OTHER_ACCOUNT]) {
    const { shares } = store.shares.list(account, { includeSnapshots: true, includeDeleted: true });
    seen.push(shares, store.accounts.getServiceProperties(account));
    for (const { share, snapshot } of shares) {
      if (snapshot !== undefined) continue;
      seen.push(store.shares.getAccessPolicies({ account, share }));
      addTree(store, { account, share, path: '', allowTrailingDot: true }, seen);
    }
  }
  return JSON.stringify(seen);
}

function addTree(store: Store, directory: EntryRef, seen: unknown[]): void {
  seen.push(store.directories.getProperties(directory));
  for (const entry of store.directories.list(directory).entries) {
    const ref = { ...directory, path: directory.path === '' ? entry.name : `${directory.path}/${entry.name}` };
    if (entry.kind === 'directory') addTree(store, ref, seen);
    else seen.push(entry, store.files.listRanges(ref).ranges);
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** Status of the answer; 0 when the connection was cut. Rejects when nothing happens for long. */
function ask(emulator: FilesEmulator, { method, path, headers, body }: FuzzRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    const { port } = emulator;
    const options = { host: '127.0.0.1', port, method, path, headers, agent, timeout: HANG_MS };
    const request = httpRequest(options, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
      response.on('error', () => resolve(0));
    });
    request.on('timeout', () => reject(new Error(`No answer: ${method} ${path}`)));
    request.on('error', () => resolve(0));
    request.end(body);
  });
}

/** First line of what comes back for raw bytes; '' when the connection was cut. */
function shout(emulator: FilesEmulator, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(emulator.port, '127.0.0.1', () => socket.end(bytes, 'latin1'));
    let text = '';
    socket.setTimeout(HANG_MS, () => reject(new Error(`Hangs: ${JSON.stringify(bytes.slice(0, 200))}`)));
    socket.on('data', (piece: Buffer) => {
      text += piece.toString('latin1');
    });
    socket.on('error', () => resolve(''));
    socket.on('close', () => resolve(text.split('\r\n')[0] ?? ''));
  });
}

test(`${REQUESTS} malformed requests: none crashes it, hangs, meets a defect or changes the state when refused`, async () => {
  const defects: unknown[] = [];
  const emulator = await startFilesEmulator({ reportDefect: (error) => void defects.push(error) });
  const { store } = emulator;
  const dice = seededDice(SEED);
  const sas = accountSas('rwdlcup');
  const changed: unknown[] = [];
  const statuses: Record<string, number> = {};
  let before = '';
  for (let count = 0; count < REQUESTS; count += 1) {
    if (count % 250 === 0) seedShares(store);
    if (count % 250 === 0) before = visibleState(store);
    const isRaw = count % BYTES_EVERY === 0;
    const odd = isRaw ? oddBytes(dice, sas) : oddRequest(dice, sas);
    const status =
      typeof odd === 'string' ? (await shout(emulator, odd)).slice(9, 12) : String(await ask(emulator, odd));
    statuses[status] = (statuses[status] ?? 0) + 1;
    const after = visibleState(store);
    if (after !== before && !status.startsWith('2')) changed.push({ count, status, odd });
    before = after;
  }
  agent.destroy();
  const alive = await fetch(`${emulator.url}/_emulator/stats`);
  await emulator.stop();

  expect(defects).toEqual([]);
  expect(changed).toEqual([]);
  expect(statuses['500']).toBeUndefined();
  expect(alive.status).toBe(200);
  // Not all of one kind: what is refused for its signature says nothing about the rest.
  for (const status of ['400', '401', '403', '404', '405', '409', '412', '416', '413']) {
    expect(statuses).toHaveProperty(status);
  }
}, 120_000);
