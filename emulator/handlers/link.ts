import { smbInput, writtenHeaders } from '../wire/entry-headers.ts';
import { ServiceError } from '../wire/errors.ts';
import { requestMetadata } from '../wire/metadata.ts';
import { entryOf, header, invalidHeader, liveEntry, requiredHeader } from '../wire/request.ts';
import type { Answer, ServiceRequest } from '../wire/request.ts';
import { httpDate } from '../wire/times.ts';
import { requireFeature } from '../wire/versions.ts';

// Links of NFS shares [learn: version 2025-05-05]. A symbolic link's text is kept and never followed.

export function createSymbolicLink(request: ServiceRequest): Answer {
  requireFeature(request, 'nfs');
  const link = request.surroundings.store.files.createSymbolicLink(liveEntry(request), {
    ...smbInput(request),
    linkText: requiredHeader(request, 'x-ms-link-text'),
    metadata: requestMetadata(request),
    leaseId: header(request, 'x-ms-lease-id'),
  });
  return { status: 201, headers: writtenHeaders(link) };
}

export function getSymbolicLink(request: ServiceRequest): Answer {
  requireFeature(request, 'nfs');
  const link = request.surroundings.store.files.getProperties(entryOf(request));
  const text = link.nfs?.linkText;
  if (text === undefined) throw new ServiceError('ResourceTypeMismatch');
  const headers = { ETag: link.etag, 'Last-Modified': httpDate(link.lastModified), 'x-ms-link-text': text };
  return { status: 200, headers };
}

/** The target is a path in the share, percent-encoded as sent by the SDKs, with a leading slash or without. */
export function createHardLink(request: ServiceRequest): Answer {
  requireFeature(request, 'nfs');
  const type = requiredHeader(request, 'x-ms-type');
  if (type.toLowerCase() !== 'file') throw invalidHeader('x-ms-type', type);
  const entry = liveEntry(request);
  const sent = requiredHeader(request, 'x-ms-file-target-file');
  const target = { ...entry, path: pathOf(sent) };
  const options = { leaseId: header(request, 'x-ms-lease-id') };
  const link = request.surroundings.store.files.createHardLink(entry, target, options);
  return { status: 201, headers: writtenHeaders(link) };
}

function pathOf(sent: string): string {
  try {
    return decodeURIComponent(sent).replace(/^\/+/, '');
  } catch {
    throw invalidHeader('x-ms-file-target-file', sent);
  }
}
