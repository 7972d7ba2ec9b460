/** What random trees are made of: few values, so that changes meet what is there, and of every kind that is legal. */

/** Components of paths. Pairs that differ in case alone are one name to the service; the other look-alikes are two. */
export const names: readonly string[] = [
  ...['a', 'A', 'b.txt', 'B.TXT', 'k', '\u212a', 'ss', 'ß', 'ẞ', 'i', 'I', 'ı', 'İ', 'ſ'],
  ...['é', 'É', 'e\u0301', '東京 🗻', 'Größe & Maße', '.hidden', ' first', 'last ', 'dot.', 'dot', 'dots...', 'dot. '],
  ...['%41', "100% + #1 = ~!@$^()[]{};',.txt", 'a+b c%20d', '&amp;', 'a.b', 'a-b', 'a_b', 'a b', '2024-02-29'],
  ...['bad\ufffe', '\uffff', '\u007f', '\u2028', '\u0085', 'n'.repeat(255), 'ü'.repeat(120)],
  // 230 characters of nine bytes each when percent-encoded: no copy source URL can name it.
  `${'備'.repeat(226)}.bin`,
];

/** One second before the year that dated mode takes for a date, a leap day's last moment, a future, and past ones. */
export const times: readonly string[] = [
  '1979-12-31T23:59:59.9999999Z',
  '2024-02-29T23:59:59.9999999Z',
  '2024-03-01T00:00:00.0000000Z',
  '2011-01-02T03:04:05.0000001Z',
  '2011-01-02T03:04:05.0000002Z',
  '2111-01-01T00:00:00.1234567Z',
];

export const fileAttributes: readonly string[] = [
  'None',
  'Archive',
  'ReadOnly',
  'Hidden|System',
  'ReadOnly|Hidden|System|Archive',
  'Temporary|Offline|NotContentIndexed|NoScrubData',
];

export const directoryAttributes: readonly string[] = ['Directory', 'Directory|ReadOnly|Hidden', 'Directory|System'];

const manyEntries = Array.from({ length: 400 }, (_, n) => `(A;;FR;;;S-1-5-21-1-2-3-${10_000 + n})`).join('');
/** With deny entries, inheritance flags, and one over 8 KiB, which no header holds. */
export const permissions: readonly string[] = [
  'O:SYG:SYD:(D;;FA;;;WD)(D;OICI;0x1f01ff;;;BG)(A;OICI;FA;;;BA)(A;;FR;;;AU)',
  'O:BAG:BAD:P(A;OICIIO;FA;;;CO)(A;ID;FA;;;SY)',
  `O:SYG:SYD:${manyEntries}`,
];

export const metadata: readonly Readonly<Record<string, string>>[] = [
  {},
  { a: '1' },
  { a: '2' },
  { second: 'two words', third_: '3=4;5' },
];

export const headers: readonly Readonly<Record<string, string>>[] = [
  {},
  { contentType: 'text/plain' },
  {
    contentType: 'text/x-odd; charset=utf-8',
    contentEncoding: 'gzip',
    contentLanguage: 'de-CH, en',
    cacheControl: 'no-store, max-age=0',
    contentMd5: 'sQqNsWTgdUEFt6mb5y4/5Q==',
    contentDisposition: 'attachment; filename="odd.txt"',
  },
  { cacheControl: 'no-cache', contentLanguage: 'fr' },
];

/** Patterns to leave out, each with what it says of one component in upper case. */
export const exclusions: ReadonlyMap<string, (component: string) => boolean> = new Map([
  ['**/a', (component) => component === 'A'],
  ['**/*.txt', (component) => component.endsWith('.TXT')],
  ['**/DOT?*', (component) => component.startsWith('DOT') && component.length > 3],
]);

const mebi = 1024 * 1024;
/** Contents by their length and what they are filled with. Above 64 MiB a file goes by ranges, and is sparse here. */
export const sizes: readonly number[] = [0, 1, 5, 5, 5, 5, 600, 600];
export const largeSize = 5 * mebi + 3;
export const hugeSize = 65 * mebi;
