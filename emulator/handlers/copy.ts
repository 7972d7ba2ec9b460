import type { CopyInput } from '../store/index.ts';
import { smbInput } from '../wire/entry-headers.ts';
import { ServiceError } from '../wire/errors.ts';
import { requestMetadata } from '../wire/metadata.ts';
import { booleanHeader, header, invalidHeader, liveEntry, requiredHeader, wordHeader } from '../wire/request.ts';
import type { Answer, ServiceRequest } from '../wire/request.ts';
import { httpDate } from '../wire/times.ts';
import { openCopySource } from './copy-source.ts';
import { requireOverwrite } from './file.ts';

export function copyFile(request: ServiceRequest): Answer {
  const { stats, store } = request.surroundings;
  const entry = liveEntry(request);
  if (request.body.length > 0) throw invalidHeader('Content-Length', String(request.body.length));
  const input = copyInput(request);
  requireOverwrite(request);
  const source = openCopySource(request);
  const copy = store.copies.start(entry, source.entry, { ...input, sourceUrl: source.shownUrl });
  stats.copied(copy.bytes);
  return {
    status: 202,
    headers: {
      ETag: copy.etag,
      'Last-Modified': httpDate(copy.lastModified),
      'x-ms-copy-id': copy.copyId,
      'x-ms-copy-status': copy.status,
    },
  };
}

function copyInput(request: ServiceRequest): Omit<CopyInput, 'sourceUrl'> {
  const { effects } = request;
  const smb = smbInput(request);
  const permissionCopyMode = wordHeader(request, 'x-ms-file-permission-copy-mode', ['source', 'override']);
  const modeCopyMode = wordHeader(request, 'x-ms-file-mode-copy-mode', ['source', 'override']);
  const ownerCopyMode = wordHeader(request, 'x-ms-file-owner-copy-mode', ['source', 'override']);
  if (permissionCopyMode === 'override' && smb.permission === undefined && smb.permissionKey === undefined) {
    throw new ServiceError('MissingRequiredHeader', { details: { HeaderName: 'x-ms-file-permission' } });
  }
  const metadata = requestMetadata(request);
  return {
    ...smb,
    permissionCopyMode,
    modeCopyMode,
    ownerCopyMode,
    ignoreReadOnly: booleanHeader(request, 'x-ms-file-copy-ignore-readonly'),
    setArchive: booleanHeader(request, 'x-ms-file-copy-set-archive'),
    metadata,
    leaseId: header(request, 'x-ms-lease-id'),
    pendingMs: effects.copyPendingMs,
    outcome: effects.outcome,
    pendingShowsFullSize: effects.pendingShowsFullSize,
  };
}

export function abortCopyFile(request: ServiceRequest): Answer {
  const action = requiredHeader(request, 'x-ms-copy-action');
  if (action.toLowerCase() !== 'abort') throw invalidHeader('x-ms-copy-action', action);
  const copyId = request.target.query.get('copyid') ?? '';
  if (copyId === '') {
    throw new ServiceError('MissingRequiredQueryParameter', { details: { QueryParameterName: 'copyid' } });
  }
  const leaseId = header(request, 'x-ms-lease-id');
  request.surroundings.store.copies.abort(liveEntry(request), copyId, { leaseId });
  return { status: 204 };
}
