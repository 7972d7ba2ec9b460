import { entryOf, liveEntry, requiredHeader } from '../wire/request.ts';
import type { Answer, ServiceRequest } from '../wire/request.ts';
import { XML_DECLARATION } from '../wire/xml.ts';

// Handles are what SMB clients hold open. Nobody mounts this emulator, so there are none; the entry must exist.

export function listHandles(request: ServiceRequest): Answer {
  requireEntry(request);
  return {
    status: 200,
    headers: { 'Content-Type': 'application/xml' },
    body: `${XML_DECLARATION}<EnumerationResults><Entries /><NextMarker /></EnumerationResults>`,
  };
}

export function forceCloseHandles(request: ServiceRequest): Answer {
  requiredHeader(request, 'x-ms-handle-id');
  requireEntry(request);
  return { status: 200, headers: { 'x-ms-number-of-handles-closed': 0, 'x-ms-number-of-handles-failed': 0 } };
}

function requireEntry(request: ServiceRequest): void {
  const { directories, files } = request.surroundings.store;
  const entry = request.method === 'PUT' ? liveEntry(request) : entryOf(request);
  try {
    directories.getProperties(entry);
  } catch {
    files.getProperties(entry);
  }
}
