import { createServer, type IncomingMessage, request as send } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

export interface HttpProxy extends AsyncDisposable {
  /** With user and password, percent-encoded, where it asks for them. */
  readonly url: string;
  /** `CONNECT host:port` for each tunnel, `METHOD URL` for each request passed on. */
  readonly seen: string[];
  /** Those that came without the right user and password. */
  refused: number;
}

/** A proxy of its own: tunnels and forwards whatever is named to one port of this machine. */
export async function startHttpProxy(options: {
  readonly port: number;
  readonly user?: string;
  readonly password?: string;
}): Promise<HttpProxy> {
  const { port, user, password = '' } = options;
  const seen: string[] = [];
  const expected = user === undefined ? undefined : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const isAllowed = ({ headers }: IncomingMessage): boolean => {
    const isRight = expected === undefined || headers['proxy-authorization'] === expected;
    if (!isRight) proxy.refused += 1;
    return isRight;
  };
  const server = createServer((request, response) => {
    if (!isAllowed(request)) return void response.writeHead(407).end();
    seen.push(`${request.method} ${request.url}`);
    const url = new URL(request.url ?? '');
    const { 'proxy-authorization': _secret, 'proxy-connection': _hop, ...headers } = request.headers;
    const passed = send({ host: '127.0.0.1', port, method: request.method, path: url.pathname + url.search, headers });
    passed.on('response', (answer) => answer.pipe(response.writeHead(answer.statusCode ?? 502, answer.headers)));
    passed.on('error', () => response.destroy());
    request.pipe(passed);
  });
  server.on('connect', (request, client) => {
    if (!isAllowed(request)) return void client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    seen.push(`CONNECT ${request.url}`);
    const tunnel = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      tunnel.pipe(client).pipe(tunnel);
    });
    for (const [one, other] of [
      [tunnel, client],
      [client, tunnel],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
    sockets.add(tunnel).add(client as typeof tunnel);
  });
  const sockets = new Set<ReturnType<typeof connect>>();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const place = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const login = user === undefined ? '' : `${encodeURIComponent(user)}:${encodeURIComponent(password)}@`;
  const proxy: HttpProxy = {
    url: `http://${login}${place}`,
    seen,
    refused: 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
