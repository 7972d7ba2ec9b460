import type { Entry } from '../model/index.ts';
import { hashOfName, type HashMatchOptions } from './hash-pass.ts';
import { type Dated, type DatedEntry, type IsNewerBeneath, newestVersion } from './merge-dated.ts';
import { foldName } from './names.ts';

export type DatedNames =
  /** In the ascending order of folded names, whatever the order of the listings. Nobody else has the array. */
  | { readonly kind: 'entries'; readonly entries: DatedEntry[] }
  /** More versions than may be held: nothing is given out. */
  | { readonly kind: 'too-many'; readonly versions: number };

/** As `mergeDated`, without trusting the order of the listings: reads one date after the other and holds the names of one pass. */
export async function hashDated(
  listings: ReadonlyMap<string, AsyncIterable<readonly Entry[]>>,
  isNewerBeneath: IsNewerBeneath,
  { pass, after, mostEntries, room }: HashMatchOptions,
): Promise<DatedNames> {
  const names = new Map<string, Dated[]>();
  let versions = 0;
  for (const [date, pages] of listings) {
    for await (const entries of pages) {
      await room?.(versions);
      for (const entry of entries) {
        const folded = foldName(entry.name);
        if (folded <= after || (pass.of > 1 && hashOfName(folded) % pass.of !== pass.index)) continue;
        versions += 1;
        const held = names.get(folded);
        if (versions > mostEntries) names.clear();
        else if (held === undefined) names.set(folded, [{ date, entry }]);
        else held.push({ date, entry });
      }
    }
  }
  if (versions > mostEntries) return { kind: 'too-many', versions };
  const entries: DatedEntry[] = [];
  for (const [, of] of [...names].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    entries.push(await newestVersion(of, isNewerBeneath));
  }
  return { kind: 'entries', entries };
}
