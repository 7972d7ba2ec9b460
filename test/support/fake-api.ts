/** The app as the dashboard sees it: the built page, and an API that tells of a made-up world. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { projectRoot } from '../../local-stack/index.ts';
import { fakeRoutes } from './fake-routes.ts';
import type { FakeAnswer } from './fake-routes.ts';
import type { FakeWorld } from './fake-world.ts';

export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
}

export interface FakeApi {
  readonly url: string;
  readonly key: string;
  readonly world: FakeWorld;
  /** All requests of the API with their headers, the page's own left out. */
  readonly seen: SeenRequest[];
  /** Answers that come before the routes: by path, used until deleted. */
  readonly instead: Map<string, FakeAnswer>;
  stop(): Promise<void>;
}

interface BuiltPage {
  dashboardPage(): { body: string; headers: Record<string, string> };
}

export async function startFakeApi(world: FakeWorld): Promise<FakeApi> {
  const built = join(projectRoot, 'dist/functions/shared/dashboard-page.js');
  const { body, headers } = ((await import(built)) as BuiltPage).dashboardPage();
  const key = 'fake-key-1234';
  const seen: SeenRequest[] = [];
  const instead = new Map<string, FakeAnswer>();
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname === '/api/dashboard') return void response.writeHead(200, headers).end(body);
    const given = await readJson(request);
    seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body: given });
    const isKeyed = request.headers['x-functions-key'] === key;
    const routed = (): FakeAnswer => fakeRoutes(world, { method: request.method ?? '', url, body: given });
    const refused = { status: url.pathname.startsWith('/.auth/') ? 404 : 401 };
    send(response, instead.get(url.pathname) ?? (isKeyed && refused.status === 401 ? routed() : refused));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ key, world, seen, instead },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function send(response: ServerResponse, { status, headers, body }: FakeAnswer): void {
  const json = { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' };
  response.writeHead(status, { ...json, ...headers });
  response.end(Buffer.isBuffer(body) || body === undefined ? body : JSON.stringify(body));
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}
