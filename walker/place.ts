import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { ShareClient, ShareSASPermissions } from '@azure/storage-file-share';
import { readFile } from './read-file.ts';
import type { FileReading } from './read-file.ts';

/** One side of a comparison: a share, or a snapshot of it, or a directory in either. */
export type Place = { snapshot?: string; directory?: string } & (
  | { connectionString: string; share: string }
  /** The share's URL with a SAS as its query: read and list on the share suffice. */
  | { shareUrl: string }
);

export type Kind = 'file' | 'directory';

/** Response headers by lower-case name, as the service sent them: the SDK's `Date` would lose four of seven digits. */
export type RawHeaders = ReadonlyMap<string, string>;

export interface OpenPlace {
  /** Direct children, in the order of the service; paths are relative to the place. */
  list(path: string): AsyncIterable<{ name: string; kind: Kind }>;
  directoryHeaders(path: string): Promise<RawHeaders>;
  /** Headers of a file, and with `hash` the SHA-256 of its content, from one request. */
  file(path: string, content: 'hash' | 'none'): Promise<FileReading>;
  /** SDDL text of a permission key. Keys live on the share itself: snapshots have none of their own. */
  permission(key: string): Promise<string>;
  close(): void;
}

const sasLifetimeMs = 12 * 3_600_000;
/** Real shares have few distinct permissions; beyond this the oldest are asked again. */
const maxCachedPermissions = 10_000;

/** `side` is what errors call the place. */
export function openPlace(place: Place, side: string): OpenPlace {
  const liveShare = liveShareOf(place);
  const share = place.snapshot === undefined ? liveShare : liveShare.withSnapshot(place.snapshot);
  const readableUrl = withReadSas(share);
  const prefix = (place.directory ?? '').split('/').filter(Boolean).join('/');
  const absolute = (path: string) => [prefix, path].filter(Boolean).join('/');
  const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };
  const agent = new URL(readableUrl).protocol === 'https:' ? agents.https : agents.http;
  const attempt = <Answer>(doing: string, asking: Promise<Answer>): Promise<Answer> =>
    asking.catch((error: unknown) => Promise.reject(failureOf(`${side}: ${doing}`, error)));
  return {
    async *list(path) {
      const children = directoryClient(share, absolute(path)).listFilesAndDirectories();
      for (;;) {
        const next = await attempt(`listing /${path}`, children.next());
        if (next.done === true) return;
        yield { name: next.value.name, kind: next.value.kind };
      }
    },
    async directoryHeaders(path) {
      const asking = directoryClient(share, absolute(path)).getProperties();
      const { _response: response } = await attempt(`reading the properties of /${path}`, asking);
      return new Map(response.headers.headersArray().map(({ name, value }) => [name.toLowerCase(), value]));
    },
    file: (path, content) =>
      attempt(`reading /${path}`, readFile(urlOf(readableUrl, absolute(path)), { content, agent })),
    permission: cached((key) =>
      attempt(
        'resolving a permission key',
        liveShare.getPermission(key).then(({ permission }) => permission),
      ),
    ),
    close() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

/** The SDK's own message says no more than the status code. */
function failureOf(doing: string, error: unknown): Error {
  const { statusCode, details, message } = error as Error & { statusCode?: number; details?: { errorCode?: string } };
  const reason =
    statusCode === undefined ? message : `was answered ${statusCode} ${details?.errorCode ?? ''}`.trimEnd();
  return new Error(`${doing} ${reason}`, { cause: error });
}

function liveShareOf(place: Place): ShareClient {
  const options = { allowTrailingDot: true };
  return 'shareUrl' in place
    ? new ShareClient(place.shareUrl, undefined, options)
    : new ShareClient(place.connectionString, place.share, options);
}

function withReadSas(share: ShareClient): string {
  if (new URL(share.url).searchParams.has('sig')) return share.url;
  const snapshot = new URL(share.url).searchParams.get('sharesnapshot');
  const signed = share.generateSasUrl({
    permissions: ShareSASPermissions.parse('rl'),
    expiresOn: new Date(Date.now() + sasLifetimeMs),
  });
  const url = new URL(signed);
  if (snapshot !== null) url.searchParams.set('sharesnapshot', snapshot);
  return url.href;
}

function urlOf(shareUrl: string, path: string): URL {
  const url = new URL(shareUrl);
  url.pathname = [url.pathname.replace(/\/$/, ''), ...path.split('/').map(encodeURIComponent)].join('/');
  return url;
}

/** The client of a path one component at a time: the SDK takes a slash inside a name for a separator anyway. */
function directoryClient(share: ShareClient, path: string) {
  return path === '' ? share.rootDirectoryClient : share.getDirectoryClient(path);
}

/** Remembers answers, failures excepted; callers that ask at the same time share one request. */
function cached(resolve: (key: string) => Promise<string>): (key: string) => Promise<string> {
  const answers = new Map<string, Promise<string>>();
  return (key) => {
    const known = answers.get(key);
    if (known) return known;
    const answer = resolve(key);
    answer.catch(() => answers.delete(key));
    answers.set(key, answer);
    for (const oldest of answers.keys()) {
      if (answers.size <= maxCachedPermissions) break;
      answers.delete(oldest);
    }
    return answer;
  };
}
