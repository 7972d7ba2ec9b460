import type { KeepRule } from '../model/index.ts';
import { decideRetention } from './retention.ts';

export interface CatchUpQuestion {
  /** The source snapshots that the destination's restore points equal; one may be named by several points. */
  readonly sealed: readonly string[];
  /** Source snapshots that could be transferred. Those not newer than every sealed one are passed over. */
  readonly candidates: readonly string[];
  /** The destination's. */
  readonly keep: KeepRule | undefined;
  readonly nowMs: number;
  /** Epoch ms of a snapshot's string. */
  readonly timeOf: (snapshot: string) => number;
  /** So many restore points the share has room for, with those that are there. */
  readonly most?: number;
}

/**
 * Which source snapshots to transfer, oldest first: those that the destination's retention will still keep when all are
 * there, and always the newest. So nothing is transferred to be purged at once, and in between retention keeps each of them
 * too, since fewer are newer then. Where the share has no room for all, the oldest are passed over.
 */
export function planCatchUp(question: CatchUpQuestion): readonly string[] {
  const { sealed, candidates, keep, nowMs, timeOf, most = Number.POSITIVE_INFINITY } = question;
  const newestSealed = newestOf(sealed);
  const pending = [...new Set(candidates)].filter((one) => newestSealed === undefined || one > newestSealed);
  const newest = newestOf(pending);
  if (newest === undefined) return [];
  const there = [...new Set(sealed)];
  const points = [...there, ...pending].map((snapshot) => ({ snapshot, atMs: timeOf(snapshot) }));
  const { prune } = decideRetention(points, keep, { nowMs, protect: new Map([[newest, 'newest']]) });
  const purged = new Set(prune);
  const lasting = pending.filter((snapshot) => !purged.has(snapshot)).toSorted(byAge);
  const tooMany = Math.max(0, points.length - purged.size - most);
  return lasting.slice(Math.min(tooMany, lasting.length - 1));
}

/** The service's strings have one form, so that their order is that of their times, to 100 ns. */
export const newestOf = (snapshots: readonly string[]): string | undefined => snapshots.toSorted(byAge).at(-1);

const byAge = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
