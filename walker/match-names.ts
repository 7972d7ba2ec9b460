import type { Kind } from './place.ts';

export interface NameMatch {
  name: string;
  /** Absent where the side has no entry of that name. */
  left?: Kind;
  right?: Kind;
}

interface Child {
  name: string;
  kind: Kind;
}

/**
 * Pairs the children of one directory of both sides by exact name. The service's collation is undocumented, so nothing
 * is assumed about order: both listings advance in turn and only names still without a partner are held, few when both
 * sides list in the same order. Names differing by case are two names.
 */
export async function* matchNames(left: AsyncIterable<Child>, right: AsyncIterable<Child>): AsyncGenerator<NameMatch> {
  const waiting = { left: new Map<string, Kind>(), right: new Map<string, Kind>() };
  const listings = {
    left: left[Symbol.asyncIterator](),
    right: right[Symbol.asyncIterator](),
  };
  const open = new Set<'left' | 'right'>(['left', 'right']);
  while (open.size > 0) {
    for (const side of open) {
      const next = await listings[side].next();
      if (next.done) {
        open.delete(side);
        continue;
      }
      const { name, kind } = next.value;
      const other = side === 'left' ? 'right' : 'left';
      const partner = waiting[other].get(name);
      if (partner === undefined) {
        waiting[side].set(name, kind);
        continue;
      }
      waiting[other].delete(name);
      yield side === 'left' ? { name, left: kind, right: partner } : { name, left: partner, right: kind };
    }
  }
  for (const [name, kind] of waiting.left) yield { name, left: kind };
  for (const [name, kind] of waiting.right) yield { name, right: kind };
}
