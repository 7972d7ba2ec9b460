import { Agent as HttpAgent, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, Agent as HttpsAgent } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { createDefaultHttpClient, createPipelineRequest } from '@azure/core-rest-pipeline';
import { expect, onTestFinished, test } from 'vitest';
import { leavingByAgent, type OnLeaving, withLeave } from '../../../lib/azure/agents.ts';
import { hasOpenssl, makeCertificate } from '../../support/certificate.ts';

/** A server, and what sends to it over sockets that are kept open; `served` are the paths that arrived. */
async function startPeer(protocol: 'http' | 'https', onLookup: () => void) {
  const served: string[] = [];
  const serve = ({ url = '' }: IncomingMessage, answer: ServerResponse) => {
    served.push(url);
    answer.end();
  };
  const tls = protocol === 'https' ? makeCertificate('DNS:localhost') : undefined;
  const server = tls === undefined ? createServer(serve) : createHttpsServer(tls, serve);
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const sockets = { keepAlive: true };
  const agent = withLeave(tls === undefined ? new HttpAgent(sockets) : new HttpsAgent({ ...sockets, ca: tls.cert }));
  const create = agent.createConnection.bind(agent);
  agent.createConnection = (...of) => create(...of)?.once('lookup', onLookup) as Duplex;
  onTestFinished(() => {
    agent.destroy();
    server.close();
    tls?.remove();
  });
  const { port } = server.address() as AddressInfo;
  const send = leavingByAgent(createDefaultHttpClient());
  return {
    served,
    put(path: string, onLeaving: OnLeaving) {
      return send(putBy(agent, `${protocol}://localhost:${port}${path}`), onLeaving);
    },
  };
}

function putBy(agent: HttpAgent, url: string) {
  const request = createPipelineRequest({ url, method: 'PUT', allowInsecureConnection: true });
  return Object.assign(request, { agent });
}

const freely: OnLeaving = () => undefined;

test.for([
  { protocol: 'http', of: 'is called', over: 'called', kept: 0 },
  { protocol: 'http', of: 'is called over a socket kept open', over: 'called', kept: 1 },
  { protocol: 'http', of: 'connects', over: 'connecting', kept: 0 },
  { protocol: 'https', of: 'is called', over: 'called', kept: 0 },
  { protocol: 'https', of: 'is called over a socket kept open', over: 'called', kept: 1 },
  { protocol: 'https', of: 'connects', over: 'connecting', kept: 0 },
] as const)(
  '$protocol: what may not be written any more after it $of is not sent',
  async ({ protocol, over, kept }) => {
    let [isOver, asked] = [false, 0];
    const peer = await startPeer(protocol, () => (isOver ||= over === 'connecting'));
    if (kept > 0) await peer.put('/before', freely);

    const late = peer.put('/late', () => {
      asked += 1;
      if (isOver) throw new Error('The lease is over.');
    });
    isOver = over === 'called';

    await expect(late).rejects.toThrow(/^The lease is over\.$/u);
    expect(asked).toBe(1);
    expect((await peer.put('/after', freely)).status).toBe(200);
    expect(peer.served).toEqual(kept > 0 ? ['/before', '/after'] : ['/after']);
  },
);

test.for(['http', 'https'] as const)(
  '%s: what may be written is asked for once, and answered',
  async (protocol, { skip }) => {
    skip(protocol === 'https' && !hasOpenssl());
    const peer = await startPeer(protocol, () => undefined);
    let asked = 0;
    const ask = () => void (asked += 1);

    await Promise.all([peer.put('/1', ask), peer.put('/2', ask), peer.put('/3', ask)]);
    await peer.put('/4', ask);

    expect(asked).toBe(4);
    expect(peer.served).toHaveLength(4);
  },
);

test('What no connection could be made for has not left', async () => {
  let asked = 0;
  const send = leavingByAgent(createDefaultHttpClient());
  const agent = withLeave(new HttpAgent({ keepAlive: true }));
  const request = putBy(agent, 'http://127.0.0.1:1/');

  await expect(send(request, () => void (asked += 1))).rejects.toMatchObject({ code: 'ECONNREFUSED' });

  expect(asked).toBe(0);
});
