import type { Changed, LeaseTarget } from '../store/index.ts';
import {
  entryOf,
  header,
  invalidHeader,
  liveEntry,
  numberHeader,
  requiredHeader,
  shareOrSnapshot,
} from '../wire/request.ts';
import type { Answer, ServiceRequest } from '../wire/request.ts';
import { httpDate } from '../wire/times.ts';
import { requireFeature } from '../wire/versions.ts';

/** The lease operations, by the word of x-ms-lease-action; shares, snapshots and files have them all alike. */
export const LEASE_ACTIONS = {
  acquire: acquireLease,
  renew: renewLease,
  change: changeLease,
  release: releaseLease,
  break: breakLease,
} satisfies Record<string, (request: ServiceRequest) => Answer>;

const GUID = /^[{(]?[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}[)}]?$/i;

function leased(request: ServiceRequest): LeaseTarget {
  const isShare = request.target.query.get('restype')?.toLowerCase() === 'share';
  requireFeature(request, isShare ? 'shareLeases' : 'fileLeases');
  if (isShare) return shareOrSnapshot(request);
  liveEntry(request);
  return entryOf(request);
}

function guidHeader(request: ServiceRequest, name: string): string | undefined {
  const value = header(request, name);
  if (value !== undefined && !GUID.test(value)) throw invalidHeader(name, value);
  return value;
}

function leaseHeaders(changed: Changed, leaseId?: string): Record<string, string | number> {
  const headers = { ETag: changed.etag, 'Last-Modified': httpDate(changed.lastModified) };
  return leaseId === undefined ? headers : { ...headers, 'x-ms-lease-id': leaseId };
}

function acquireLease(request: ServiceRequest): Answer {
  // A file's lease is infinite, so that its duration may be left out.
  const isFile = request.target.query.get('restype')?.toLowerCase() !== 'share';
  const sent = isFile ? header(request, 'x-ms-lease-duration') : requiredHeader(request, 'x-ms-lease-duration');
  const durationSeconds = sent === undefined ? -1 : (numberHeader(request, 'x-ms-lease-duration', -1) ?? -1);
  const isInRange = durationSeconds === -1 || (!isFile && durationSeconds >= 15 && durationSeconds <= 60);
  if (!isInRange) throw invalidHeader('x-ms-lease-duration', sent ?? '');
  const proposedLeaseId = guidHeader(request, 'x-ms-proposed-lease-id');
  const answer = request.surroundings.store.leases.acquire(leased(request), { durationSeconds, proposedLeaseId });
  return { status: 201, headers: leaseHeaders(answer, answer.leaseId) };
}

function renewLease(request: ServiceRequest): Answer {
  const leaseId = requiredHeader(request, 'x-ms-lease-id');
  const answer = request.surroundings.store.leases.renew(leased(request), leaseId);
  return { status: 200, headers: leaseHeaders(answer, answer.leaseId) };
}

function changeLease(request: ServiceRequest): Answer {
  const leaseId = requiredHeader(request, 'x-ms-lease-id');
  requiredHeader(request, 'x-ms-proposed-lease-id');
  const proposed = guidHeader(request, 'x-ms-proposed-lease-id') ?? '';
  const answer = request.surroundings.store.leases.change(leased(request), leaseId, proposed);
  return { status: 200, headers: leaseHeaders(answer, answer.leaseId) };
}

function releaseLease(request: ServiceRequest): Answer {
  const leaseId = requiredHeader(request, 'x-ms-lease-id');
  const changed = request.surroundings.store.leases.release(leased(request), leaseId);
  return { status: 200, headers: leaseHeaders(changed) };
}

function breakLease(request: ServiceRequest): Answer {
  const breakPeriodSeconds = numberHeader(request, 'x-ms-lease-break-period', 0);
  if (breakPeriodSeconds !== undefined && breakPeriodSeconds > 60) {
    throw invalidHeader('x-ms-lease-break-period', String(breakPeriodSeconds));
  }
  const leaseId = header(request, 'x-ms-lease-id');
  const broken = request.surroundings.store.leases.break(leased(request), { breakPeriodSeconds, leaseId });
  const headers = leaseHeaders(broken);
  // A file's lease has no term, so its break names no time [JST].
  if (request.target.path === '') headers['x-ms-lease-time'] = broken.remainingSeconds;
  return { status: 202, headers };
}
