import { randomUUID } from 'node:crypto';
import { StoreError } from './errors.ts';
import { acquired, broken, changed, checkRelease, leaseStateOf, type LeaseRecord, renewed } from './lease-record.ts';
import { componentsOf } from './names.ts';
import { changedOf } from './share-operations.ts';
import type { State } from './state.ts';
import type { LeaseOperations, LeaseTarget } from './store-shares.ts';
import type { EntryRef } from './store.ts';
import { requiredEntry } from './tree-walk.ts';

/** One leasable thing, whatever it is: where its lease record is kept and what its ETag is. */
type Leasable = {
  readonly kind: 'file' | 'share';
  readonly record: LeaseRecord | undefined;
  readonly face: ReturnType<typeof changedOf>;
  keep(record: LeaseRecord | undefined): void;
};

export function leaseOperations(state: State): LeaseOperations {
  const now = (): number => state.moments.nowMs();
  return {
    acquire(target, options) {
      const leasable = leasableOf(state, target);
      checkDuration(leasable.kind, options.durationSeconds);
      const id = options.proposedLeaseId ?? randomUUID();
      const record = acquired(leasable.record, { id, durationSeconds: options.durationSeconds, nowMs: now() });
      leasable.keep(record);
      return { ...leasable.face, leaseId: record.id };
    },
    renew(target, leaseId) {
      const leasable = leasableOf(state, target);
      if (leasable.kind === 'file') {
        throw new StoreError('InvalidHeaderValue', 'A file lease cannot be renewed.');
      }
      const record = renewed(leasable.record, leaseId, now());
      leasable.keep(record);
      return { ...leasable.face, leaseId: record.id };
    },
    change(target, leaseId, proposedLeaseId) {
      const leasable = leasableOf(state, target);
      const record = changed(leasable.record, { leaseId, proposedId: proposedLeaseId, nowMs: now() });
      leasable.keep(record);
      return { ...leasable.face, leaseId: record.id };
    },
    release(target, leaseId) {
      const leasable = leasableOf(state, target);
      checkRelease(leasable.record, leaseId);
      leasable.keep(undefined);
      return leasable.face;
    },
    break: (target, options = {}) => breakLease(state, target, options),
  };
}

type BreakOptions = NonNullable<Parameters<LeaseOperations['break']>[1]>;

function breakLease(state: State, target: LeaseTarget, options: BreakOptions): ReturnType<LeaseOperations['break']> {
  const leasable = leasableOf(state, target);
  const nowMs = state.moments.nowMs();
  if (options.leaseId !== undefined && leasable.record !== undefined) {
    checkRelease(leasable.record, options.leaseId);
  }
  const period = options.breakPeriodSeconds;
  if (period !== undefined && !(Number.isInteger(period) && period >= 0 && period <= 60)) {
    throw new StoreError('InvalidHeaderValue', 'A break period is 0 to 60 s.');
  }
  const record = broken(leasable.record, period, nowMs);
  leasable.keep(record);
  const isBreaking = leaseStateOf(record, nowMs) === 'breaking';
  const remainingSeconds = isBreaking ? Math.ceil(((record.brokenAtMs ?? nowMs) - nowMs) / 1000) : 0;
  return { ...leasable.face, remainingSeconds };
}

function checkDuration(kind: 'file' | 'share', seconds: number): void {
  const isFixed = kind === 'share' && Number.isInteger(seconds) && seconds >= 15 && seconds <= 60;
  if (seconds !== -1 && !isFixed) {
    throw new StoreError('InvalidHeaderValue', 'A lease lasts 15 to 60 s or -1 (files: -1).');
  }
}

function leasableOf(state: State, target: LeaseTarget): Leasable {
  return 'path' in target ? leasableFile(state, target) : leasableShare(state, target);
}

function leasableShare(state: State, target: LeaseTarget): Leasable {
  const { share, snapshot } = state.open(target);
  const face = snapshot ?? share;
  return {
    kind: 'share',
    record: face.lease,
    face: changedOf(face),
    keep(record) {
      face.lease = record;
    },
  };
}

function leasableFile(state: State, ref: EntryRef): Leasable {
  const share = state.openForWriting(ref);
  const { node } = requiredEntry(share.root, componentsOf(ref.path, ref.allowTrailingDot === true));
  if (node.kind !== 'file') {
    throw new StoreError('ResourceTypeMismatch');
  }
  return {
    kind: 'file',
    record: share.fileLeases.get(node.id),
    face: changedOf(node),
    keep(record) {
      if (record === undefined) {
        share.fileLeases.delete(node.id);
      } else {
        share.fileLeases.set(node.id, record);
      }
    },
  };
}
