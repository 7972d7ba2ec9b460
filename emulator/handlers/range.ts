import { crc64 } from '../store/index.ts';
import type { Written } from '../store/index.ts';
import { ServiceError } from '../wire/errors.ts';
import { closedRangeHeader, MAX_RANGE_BYTES } from '../wire/ranges.ts';
import {
  booleanHeader,
  countParameter,
  entryOf,
  header,
  invalidHeader,
  liveEntry,
  requiredHeader,
  wordHeader,
} from '../wire/request.ts';
import type { Answer, ServiceRequest } from '../wire/request.ts';
import { contentOf } from '../wire/structured-message.ts';
import { httpDate } from '../wire/times.ts';
import { hasFeature, requireFeature } from '../wire/versions.ts';
import { XML_DECLARATION } from '../wire/xml.ts';
import { openCopySource } from './copy-source.ts';
import { nextMarker } from './listing.ts';
import { contentHeadersOf, verifiedMd5 } from './file.ts';

export function putRange(request: ServiceRequest): Answer {
  const entry = liveEntry(request);
  const range = requiredRange(request);
  const body = contentOf(request);
  const length = range.end - range.start;
  if (length > MAX_RANGE_BYTES || body.length > MAX_RANGE_BYTES) throw new ServiceError('RequestBodyTooLarge');
  if (body.length !== length) throw invalidHeader('Content-Length', String(body.length));
  const md5 = verifiedMd5(request);
  const written = request.surroundings.store.files.putRange(entry, range.start, body, writeOptions(request));
  return { status: 201, headers: { ...writtenRange(written), ...contentHeadersOf(request, md5) } };
}

export function clearRange(request: ServiceRequest): Answer {
  const entry = liveEntry(request);
  const range = requiredRange(request);
  if (request.body.length > 0) throw invalidHeader('Content-Length', String(request.body.length));
  const written = request.surroundings.store.files.clearRange(entry, range, writeOptions(request));
  return { status: 201, headers: writtenRange(written) };
}

/** Put Range From URL. The source is read in this process; its check is `openCopySource`. */
export function putRangeFromUrl(request: ServiceRequest): Answer {
  requireFeature(request, 'rangeFromUrl');
  const { stats, store } = request.surroundings;
  const entry = liveEntry(request);
  if (requiredHeader(request, 'x-ms-write').toLowerCase() !== 'update') {
    throw invalidHeader('x-ms-write', requiredHeader(request, 'x-ms-write'));
  }
  if (request.body.length > 0) throw invalidHeader('Content-Length', String(request.body.length));
  const range = requiredRange(request);
  const sourceRange = closedRangeHeader(request, 'x-ms-source-range');
  if (sourceRange === undefined) {
    throw new ServiceError('MissingRequiredHeader', { details: { HeaderName: 'x-ms-source-range' } });
  }
  const length = range.end - range.start;
  if (sourceRange.end - sourceRange.start !== length) {
    throw invalidHeader('x-ms-source-range', header(request, 'x-ms-source-range') ?? '');
  }
  if (length > MAX_RANGE_BYTES) throw new ServiceError('RequestBodyTooLarge');
  // The destination is looked at first: without it the source is never read.
  store.files.getProperties(entry);
  const source = openCopySource(request);
  if (sourceRange.end > source.reader.properties.sizeBytes) throw new ServiceError('InvalidRange');
  const checksum = Buffer.from(crc64(source.reader.read(sourceRange.start, sourceRange.end))).toString('base64');
  requireChecksum(request, checksum);
  const written = store.files.putRangeFromFile(entry, range, source.entry, sourceRange.start, writeOptions(request));
  stats.copied(length);
  return { status: 201, headers: { ...writtenRange(written), 'x-ms-content-crc64': checksum } };
}

function requireChecksum(request: ServiceRequest, checksum: string): void {
  const wanted = header(request, 'x-ms-source-content-crc64');
  if (wanted !== undefined && wanted !== checksum) throw new ServiceError('Crc64Mismatch');
  const match = header(request, 'x-ms-source-if-match-crc64');
  const noneMatch = header(request, 'x-ms-source-if-none-match-crc64');
  if ((match !== undefined && match !== checksum) || noneMatch === checksum) {
    throw new ServiceError('SourceConditionNotMet');
  }
}

function requiredRange(request: ServiceRequest) {
  const range = closedRangeHeader(request);
  if (range !== undefined) return range;
  throw new ServiceError('MissingRequiredHeader', { details: { HeaderName: 'x-ms-range' } });
}

function writeOptions(request: ServiceRequest) {
  return {
    leaseId: header(request, 'x-ms-lease-id'),
    lastWriteTime: hasFeature(request, 'keptWriteTime')
      ? wordHeader(request, 'x-ms-file-last-write-time', ['now', 'preserve'])
      : undefined,
  };
}

function writtenRange(written: Written): Record<string, string> {
  return {
    ETag: written.etag,
    'Last-Modified': httpDate(written.lastModified),
    'x-ms-request-server-encrypted': 'true',
    'x-ms-file-last-write-time': written.lastWriteTime,
  };
}

export function listFileRanges(request: ServiceRequest): Answer {
  const { query } = request.target;
  const previous = query.get('prevsharesnapshot');
  const isDiff = previous !== undefined && previous !== '';
  if (isDiff) requireFeature(request, 'rangeDiff');
  if (isDiff && request.effects.rangeDiff === 'refuse') throw new ServiceError('FileGenerationMismatch');
  const list = request.surroundings.store.files.listRanges(entryOf(request), {
    range: closedRangeHeader(request),
    previousSnapshot: isDiff ? previous : undefined,
    supportRename: booleanHeader(request, 'x-ms-file-support-rename') === true && hasFeature(request, 'renamedDiff'),
    leaseId: header(request, 'x-ms-lease-id'),
  });
  const isLying = isDiff && request.effects.rangeDiff === 'omit';
  const spans = [
    ...list.ranges.slice(isLying ? 1 : 0).map((range) => ({ tag: 'Range', ...range })),
    ...list.clearRanges.map((range) => ({ tag: 'ClearRange', ...range })),
  ].sort((left, right) => left.start - right.start);
  const page = pageOf(request, spans);
  let body = `${XML_DECLARATION}<Ranges>`;
  for (const { tag, start, end } of page.spans) {
    body += `<${tag}><Start>${start}</Start><End>${end - 1}</End></${tag}>`;
  }
  body += page.next;
  return {
    status: 200,
    headers: {
      ETag: list.etag,
      'Last-Modified': httpDate(list.lastModified),
      'x-ms-content-length': list.sizeBytes,
      'Content-Type': 'application/xml',
    },
    body: `${body}</Ranges>`,
  };
}

type Span = { tag: string; start: number; end: number };

/** Paging came with 2026-10-06; a request without `maxresults` and `marker` has all ranges at once, as ever. */
function pageOf(request: ServiceRequest, spans: Span[]): { spans: Span[]; next: string } {
  const marker = request.target.query.get('marker');
  const count = countParameter(request, 'maxresults', spans.length);
  if ((!marker && count === undefined) || !hasFeature(request, 'rangePages')) return { spans, next: '' };
  if (marker && !/^\d{1,15}$/.test(marker)) throw new ServiceError('InvalidContinuationToken');
  const from = spans.filter(({ start }) => start >= Number(marker ?? 0));
  const size = count ?? from.length;
  return { spans: from.slice(0, size), next: nextMarker(String(from[size]?.start ?? '')) };
}
