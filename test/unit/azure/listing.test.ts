import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normaliseAttributes } from '../../../lib/azure/attributes.ts';
import { parseListing } from '../../../lib/azure/listing.ts';

const times = `<CreationTime>2026-11-20T03:00:00.1234567Z</CreationTime><LastAccessTime>2026-11-20T03:00:00.0000000Z</LastAccessTime><LastWriteTime>2026-11-20T03:00:00.0000001Z</LastWriteTime><ChangeTime>2026-11-20T03:00:00.9999999Z</ChangeTime><Last-Modified>Fri, 20 Nov 2026 03:00:00 GMT</Last-Modified><Etag>"0x8D8"</Etag>`;
const file = (name: string, attributes = '<Attributes>Archive</Attributes>') =>
  `<File><FileId>1</FileId>${name}<Properties><Content-Length>12</Content-Length>${times}</Properties>${attributes}<PermissionKey>1*2</PermissionKey></File>`;
const directory = `<Directory><FileId>2</FileId><Name>sub</Name><Properties>${times}</Properties><Attributes>Directory</Attributes><PermissionKey>3*4</PermissionKey></Directory>`;
const listing = (entries: string, next = '<NextMarker />') =>
  `\uFEFF<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="https://a.file.core.windows.net/" ShareName="s" DirectoryPath=""><DirectoryId>0</DirectoryId><Entries>${entries}</Entries>${next}</EnumerationResults>`;

const onlyName = (name: string) => parseListing(listing(file(name))).entries[0]?.name;

test('entries come in the service’s order with all the service says of them, times to 100 ns', () => {
  const page = parseListing(listing(directory + file('<Name>a.txt</Name>'), '<NextMarker>go&amp;on</NextMarker>'));

  const shared = {
    times: {
      creation: '2026-11-20T03:00:00.1234567Z',
      lastWrite: '2026-11-20T03:00:00.0000001Z',
      change: '2026-11-20T03:00:00.9999999Z',
    },
    lastModifiedMs: Date.UTC(2026, 10, 20, 3),
    etag: '"0x8D8"',
  };
  expect(page).toEqual({
    entries: [
      { kind: 'directory', name: 'sub', attributes: 'Directory', permissionKey: '3*4', ...shared },
      { kind: 'file', name: 'a.txt', sizeBytes: 12, attributes: 'Archive', permissionKey: '1*2', ...shared },
    ],
    nextMarker: 'go&on',
  });
});

test('an empty directory is an empty page', () => {
  expect(parseListing(listing(''))).toEqual({ entries: [], nextMarker: '' });
  expect(parseListing(listing('').replace('<Entries></Entries>', '<Entries />'))).toEqual({
    entries: [],
    nextMarker: '',
  });
});

test.for([
  ['<Name>R&amp;D &quot;x&quot; &lt;&#x1F5C4;&#38;&apos;</Name>', `R&D "x" <\u{1F5C4}&'`],
  ['<Name Encoded="true">dir%EF%BF%BE%25</Name>', 'dir\uFFFE%'],
  ['<Name>100%25</Name>', '100%25'],
  ['<Name> blank </Name>', ' blank '],
  ['<Name>a > b</Name>', 'a > b'],
])('%s is the name %j', ([element, name]) => {
  expect(onlyName(element ?? '')).toBe(name);
});

test('any name survives the way through XML', () => {
  const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const nameOf = fc
    .string({ unit: 'binary', minLength: 1 })
    .filter((name) => !name.includes('\uFEFF') && name.split('').every((c) => c >= ' '));

  fc.assert(
    fc.property(nameOf, (name) => {
      expect(onlyName(`<Name>${escaped(name)}</Name>`)).toBe(name);
    }),
  );
});

test('a page cut short anywhere throws', () => {
  const whole = listing(directory + file('<Name>a</Name>') + file('<Name>b</Name>'));

  for (let length = 0; length < whole.length; length += 1) {
    expect(() => parseListing(whole.slice(0, length)), `cut at ${length}`).toThrow(SyntaxError);
  }
});

const page = listing(file('<Name>a</Name>'));

test.for([
  ['an entry without its name', page.replace('<Name>a</Name>', '')],
  ['an entry without its size', page.replace('<Content-Length>12</Content-Length>', '')],
  ['a size that is none', page.replace('>12<', '>1e2<')],
  ['an entry without ChangeTime', page.replace(/<ChangeTime>[^<]*<\/ChangeTime>/u, '')],
  ['an entry without ETag', page.replace(/<Etag>[^<]*<\/Etag>/u, '')],
  ['a date that is none', page.replace('Fri, 20 Nov', 'Some day')],
  ['no NextMarker', page.replace('<NextMarker />', '')],
  ['an element of another kind', page.replaceAll('File>', 'Symlink>')],
  ['elements that do not nest', page.replace('</File></Entries>', '</Entries></File>')],
  ['an unknown entity', page.replace('>a<', '>&nbsp;<')],
  ['an entity without end', page.replace('>a<', '>a & b<')],
  ['an encoded name that is none', page.replace('<Name>a', '<Name Encoded="true">%FF')],
  ['a declaration', page.replace('<File>', '<!DOCTYPE x><File>')],
  ['two documents', page + page],
  ['another document', '<Error><Code>ServerBusy</Code></Error>'],
  ['no XML', 'upstream connect error'],
])('%s throws', ([, text]) => {
  expect(() => parseListing(text ?? '')).toThrow(SyntaxError);
});

test.for([
  ['Archive', 'Archive'],
  ['Hidden | Archive', 'Archive|Hidden'],
  ['Directory|Directory', 'Directory'],
  ['ReadOnly|Archive|ReadOnly', 'Archive|ReadOnly'],
  ['None', 'None'],
  ['', 'None'],
])('attributes %j are %j', ([text, normalised]) => {
  expect(normaliseAttributes(text ?? '')).toBe(normalised);
});
