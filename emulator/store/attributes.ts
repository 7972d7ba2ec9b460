import { StoreError } from './errors.ts';

/** Bits as in NTFS; the order is the order of output. */
const BITS: ReadonlyMap<string, number> = new Map([
  ['ReadOnly', 0x1],
  ['Hidden', 0x2],
  ['System', 0x4],
  ['Directory', 0x10],
  ['Archive', 0x20],
  ['Temporary', 0x100],
  ['Offline', 0x1000],
  ['NotContentIndexed', 0x2000],
  ['NoScrubData', 0x2_0000],
]);

const BY_LOWER_CASE = new Map([...BITS].map(([name, bit]) => [name.toLowerCase(), bit]));

export const READ_ONLY = 0x1;
export const DIRECTORY = 0x10;
export const ARCHIVE = 0x20;

/** Attributes of a header: names joined by `|`, blanks, repeats and any case allowed, or `None`. @throws InvalidHeaderValue */
export function parseAttributes(text: string): number {
  let attributes = 0;
  for (const part of text.split('|')) {
    const name = part.trim().toLowerCase();
    const bit = name === 'none' ? 0 : BY_LOWER_CASE.get(name);
    if (bit === undefined) {
      throw new StoreError('InvalidHeaderValue', `Not a file attribute: '${part}'.`);
    }
    attributes |= bit;
  }
  return attributes;
}

const formatted = new Map<number, string>();

/** `ReadOnly|Archive`, or `None`. */
export function formatAttributes(attributes: number): string {
  let text = formatted.get(attributes);
  if (text === undefined) {
    text =
      [...BITS]
        .filter(([, bit]) => (attributes & bit) !== 0)
        .map(([name]) => name)
        .join('|') || 'None';
    formatted.set(attributes, text);
  }
  return text;
}
