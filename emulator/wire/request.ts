import type { IncomingHttpHeaders } from 'node:http';
import type { EntryRef, ShareRef, Store, TreeRef } from '../store/index.ts';
import type { FaultEffects } from '../faults.ts';
import type { Stats } from '../stats.ts';
import type { Authorization } from './authorization.ts';
import { ServiceError } from './errors.ts';
import type { Target } from './target.ts';
import { hasFeature } from './versions.ts';

/** What all requests share. */
export type Surroundings = {
  store: Store;
  stats: Stats;
  /** Key of an account, undefined for an account this emulator does not have. */
  keyOf: (account: string) => Buffer | undefined;
  /** The port this emulator listens on. */
  port: () => number;
};

/** A routed, authorised request with its body. */
export type ServiceRequest = {
  surroundings: Surroundings;
  method: string;
  headers: IncomingHttpHeaders;
  /** Names as sent, for metadata, whose case the service keeps. */
  rawHeaders: readonly string[];
  target: Target;
  version: string;
  protocol: 'http' | 'https';
  authorization: Authorization;
  body: Buffer;
  effects: FaultEffects;
  nowMs: number;
};

/** What goes back; the server adds the headers every answer has. */
export type Answer = {
  status: number;
  headers?: Record<string, string | number>;
  body?: string | Uint8Array | BodyPieces;
};

/** A body too large for one buffer: its length and its pieces in order. */
export type BodyPieces = { length: number; pieces: Iterable<Uint8Array> };

/** A request header as text; undefined when absent or empty. */
export function header(request: ServiceRequest, name: string): string | undefined {
  const value = request.headers[name];
  if (value === undefined || value === '') return undefined;
  return typeof value === 'string' ? value : value.join(',');
}

/** A header the operation cannot do without. */
export function requiredHeader(request: ServiceRequest, name: string): string {
  const value = header(request, name);
  if (value === undefined) throw new ServiceError('MissingRequiredHeader', { details: { HeaderName: name } });
  return value;
}

/** InvalidHeaderValue with the members the service adds. */
export function invalidHeader(name: string, value: string): ServiceError {
  return new ServiceError('InvalidHeaderValue', { details: { HeaderName: name, HeaderValue: value } });
}

/** A header of a whole number ≥ `minimum`; undefined when absent. */
export function numberHeader(request: ServiceRequest, name: string, minimum: number): number | undefined {
  const value = header(request, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!/^-?\d+$/.test(value) || !Number.isSafeInteger(number) || number < minimum) throw invalidHeader(name, value);
  return number;
}

/** A header that is `true` or `false`; undefined when absent. */
export function booleanHeader(request: ServiceRequest, name: string): boolean | undefined {
  const value = header(request, name);
  if (value === undefined) return undefined;
  const lower = value.toLowerCase();
  if (lower !== 'true' && lower !== 'false') throw invalidHeader(name, value);
  return lower === 'true';
}

/** A header that must be one of a few words, compared without case; undefined when absent. */
export function wordHeader<Word extends string>(
  request: ServiceRequest,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const value = header(request, name);
  if (value === undefined) return undefined;
  const lower = value.toLowerCase();
  const found = words.find((word) => word.toLowerCase() === lower);
  if (found === undefined) throw invalidHeader(name, value);
  return found;
}

/** A query parameter of a whole number from 1 on, at most `maximum` (a larger one counts as `maximum`). */
export function countParameter(request: ServiceRequest, name: string, maximum: number): number | undefined {
  const value = request.target.query.get(name);
  if (value === undefined || value === '') return undefined;
  if (!/^-?\d{1,12}$/.test(value)) {
    throw new ServiceError('InvalidQueryParameterValue', {
      details: { QueryParameterName: name, QueryParameterValue: value },
    });
  }
  const number = Number(value);
  if (number < 1) {
    throw new ServiceError('OutOfRangeQueryParameterValue', {
      details: { QueryParameterName: name, QueryParameterValue: value, MinimumAllowed: '1' },
    });
  }
  return Math.min(number, maximum);
}

/** The live share of the request; a `sharesnapshot` on an operation that writes is refused. */
export function liveShare(request: ServiceRequest): ShareRef {
  if (request.target.query.get('sharesnapshot')) throw new ServiceError('ShareSnapshotOperationNotSupported');
  return { account: request.target.account, share: request.target.share };
}

/** The share or the snapshot that the request names. */
export function shareOrSnapshot(request: ServiceRequest): TreeRef {
  const { account, share, query } = request.target;
  const snapshot = query.get('sharesnapshot');
  return snapshot === undefined || snapshot === '' ? { account, share } : { account, share, snapshot };
}

/** The entry of the request, in the live share or in a snapshot. */
export function entryOf(request: ServiceRequest): EntryRef {
  const tree = shareOrSnapshot(request);
  return {
    ...tree,
    path: request.target.path,
    allowTrailingDot: allowsTrailingDot(request, 'x-ms-allow-trailing-dot'),
  };
}

/** The entry of an operation that writes. */
export function liveEntry(request: ServiceRequest): EntryRef {
  liveShare(request);
  return entryOf(request);
}

/** Trailing dots came with 2022-11-02; before it, and without the header, they are dropped. */
export function allowsTrailingDot(
  request: ServiceRequest,
  name: 'x-ms-allow-trailing-dot' | 'x-ms-source-allow-trailing-dot',
): boolean {
  return (booleanHeader(request, name) ?? false) && hasFeature(request, 'trailingDots');
}
