import { createHash } from 'node:crypto';
import type { FileReader } from '../store/index.ts';
import { hasAnyLetter } from '../wire/authorization.ts';
import {
  contentInput,
  fileHeaders,
  newEntryInput,
  requireSmbHeaders,
  smbInput,
  writtenHeaders,
} from '../wire/entry-headers.ts';
import { ServiceError } from '../wire/errors.ts';
import { addMetadata, requestMetadata } from '../wire/metadata.ts';
import { MAX_RANGE_BYTES, rangeHeader } from '../wire/ranges.ts';
import {
  booleanHeader,
  entryOf,
  header,
  invalidHeader,
  liveEntry,
  numberHeader,
  requiredHeader,
} from '../wire/request.ts';
import type { Answer, ServiceRequest } from '../wire/request.ts';
import { contentOf, encodeMessage, structuredBody } from '../wire/structured-message.ts';
import { httpDate } from '../wire/times.ts';
import { requireFeature } from '../wire/versions.ts';

/** 4 TiB, the largest file [learn: scalability targets]. */
const MAX_FILE_BYTES = 4 * 1024 ** 4;
/** Pieces in which a file's content is read for an answer. */
const PIECE_BYTES = 1024 * 1024;

export function createFile(request: ServiceRequest): Answer {
  const entry = liveEntry(request);
  const type = requiredHeader(request, 'x-ms-type');
  if (type.toLowerCase() !== 'file') throw invalidHeader('x-ms-type', type);
  requiredHeader(request, 'x-ms-content-length');
  const sizeBytes = sizeHeader(request) ?? 0;
  if (request.body.length > 0) requireFeature(request, 'contentAtCreation');
  requireSmbHeaders(request);
  const content = request.body.length > 0 ? contentOf(request) : request.body;
  if (content.length > MAX_RANGE_BYTES) throw new ServiceError('RequestBodyTooLarge');
  if (content.length > sizeBytes) throw invalidHeader('x-ms-content-length', String(sizeBytes));
  const contentMd5 = content.length > 0 ? verifiedMd5(request) : undefined;
  requireOverwrite(request);
  const file = request.surroundings.store.files.create(entry, {
    ...newEntryInput(request),
    sizeBytes,
    headers: contentInput(request),
    metadata: requestMetadata(request),
    leaseId: header(request, 'x-ms-lease-id'),
    content: content.length > 0 ? content : undefined,
  });
  const headers = writtenHeaders(file);
  if (contentMd5 !== undefined) Object.assign(headers, contentHeadersOf(request, contentMd5));
  return { status: 201, headers };
}

/** What answers content that came with a request: its MD5, or the kind of structured message it was checked by. */
export function contentHeadersOf(request: ServiceRequest, md5: string): Record<string, string> {
  const structured = structuredBody(request);
  return structured === undefined ? { 'Content-MD5': md5 } : { 'x-ms-structured-body': structured };
}

/** A SAS with create but without write may not replace a file. */
export function requireOverwrite(request: ServiceRequest): void {
  if (hasAnyLetter(request.authorization, 'w')) return;
  let exists = true;
  try {
    request.surroundings.store.files.getProperties(liveEntry(request));
  } catch {
    exists = false;
  }
  if (exists) throw new ServiceError('AuthorizationPermissionMismatch');
}

/** The MD5 of the body, checked against Content-MD5 when the client sent one. */
export function verifiedMd5(request: ServiceRequest): string {
  const md5 = createHash('md5').update(request.body).digest('base64');
  const sent = header(request, 'content-md5');
  if (sent === undefined || sent === md5) return md5;
  throw new ServiceError('Md5Mismatch', { details: { UserSpecifiedMd5: sent, ServerCalculatedMd5: md5 } });
}

function sizeHeader(request: ServiceRequest): number | undefined {
  const size = numberHeader(request, 'x-ms-content-length', 0);
  if (size !== undefined && size > MAX_FILE_BYTES) {
    throw new ServiceError('OutOfRangeInput', { details: { HeaderName: 'x-ms-content-length' } });
  }
  return size;
}

