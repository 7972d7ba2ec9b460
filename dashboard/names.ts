/** Names come from shares, and anyone who may write there chooses them. */

export interface NamePart {
  readonly text: string;
  /** Stands for a character that would not be seen, or that would change how the others are seen. */
  readonly isCode: boolean;
}

/** Controls, format characters (zero width, direction overrides), line separators, private use, lone surrogates. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]|^\s|\s$/gu;

const codeOf = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/** A name with its unseen characters named, so that a name turned round by U+202E cannot pass for a picture. */
export function nameParts(name: string): NamePart[] {
  const parts: NamePart[] = [];
  let end = 0;
  for (const { 0: character, index } of name.matchAll(unseen)) {
    if (index > end) parts.push({ text: name.slice(end, index), isCode: false });
    parts.push({ text: codeOf(character), isCode: true });
    end = index + character.length;
  }
  if (end < name.length) parts.push({ text: name.slice(end), isCode: false });
  return parts;
}

/** The same as one text, for labels that are read aloud. */
export const spokenName = (name: string): string =>
  nameParts(name)
    .map(({ text, isCode }) => (isCode ? ` ${text} ` : text))
    .join('')
    .trim();

/** What a file is called where it is saved: the last component, with nothing in it that deceives. */
export function savedName(path: string): string {
  const last = path.slice(path.lastIndexOf('/') + 1);
  const plain = last.replaceAll(unseen, '_').replaceAll(/["*/:<>?\\|]/gu, '_');
  return plain === '' || /^\.+$/u.test(plain) ? 'file' : plain;
}
