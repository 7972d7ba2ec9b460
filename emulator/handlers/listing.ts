import type { DirectoryProperties, EntriesPage, FileProperties, ListEntriesOptions } from '../store/index.ts';
import { ServiceError } from '../wire/errors.ts';
import { booleanHeader, countParameter, entryOf } from '../wire/request.ts';
import type { Answer, ServiceRequest } from '../wire/request.ts';
import { httpDate } from '../wire/times.ts';
import { hasFeature, requireFeature } from '../wire/versions.ts';
import { escapeXml, nameElement, needsEncoding, percentEncodeName, XML_DECLARATION } from '../wire/xml.ts';

/** Most entries in a page [REST List Directories and Files]. */
export const MAX_PAGE = 5000;

/** What a listing shows beside names, file ids and sizes. */
type Included = Record<IncludeWord, boolean> & { ids: boolean };
type IncludeWord = 'timestamps' | 'etag' | 'attributes' | 'permissionKey';

const INCLUDES: Record<string, IncludeWord> = {
  timestamps: 'timestamps',
  etag: 'etag',
  attributes: 'attributes',
  permissionkey: 'permissionKey',
};

export function listFilesAndDirectories(request: ServiceRequest): Answer {
  const { query } = request.target;
  // Only checked: what SMB clients have open does not exist here, so sizes are never stale.
  booleanHeader(request, 'x-ms-file-extended-info');
  const include = query.get('include');
  if (include) requireFeature(request, 'listingInclude');
  const shown: Included = { ...includedOf(include), ids: hasFeature(request, 'listingIds') };
  const maxResults = countParameter(request, 'maxresults', MAX_PAGE);
  const page = listPage(request, {
    prefix: query.get('prefix') || undefined,
    marker: query.get('marker') || undefined,
    maxResults,
  });
  let body = head(request, maxResults);
  body += shown.ids ? `<DirectoryId>${page.directoryId}</DirectoryId><Entries>` : '<Entries>';
  for (const entry of page.entries) body += element(entry, shown);
  body += `</Entries>${nextMarker(page.nextMarker)}</EnumerationResults>`;
  return { status: 200, headers: { 'Content-Type': 'application/xml' }, body };
}

/** NextMarker is sent empty at the end of a listing. */
export function nextMarker(marker: string): string {
  return marker === '' ? '<NextMarker />' : `<NextMarker>${escapeXml(marker)}</NextMarker>`;
}

// Marks the marker of a page that a fault made: the rest is the marker of the page before, which is read again.
const REPLAY = 'replay!';

function listPage(request: ServiceRequest, asked: ListEntriesOptions): EntriesPage {
  const options = asked.marker?.startsWith(REPLAY)
    ? { ...asked, marker: asked.marker.slice(REPLAY.length) || undefined }
    : asked;
  const page = request.surroundings.store.directories.list(entryOf(request), options);
  const { listing, count } = request.effects;
  const replay = REPLAY + (options.marker ?? '');
  if (listing === 'repeatPage') return { ...page, nextMarker: replay };
  if (listing === 'emptyPageWithMarker') return { ...page, entries: [], nextMarker: replay };
  if (listing === 'dropEntries') return { ...page, entries: page.entries.slice(count ?? 1) };
  return page;
}

function includedOf(include: string | undefined): Record<IncludeWord, boolean> {
  const included = { timestamps: false, etag: false, attributes: false, permissionKey: false };
  if (include === undefined || include === '') return included;
  for (const word of include.split(',')) {
    const name = INCLUDES[word.trim().toLowerCase()];
    if (name === undefined) {
      throw new ServiceError('InvalidQueryParameterValue', {
        details: { QueryParameterName: 'include', QueryParameterValue: include },
      });
    }
    included[name] = true;
  }
  return included;
}

function head(request: ServiceRequest, maxResults: number | undefined): string {
  const { account, path, query, share } = request.target;
  const endpoint = escapeXml(`${request.protocol}://${request.headers.host ?? ''}/${account}/`);
  const snapshot = query.get('sharesnapshot');
  const isEncoded = needsEncoding(path);
  let text = `${XML_DECLARATION}<EnumerationResults ServiceEndpoint="${endpoint}" ShareName="${escapeXml(share)}"`;
  if (snapshot) text += ` ShareSnapshot="${escapeXml(snapshot)}"`;
  text += ` DirectoryPath="${isEncoded ? percentEncodeName(path) : escapeXml(path)}"`;
  text += isEncoded ? ' Encoded="true">' : '>';
  const marker = query.get('marker');
  if (marker) text += `<Marker>${escapeXml(marker)}</Marker>`;
  const prefix = query.get('prefix');
  text += prefix ? nameElement('Prefix', prefix) : '<Prefix />';
  if (maxResults !== undefined) text += `<MaxResults>${maxResults}</MaxResults>`;
  return text;
}

function element(entry: FileProperties | DirectoryProperties, included: Included): string {
  const isFile = entry.kind === 'file';
  const tag = isFile ? 'File' : 'Directory';
  let text = included.ids ? `<${tag}><FileId>${entry.fileId}</FileId>` : `<${tag}>`;
  text += `${nameElement('Name', entry.name)}<Properties>`;
  if (isFile) text += `<Content-Length>${entry.sizeBytes}</Content-Length>`;
  if (included.timestamps) {
    text += `<CreationTime>${entry.creationTime}</CreationTime><LastAccessTime>${entry.lastAccessTime}</LastAccessTime>`;
    text += `<LastWriteTime>${entry.lastWriteTime}</LastWriteTime><ChangeTime>${entry.changeTime}</ChangeTime>`;
    text += `<Last-Modified>${httpDate(entry.lastModified)}</Last-Modified>`;
  }
  if (included.etag) text += `<Etag>${entry.etag}</Etag>`;
  text += '</Properties>';
  const isSmb = entry.nfs === undefined;
  if (included.attributes && isSmb) text += `<Attributes>${entry.attributes}</Attributes>`;
  if (included.permissionKey && isSmb) text += `<PermissionKey>${entry.permissionKey}</PermissionKey>`;
  return `${text}</${tag}>`;
}
