/** Requests that change entries of a share. Contracts: SharePort. */
import type { ByteRange, CopyState, HttpHeaders, Metadata, SharePath } from '../model/index.ts';
import type { CopySource, EntrySettings, RangeAnswer } from '../run/ports.ts';
import { FarshareError } from '../errors.ts';
import { RequestError, unlessRefused } from './errors.ts';
import {
  contentHeaders,
  metadataHeaders,
  rangeHeader,
  readCopyState,
  settingsHeaders,
  trailingDot,
  trailingDots,
} from './headers.ts';
import { encodePath } from './paths.ts';
import { getDirectory } from './read-operations.ts';
import { buildUrl } from './requests.ts';
import { nothing, sendToShare, type ShareClient } from './share-client.ts';

/** What Put Range From URL takes in one request (facts §1). */
const longestRangeBytes = 4 * 1024 * 1024;

export function copyFile(
  client: ShareClient,
  path: SharePath,
  { source, settings }: { source: CopySource; settings: EntrySettings },
): Promise<CopyState> {
  return sendToShare(client, {
    operation: 'CopyFile',
    method: 'PUT',
    path,
    headers: {
      ...trailingDots,
      ...settingsHeaders(settings),
      'x-ms-copy-source': source.url(),
      ...(settings.permissionKey === undefined ? {} : { 'x-ms-file-permission-copy-mode': 'override' }),
      // The service would add Archive to the attributes given.
      'x-ms-file-copy-set-archive': 'false',
      'x-ms-file-copy-ignore-readonly': 'true',
    },
    read: (answer) => {
      const state = readCopyState(answer);
      if (state === undefined) throw new SyntaxError('a copy without id or status');
      return state;
    },
  });
}

/** A copy that ended meanwhile needs no abort. */
export async function abortCopy(client: ShareClient, path: SharePath, copyId: string): Promise<void> {
  const aborted = sendToShare(client, {
    operation: 'AbortCopyFile',
    method: 'PUT',
    path,
    query: { comp: 'copy', copyid: copyId },
    headers: { ...trailingDot, 'x-ms-copy-action': 'abort' },
    read: nothing,
  });
  await unlessRefused(['NoPendingCopyOperation'], aborted);
}

export function createFile(
  client: ShareClient,
  path: SharePath,
  options: { sizeBytes: number; metadata: Metadata; headers: HttpHeaders; creationTime?: string },
): Promise<void> {
  return sendToShare(client, {
    operation: 'CreateFile',
    method: 'PUT',
    path,
    headers: {
      ...trailingDot,
      'x-ms-type': 'file',
      'x-ms-content-length': String(options.sizeBytes),
      'x-ms-file-creation-time': options.creationTime,
      ...contentHeaders(options.headers),
      ...metadataHeaders(options.metadata),
    },
    read: nothing,
  });
}

/**
 * Answers the range's CRC-64 as the service computed it, or that the source has the one given: then nothing was moved.
 * x-ms-source-if-none-match-crc64 answers 412 for that (azure-files-facts.md, section 1).
 */
export async function putRangeFromUrl(
  client: ShareClient,
  path: SharePath,
  { source, range, unlessCrc64 }: { source: CopySource; range: ByteRange; unlessCrc64?: string | undefined },
): Promise<RangeAnswer> {
  const length = range.end - range.start;
  if (length <= 0 || length > longestRangeBytes) throw new RangeError(`a range of ${length} bytes cannot be put`);
  try {
    return await sendToShare(client, {
      operation: 'PutRangeFromURL',
      method: 'PUT',
      path,
      query: { comp: 'range' },
      headers: {
        ...trailingDots,
        'x-ms-write': 'update',
        'x-ms-range': rangeHeader(range),
        'x-ms-source-range': rangeHeader(range),
        'x-ms-copy-source': source.url(),
        'x-ms-copy-source-authorization': source.authorization?.(),
        'x-ms-source-if-none-match-crc64': unlessCrc64,
      },
      read: (answer) => ({ moved: true, crc64: answer.header('x-ms-content-crc64') ?? '' }),
    });
  } catch (error) {
    const isEqual = unlessCrc64 !== undefined && error instanceof RequestError && equalCrcCodes.has(error.code);
    if (!isEqual) throw error;
    return { moved: false, crc64: unlessCrc64 };
  }
}

/** 412, by whichever of its codes. */
const equalCrcCodes: ReadonlySet<string> = new Set(['ConditionNotMet', 'SourceConditionNotMet', 'Http412']);

