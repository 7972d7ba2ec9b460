import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FunctionDefinition, HttpTrigger } from './function-definition.ts';
import { BodyTooLarge, headerText, readBody, readRequest } from './http-request.ts';
import { compareRoutes, matchRoute } from './http-route.ts';
import { streamThrough } from './http-stream.ts';
import { writeResponse } from './http-response.ts';
import type { Invoker } from './invoker.ts';
import { isAllowed } from './keys.ts';
import type { Keys } from './keys.ts';
import type { Log } from './worker-process.ts';

export interface HttpFrontOptions {
  definitions: FunctionDefinition[];
  routePrefix: string;
  keys: Keys;
  invoker: Invoker;
  /** Base URL of the worker's own HTTP server when the app enabled HTTP streams. */
  streamUrl(): string | undefined;
  /** Answers `/admin/...`; false when there is no such endpoint. */
  admin(request: AdminRequest): Promise<{ status: number; body?: unknown }>;
  log: Log;
}

export interface AdminRequest {
  method: string;
  /** Below /admin/, without slash at the start. */
  path: string;
  body: string;
}

interface HttpFunction {
  definition: FunctionDefinition;
  trigger: HttpTrigger;
}

interface Match extends HttpFunction {
  parameters: Record<string, string>;
}

/** The HTTP side of the host: routes, keys, the app's HTTP functions and the admin endpoints. */
export class HttpFront {
  readonly #options: HttpFrontOptions;
  readonly #functions: HttpFunction[];
  readonly #server: Server;

  constructor(options: HttpFrontOptions) {
    this.#options = options;
    this.#functions = httpFunctions(options.definitions);
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => this.#refuse(response, error));
    });
  }

  /** Listens; resolves with the URL. Port 0 takes a free one. */
  async listen(port: number, host: string): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, resolve);
    });
    return `http://${host}:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Accepts no more connections; those with a running request go on. */
  stopAccepting(): void {
    this.#server.close();
    this.#server.closeIdleConnections();
  }

  /** Ends what is left. */
  close(): void {
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`);
    const shownKey = headerText(request, 'x-functions-key') ?? url.searchParams.get('code') ?? undefined;
    if (url.pathname.startsWith('/admin/')) return this.#answerAdmin(request, response, shownKey);
    const match = this.#match(request.method ?? 'GET', url.pathname);
    if (!match) return end(response, 404);
    if (!isAllowed(this.#options.keys, match.trigger.authLevel, shownKey)) return end(response, 401);
    const streamUrl = this.#options.streamUrl();
    if (streamUrl) {
      return streamThrough({ request, response, streamUrl, url, parameters: match.parameters }, (input) =>
        this.#options.invoker.invoke(match.definition, input),
      );
    }
    const http = await readRequest(request, url, match.parameters);
    const outcome = await this.#options.invoker.invoke(match.definition, { data: { http } });
    if (outcome.kind === 'succeeded') writeResponse(response, outcome.response.returnValue?.http);
    else end(response, 500);
  }

  #match(method: string, pathname: string): Match | undefined {
    const prefix = this.#options.routePrefix === '' ? '/' : `/${this.#options.routePrefix}/`;
    if (!`${pathname}/`.toLowerCase().startsWith(prefix.toLowerCase())) return undefined;
    const path = pathname.slice(prefix.length - 1);
    for (const candidate of this.#functions) {
      if (!candidate.trigger.methods.includes(method)) continue;
      const parameters = matchRoute(candidate.trigger.route, path);
      if (parameters) return { ...candidate, parameters };
    }
    return undefined;
  }

  async #answerAdmin(request: IncomingMessage, response: ServerResponse, key: string | undefined): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname.slice('/admin/'.length);
    if (path === 'host/ping') return end(response, 200);
    if (!isAllowed(this.#options.keys, 'admin', key)) return end(response, 401);
    const body = (await readBody(request)).toString();
    const answer = await this.#options.admin({ method: request.method ?? 'GET', path, body });
    response.statusCode = answer.status;
    if (answer.body === undefined) return void response.end();
    response.setHeader('content-type', 'application/json; charset=utf-8');
    response.end(JSON.stringify(answer.body));
  }

  #refuse(response: ServerResponse, error: unknown): void {
    if (error instanceof BodyTooLarge) {
      response.setHeader('connection', 'close');
      return end(response, 413);
    }
    this.#options.log(`http: ${String(error)}`);
    if (response.headersSent) response.destroy();
    else end(response, 500);
  }
}

function httpFunctions(definitions: FunctionDefinition[]): HttpFunction[] {
  const functions = definitions.flatMap((definition) =>
    definition.trigger.kind === 'http' && !definition.isDisabled ? [{ definition, trigger: definition.trigger }] : [],
  );
  return functions.toSorted((a, b) => compareRoutes(a.trigger.route, b.trigger.route));
}

function end(response: ServerResponse, status: number): void {
  response.statusCode = status;
  response.end();
}
