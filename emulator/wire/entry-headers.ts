import type {
  ContentHeaders,
  DirectoryProperties,
  FileProperties,
  LeaseProperties,
  NfsProperties,
  PermissionFormat,
  SmbInput,
} from '../store/index.ts';
import { ServiceError } from './errors.ts';
import { header, wordHeader } from './request.ts';
import type { ServiceRequest } from './request.ts';
import { httpDate } from './times.ts';
import { hasFeature, requireFeature } from './versions.ts';

type Headers = Record<string, string | number>;

const SMB_HEADERS = [
  ['attributes', 'x-ms-file-attributes'],
  ['creationTime', 'x-ms-file-creation-time'],
  ['lastWriteTime', 'x-ms-file-last-write-time'],
  ['changeTime', 'x-ms-file-change-time'],
  ['permission', 'x-ms-file-permission'],
  ['permissionKey', 'x-ms-file-permission-key'],
  ['owner', 'x-ms-owner'],
  ['group', 'x-ms-group'],
  ['mode', 'x-ms-mode'],
] as const satisfies readonly (readonly [Exclude<keyof SmbInput, 'permissionFormat'>, string])[];

/** The SMB properties of a request, as sent: the store knows what `now`, `preserve`, `inherit` and `source` mean. */
export function smbInput(request: ServiceRequest): SmbInput {
  const input: { -readonly [Name in keyof SmbInput]: SmbInput[Name] } = {};
  for (const [name, headerName] of SMB_HEADERS) {
    const value = header(request, headerName);
    if (value !== undefined) input[name] = value;
  }
  if (input.permission !== undefined && input.permissionKey !== undefined) {
    throw new ServiceError('InvalidHeaderValue', { details: { HeaderName: 'x-ms-file-permission-key' } });
  }
  if (!hasFeature(request, 'changeTime')) delete input.changeTime;
  if (input.owner ?? input.group ?? input.mode) requireFeature(request, 'nfs');
  input.permissionFormat = permissionFormat(request);
  return input;
}

/**
 * As `smbInput`, for a new entry. x-ms-file-property-semantics says whether a permission is a restored one, whose
 * auto-inherited flag stays [CPP FilePermissionSemantics; M].
 */
