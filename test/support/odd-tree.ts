import type { TreeLiteral } from './engine-tree.ts';

const times = {
  creationTime: '2011-01-02T03:04:05.0000001Z',
  lastWriteTime: '2013-05-06T07:08:09.1234567Z',
  changeTime: '2015-09-10T11:12:13.7654321Z',
};
const denying = 'O:SYG:SYD:(D;;FA;;;WD)(D;OICI;0x1f01ff;;;BG)(A;OICI;FA;;;BA)(A;;FR;;;AU)';
const longSddl = `O:SYG:SYD:${Array.from({ length: 400 }, (_, n) => `(A;;FR;;;S-1-5-21-1-2-3-${10_000 + n})`).join('')}`;
const headers = {
  contentType: 'text/x-odd; charset=utf-8',
  contentEncoding: 'gzip',
  contentLanguage: 'de-CH, en',
  cacheControl: 'no-store, max-age=0',
  contentMd5: 'sQqNsWTgdUEFt6mb5y4/5Q==',
  contentDisposition: 'attachment; filename="odd.txt"',
};

/** One of everything that an entry can have: what a backup must carry over. */
export const oddTree: TreeLiteral = {
  '/': { metadata: { rootmark: 'yes' }, sddl: denying, ...times },
  'plain.txt': 'plain',
  'empty.bin': '',
  'empty with everything.bin': {
    headers,
    metadata: { a: '1' },
    attributes: 'Hidden|ReadOnly',
    sddl: denying,
    ...times,
  },
  'headers.txt': { content: 'six headers', headers },
  'metadata.txt': { content: 'with metadata', metadata: { first: 'one', second: 'two words', third_: '3=4;5' } },
  'times.txt': { content: 'old', ...times },
  'attributes/readonly.txt': { content: 'r', attributes: 'ReadOnly' },
  'attributes/hidden.txt': { content: 'h', attributes: 'Hidden|System' },
  'attributes/all.txt': {
    content: 'all',
    attributes: 'ReadOnly|Hidden|System|Archive|Temporary|Offline|NotContentIndexed|NoScrubData',
  },
  'attributes/none.txt': { content: 'n', attributes: 'None' },
  'attributes/readonly directory/': { attributes: 'Directory|ReadOnly|Hidden' },
  'attributes/readonly directory/inside.txt': 'inside a ReadOnly directory',
  'permissions/denied.txt': { content: 'denied', sddl: denying },
  'permissions/long.txt': { content: 'over 8 KiB', sddl: longSddl },
  'permissions/directory/': { sddl: longSddl, metadata: { owner: 'somebody' }, ...times },
  'permissions/directory/inherits.txt': { content: 'inherits', sddl: denying },
  'empty directory/': {},
  'empty directory of old/deeper/': { ...times, metadata: { deep: 'yes' } },
  'names/ space first.txt': '1',
  'names/trailing dot.': '2',
  'names/trailing dots.../inner.': '3',
  'names/Größe & Maße – 東京 🗻.txt': '4',
  "names/100% + #1 = ~!@$^()[]{};',.txt": '5',
  'names/%41 is not A.txt': '6',
  'names/a+b c%20d.txt': '7',
  [`names/${'n'.repeat(251)}.txt`]: '8',
  [`names/${'ü'.repeat(120)}.txt`]: '9',
  'names/.hidden': '10',
  'names/straße.txt': '11',
  'names/ı dotless.txt': '12',
  'a/b/c/d/e/f/g/h/deep.txt': 'deep',
};