export function getFile(request: ServiceRequest): Answer {
  requireOneChecksum(request);
  const reader = request.surroundings.store.files.open(entryOf(request), { leaseId: header(request, 'x-ms-lease-id') });
  const { properties } = reader;
  const size = properties.sizeBytes;
  const range = rangeHeader(request);
  const headers = fileHeaders(properties);
  Object.assign(headers, request.authorization.overrides);
  headers['Accept-Ranges'] = 'bytes';
  addMetadata(headers, properties.metadata);
  if (range === undefined) {
    if (properties.headers.contentMd5 !== undefined) headers['Content-MD5'] = properties.headers.contentMd5;
    return { status: 200, headers, body: rangeBody(request, headers, reader, { start: 0, end: size }) };
  }
  if (range.start >= size) {
    throw new ServiceError('InvalidRange', { headers: { 'Content-Range': `bytes */${size}` } });
  }
  const end = Math.min(range.end ?? size, size);
  headers['Content-Range'] = `bytes ${range.start}-${end - 1}/${size}`;
  if (properties.headers.contentMd5 !== undefined) headers['x-ms-content-md5'] = properties.headers.contentMd5;
  return { status: 206, headers, body: rangeBody(request, headers, reader, { start: range.start, end }) };
}

/** The MD5 of a read is given for a range only, and not together with a structured message. */
function requireOneChecksum(request: ServiceRequest): void {
  if (booleanHeader(request, 'x-ms-range-get-content-md5') !== true) return;
  if (rangeHeader(request) === undefined || structuredBody(request) !== undefined) {
    throw invalidHeader('x-ms-range-get-content-md5', 'true');
  }
}

function rangeBody(
  request: ServiceRequest,
  headers: Record<string, string | number>,
  reader: FileReader,
  { start, end }: { start: number; end: number },
) {
  const structured = structuredBody(request);
  if (structured !== undefined) {
    headers['x-ms-structured-body'] = structured;
    headers['x-ms-structured-content-length'] = end - start;
    return encodeMessage(end - start, (from, to) => reader.read(start + from, start + to));
  }
  if (booleanHeader(request, 'x-ms-range-get-content-md5') !== true) {
    return { length: end - start, pieces: pieces(reader, start, end) };
  }
  if (end - start > MAX_RANGE_BYTES) throw invalidHeader('x-ms-range-get-content-md5', 'true');
  const content = reader.read(start, end);
  headers['Content-MD5'] = createHash('md5').update(content).digest('base64');
  return content;
}

function* pieces(reader: FileReader, start: number, end: number): Generator<Uint8Array> {
  for (let at = start; at < end; at += PIECE_BYTES) yield reader.read(at, Math.min(at + PIECE_BYTES, end));
}

export function getFileProperties(request: ServiceRequest): Answer {
  const leaseId = header(request, 'x-ms-lease-id');
  const file = request.surroundings.store.files.getProperties(entryOf(request), { leaseId });
  const headers = fileHeaders(file);
  Object.assign(headers, request.authorization.overrides);
  headers['Content-Length'] = file.sizeBytes;
  if (file.headers.contentMd5 !== undefined) headers['Content-MD5'] = file.headers.contentMd5;
  addMetadata(headers, file.metadata);
  return { status: 200, headers };
}

export function deleteFile(request: ServiceRequest): Answer {
  const leaseId = header(request, 'x-ms-lease-id');
  const { linkCount } = request.surroundings.store.files.delete(liveEntry(request), { leaseId });
  return linkCount === undefined ? { status: 202 } : { status: 202, headers: { 'x-ms-link-count': linkCount } };
}

export function setFileProperties(request: ServiceRequest): Answer {
  const entry = liveEntry(request);
  requireSmbHeaders(request);
  const file = request.surroundings.store.files.setProperties(entry, {
    ...smbInput(request),
    headers: contentInput(request),
    sizeBytes: sizeHeader(request),
    leaseId: header(request, 'x-ms-lease-id'),
  });
  return { status: 200, headers: writtenHeaders(file) };
}

export function setFileMetadata(request: ServiceRequest): Answer {
  const leaseId = header(request, 'x-ms-lease-id');
  const metadata = requestMetadata(request) ?? {};
  const changed = request.surroundings.store.files.setMetadata(liveEntry(request), metadata, { leaseId });
  return {
    status: 200,
    headers: {
      ETag: changed.etag,
      'Last-Modified': httpDate(changed.lastModified),
      'x-ms-request-server-encrypted': 'true',
    },
  };
}

/** Get File Metadata: the same as the properties, metadata only. */
export function getFileMetadata(request: ServiceRequest): Answer {
  const file = request.surroundings.store.files.getProperties(entryOf(request));
  const headers: Record<string, string | number> = { ETag: file.etag, 'Last-Modified': httpDate(file.lastModified) };
  addMetadata(headers, file.metadata);
  return { status: 200, headers };
}
