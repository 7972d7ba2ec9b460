import { ServiceError } from '../wire/errors.ts';
import { liveShare, requiredHeader, shareOrSnapshot, wordHeader } from '../wire/request.ts';
import type { Answer, ServiceRequest } from '../wire/request.ts';

export function createFilePermission(request: ServiceRequest): Answer {
  const permission = permissionOf(request.body.toString('utf8'));
  const made = request.surroundings.store.permissions.create(liveShare(request), permission);
  return { status: 201, headers: { 'x-ms-file-permission-key': made.permissionKey } };
}

function permissionOf(text: string): string {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new ServiceError('InvalidInput');
  }
  if (typeof document !== 'object' || document === null || !('permission' in document)) {
    throw new ServiceError('InvalidInput');
  }
  if ('format' in document && String(document.format).toLowerCase() !== 'sddl') throw binaryUnsupported();
  if (typeof document.permission !== 'string') throw new ServiceError('InvalidInput');
  return document.permission;
}

/** Binary security descriptors come with the emulator issue; refused rather than taken for SDDL. */
function binaryUnsupported(): ServiceError {
  return new ServiceError('UnsupportedHeader', {
    message: 'This emulator has no binary security descriptors yet.',
    details: { HeaderName: 'x-ms-file-permission-format' },
  });
}

export function getFilePermission(request: ServiceRequest): Answer {
  const key = requiredHeader(request, 'x-ms-file-permission-key');
  const format = wordHeader(request, 'x-ms-file-permission-format', ['Sddl', 'Binary']);
  if (format === 'Binary') throw binaryUnsupported();
  const { permission } = request.surroundings.store.permissions.get(shareOrSnapshot(request), key);
  const body = JSON.stringify(format === undefined ? { permission } : { permission, format: 'sddl' });
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body };
}
