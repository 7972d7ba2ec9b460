import type { HttpHandler, HttpRequest, HttpResponseInit } from '@azure/functions';
import { farshare } from './farshare.ts';
import { answering } from './http.ts';
import { refuseOtherSites, requireRole, type Role, rolesOf } from './principal.ts';

type Handle = (request: HttpRequest) => Promise<HttpResponseInit>;

/**
 * Authorization and handler of an HTTP function: by a key, which the host asks for; or, with `FARSHARE_API_AUTH` entra, by who
 * App Service authentication says is signed in. Looking takes one role, the rest another.
 */
export const guarded = (
  handle: Handle,
  role?: Role,
): { readonly authLevel: 'function' | 'anonymous'; readonly handler: HttpHandler } =>
  farshare.access === 'keys'
    ? { authLevel: 'function', handler: answering(handle) }
    : { authLevel: 'anonymous', handler: answering((request) => handleSignedIn(request, handle, role)) };

async function handleSignedIn(request: HttpRequest, handle: Handle, role: Role | undefined): Promise<HttpResponseInit> {
  // Were authentication off, the header would be whatever the caller wrote.
  const header = farshare.access === 'entra' ? request.headers.get('x-ms-client-principal') : null;
  const roles = rolesOf(header);
  if (roles === undefined) return { status: 401 };
  requireRole(roles, role ?? (request.method === 'GET' ? 'Farshare.Read' : 'Farshare.Operate'));
  refuseOtherSites(request.headers.get('sec-fetch-site'));
  return handle(request);
}
