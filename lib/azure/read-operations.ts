/** Requests that read entries of a share, live or in a snapshot. Contracts: SharePort. */
import type { ByteRange, DirectoryProperties, FileProperties, SharePath } from '../model/index.ts';
import type { CopySource, ListingPage, ReadOptions } from '../run/ports.ts';
import { unlessRefused } from './errors.ts';
import { rangeHeader, readDirectoryProperties, readFileProperties, trailingDot } from './headers.ts';
import { parseListing, parseSize } from './listing.ts';
import { encodePath } from './paths.ts';
import { buildUrl } from './requests.ts';
import { sendToShare, type ShareClient } from './share-client.ts';
import { childrenOf, parseXml, textOf, type XmlElement } from './xml.ts';

/** The service's words for: this entry is not there. Nothing else may be taken for absence (invariant 2). */
const absent = ['ResourceNotFound', 'ParentNotFound'];

export function list(
  client: ShareClient,
  directory: SharePath,
  { snapshot, marker }: ReadOptions & { marker?: string },
): Promise<ListingPage | undefined> {
  const page = sendToShare(client, {
    operation: 'ListFilesAndDirectories',
    method: 'GET',
    path: directory,
    query: {
      restype: 'directory',
      comp: 'list',
      sharesnapshot: snapshot,
      include: 'Timestamps,ETag,Attributes,PermissionKey',
      marker,
    },
    // Without it Content-Length may be stale while an SMB client holds the file open.
    headers: { ...trailingDot, 'x-ms-file-extended-info': 'true' },
    read: ({ body }) => parseListing(body),
  });
  return unlessRefused(absent, page);
}

export function getFile(
  client: ShareClient,
  path: SharePath,
  { snapshot }: ReadOptions,
): Promise<FileProperties | undefined> {
  const properties = sendToShare(client, {
    operation: 'GetFileProperties',
    method: 'HEAD',
    path,
    query: { sharesnapshot: snapshot },
    headers: trailingDot,
    read: (answer) => readFileProperties(path, answer),
  });
  return unlessRefused(absent, properties);
}

/** A range past the end is refused with 416, which is a failure like any other; one cut short is asked for again. */
export function getBytes(
  client: ShareClient,
  path: SharePath,
  { snapshot, range }: ReadOptions & { range: ByteRange },
): Promise<Uint8Array | undefined> {
  const bytes = sendToShare(client, {
    operation: 'GetFile',
    method: 'GET',
    path,
    query: { sharesnapshot: snapshot },
    headers: { ...trailingDot, 'x-ms-range': rangeHeader(range) },
    binary: true,
    read: (answer) => {
      const length = range.end - range.start;
      if (answer.bytes.length !== length) throw new SyntaxError(`${answer.bytes.length} bytes instead of ${length}`);
      return answer.bytes;
    },
  });
  return unlessRefused(absent, bytes);
}

export function getDirectory(
  client: ShareClient,
  path: SharePath,
  { snapshot }: ReadOptions,
): Promise<DirectoryProperties | undefined> {
  const properties = sendToShare(client, {
    operation: 'GetDirectoryProperties',
    method: 'GET',
    path,
    query: { restype: 'directory', sharesnapshot: snapshot },
    headers: trailingDot,
    read: (answer) => readDirectoryProperties(path, answer),
  });
  return unlessRefused(absent, properties);
}

export function listRanges(
  client: ShareClient,
  path: SharePath,
  { snapshot, previousSnapshot }: ReadOptions & { previousSnapshot?: string },
): Promise<readonly ByteRange[]> {
  return sendToShare(client, {
    operation: 'ListFileRanges',
    method: 'GET',
    path,
    query: { comp: 'rangelist', sharesnapshot: snapshot, prevsharesnapshot: previousSnapshot },
    // Without x-ms-file-support-rename: it would tell what changed of a file that had another path in the earlier snapshot,
    // and what is asked is how this path's content differs. A renamed file is answered 409.
    headers: trailingDot,
    read: ({ body }) => readRanges(parseXml(body)),
  });
}

/** Written ranges, and in a diff the cleared ones as well; the wire's ends are inclusive. */
function readRanges(root: XmlElement): readonly ByteRange[] {
  if (root.name !== 'Ranges') throw new SyntaxError(`<${root.name}> is not a list of ranges`);
  const ranges = [...childrenOf(root, 'Range'), ...childrenOf(root, 'ClearRange')].map((element) => ({
    start: parseSize(textOf(element, 'Start')),
    end: parseSize(textOf(element, 'End')) + 1,
  }));
  return ranges.toSorted((a, b) => a.start - b.start);
}

/**
 * `renew` after a destination's service was refused by the source (403): the cached signature may have been revoked with
 * its key.
 */
export async function copySource(
  client: ShareClient,
  path: SharePath,
  { snapshot, renew = false }: ReadOptions & { renew?: boolean },
): Promise<CopySource> {
  const { ref, connection, access } = client;
  const sas = await client.copySourceSas(ref.share, access, renew);
  const url = buildUrl(`${connection.endpoint}${encodePath(ref.share, path)}`, { sharesnapshot: snapshot }, sas);
  return { url: () => url };
}
