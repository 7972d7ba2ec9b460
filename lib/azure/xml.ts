/**
 * The service's XML, strictly: elements, attributes, text and entities; an answer that ends early or does not nest is an
 * error. fast-xml-parser takes a truncated document for a shorter one unless the text is validated in a second pass.
 */
export interface XmlElement {
  readonly name: string;
  /** As written: ` Encoded="true"`, or `''`. */
  readonly attributes: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

interface OpenElement {
  readonly name: string;
  readonly attributes: string;
  readonly children: XmlElement[];
  readonly textFrom: number;
}

/** The root element. Throws SyntaxError on text that is not one complete document. */
export function parseXml(text: string): XmlElement {
  const root: OpenElement = { name: '', attributes: '', children: [], textFrom: 0 };
  const open: OpenElement[] = [root];
  let at = 0;
  for (let start = text.indexOf('<', at); start !== -1; start = text.indexOf('<', at)) {
    const end = text.indexOf('>', start);
    if (end === -1) throw new SyntaxError(`a tag at ${start} does not end`);
    at = end + 1;
    readTag(text, { start, end }, open);
  }
  const [document] = root.children;
  if (open.length !== 1 || document === undefined || root.children.length !== 1) {
    throw new SyntaxError(`the document ends inside ${open.at(-1)?.name || 'nothing'}`);
  }
  return document;
}

const slash = 47;
const questionMark = 63;
const exclamationMark = 33;

function readTag(text: string, { start, end }: { start: number; end: number }, open: OpenElement[]): void {
  const first = text.charCodeAt(start + 1);
  if (first === questionMark) return;
  if (first === exclamationMark) throw new SyntaxError(`declarations and CDATA are not expected, at ${start}`);
  if (first === slash) closeElement(text, { start, name: text.slice(start + 2, end) }, open);
  else openElement(text, { start, end }, open);
}

function closeElement(text: string, { start, name }: { start: number; name: string }, open: OpenElement[]): void {
  const element = open.at(-1);
  if (element === undefined || open.length === 1 || element.name !== name) {
    throw new SyntaxError(`</${name}> closes what is not open, at ${start}`);
  }
  open.pop();
  const { attributes, children, textFrom } = element;
  const content = children.length > 0 ? '' : decodeEntities(text.slice(textFrom, start));
  open.at(-1)?.children.push({ name, attributes, text: content, children });
}

function openElement(text: string, { start, end }: { start: number; end: number }, open: OpenElement[]): void {
  const isEmpty = text.charCodeAt(end - 1) === slash;
  const tag = text.slice(start + 1, isEmpty ? end - 1 : end);
  const space = tag.indexOf(' ');
  const name = space === -1 ? tag : tag.slice(0, space);
  const attributes = space === -1 ? '' : tag.slice(space);
  if (isEmpty) open.at(-1)?.children.push({ name, attributes, text: '', children: [] });
  else open.push({ name, attributes, children: [], textFrom: end + 1 });
}

/**
 * The same text without the document that it was cut from. V8 makes a substring of 13 characters and more a view of the whole:
 * one marker kept of each page of a listing would keep all pages, some 3 MB each.
 */
export const ownCopy = (text: string): string => Buffer.from(text, 'utf16le').toString('utf16le');

export const childrenOf = (element: XmlElement | undefined, name: string): readonly XmlElement[] =>
  element?.children.filter((child) => child.name === name) ?? [];

/** The text of the only child of that name; `undefined` where there is none. */
export const textOf = (element: XmlElement | undefined, name: string): string | undefined =>
  childrenOf(element, name)[0]?.text;

const namedEntities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Throws SyntaxError on an entity that XML does not know by itself. */
function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replaceAll(/&([^;&]*);?/gu, (whole, name: string) => {
    const named = namedEntities[name];
    if (!whole.endsWith(';')) throw new SyntaxError('an entity does not end');
    if (named !== undefined) return named;
    const code = /^#(?:x([0-9a-f]{1,6})|([0-9]{1,7}))$/iu.exec(name);
    if (code === null) throw new SyntaxError(`unknown entity ${whole}`);
    return String.fromCodePoint(code[1] === undefined ? Number(code[2]) : Number.parseInt(code[1], 16));
  });
}
