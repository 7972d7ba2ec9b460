/**
 * An answer of List Directories and Files as entries. It is the hot path of every run (up to 5,000 entries a page, on both
 * sides); figures in docs/adr/0002-thin-files-client.md.
 */
import type { Entry } from '../model/index.ts';
import type { ListingPage } from '../run/ports.ts';
import { normaliseAttributes } from './attributes.ts';
import { ownCopy, parseXml, type XmlElement } from './xml.ts';

/**
 * Throws SyntaxError on anything but one complete document whose entries have all that was asked for: a page cut short
 * must never pass for a shorter page, since what a listing lacks is deleted from the backup.
 */
export function parseListing(text: string): ListingPage {
  const root = parseXml(text);
  if (root.name !== 'EnumerationResults') throw new SyntaxError(`<${root.name}> is not a listing`);
  let list: XmlElement | undefined;
  let nextMarker: string | undefined;
  for (const child of root.children) {
    if (child.name === 'Entries') list = child;
    else if (child.name === 'NextMarker') nextMarker = child.text;
  }
  if (list === undefined || nextMarker === undefined) throw new SyntaxError('a listing without Entries or NextMarker');
  return { entries: list.children.map(toEntry), nextMarker: ownCopy(nextMarker) };
}

type Fields = Readonly<Record<string, XmlElement | undefined>>;

function toEntry(element: XmlElement): Entry {
  const fields: Record<string, XmlElement | undefined> = {};
  for (const child of element.children) {
    if (child.name !== 'Properties') fields[child.name] = child;
    else for (const property of child.children) fields[property.name] = property;
  }
  const [name, creation, lastWrite, change, etag, permissionKey] = cutLoose([
    nameOf(fields['Name']),
    required(fields, 'CreationTime'),
    required(fields, 'LastWriteTime'),
    required(fields, 'ChangeTime'),
    required(fields, 'Etag'),
    fields['PermissionKey']?.text ?? '',
  ]);
  const entry = {
    name,
    times: { creation, lastWrite, change },
    lastModifiedMs: parseHttpDate(required(fields, 'Last-Modified')),
    etag,
    attributes: normaliseAttributes(fields['Attributes']?.text ?? ''),
    permissionKey,
  };
  if (element.name === 'Directory') return { kind: 'directory', ...entry };
  if (element.name !== 'File') throw new SyntaxError(`<${element.name}> among the entries`);
  return { kind: 'file', ...entry, sizeBytes: parseSize(required(fields, 'Content-Length')) };
}

/**
 * The same texts without the page that they were cut from. What is sliced here is a view of the texts of this entry alone, which
 * costs less than a copy of each.
 */
function cutLoose<const Texts extends readonly string[]>(texts: Texts): { [Index in keyof Texts]: string } {
  const together = texts.join('');
  let at = 0;
  return texts.map((text) => together.slice(at, (at += text.length))) as { [Index in keyof Texts]: string };
}

function required(fields: Fields, name: string): string {
  const text = fields[name]?.text;
  if (text === undefined || text === '') throw new SyntaxError(`an entry without ${name}`);
  return text;
}

/** Names that XML cannot carry come percent-encoded with `Encoded="true"` (service version 2021-12-02). */
function nameOf(element: XmlElement | undefined): string {
  if (element === undefined || element.text === '') throw new SyntaxError('an entry without Name');
  if (!element.attributes.includes('Encoded="true"')) return element.text;
  try {
    return decodeURIComponent(element.text);
  } catch {
    throw new SyntaxError('an encoded name that is not percent-encoded UTF-8');
  }
}

/** A length in bytes. Throws SyntaxError on anything but digits. */
export function parseSize(text: string | undefined): number {
  if (text === undefined || !/^\d{1,16}$/u.test(text)) throw new SyntaxError('an unreadable length');
  return Number(text);
}

/** What RFC 1123 dates look like; Date.parse alone takes almost anything that ends in a year. */
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/u;

/** RFC 1123 to epoch ms. Throws SyntaxError. */
export function parseHttpDate(text: string): number {
  const ms = httpDate.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new SyntaxError('an unreadable date');
  return ms;
}
