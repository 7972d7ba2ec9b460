import { ServiceError } from './errors.ts';

/** Where a request points: decoded names, and the path and query as they were sent (signatures cover those). */
export type Target = {
  account: string;
  /** Empty for the service itself. */
  share: string;
  /** Path inside the share, decoded, without leading or trailing slash; empty is the root directory. */
  path: string;
  /** Path part of the request line, still encoded. */
  rawPath: string;
  query: Query;
};

/** Query parameters by lower-cased name, decoded. */
export type Query = ReadonlyMap<string, string>;

/**
 * Splits a request target. The account is the first label of a `ACCOUNT.file.…` host, else the first path segment.
 * `%2F` inside the path separates components as `/` does: AzCopy sends copy sources that way.
 */
export function parseTarget(url: string, host: string | undefined, isAccount: (name: string) => boolean): Target {
  const mark = url.indexOf('?');
  const rawPath = mark < 0 ? url : url.slice(0, mark);
  const query = mark < 0 ? EMPTY_QUERY : parseQuery(url.slice(mark + 1));
  const hostAccount = accountOfHost(host, isAccount);
  let rest = trimSlashes(decodePath(rawPath));
  let account = hostAccount;
  if (account === undefined) [account, rest] = cutFirst(rest);
  const [share, path] = cutFirst(rest);
  return { account, share, path, rawPath, query };
}

/** The path and query of a request line, which proxies' clients send with scheme and host. */
export function originForm(url: string): string {
  const match = /^https?:\/\/[^/?]*(.*)$/i.exec(url);
  if (!match) return url;
  const rest = match[1] ?? '';
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/**
 * The JavaScript SDK forgets the account when it makes the URL of a rename's destination from a path-style URL
 * (12.33: `http://HOST:PORT/SHARE/PATH?comp=rename`). The account of the rename's source, in the same share, tells it.
 */
export function repairRenameTarget(target: Target, source: unknown, isAccount: (name: string) => boolean): Target {
  if (typeof source !== 'string' || target.query.get('comp') !== 'rename' || isAccount(target.account)) return target;
  const from = parseTargetUrl(source, isAccount);
  if (!from || !isAccount(from.account) || from.share !== target.account) return target;
  const path = target.path === '' ? target.share : `${target.share}/${target.path}`;
  return { ...target, account: from.account, share: from.share, path };
}

/** Parses a copy source or rename source URL; undefined when it is not an absolute URL. */
export function parseTargetUrl(source: string, isAccount: (name: string) => boolean): Target | undefined {
  const match = /^https?:\/\/([^/?#]+)([^#]*)/i.exec(source);
  if (!match) return undefined;
  const rest = match[2] === undefined || match[2] === '' ? '/' : match[2];
  return parseTarget(rest.startsWith('?') ? `/${rest}` : rest, match[1], isAccount);
}

const EMPTY_QUERY: Query = new Map();

/** Decodes a query string; a name that occurs twice keeps its values joined by a comma, as signatures want them. */
function parseQuery(text: string): Query {
  const query = new Map<string, string>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals)).toLowerCase();
    const value = equals < 0 ? '' : decode(pair.slice(equals + 1));
    const before = query.get(name);
    query.set(name, before === undefined ? value : `${before},${value}`);
  }
  return query;
}

function decodePath(rawPath: string): string {
  return rawPath.includes('%') ? decode(rawPath) : rawPath;
}

function decode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ServiceError('InvalidUri');
  }
}

function accountOfHost(host: string | undefined, isAccount: (name: string) => boolean): string | undefined {
  if (host === undefined) return undefined;
  const dot = host.indexOf('.');
  if (dot < 0) return undefined;
  const label = host.slice(0, dot).toLowerCase();
  // `ACCOUNT-secondary` is the read-only endpoint of a geo-redundant account; Files has none.
  return host.startsWith('file.', dot + 1) || isAccount(label) ? label : undefined;
}

function cutFirst(path: string): [string, string] {
  const slash = path.indexOf('/');
  return slash < 0 ? [path, ''] : [path.slice(0, slash), trimSlashes(path.slice(slash + 1))];
}

function trimSlashes(path: string): string {
  let start = 0;
  let end = path.length;
  while (start < end && path.charCodeAt(start) === 47) start += 1;
  while (end > start && path.charCodeAt(end - 1) === 47) end -= 1;
  return path.slice(start, end);
}
