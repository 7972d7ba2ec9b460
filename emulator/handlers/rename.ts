import type { EntryRef, RenameInput } from '../store/index.ts';
import { requireAccess } from '../wire/authorization.ts';
import { smbInput, writtenHeaders } from '../wire/entry-headers.ts';
import { ServiceError } from '../wire/errors.ts';
import { requestMetadata } from '../wire/metadata.ts';
import { allowsTrailingDot, booleanHeader, header, invalidHeader, liveEntry, requiredHeader } from '../wire/request.ts';
import type { Answer, ServiceRequest } from '../wire/request.ts';
import { hasSas, verifySas } from '../wire/sas.ts';
import { parseTarget, parseTargetUrl } from '../wire/target.ts';
import type { Target } from '../wire/target.ts';
import { accessPolicyOf } from './access-policy.ts';

export function renameFile(request: ServiceRequest): Answer {
  const source = renameSource(request);
  const input = { ...renameInput(request), contentType: header(request, 'x-ms-content-type') };
  const file = request.surroundings.store.files.rename(source, liveEntry(request), input);
  return { status: 200, headers: writtenHeaders(file) };
}

export function renameDirectory(request: ServiceRequest): Answer {
  const source = renameSource(request);
  const { store } = request.surroundings;
  const directory = store.directories.rename(source, liveEntry(request), renameInput(request));
  return { status: 200, headers: writtenHeaders(directory) };
}

function renameInput(request: ServiceRequest): RenameInput {
  return {
    ...smbInput(request),
    replaceIfExists: booleanHeader(request, 'x-ms-file-rename-replace-if-exists'),
    ignoreReadOnly: booleanHeader(request, 'x-ms-file-rename-ignore-readonly'),
    sourceLeaseId: header(request, 'x-ms-source-lease-id'),
    destinationLeaseId: header(request, 'x-ms-destination-lease-id'),
    metadata: requestMetadata(request),
  };
}

/** The source is a URL or a URL path, may carry its own SAS, and must lie in the share of the destination. */
function renameSource(request: ServiceRequest): EntryRef {
  const sent = requiredHeader(request, 'x-ms-file-rename-source');
  const isAccount = (name: string) => request.surroundings.keyOf(name) !== undefined;
  const target = parseTargetUrl(sent, isAccount) ?? parseTarget(sent, request.headers.host, isAccount);
  if (target.account !== request.target.account || target.share !== request.target.share || target.path === '') {
    throw invalidHeader('x-ms-file-rename-source', sent.split('?')[0] ?? '');
  }
  if (target.query.get('sharesnapshot')) throw new ServiceError('ShareSnapshotOperationNotSupported');
  authorizeSource(request, target);
  return {
    account: target.account,
    share: target.share,
    path: target.path,
    allowTrailingDot: allowsTrailingDot(request, 'x-ms-source-allow-trailing-dot'),
  };
}

/** A SAS that may only read suffices for the source [JST sas.spec: rename with different SAS]. */
const MOVE_AWAY = { resourceType: 'o', letters: 'rwd', serviceSas: true, accountSas: true, bearerOnly: false } as const;

function authorizeSource(request: ServiceRequest, target: Target): void {
  const key = request.surroundings.keyOf(target.account);
  if (!key || !hasSas(target)) return;
  const { nowMs, protocol } = request;
  const policy = accessPolicyOf(request.surroundings.store, target);
  const { kind, ...grant } = verifySas(target, { key, nowMs, protocol, remoteAddress: '127.0.0.1', policy });
  requireAccess({ kind: `${kind}-sas`, ...grant }, MOVE_AWAY);
}
