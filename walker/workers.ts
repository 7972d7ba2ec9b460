/** What a visit may do with the pool it runs in. */
export interface Pool<Item> {
  /** Visits `item` when a visitor is free; last in, first out, so that a walk goes deep and holds few paths. */
  later(item: Item): void;
  /** Starts `work` once one of the pool's slots is free, and returns then; a failure of the work ends the whole pool. */
  slot(work: () => Promise<void>): Promise<void>;
}

/** Directories listed at the same time: their listings are held in memory, a page a side. */
const maxVisits = 8;

/**
 * Visits `first` and all that visits add, with up to `concurrency` slots of work at once. Resolves when nothing is left,
 * rejects with the first failure after what had begun has ended.
 */
export function workers<Item>(
  concurrency: number,
  first: Item,
  visit: (item: Item, pool: Pool<Item>) => Promise<void>,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const waiting: Item[] = [];
  const forSlot: (() => void)[] = [];
  const failures: unknown[] = [];
  let visiting = 0;
  let working = 0;

  const advance = () => {
    while (failures.length === 0 && visiting < maxVisits && waiting.length > 0) {
      visiting += 1;
      void settle(visit(waiting.pop() as Item, pool), () => (visiting -= 1));
    }
    while (forSlot.length > 0 && working < concurrency) {
      working += 1;
      forSlot.shift()?.();
    }
    if (visiting + working > 0) return;
    if (failures.length > 0) reject(failures[0] as Error);
    else resolve();
  };
  const settle = async (work: Promise<void>, free: () => void) => {
    await work.catch((error: unknown) => failures.push(error));
    free();
    advance();
  };
  const pool: Pool<Item> = {
    later(item) {
      waiting.push(item);
      advance();
    },
    async slot(work) {
      await new Promise<void>((granted) => {
        forSlot.push(granted);
        advance();
      });
      if (failures.length === 0) return void settle(work(), () => (working -= 1));
      working -= 1;
      throw failures[0];
    },
  };
  pool.later(first);
  return promise;
}
