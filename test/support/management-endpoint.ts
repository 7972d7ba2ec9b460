/**
 * Azure Resource Manager as @azure/arm-storage meets it: its paths, api-version, bearer tokens over TLS, nextLink paging and
 * error bodies, for the few requests that the check makes. Written by the published REST reference; nothing of ours.
 */
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TokenCredential } from '@azure/core-auth';
import { createDefaultHttpClient, type HttpClient } from '@azure/core-rest-pipeline';
import { makeCertificate } from './certificate.ts';

type Json = Readonly<Record<string, unknown>>;

export interface ManagedAccount {
  readonly name: string;
  /** `Microsoft.Storage/storageAccounts` without id, name and type. */
  readonly account: Json;
  readonly softDelete?: Json;
  /** What the caller may do; one page of the answer each. `forbidden`: it may not ask. */
  readonly permissions?: readonly Json[] | 'forbidden';
  /** Reading the account itself answers this error. */
  readonly refusal?: { readonly status: number; readonly code: string };
}

export interface ManagementEndpoint extends AsyncDisposable {
  readonly management: {
    readonly managementEndpoint: string;
    readonly credential: TokenCredential;
    readonly httpClient: HttpClient;
  };
  /** Method, path and query of what came, in order. */
  readonly requests: string[];
  readonly scopes: string[];
  /** Paths of the locks that there are. */
  readonly locks: ReadonlySet<string>;
  idOf(name: string): string;
}

export const subscription = '11111111-2222-3333-4444-555555555555';
export const tenant = '99999999-8888-7777-6666-555555555555';
const token = 'a-token-of-the-test';
const group = `/subscriptions/${subscription}/resourceGroups/rg-files`;
export const resourceIdOf = (name: string): string => `${group}/providers/Microsoft.Storage/storageAccounts/${name}`;

/** `busyTimes`: so many requests are answered 429 first. */
export async function startManagementEndpoint(
  accounts: readonly ManagedAccount[],
  { busyTimes = 0 }: { readonly busyTimes?: number } = {},
): Promise<ManagementEndpoint> {
  const certificate = makeCertificate();
  const requests: string[] = [];
  const scopes: string[] = [];
  const locks = new Set<string>();
  let busy = busyTimes;
  const server = createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
    const url = new URL(request.url ?? '/', endpointOf(server));
    requests.push(`${request.method} ${url.pathname}${url.search}`);
    const isBusy = busy > 0;
    busy -= 1;
    const signed = request.headers.authorization === `Bearer ${token}`;
    const [status, body] = isBusy
      ? errorBody(429, 'TooManyRequests')
      : signed
        ? (answerLock(locks, url, request.method ?? '') ?? answer(accounts, url, request.method ?? ''))
        : errorBody(401, 'InvalidAuthenticationToken');
    response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      ...(isBusy && { 'retry-after': '0' }),
    });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const inner = createDefaultHttpClient();
  return {
    requests,
    scopes,
    locks,
    idOf: resourceIdOf,
    management: {
      managementEndpoint: endpointOf(server),
      credential: {
        getToken: async (asked) => {
          scopes.push(...[asked].flat());
          return { token, expiresOnTimestamp: Date.now() + 3_600_000 };
        },
      },
      httpClient: {
        sendRequest: (request) => {
          request.tlsSettings = { ca: certificate.cert };
          return inner.sendRequest(request);
        },
      },
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      certificate.remove();
    },
  };
}

const endpointOf = (server: Server): string => `https://127.0.0.1:${(server.address() as AddressInfo).port}`;

type Answer = readonly [number, Json];

const errorBody = (status: number, code: string): Answer => [status, { error: { code, message: `${code}.` } }];

/** `Microsoft.Authorization/locks`: made with a body by PUT, removed by DELETE. */
function answerLock(locks: Set<string>, { pathname }: URL, method: string): Answer | undefined {
  if (!/\/providers\/Microsoft\.Authorization\/locks\/[\w-]+$/u.test(pathname)) return undefined;
  if (method === 'PUT') {
    locks.add(pathname);
    return [201, { id: pathname, properties: { level: 'CanNotDelete' } }];
  }
  if (method !== 'DELETE') return errorBody(405, 'MethodNotAllowed');
  return locks.delete(pathname) ? [200, {}] : errorBody(404, 'ResourceNotFound');
}

function answer(accounts: readonly ManagedAccount[], url: URL, method: string): Answer {
  if (method !== 'GET') return errorBody(405, 'MethodNotAllowed');
  if (!/^\d{4}-\d{2}-\d{2}$/u.test(url.searchParams.get('api-version') ?? '')) {
    return errorBody(400, 'MissingApiVersionParameter');
  }
  const path = url.pathname;
  if (path === `/subscriptions/${subscription}`)
    return [200, { id: path, subscriptionId: subscription, tenantId: tenant }];
  if (path === `/subscriptions/${subscription}/providers/Microsoft.Storage/storageAccounts`) {
    return page(url, accounts.map(resourceOf));
  }
  const found = accounts.find(({ name }) => path === resourceIdOf(name) || path.startsWith(`${resourceIdOf(name)}/`));
  if (found === undefined) return errorBody(404, 'ResourceNotFound');
  return answerOf(found, url, path.slice(resourceIdOf(found.name).length));
}

function answerOf(found: ManagedAccount, url: URL, rest: string): Answer {
  if (rest === '') {
    return found.refusal === undefined ? [200, resourceOf(found)] : errorBody(found.refusal.status, found.refusal.code);
  }
  if (rest === '/fileServices/default') {
    return [
      200,
      { name: 'default', properties: { shareDeleteRetentionPolicy: found.softDelete ?? { enabled: false } } },
    ];
  }
  if (rest === '/providers/Microsoft.Authorization/permissions') {
    return found.permissions === 'forbidden'
      ? errorBody(403, 'AuthorizationFailed')
      : page(url, found.permissions ?? []);
  }
  return errorBody(404, 'InvalidResourceType');
}

const resourceOf = ({ name, account }: ManagedAccount): Json => ({
  id: resourceIdOf(name),
  name,
  type: 'Microsoft.Storage/storageAccounts',
  ...account,
});

/** One item a page, so that callers have to follow `nextLink`. */
function page(url: URL, items: readonly Json[]): Answer {
  const at = Number(url.searchParams.get('$skipToken') ?? 0);
  const next = new URL(url);
  next.searchParams.set('$skipToken', String(at + 1));
  return [200, { value: items.slice(at, at + 1), ...(at + 1 < items.length && { nextLink: next.href }) }];
}
