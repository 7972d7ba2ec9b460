import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { ServiceError } from './errors.ts';

export const XML_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>';

/** Characters that need an entity in text or in an attribute. */
const SPECIAL = /[&<>"\r]/;
// XML 1.0 cannot carry these at all: C0 controls but tab, LF, CR; lone surrogates; U+FFFE and U+FFFF.
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const UNSPEAKABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;

/** Escapes text for an element or a double-quoted attribute. */
export function escapeXml(text: string): string {
  if (!SPECIAL.test(text)) return text;
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#xD;');
}

/** True when `text` can only travel percent-encoded, in an element marked `Encoded="true"`. */
export function needsEncoding(text: string): boolean {
  return UNSPEAKABLE.test(text);
}

/** Percent-encodes UTF-8 as the service does for a name XML cannot carry. */
export function percentEncodeName(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** `<tag>text</tag>`, percent-encoded and marked when XML cannot carry the text. */
export function nameElement(tag: string, text: string): string {
  if (needsEncoding(text)) return `<${tag} Encoded="true">${percentEncodeName(text)}</${tag}>`;
  return `<${tag}>${escapeXml(text)}</${tag}>`;
}

/** `<tag>text</tag>` with the text escaped, or nothing when there is no text to send. */
export function optionalElement(tag: string, text: string | number | boolean | undefined): string {
  return text === undefined ? '' : `<${tag}>${escapeXml(String(text))}</${tag}>`;
}

const parser = new XMLParser({ ignoreAttributes: true, parseTagValue: false, trimValues: true });

/** Element names to text or nested elements; a repeated element is an array. */
export type XmlNode = { [name: string]: XmlValue };
export type XmlValue = string | XmlNode | XmlValue[];

/** Parses a small request document and returns the root element's content; anything else is InvalidXmlDocument. */
export function parseXml(document: string, root: string): XmlNode {
  // A document type could define entities that expand without bound.
  if (document.includes('<!DOCTYPE') || XMLValidator.validate(document) !== true) {
    throw new ServiceError('InvalidXmlDocument');
  }
  const parsed = parsedXml(document);
  if (!(root in parsed)) throw new ServiceError('InvalidXmlDocument');
  const content = parsed[root];
  return typeof content === 'object' && !Array.isArray(content) ? content : {};
}

function parsedXml(document: string): XmlNode {
  try {
    return parser.parse(document) as XmlNode;
  } catch {
    // The parser has bounds of its own, on nesting for one.
    throw new ServiceError('InvalidXmlDocument');
  }
}

/** The text of a child element, or undefined when it is absent or not a plain text. */
export function childText(node: XmlNode | undefined, name: string): string | undefined {
  const value = node?.[name];
  return typeof value === 'string' ? value : undefined;
}

/** A child element that has children itself. */
export function childNode(node: XmlNode | undefined, name: string): XmlNode | undefined {
  const value = node?.[name];
  return typeof value === 'object' && !Array.isArray(value) ? value : undefined;
}

/** All children of that name, none or one included. */
export function childNodes(node: XmlNode | undefined, name: string): XmlNode[] {
  const value = node?.[name];
  const list = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return list.filter((item): item is XmlNode => typeof item === 'object' && !Array.isArray(item));
}
