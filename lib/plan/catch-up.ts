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
}

/**
 * Which source snapshots to transfer, oldest first: those that the destination's retention will still keep when all are
 * there, and always the newest. So nothing is transferred to be purged at once, and in between retention keeps each of them
 * too, since fewer are newer then.
 */
export function planCatchUp(question: CatchUpQuestion): readonly string[] {
  const { sealed, candidates, keep, nowMs, timeOf } = question;
  const newestSealed = newestOf(sealed);
  const pending = [...new Set(candidates)].filter((one) => newestSealed === undefined || one > newestSealed);
  const newest = newestOf(pending);
  if (newest === undefined) return [];
  const there = [...new Set(sealed)];
  const points = [...there, ...pending].map((snapshot) => ({ snapshot, atMs: timeOf(snapshot) }));
  const { prune } = decideRetention(points, keep, { nowMs, protect: new Map([[newest, 'newest']]) });
  const purged = new Set(prune);
  return pending.filter((snapshot) => !purged.has(snapshot)).toSorted(byAge);
}

/** The service's strings have one form, so that their order is that of their times, to 100 ns. */
export const newestOf = (snapshots: readonly string[]): string | undefined => snapshots.toSorted(byAge).at(-1);

const byAge = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
