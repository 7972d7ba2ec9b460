import type { OpenHandle } from '../store/index.ts';
import { booleanHeader, countParameter, entryOf, invalidHeader, requiredHeader } from '../wire/request.ts';
import type { Answer, ServiceRequest } from '../wire/request.ts';
import { httpDate } from '../wire/times.ts';
import { nameElement, XML_DECLARATION } from '../wire/xml.ts';
import { MAX_PAGE, nextMarker } from './listing.ts';

// Handles are what SMB clients hold open. Nobody mounts this emulator: `/_emulator/handles` opens pretended ones.

export function listHandles(request: ServiceRequest): Answer {
  const page = request.surroundings.store.handles.list(entryOf(request), {
    recursive: booleanHeader(request, 'x-ms-recursive'),
    marker: request.target.query.get('marker') || undefined,
    maxResults: countParameter(request, 'maxresults', MAX_PAGE),
  });
  let body = `${XML_DECLARATION}<EnumerationResults><Entries>`;
  for (const handle of page.handles) body += element(handle);
  body += `</Entries>${nextMarker(page.nextMarker)}</EnumerationResults>`;
  return { status: 200, headers: { 'Content-Type': 'application/xml' }, body };
}

function element(handle: OpenHandle): string {
  let text = `<Handle><HandleId>${handle.id}</HandleId>${nameElement('Path', handle.path)}`;
  text += `<FileId>${handle.fileId}</FileId><ParentId>${handle.parentId}</ParentId>`;
  text += `<SessionId>${handle.sessionId}</SessionId><ClientIp>${handle.clientIp}</ClientIp>`;
  text += `${nameElement('ClientName', handle.clientName)}<OpenTime>${httpDate(handle.openTime)}</OpenTime>`;
  text += '<AccessRightList>';
  for (const right of handle.accessRights) text += `<AccessRight>${right}</AccessRight>`;
  return `${text}</AccessRightList></Handle>`;
}

export function forceCloseHandles(request: ServiceRequest): Answer {
  const handleId = requiredHeader(request, 'x-ms-handle-id');
  if (handleId !== '*' && !/^\d{1,20}$/.test(handleId)) throw invalidHeader('x-ms-handle-id', handleId);
  const recursive = booleanHeader(request, 'x-ms-recursive');
  const { closed, failed } = request.surroundings.store.handles.close(entryOf(request), { handleId, recursive });
  return {
    status: 200,
    headers: { 'x-ms-number-of-handles-closed': closed, 'x-ms-number-of-handles-failed': failed },
  };
}
