import type { EntryPair } from './match-listings.ts';
import { foldName } from './names.ts';

/** Stems remembered at a time: files of one stem stand close together in a listing. */
const mostStems = 256;
/** Of one stem and side; further names of it push the first ones out. */
const mostNames = 16;

interface Unmatched {
  readonly gone: string[];
  readonly added: string[];
}

/**
 * Finds, in one directory, files that were replaced by one of the same name with another extension (`a.docx` by `a.xyz`) or a
 * further one (`a.docx.locked`): what mass encryption leaves behind. Memory is bounded, so that it may overlook some.
 */
export class RenamedFiles {
  readonly #stems = new Map<string, Unmatched>();

  /** Answers the new extension, folded, when the pair completes such a replacement. */
  take({ source, destination }: EntryPair): string | undefined {
    if (source !== undefined && destination !== undefined) return undefined;
    const entry = source ?? destination;
    if (entry?.kind !== 'file') return undefined;
    const name = foldName(entry.name);
    const of = this.#unmatchedOf(stemOf(name));
    const [own, others] = source === undefined ? [of.gone, of.added] : [of.added, of.gone];
    const at = others.findIndex((other) => isRenamed(source === undefined ? [name, other] : [other, name]));
    if (at === -1) {
      own.push(name);
      if (own.length > mostNames) own.shift();
      return undefined;
    }
    const [other = ''] = others.splice(at, 1);
    return extensionOf(source === undefined ? other : name);
  }

  #unmatchedOf(stem: string): Unmatched {
    const known = this.#stems.get(stem);
    if (known !== undefined) return known;
    const made: Unmatched = { gone: [], added: [] };
    this.#stems.set(stem, made);
    const [oldest] = this.#stems.keys();
    if (this.#stems.size > mostStems && oldest !== undefined) this.#stems.delete(oldest);
    return made;
  }
}

/** Up to the first dot, but for one at the beginning: what a name and all renamings of it have in common. */
function stemOf(name: string): string {
  const dot = name.indexOf('.', 1);
  return dot === -1 ? name : name.slice(0, dot);
}

const extensionOf = (name: string): string => {
  const dot = name.lastIndexOf('.');
  return dot < 1 ? '' : name.slice(dot + 1);
};

/** Numbers and dates are no extensions: a log that is rotated is not renamed. */
const isExtension = (text: string): boolean => text !== '' && !/^[\d_-]+$/u.test(text);

function isRenamed([gone, added]: readonly [string, string]): boolean {
  const extension = extensionOf(added);
  if (!isExtension(extension)) return false;
  if (added.startsWith(`${gone}.`)) return true;
  const before = extensionOf(gone);
  return isExtension(before) && gone.slice(0, -before.length) === added.slice(0, -extension.length);
}
