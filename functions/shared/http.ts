import type { HttpHandler, HttpRequest, HttpResponseInit } from '@azure/functions';
import type { Page, PointContent } from '../../lib/engine.ts';
import { asFarshareError, FarshareError } from '../../lib/errors.ts';
import { hasEnded, type RunReport } from '../../lib/model/index.ts';

/** Statuses of the errors that a caller can do something about; all others are 500 and say nothing of the inside. */
const statuses: Readonly<Record<string, number>> = {
  JobNotFound: 404,
  RunNotFound: 404,
  PointNotFound: 404,
  PathNotFound: 404,
  ShareNotFound: 404,
  UnknownAccount: 404,
  DestinationNotFound: 404,
  InvalidRequest: 400,
  InvalidCursor: 400,
  InvalidPath: 400,
  TooManyVersions: 400,
  PointAmbiguous: 400,
  TargetUnknown: 400,
  NotForDated: 400,
  AlreadyQueued: 409,
  RoleMissing: 403,
  CrossSite: 403,
  RunEnded: 409,
  NotAwaiting: 409,
  NotRetryable: 409,
  Superseded: 409,
  ApprovalExpired: 409,
  SnapshotGone: 409,
  TargetIsBackup: 409,
  IdempotencyKeyReused: 422,
};

/** Answers what the handler returns, and errors as problem+json (RFC 9457). */
export const answering =
  (handle: (request: HttpRequest) => Promise<HttpResponseInit>): HttpHandler =>
  async (request, context) => {
    try {
      return await handle(request);
    } catch (error) {
      const { code, message } = asFarshareError(error);
      const status = statuses[code] ?? 500;
      if (status === 500) context.error(error);
      return problem(status, code, status === 500 ? 'The request failed inside; the log has the reason.' : message);
    }
  };

const problem = (status: number, code: string, detail: string): HttpResponseInit => ({
  status,
  headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
  body: JSON.stringify({ type: `urn:farshare:${code}`, title: code, status, detail, code }),
});

/** 202: where to ask how it goes, and when. */
export const accepted = (value: unknown, location: string): HttpResponseInit =>
  json(202, value, { location, 'retry-after': '5' });

/** One page; `next` is the cursor of the page that follows, null on the last. */
export const page = ({ items, next }: Page<unknown>): HttpResponseInit => json(200, { items, next: next ?? null });

/** The report of a run, and whether asking again is worth it. */
export function reportOf(report: RunReport | undefined, name: string): HttpResponseInit {
  if (report !== undefined) return json(200, report, hasEnded(report.status) ? {} : { 'retry-after': '5' });
  throw new FarshareError('RunNotFound', `There is no ${name.slice(0, 200)}.`, { disposition: 'run' });
}

/** The file, streamed; a browser saves it whatever it holds. */
export const download = ({ name, sizeBytes, chunks }: PointContent): HttpResponseInit => ({
  status: 200,
  headers: {
    'content-type': 'application/octet-stream',
    'content-length': String(sizeBytes),
    'content-disposition': `attachment; filename*=UTF-8''${encodeName(name)}`,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  },
  body: ReadableStream.from(chunks()),
});

/** As RFC 8187 has it; names may hold lone surrogates, which have no percent-encoding. */
const encodeName = (name: string): string =>
  encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/gu,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );

export const json = (status: number, value: unknown, headers: Record<string, string> = {}): HttpResponseInit => ({
  status,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  body: JSON.stringify(value),
});