export function newEntryInput(request: ServiceRequest): SmbInput {
  const semantics = wordHeader(request, 'x-ms-file-property-semantics', ['new', 'restore']);
  const input = smbInput(request);
  const dropsFlag = semantics !== 'restore' && request.surroundings.store.switches.newSemanticsDropInherited;
  if (!dropsFlag || input.permission === undefined || input.permissionFormat === 'binary') return input;
  return { ...input, permission: input.permission.replaceAll(/([DS]:[A-Z]*)AI(?=[A-Z]*(?:\(|$|S:))/g, '$1') };
}

const ONCE_REQUIRED = ['x-ms-file-attributes', 'x-ms-file-creation-time', 'x-ms-file-last-write-time'];

/** Before 2021-06-08 every create and set had to say all SMB properties [REST Create File]. */
export function requireSmbHeaders(request: ServiceRequest): void {
  if (request.version < '2019-02-02' || hasFeature(request, 'optionalSmbHeaders')) return;
  const missing = ONCE_REQUIRED.find((name) => header(request, name) === undefined);
  const hasPermission = header(request, 'x-ms-file-permission') ?? header(request, 'x-ms-file-permission-key');
  const name = missing ?? (hasPermission === undefined ? 'x-ms-file-permission' : undefined);
  if (name !== undefined) throw new ServiceError('MissingRequiredHeader', { details: { HeaderName: name } });
}

/** How a permission is, or is to be, written. */
export function permissionFormat(request: ServiceRequest): PermissionFormat | undefined {
  const format = wordHeader(request, 'x-ms-file-permission-format', ['sddl', 'binary']);
  if (format === 'binary') requireFeature(request, 'binaryPermission');
  return format;
}

/** The SMB or POSIX properties of an answer. */
export function smbHeaders(entry: FileProperties | DirectoryProperties): Headers {
  return {
    ...(entry.nfs === undefined ? permissionHeaders(entry) : posixHeaders(entry.nfs, entry.kind)),
    'x-ms-file-creation-time': entry.creationTime,
    'x-ms-file-last-write-time': entry.lastWriteTime,
    'x-ms-file-change-time': entry.changeTime,
    'x-ms-file-id': entry.fileId,
    'x-ms-file-parent-id': entry.parentId,
  };
}

function permissionHeaders(entry: FileProperties | DirectoryProperties): Headers {
  return { 'x-ms-file-permission-key': entry.permissionKey, 'x-ms-file-attributes': entry.attributes };
}

function posixHeaders(nfs: NfsProperties, kind: 'file' | 'directory'): Headers {
  const headers: Headers = {
    'x-ms-owner': nfs.owner,
    'x-ms-group': nfs.group,
    'x-ms-mode': nfs.mode,
    'x-ms-file-file-type': nfs.fileType,
  };
  if (kind === 'file') headers['x-ms-link-count'] = nfs.linkCount;
  return headers;
}

/** ETag, Last-Modified and SMB properties, as every create and set answers. */
export function writtenHeaders(entry: FileProperties | DirectoryProperties): Headers {
  return {
    ETag: entry.etag,
    'Last-Modified': httpDate(entry.lastModified),
    'x-ms-request-server-encrypted': 'true',
    ...smbHeaders(entry),
  };
}

const CONTENT_HEADERS = [
  ['contentType', 'x-ms-content-type'],
  ['contentEncoding', 'x-ms-content-encoding'],
  ['contentLanguage', 'x-ms-content-language'],
  ['cacheControl', 'x-ms-cache-control'],
  ['contentMd5', 'x-ms-content-md5'],
  ['contentDisposition', 'x-ms-content-disposition'],
] as const satisfies readonly (readonly [keyof ContentHeaders, string])[];

/** The x-ms-content-* headers of a request. An MD5 must be base64; the service keeps one of any length [JST]. */
export function contentInput(request: ServiceRequest): ContentHeaders {
  const input: { -readonly [Name in keyof ContentHeaders]: string } = {};
  for (const [name, headerName] of CONTENT_HEADERS) {
    const value = header(request, headerName);
    if (value !== undefined) input[name] = value;
  }
  if (input.contentMd5 !== undefined && !isBase64(input.contentMd5)) throw new ServiceError('InvalidMd5');
  return input;
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
}

/** The standard headers a file answers with; the MD5 is left out where it would describe another body. */
function contentHeaders(headers: ContentHeaders): Headers {
  const answer: Headers = {};
  if (headers.contentType !== undefined) answer['Content-Type'] = headers.contentType;
  if (headers.contentEncoding !== undefined) answer['Content-Encoding'] = headers.contentEncoding;
  if (headers.contentLanguage !== undefined) answer['Content-Language'] = headers.contentLanguage;
  if (headers.cacheControl !== undefined) answer['Cache-Control'] = headers.cacheControl;
  if (headers.contentDisposition !== undefined) answer['Content-Disposition'] = headers.contentDisposition;
  return answer;
}

/** Lease state of a file, share or snapshot. */
export function addLeaseHeaders(headers: Headers, lease: LeaseProperties): void {
  headers['x-ms-lease-status'] = lease.status;
  headers['x-ms-lease-state'] = lease.state;
  if (lease.duration !== undefined) headers['x-ms-lease-duration'] = lease.duration;
}

/** All of a file's properties, as GET and HEAD show them, without Content-Length and MD5. */
export function fileHeaders(file: FileProperties): Headers {
  const headers: Headers = {
    ETag: file.etag,
    'Last-Modified': httpDate(file.lastModified),
    ...contentHeaders(file.headers),
    'x-ms-type': 'File',
    'x-ms-server-encrypted': 'true',
    ...smbHeaders(file),
  };
  addLeaseHeaders(headers, file.lease);
  const { copy } = file;
  if (copy === undefined) return headers;
  headers['x-ms-copy-id'] = copy.id;
  headers['x-ms-copy-source'] = copy.source;
  headers['x-ms-copy-status'] = copy.status;
  headers['x-ms-copy-progress'] = copy.progress;
  if (copy.completionTime !== undefined) headers['x-ms-copy-completion-time'] = httpDate(copy.completionTime);
  if (copy.statusDescription !== undefined) headers['x-ms-copy-status-description'] = copy.statusDescription;
  return headers;
}
