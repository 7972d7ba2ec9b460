/**
 * The name as Azure Files compares it: each UTF-16 unit upper-cased by itself, and only where that gives one unit. So the
 * length stays, `ß` stays `ß`, and a character outside the basic plane (two units) has no case. [M]
 */
export function foldName(name: string): string {
  const upper = name.toUpperCase();
  if (upper === name) return name;
  let folded = '';
  for (let index = 0; index < name.length; index++) {
    const unit = name.charAt(index);
    const upperUnit = unit.toUpperCase();
    folded += upperUnit.length === 1 ? upperUnit : unit;
  }
  return folded;
}

/** Below 0, 0 or above 0: the order of a listing, by the UTF-16 units of the folded names. [M] */
export function compareFolded(a: string, b: string): number {
  const [first, second] = [foldName(a), foldName(b)];
  // Relational operators on strings compare UTF-16 units.
  return first < second ? -1 : first > second ? 1 : 0;
}
