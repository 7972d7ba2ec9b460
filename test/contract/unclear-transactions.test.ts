import { createServer, request as forward, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTableStateStore } from '../../lib/azure/index.ts';
import { StateConflictError } from '../../lib/errors.ts';
import type { StateStore } from '../../lib/run/ports.ts';
import { startAzurite, type Azurite } from '../support/azurite.ts';

/** What happens to the transactions that come next, one each; the rest goes through. */
type Mishap = 'lost before' | 'lost after' | 'busy';

let azurite: Azurite;
let proxy: Server;
let store: StateStore;
let mishaps: Mishap[] = [];
let transactions = 0;

/** Stands before Azurite's tables and spoils transactions. */
function startProxy(target: URL): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    const isTransaction = incoming.url?.endsWith('$batch') ?? false;
    if (isTransaction) transactions += 1;
    const mishap = isTransaction ? mishaps.shift() : undefined;
    if (mishap === 'lost before') return void incoming.socket.destroy();
    if (mishap === 'busy') return void outgoing.writeHead(503).end();
    const { hostname, port } = target;
    const { url: path, method, headers } = incoming;
    incoming.pipe(
      forward({ hostname, port, path, method, headers }, (answer) => {
        if (mishap === 'lost after') return void incoming.socket.destroy();
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      }),
    );
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

beforeAll(async () => {
  azurite = await startAzurite();
  const endpoint = new URL(/TableEndpoint=([^;]*)/u.exec(azurite.connectionString)?.[1] ?? '');
  proxy = await startProxy(endpoint);
  const through = azurite.connectionString.replace(endpoint.host, `127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  store = createTableStateStore({ connectionString: through, tableName: 'unclear' });
});
afterAll(async () => {
  proxy.closeAllConnections();
  proxy.close();
  await azurite.stop();
});
beforeEach(() => {
  mishaps = [];
  transactions = 0;
});

for (const mishap of ['lost before', 'lost after', 'busy'] as const) {
  test(`a transaction whose first attempt was ${mishap} is done once and answers the ETags in force`, async () => {
    const partition = `p-${mishap.replace(' ', '-')}`;
    const first = await store.transact(partition, [{ kind: 'insert', key: 'row', value: 1 }]);
    mishaps = [mishap];

    const written = await store.transact(partition, [
      { kind: 'update', key: 'row', value: 2, etag: first.get('row') ?? '' },
      { kind: 'insert', key: 'child', value: 3 },
    ]);

    expect(transactions).toBe(3);
    expect((await store.get(partition, 'row'))?.etag).toBe(written.get('row'));
    expect((await store.get(partition, 'child'))?.etag).toBe(written.get('child'));
  });
}

test('a conflict with another writer stays one, also after an unclear attempt', async () => {
  const first = await store.transact('p-conflict', [{ kind: 'insert', key: 'row', value: 1 }]);
  await store.transact('p-conflict', [{ kind: 'upsert', key: 'row', value: 'of another' }]);
  mishaps = ['lost after', 'lost before'];

  const late = store.transact('p-conflict', [{ kind: 'update', key: 'row', value: 2, etag: first.get('row') ?? '' }]);

  await expect(late).rejects.toBeInstanceOf(StateConflictError);
  expect((await store.get('p-conflict', 'row'))?.value).toBe('of another');
});

test('a transaction that never gets an answer is thrown as one to retry', async () => {
  mishaps = Array.from({ length: 10 }, () => 'lost before' as const);

  const lost = store.transact('p-lost', [{ kind: 'insert', key: 'row', value: 1 }]);

  await expect(lost).rejects.toMatchObject({ disposition: 'retry' });
  mishaps = [];
  expect(await store.get('p-lost', 'row')).toBeUndefined();
});
