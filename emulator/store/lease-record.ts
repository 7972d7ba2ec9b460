import { StoreError } from './errors.ts';
import type { LeaseProperties } from './store.ts';

/** A lease once taken. What state it is in depends on the clock alone. Immutable. */
export type LeaseRecord = {
  readonly id: string;
  /** -1: infinite. */
  readonly durationSeconds: number;
  readonly expiresAtMs: number;
  /** Set once broken: the moment the break takes (took) effect. */
  readonly brokenAtMs: number | undefined;
};

export const UNLEASED: LeaseProperties = { status: 'unlocked', state: 'available' };

export function leaseStateOf(record: LeaseRecord | undefined, nowMs: number): LeaseProperties['state'] {
  if (record === undefined) {
    return 'available';
  }
  if (record.brokenAtMs !== undefined) {
    return nowMs < record.brokenAtMs ? 'breaking' : 'broken';
  }
  return nowMs < record.expiresAtMs ? 'leased' : 'expired';
}

export function leasePropertiesOf(record: LeaseRecord | undefined, nowMs: number): LeaseProperties {
  if (record === undefined) {
    return UNLEASED;
  }
  const state = leaseStateOf(record, nowMs);
  if (state !== 'leased') {
    return { status: state === 'breaking' ? 'locked' : 'unlocked', state };
  }
  return { status: 'locked', state, duration: record.durationSeconds === -1 ? 'infinite' : 'fixed' };
}

/** Holds its resource against everybody without its id. */
export function isLocked(record: LeaseRecord | undefined, nowMs: number): boolean {
  const state = leaseStateOf(record, nowMs);
  return state === 'leased' || state === 'breaking';
}

const MISMATCH = { file: 'LeaseIdMismatchWithFileOperation', share: 'LeaseIdMismatchWithContainerOperation' } as const;
const ABSENT = { file: 'LeaseNotPresentWithFileOperation', share: 'LeaseNotPresentWithContainerOperation' } as const;

export type LeaseCheck = {
  readonly record: LeaseRecord | undefined;
  readonly nowMs: number;
  readonly leaseId: string | undefined;
  /** Whether the operation changes the resource and so needs the id of a lease there is. */
  readonly writes: boolean;
};

/** Whether an operation may pass. @throws 412: LeaseIdMissing, LeaseLost, LeaseIdMismatchWith…, LeaseNotPresentWith… */
export function checkLease(kind: 'file' | 'share', check: LeaseCheck): void {
  const { record, leaseId } = check;
  const isHeld = isLocked(record, check.nowMs);
  if (leaseId === undefined) {
    if (isHeld && check.writes) {
      throw new StoreError('LeaseIdMissing');
    }
    return;
  }
  const isSame = record !== undefined && sameId(record.id, leaseId);
  if (isHeld && !isSame) {
    throw new StoreError(MISMATCH[kind]);
  }
  if (!isHeld) {
    throw new StoreError(isSame ? 'LeaseLost' : ABSENT[kind]);
  }
}

function sameId(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

const UUID = /^\{?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$/i;

function checkedId(id: string): string {
  if (!UUID.test(id)) {
    throw new StoreError('InvalidHeaderValue', 'Not a lease id.');
  }
  return id;
}

export type AcquireInput = { readonly id: string; readonly durationSeconds: number; readonly nowMs: number };

/** @throws LeaseAlreadyPresent, LeaseIsBreakingAndCannotBeAcquired, InvalidHeaderValue */
export function acquired(record: LeaseRecord | undefined, input: AcquireInput): LeaseRecord {
  const state = leaseStateOf(record, input.nowMs);
  const isSame = record !== undefined && sameId(record.id, input.id);
  if (state === 'breaking') {
    throw new StoreError(isSame ? 'LeaseIsBreakingAndCannotBeAcquired' : 'LeaseAlreadyPresent');
  }
  if (state === 'leased' && !isSame) {
    throw new StoreError('LeaseAlreadyPresent');
  }
  return running({ ...input, id: checkedId(input.id) });
}

function running(input: AcquireInput): LeaseRecord {
  const { id, durationSeconds, nowMs } = input;
  const expiresAtMs = durationSeconds === -1 ? Infinity : nowMs + durationSeconds * 1000;
  return { id, durationSeconds, expiresAtMs, brokenAtMs: undefined };
}

/** An expired lease runs again if nobody took the resource meanwhile, since taking it replaces the record. */
export function renewed(record: LeaseRecord | undefined, leaseId: string, nowMs: number): LeaseRecord {
  const held = matching(record, leaseId);
  if (held.brokenAtMs !== undefined) {
    throw new StoreError('LeaseIsBrokenAndCannotBeRenewed');
  }
  return running({ id: held.id, durationSeconds: held.durationSeconds, nowMs });
}

function matching(record: LeaseRecord | undefined, leaseId: string): LeaseRecord {
  if (record === undefined || !sameId(record.id, leaseId)) {
    throw new StoreError('LeaseIdMismatchWithLeaseOperation');
  }
  return record;
}

export type ChangeInput = { readonly leaseId: string; readonly proposedId: string; readonly nowMs: number };

/** Changing to the id the lease already has is a repetition and allowed. */
export function changed(record: LeaseRecord | undefined, input: ChangeInput): LeaseRecord {
  const state = leaseStateOf(record, input.nowMs);
  if (record === undefined || state === 'broken' || state === 'expired') {
    throw new StoreError('LeaseNotPresentWithLeaseOperation');
  }
  if (!sameId(record.id, input.leaseId) && !sameId(record.id, input.proposedId)) {
    throw new StoreError('LeaseIdMismatchWithLeaseOperation');
  }
  if (state === 'breaking') {
    throw new StoreError('LeaseIsBreakingAndCannotBeChanged');
  }
  return { ...record, id: checkedId(input.proposedId) };
}

/** @throws LeaseIdMismatchWithLeaseOperation */
export function checkRelease(record: LeaseRecord | undefined, leaseId: string): void {
  matching(record, leaseId);
}

/** A break takes effect at once for infinite leases, else when the lease would end; a period can only shorten that. */
export function broken(record: LeaseRecord | undefined, periodSeconds: number | undefined, nowMs: number): LeaseRecord {
  if (record === undefined) {
    throw new StoreError('LeaseNotPresentWithLeaseOperation');
  }
  const state = leaseStateOf(record, nowMs);
  if (state === 'broken' || state === 'expired') {
    return { ...record, brokenAtMs: nowMs };
  }
  const endsAtMs = record.brokenAtMs ?? record.expiresAtMs;
  if (periodSeconds === undefined) {
    return { ...record, brokenAtMs: endsAtMs === Infinity ? nowMs : endsAtMs };
  }
  return { ...record, brokenAtMs: Math.min(endsAtMs, nowMs + periodSeconds * 1000) };
}
