export interface ShardBudget {
  readonly entries: number;
  readonly milliseconds: number;
  readonly children: number;
}

/**
 * When a shard stops walking and spills the rest. Large enough that a small tree pays no message per directory; short
 * enough that the work spreads over instances within a minute. 40 children with their index rows, and the shard's own row,
 * stay under the 100 rows of one transaction.
 */
export const shardBudget: ShardBudget = { entries: 20_000, milliseconds: 60_000, children: 40 };

/** Whether the shard is to spill what is left. */
export const isBudgetSpent = (
  spent: { readonly entries: number; readonly milliseconds: number },
  budget: Pick<ShardBudget, 'entries' | 'milliseconds'> = shardBudget,
): boolean => spent.entries >= budget.entries || spent.milliseconds >= budget.milliseconds;

/**
 * The pending directories in at most `pieces` lists (never more than a transaction holds), in their order, none empty, their
 * lengths at most one apart.
 */
export function splitDirectories<T>(
  pending: readonly T[],
  pieces: number = shardBudget.children,
): readonly (readonly T[])[] {
  const count = Math.min(pending.length, Math.max(1, pieces), shardBudget.children);
  return Array.from({ length: count }, (_, index) =>
    pending.slice(Math.floor((index * pending.length) / count), Math.floor(((index + 1) * pending.length) / count)),
  );
}
