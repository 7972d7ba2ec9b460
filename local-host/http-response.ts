import type { ServerResponse } from 'node:http';
import type { Cookie, HttpData } from './rpc.ts';

/** Headers that belong to the connection between worker and host, not to the app's answer. */
const connectionHeaders = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

/** Writes what an HTTP function returned; nothing returned is 204, as in the real host. */
export function writeResponse(response: ServerResponse, http: HttpData | undefined): void {
  if (!http) {
    response.statusCode = 204;
    response.end();
    return;
  }
  response.statusCode = Number(http.statusCode ?? 200);
  for (const [name, value] of Object.entries(http.headers ?? {})) {
    if (!connectionHeaders.has(name.toLowerCase())) response.setHeader(name, value);
  }
  const cookies = (http.cookies ?? []).map(cookieText);
  if (cookies.length > 0) response.setHeader('set-cookie', cookies);
  response.end(bodyOf(http));
}

function bodyOf({ body }: HttpData): Buffer | string {
  return body?.bytes ? Buffer.from(body.bytes) : (body?.string ?? body?.json ?? '');
}

const sameSiteNames = { lax: 'Lax', strict: 'Strict', explicitNone: 'None' } as const;

function cookieText(cookie: Cookie): string {
  const parts = [`${encodeURIComponent(cookie.name)}=${encodeURIComponent(cookie.value)}`];
  if (cookie.domain) parts.push(`Domain=${cookie.domain.value}`);
  if (cookie.path) parts.push(`Path=${cookie.path.value}`);
  if (cookie.expires) parts.push(`Expires=${new Date(cookie.expires.value.seconds * 1000).toUTCString()}`);
  if (cookie.maxAge) parts.push(`Max-Age=${cookie.maxAge.value}`);
  if (cookie.secure?.value) parts.push('Secure');
  if (cookie.httpOnly?.value) parts.push('HttpOnly');
  if (cookie.sameSite && cookie.sameSite !== 'none') parts.push(`SameSite=${sameSiteNames[cookie.sameSite]}`);
  return parts.join('; ');
}
