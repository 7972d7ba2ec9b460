/** Model values as headers of requests, and headers of answers as model values. */
import type {
  ByteRange,
  CopyState,
  DirectoryProperties,
  EntryTimes,
  FileProperties,
  HttpHeaders,
  Metadata,
  SharePath,
} from '../model/index.ts';
import { baseName } from '../model/index.ts';
import type { EntrySettings } from '../run/ports.ts';
import { normaliseAttributes } from './attributes.ts';
import { parseHttpDate, parseSize } from './listing.ts';
import type { FilesAnswer } from './requests.ts';

export type RequestHeaders = Readonly<Record<string, string | undefined>>;

/** Without it the service strips trailing dots, and `a.` and `a` are one file. */
export const trailingDot: RequestHeaders = { 'x-ms-allow-trailing-dot': 'true' };
export const trailingDots: RequestHeaders = { ...trailingDot, 'x-ms-source-allow-trailing-dot': 'true' };

export function metadataHeaders(metadata: Metadata): RequestHeaders {
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-ms-meta-${name}`, value]));
}

function timeHeaders(times: EntryTimes | undefined): RequestHeaders {
  if (times === undefined) return {};
  return {
    'x-ms-file-creation-time': times.creation,
    'x-ms-file-last-write-time': times.lastWrite,
    'x-ms-file-change-time': times.change,
  };
}

export function settingsHeaders(settings: Partial<EntrySettings>): RequestHeaders {
  return {
    ...timeHeaders(settings.times),
    'x-ms-file-attributes': settings.attributes,
    'x-ms-file-permission-key': settings.permissionKey,
  };
}

const contentHeaderNames: Readonly<Record<keyof HttpHeaders, string>> = {
  contentType: 'content-type',
  contentEncoding: 'content-encoding',
  contentLanguage: 'content-language',
  cacheControl: 'cache-control',
  contentMd5: 'content-md5',
  contentDisposition: 'content-disposition',
};
const contentFields = Object.entries(contentHeaderNames) as readonly [keyof HttpHeaders, string][];

/** An absent one is left out: Create sets none, Set Properties clears it. */
export function contentHeaders(headers: HttpHeaders): RequestHeaders {
  return Object.fromEntries(contentFields.map(([field, name]) => [`x-ms-${name}`, headers[field]]));
}

/** The wire's ranges include their last byte. */
export const rangeHeader = ({ start, end }: ByteRange): string => `bytes=${start}-${end - 1}`;

/** Names come in lower case, as Node has headers; the service compares them without case. */
export function readMetadata(answer: FilesAnswer): Metadata {
  const prefix = 'x-ms-meta-';
  const metadata: Record<string, string> = {};
  for (const [name, value] of answer.headers) {
    if (name.toLowerCase().startsWith(prefix)) metadata[name.slice(prefix.length).toLowerCase()] = value;
  }
  return metadata;
}

function readContentHeaders(answer: FilesAnswer): HttpHeaders {
  const present = contentFields.flatMap(([field, name]) => {
    const value = answer.header(name);
    return value === undefined ? [] : [[field, value] as const];
  });
  return Object.fromEntries(present);
}

function readEntryHeaders(path: SharePath, answer: FilesAnswer) {
  return {
    name: baseName(path),
    times: {
      creation: answer.required('x-ms-file-creation-time'),
      lastWrite: answer.required('x-ms-file-last-write-time'),
      change: answer.required('x-ms-file-change-time'),
    },
    lastModifiedMs: parseHttpDate(answer.required('last-modified')),
    etag: answer.required('etag'),
    attributes: normaliseAttributes(answer.required('x-ms-file-attributes')),
    permissionKey: answer.header('x-ms-file-permission-key') ?? '',
    metadata: readMetadata(answer),
  };
}

/** Also of Copy File's answer. `undefined` where there was no copy. */
export function readCopyState(answer: FilesAnswer): CopyState | undefined {
  const [id, status] = [answer.header('x-ms-copy-id'), answer.header('x-ms-copy-status')];
  if (id === undefined || status === undefined) return undefined;
  if (status !== 'pending' && status !== 'success' && status !== 'aborted' && status !== 'failed') {
    throw new SyntaxError(`copy status ${status}`);
  }
  const description = answer.header('x-ms-copy-status-description');
  return description === undefined ? { id, status } : { id, status, description };
}

export function readFileProperties(path: SharePath, answer: FilesAnswer): FileProperties {
  const copy = readCopyState(answer);
  return {
    kind: 'file',
    ...readEntryHeaders(path, answer),
    sizeBytes: parseSize(answer.required('content-length')),
    headers: readContentHeaders(answer),
    ...(copy === undefined ? {} : { copy }),
  };
}

export const readDirectoryProperties = (path: SharePath, answer: FilesAnswer): DirectoryProperties => ({
  kind: 'directory',
  ...readEntryHeaders(path, answer),
});

/** The service's clock when it answered, epoch ms, whole seconds. */
export const readServiceTime = (answer: FilesAnswer): number => parseHttpDate(answer.required('date'));
