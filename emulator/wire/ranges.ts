import type { ByteRange } from '../store/index.ts';
import { header, invalidHeader } from './request.ts';
import type { ServiceRequest } from './request.ts';

/** Most content one Put Range, one Put Range From URL or one MD5 of a read may cover: 4 MiB. */
export const MAX_RANGE_BYTES = 4 * 1024 * 1024;

/** A `bytes=a-b` header as `[start, end)`; without b it is open and `end` undefined. */
export type OpenRange = { start: number; end: number | undefined };

/** Reads x-ms-range, or Range, which gives way to it. */
export function rangeHeader(request: ServiceRequest, name = 'x-ms-range'): OpenRange | undefined {
  const own = header(request, name);
  const used = own === undefined && name === 'x-ms-range' ? 'range' : name;
  const value = own ?? (used === 'range' ? header(request, 'range') : undefined);
  if (value === undefined) return undefined;
  const match = /^bytes=(\d{1,15})-(\d{1,15})?$/.exec(value.trim());
  if (!match) throw invalidHeader(used, value);
  const start = Number(match[1]);
  const end = match[2] === undefined ? undefined : Number(match[2]) + 1;
  if (end !== undefined && end <= start) throw invalidHeader(used, value);
  return { start, end };
}

/** A range header whose end must be given. */
export function closedRangeHeader(request: ServiceRequest, name = 'x-ms-range'): ByteRange | undefined {
  const range = rangeHeader(request, name);
  if (range === undefined) return undefined;
  if (range.end === undefined) throw invalidHeader(name, header(request, name) ?? '');
  return { start: range.start, end: range.end };
}
