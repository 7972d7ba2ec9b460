import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ServiceError } from './errors.ts';
import type { Target } from './target.ts';

/** What a SharedKey signature covers. */
export type SignedRequest = { method: string; headers: IncomingHttpHeaders; target: Target };

/** The service refuses a signed date further than this from its clock. */
const DATE_TOLERANCE_MS = 15 * 60_000;

/**
 * Checks an `Authorization: SharedKey ACCOUNT:SIGNATURE` header against the account's key.
 * Source: learn.microsoft.com "Authorize with Shared Key"; order and exceptions as @azure/storage-common signs.
 * @param nowMs the service's clock
 */
export function verifySharedKey(request: SignedRequest, credentials: string, key: Buffer, nowMs: number): void {
  const signature = signatureOf(request, credentials, nowMs);
  const tail = canonicalHeaders(request.headers) + canonicalResource(request.target);
  const sign = (order: readonly string[]) =>
    createHmac('sha256', key).update(`${request.method}\n${fixedHeaders(request.headers, order)}\n${tail}`);
  if (sign(FIXED_HEADERS).digest('base64') === signature) return;
  // Microsoft's page has Content-Encoding first, the JavaScript SDK Content-Language: either is taken.
  if (sign(DOCUMENTED_HEADERS).digest('base64') === signature) return;
  throw mismatch(`${request.method}\n${fixedHeaders(request.headers, FIXED_HEADERS)}\n${tail}`);
}

/** As `verifySharedKey` for `Authorization: SharedKeyLite …`: fewer headers, and of the query `comp` alone. */
export function verifySharedKeyLite(request: SignedRequest, credentials: string, key: Buffer, nowMs: number): void {
  const signature = signatureOf(request, credentials, nowMs);
  const { headers, target } = request;
  const comp = target.query.get('comp');
  const resource = `/${target.account}${target.rawPath}${comp === undefined ? '' : `?comp=${comp}`}`;
  const text = `${request.method}\n${fixedHeaders(headers, LITE_HEADERS)}\n${canonicalHeaders(headers)}${resource}`;
  if (createHmac('sha256', key).update(text).digest('base64') !== signature) throw mismatch(text);
}

const LITE_HEADERS = ['content-md5', 'content-type', 'date'];

/** The signature of the credentials, when account and date are right. */
function signatureOf(request: SignedRequest, credentials: string, nowMs: number): string {
  const colon = credentials.indexOf(':');
  if (colon < 0) throw new ServiceError('InvalidAuthenticationInfo');
  if (credentials.slice(0, colon) !== request.target.account) throw failed('The account name does not match.');
  verifyDate(request.headers, nowMs);
  return credentials.slice(colon + 1).trim();
}

function mismatch(used: string): ServiceError {
  return failed(`The MAC signature found in the HTTP request is not the same as any computed signature. Server used
following string to sign: '${used}'.`);
}

function failed(detail: string): ServiceError {
  return new ServiceError('AuthenticationFailed', { details: { AuthenticationErrorDetail: detail } });
}

function verifyDate(headers: IncomingHttpHeaders, nowMs: number): void {
  const text = headers['x-ms-date'] ?? headers.date;
  if (typeof text !== 'string') throw failed('Request has neither a Date nor an x-ms-date header.');
  const sentMs = Date.parse(text);
  if (Number.isNaN(sentMs)) throw failed(`The Date header in the request is incorrect: '${text}'.`);
  if (Math.abs(nowMs - sentMs) > DATE_TOLERANCE_MS) throw failed(`Request date header too old or too new: '${text}'.`);
}

const TRAILING = ['content-length', 'content-md5', 'content-type', 'date', 'if-modified-since', 'if-match'].concat([
  'if-none-match',
  'if-unmodified-since',
  'range',
]);
const FIXED_HEADERS = ['content-language', 'content-encoding', ...TRAILING];
const DOCUMENTED_HEADERS = ['content-encoding', 'content-language', ...TRAILING];

function fixedHeaders(headers: IncomingHttpHeaders, order: readonly string[]): string {
  let text = '';
  for (const name of order) {
    let value = headers[name] ?? '';
    if (name === 'content-length' && value === '0') value = '';
    if (name === 'date' && headers['x-ms-date'] !== undefined) value = '';
    text += `${String(value)}\n`;
  }
  return text.slice(0, -1);
}

function canonicalHeaders(headers: IncomingHttpHeaders): string {
  const names: string[] = [];
  for (const name in headers) if (name.startsWith('x-ms-')) names.push(name);
  names.sort((left, right) => (sortKey(left) < sortKey(right) ? -1 : 1));
  let text = '';
  for (const name of names) text += `${name}:${String(headers[name]).trimStart()}\n`;
  return text;
}

function canonicalResource(target: Target): string {
  let text = `/${target.account}${target.rawPath}`;
  const names = [...target.query.keys()];
  if (names.length > 1) names.sort();
  for (const name of names) text += `\n${name}:${target.query.get(name)}`;
  return text;
}

// The service sorts header names by .NET's en-US culture: symbols before digits before letters, while `-` and `'` only
// count between names that are equal without them. Header names are lower case here, so case plays no part.
const SYMBOLS_IN_ORDER = '!#$%&*.^_`|~+';
const sortKeys = new Map<string, string>();
const SORT_KEYS_KEPT = 4096;

function sortKey(name: string): string {
  const known = sortKeys.get(name);
  if (known !== undefined) return known;
  let primary = '';
  let hyphens = '';
  for (const character of name) {
    hyphens += character === "'" ? '1' : character === '-' ? '2' : '0';
    if (character === '-' || character === "'") continue;
    const symbol = SYMBOLS_IN_ORDER.indexOf(character);
    primary += symbol < 0 ? character : String.fromCharCode(2 + symbol);
  }
  const key = `${primary}\u0001${hyphens}`;
  if (sortKeys.size >= SORT_KEYS_KEPT) sortKeys.clear();
  sortKeys.set(name, key);
  return key;
}
