import { newEntryInput, requireSmbHeaders, smbHeaders, smbInput, writtenHeaders } from '../wire/entry-headers.ts';
import { addMetadata, requestMetadata } from '../wire/metadata.ts';
import { entryOf, liveEntry } from '../wire/request.ts';
import type { Answer, ServiceRequest } from '../wire/request.ts';
import { httpDate } from '../wire/times.ts';

export function createDirectory(request: ServiceRequest): Answer {
  requireSmbHeaders(request);
  const input = { ...newEntryInput(request), metadata: requestMetadata(request) };
  const directory = request.surroundings.store.directories.create(liveEntry(request), input);
  return { status: 201, headers: writtenHeaders(directory) };
}

export function getDirectoryProperties(request: ServiceRequest): Answer {
  const directory = request.surroundings.store.directories.getProperties(entryOf(request));
  const headers: Record<string, string | number> = {
    ETag: directory.etag,
    'Last-Modified': httpDate(directory.lastModified),
    'x-ms-server-encrypted': 'true',
    ...smbHeaders(directory),
  };
  addMetadata(headers, directory.metadata);
  return { status: 200, headers };
}

export function getDirectoryMetadata(request: ServiceRequest): Answer {
  const directory = request.surroundings.store.directories.getProperties(entryOf(request));
  const headers: Record<string, string | number> = {
    ETag: directory.etag,
    'Last-Modified': httpDate(directory.lastModified),
  };
  addMetadata(headers, directory.metadata);
  return { status: 200, headers };
}

export function setDirectoryProperties(request: ServiceRequest): Answer {
  requireSmbHeaders(request);
  const directory = request.surroundings.store.directories.setProperties(liveEntry(request), smbInput(request));
  return { status: 200, headers: writtenHeaders(directory) };
}

export function setDirectoryMetadata(request: ServiceRequest): Answer {
  const metadata = requestMetadata(request) ?? {};
  const changed = request.surroundings.store.directories.setMetadata(liveEntry(request), metadata);
  return {
    status: 200,
    headers: {
      ETag: changed.etag,
      'Last-Modified': httpDate(changed.lastModified),
      'x-ms-request-server-encrypted': 'true',
    },
  };
}

export function deleteDirectory(request: ServiceRequest): Answer {
  request.surroundings.store.directories.delete(liveEntry(request));
  return { status: 202 };
}
