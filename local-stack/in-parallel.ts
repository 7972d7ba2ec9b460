/** Runs `work` for each item with at most `limit` at once; rejects with the first failure after the others have ended. */
export async function inParallel<Item>(
  limit: number,
  items: Iterable<Item>,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const shared = (function* () {
    yield* items;
  })();
  const failures: unknown[] = [];
  const worker = async () => {
    for (const item of shared) {
      if (failures.length > 0) return;
      await work(item).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  if (failures.length > 0) throw failures[0];
}
