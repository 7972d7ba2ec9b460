import type { PermissionFormat } from '../store/index.ts';
import { permissionFormat } from '../wire/entry-headers.ts';
import { ServiceError } from '../wire/errors.ts';
import { liveShare, requiredHeader, shareOrSnapshot } from '../wire/request.ts';
import type { Answer, ServiceRequest } from '../wire/request.ts';

export function createFilePermission(request: ServiceRequest): Answer {
  const { permission, format } = permissionOf(request.body.toString('utf8'));
  const made = request.surroundings.store.permissions.create(liveShare(request), permission, format);
  return { status: 201, headers: { 'x-ms-file-permission-key': made.permissionKey } };
}

function permissionOf(text: string): { permission: string; format: PermissionFormat } {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new ServiceError('InvalidInput');
  }
  if (typeof document !== 'object' || document === null || !('permission' in document)) {
    throw new ServiceError('InvalidInput');
  }
  if (typeof document.permission !== 'string') throw new ServiceError('InvalidInput');
  const format = 'format' in document && document.format !== null ? document.format : 'sddl';
  const word = typeof format === 'string' ? format.toLowerCase() : '';
  if (word !== 'sddl' && word !== 'binary') throw new ServiceError('InvalidInput');
  return { permission: document.permission, format: word };
}

export function getFilePermission(request: ServiceRequest): Answer {
  const key = requiredHeader(request, 'x-ms-file-permission-key');
  const format = permissionFormat(request);
  const { permission } = request.surroundings.store.permissions.get(shareOrSnapshot(request), key, format);
  const body = JSON.stringify(format === undefined ? { permission } : { permission, format });
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body };
}