/** At most 4 MiB, into a file that is long enough. */
export const putRange = (
  client: ShareClient,
  path: SharePath,
  { start, bytes }: { start: number; bytes: Buffer },
): Promise<void> =>
  sendToShare(client, {
    operation: 'PutRange',
    method: 'PUT',
    path,
    query: { comp: 'range' },
    headers: {
      ...trailingDot,
      'x-ms-write': 'update',
      'x-ms-range': rangeHeader({ start, end: start + bytes.length }),
    },
    body: bytes,
    read: nothing,
  });

/** Frees whole pages of 512 bytes and zeroes the rest; any length. */
export const clearRange = (client: ShareClient, path: SharePath, range: ByteRange): Promise<void> =>
  sendToShare(client, {
    operation: 'ClearRange',
    method: 'PUT',
    path,
    query: { comp: 'range' },
    headers: { ...trailingDot, 'x-ms-write': 'clear', 'x-ms-range': rangeHeader(range) },
    read: nothing,
  });

export function setFileProperties(
  client: ShareClient,
  path: SharePath,
  settings: EntrySettings & { headers: HttpHeaders; sizeBytes?: number },
): Promise<void> {
  return sendToShare(client, {
    operation: 'SetFileProperties',
    method: 'PUT',
    path,
    query: { comp: 'properties' },
    headers: {
      ...trailingDot,
      ...settingsHeaders(settings),
      ...contentHeaders(settings.headers),
      'x-ms-content-length': settings.sizeBytes?.toString(),
    },
    read: nothing,
  });
}

export function setFileMetadata(client: ShareClient, path: SharePath, metadata: Metadata): Promise<void> {
  return sendToShare(client, {
    operation: 'SetFileMetadata',
    method: 'PUT',
    path,
    query: { comp: 'metadata' },
    headers: { ...trailingDot, ...metadataHeaders(metadata) },
    read: nothing,
  });
}

export async function createDirectory(
  client: ShareClient,
  path: SharePath,
  settings: Partial<EntrySettings> & { metadata: Metadata },
): Promise<boolean> {
  try {
    return await sendToShare(client, {
      operation: 'CreateDirectory',
      method: 'PUT',
      path,
      query: { restype: 'directory' },
      headers: { ...trailingDot, ...settingsHeaders(settings), ...metadataHeaders(settings.metadata) },
      read: () => true,
    });
  } catch (error) {
    if (!(error instanceof RequestError) || error.code !== 'ResourceAlreadyExists') throw error;
    if (error.afterUnclearAttempt) return true;
    // A file of that name may be answered the same way, and a file there is not what was asked for.
    if ((await getDirectory(client, path, {})) !== undefined) return false;
    throw new FarshareError('ResourceTypeMismatch', 'CreateDirectory: a file has that name', {
      disposition: 'entry',
      operation: 'CreateDirectory',
      cause: error,
    });
  }
}

export function setDirectoryProperties(
  client: ShareClient,
  path: SharePath,
  settings: Partial<EntrySettings>,
): Promise<void> {
  return sendToShare(client, {
    operation: 'SetDirectoryProperties',
    method: 'PUT',
    path,
    query: { restype: 'directory', comp: 'properties' },
    headers: { ...trailingDot, ...settingsHeaders(settings) },
    read: nothing,
  });
}

export function setDirectoryMetadata(client: ShareClient, path: SharePath, metadata: Metadata): Promise<void> {
  return sendToShare(client, {
    operation: 'SetDirectoryMetadata',
    method: 'PUT',
    path,
    query: { restype: 'directory', comp: 'metadata' },
    headers: { ...trailingDot, ...metadataHeaders(metadata) },
    read: nothing,
  });
}

export async function deleteEntry(client: ShareClient, kind: 'file' | 'directory', path: SharePath): Promise<boolean> {
  try {
    return await sendToShare(client, {
      operation: kind === 'file' ? 'DeleteFile' : 'DeleteDirectory',
      method: 'DELETE',
      path,
      query: kind === 'file' ? {} : { restype: 'directory' },
      headers: trailingDot,
      read: () => true,
    });
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    if (error.code !== 'ResourceNotFound' && error.code !== 'ParentNotFound') throw error;
    return error.afterUnclearAttempt;
  }
}

export function renameEntry(
  client: ShareClient,
  kind: 'file' | 'directory',
  { from, to }: { from: SharePath; to: SharePath },
): Promise<void> {
  const { connection, ref } = client;
  return sendToShare(client, {
    operation: kind === 'file' ? 'RenameFile' : 'RenameDirectory',
    method: 'PUT',
    path: to,
    query: { comp: 'rename', restype: kind === 'directory' ? 'directory' : undefined },
    headers: {
      ...trailingDots,
      'x-ms-file-rename-source': buildUrl(`${connection.endpoint}${encodePath(ref.share, from)}`, {}, connection.sas),
      'x-ms-file-rename-ignore-readonly': 'true',
    },
    read: nothing,
  });
}
