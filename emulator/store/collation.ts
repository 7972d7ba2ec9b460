/**
 * Upper-casing one to one per UTF-16 unit, as NTFS does: 'ß' stays, surrogates stay, NFC and NFD stay apart. A unit whose
 * upper case is longer than one unit folds to itself.
 */
const FOLDED = foldTable();

function foldTable(): Uint16Array {
  const table = new Uint16Array(0x1_0000);
  for (let unit = 0; unit < table.length; unit += 1) {
    const upper = String.fromCharCode(unit).toUpperCase();
    table[unit] = upper.length === 1 ? upper.charCodeAt(0) : unit;
  }
  return table;
}

/** Upper case of one UTF-16 unit. */
function foldUnit(unit: number): number {
  return FOLDED[unit] ?? unit;
}

/** The form under which names are equal: 'Straße' and 'STRAßE' fold alike. */
export function foldName(name: string): string {
  let folded = '';
  for (let index = 0; index < name.length; index += 1) {
    folded += String.fromCharCode(foldUnit(name.charCodeAt(index)));
  }
  return folded;
}

/**
 * THE collation of listings and of lookups: folded UTF-16 units [M: the service says "lexically sorted" and no more].
 * Negative, zero or positive; zero means the same entry.
 */
export function compareNames(left: string, right: string): number {
  const shared = Math.min(left.length, right.length);
  for (let index = 0; index < shared; index += 1) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) {
      const difference = foldUnit(a) - foldUnit(b);
      if (difference !== 0) {
        return difference;
      }
    }
  }
  return left.length - right.length;
}

/**
 * As `compareNames`, folded to lower case: `_` and five other signs then stand before letters. Two names may be one in lower case
 * (`k` and the Kelvin sign, `ß` and `ẞ`), and a page that ends between them must not lose the second.
 */
function compareLowered(left: string, right: string): number {
  return compareOrdinal(left.toLowerCase(), right.toLowerCase()) || compareNames(left, right);
}

function compareOrdinal(left: string, right: string): number {
  return left === right ? 0 : left < right ? -1 : 1;
}

/** By a hash (FNV-1a) of the folded name: stable, and no collation. */
function compareScattered(left: string, right: string): number {
  return hashOf(left) - hashOf(right) || compareNames(left, right);
}

const hashes = new Map<string, number>();
/** A sort asks for each name some forty times. More names than the largest directories have are forgotten together. */
const mostHashes = 4_000_000;

function hashOf(name: string): number {
  const known = hashes.get(name);
  if (known !== undefined) return known;
  if (hashes.size >= mostHashes) hashes.clear();
  const hash = scatter(name);
  hashes.set(name, hash);
  return hash;
}

function scatter(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index += 1) {
    hash = Math.imul(hash ^ foldUnit(name.charCodeAt(index)), 0x01000193);
  }
  return hash >>> 0;
}

/** Orders a listing may have (switch listingOrder), beside the one of lookups. */
export const OTHER_ORDERS: ReadonlyMap<string, (left: string, right: string) => number> = new Map([
  ['lower', compareLowered],
  ['ordinal', compareOrdinal],
  ['scattered', compareScattered],
]);

/** Whether `name` begins with `prefix`, both folded. */
export function hasNamePrefix(name: string, prefix: string): boolean {
  return name.length >= prefix.length && compareNames(name.slice(0, prefix.length), prefix) === 0;
}
