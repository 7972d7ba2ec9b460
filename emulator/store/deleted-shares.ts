import { StoreError } from './errors.ts';
import type { AccountState, DeletedShare, ShareState, State } from './state.ts';

const DAY_MS = 24 * 3600_000;

/** Takes a share out of use: kept for `softDeleteDays` (an ARM setting of the service), or gone and its name blocked. */
export function retireShare(state: State, accountName: string, share: ShareState): void {
  const account = state.account(accountName);
  const { shareBeingDeletedMs, softDeletedNameIsFree } = state.switches;
  const softDeleteDays = retentionDays(state, accountName);
  const nowMs = state.moments.nowMs();
  account.shares.delete(share.name);
  share.handles.clear();
  if (softDeleteDays > 0) {
    const deletedAt = state.moments.next();
    const version = versionOf(state.nextNumber());
    const purgedAtMs = nowMs + softDeleteDays * DAY_MS;
    account.deletedShares = [...deletedShares(state, account), { share, version, deletedAt, purgedAtMs }];
  }
  if (softDeleteDays === 0 || !softDeletedNameIsFree) {
    account.beingDeletedUntilMs.set(share.name, nowMs + shareBeingDeletedMs);
  }
}

function retentionDays({ switches }: State, account: string): number {
  const named = switches.softDeleteAccounts.split(',').map((name) => name.trim());
  return named.includes('*') || named.includes(account) ? switches.softDeleteDays : 0;
}

/** Sixteen hexadecimal digits, as the service's. */
function versionOf(number: number): string {
  return `01D${number.toString(16).toUpperCase().padStart(13, '0')}`;
}

/** The shares of an account that can still be restored. */
export function deletedShares(state: State, account: AccountState): readonly DeletedShare[] {
  const nowMs = state.moments.nowMs();
  if (account.deletedShares.some(({ purgedAtMs }) => purgedAtMs <= nowMs)) {
    account.deletedShares = account.deletedShares.filter(({ purgedAtMs }) => purgedAtMs > nowMs);
  }
  return account.deletedShares;
}

/** Whole days until a deleted share is purged, rounded up. */
export function remainingDays(state: State, deleted: DeletedShare): number {
  return Math.ceil((deleted.purgedAtMs - state.moments.nowMs()) / DAY_MS);
}

/** @throws ShareNotFound, ShareAlreadyExists */
export function restoredShare(state: State, of: { account: AccountState; name: string; version: string }): ShareState {
  const { account, name, version } = of;
  const found = deletedShares(state, account).find((each) => each.share.name === name && each.version === version);
  if (found === undefined) {
    throw new StoreError('ShareNotFound');
  }
  if (account.shares.has(name)) {
    throw new StoreError('ShareAlreadyExists');
  }
  state.touch(found.share);
  account.deletedShares = account.deletedShares.filter((each) => each !== found);
  account.beingDeletedUntilMs.delete(name);
  account.shares.set(name, found.share);
  state.touch(found.share);
  if (!state.switches.restoreBringsSnapshots) {
    found.share.snapshots = [];
  }
  return found.share;
}
