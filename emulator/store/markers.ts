import { StoreError } from './errors.ts';

/** The opaque marker after which a listing goes on behind `last`. UTF-16, since a name may be any string of units. */
export function encodeMarker(last: string): string {
  return `1!${Buffer.from(last, 'utf16le').toString('base64url')}`;
}

const MARKER = /^1!([A-Za-z0-9_-]*)$/;

/** @throws InvalidContinuationToken */
export function decodeMarker(marker: string): string {
  const match = MARKER.exec(marker);
  if (match === null) {
    throw new StoreError('InvalidContinuationToken');
  }
  return Buffer.from(match[1] ?? '', 'base64url').toString('utf16le');
}

const LARGEST_PAGE = 5000;

/** @throws OutOfRangeQueryParameterValue below 1; larger pages than the service gives are cut. */
export function pageSizeOf(maxResults: number | undefined): number {
  if (maxResults === undefined) {
    return LARGEST_PAGE;
  }
  if (!Number.isInteger(maxResults) || maxResults < 1) {
    throw new StoreError('OutOfRangeQueryParameterValue');
  }
  return Math.min(maxResults, LARGEST_PAGE);
}
