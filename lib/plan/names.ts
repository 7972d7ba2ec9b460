// Most names: here upper-casing the whole is the same as upper-casing each unit, and much faster.
const asciiOnly = /^[\u0020-\u007e]*$/u;

/**
 * The name as Azure Files compares it: each UTF-16 unit upper-cased by itself, and only where that gives one unit. So the
 * length stays, `ß` stays `ß`, and a character outside the basic plane (two units) has no case. [M]
 */
export function foldName(name: string): string {
  if (asciiOnly.test(name)) return name.toUpperCase();
  let folded = '';
  for (let index = 0; index < name.length; index++) {
    const unit = name.charAt(index);
    const upper = unit.toUpperCase();
    folded += upper.length === 1 ? upper : unit;
  }
  return folded;
}

/** Below 0, 0 or above 0: the order of a listing, by the UTF-16 units of the folded names. [M] */
export function compareFolded(a: string, b: string): number {
  const [first, second] = [foldName(a), foldName(b)];
  // Relational operators on strings compare UTF-16 units.
  return first < second ? -1 : first > second ? 1 : 0;
}

/** Whether one directory is the other, or lies beneath it; `''` is the whole share. */
export function areNested(a: string, b: string): boolean {
  const [first, second] = [foldName(a), foldName(b)];
  const holds = (outer: string, inner: string) => outer === '' || inner === outer || inner.startsWith(`${outer}/`);
  return holds(first, second) || holds(second, first);
}
