/** What a dated destination holds after each run, said by few rules, written without looking at the engine's. */
import type { EntryImage, TreeImage } from './image.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** Names are equal to the service when each UTF-16 unit is, in upper case. */
export const alike = (path: string): string =>
  Array.from({ length: path.length }, (_, at) => {
    const unit = path.charAt(at);
    return unit.toUpperCase().length === 1 ? unit.toUpperCase() : unit;
  }).join('');

export interface DatedRun {
  readonly snapshot: string;
  /** Saves every file again. */
  readonly full: boolean;
  /**
   * Whether a file may be saved again as it is: where the run was perhaps not shown all versions, had no base or met listings in
   * another order than it thought, and where the content was written over by what it was already.
   */
  readonly mayRepeat: (path: string) => boolean;
  readonly tree: TreeImage;
}

export class DatedModel {
  /** By the path in upper case, since a later version keeps the case of the name that is there. */
  #held = new Map<string, EntryImage>();
  #before: TreeImage = new Map();

  /** A run of this snapshot of the source was sealed, and has left this tree. */
  take(source: TreeImage, { snapshot, full, mayRepeat, tree }: DatedRun): void {
    const before = new Map([...this.#before].map(([path, image]) => [alike(path), image]));
    const files = filesOf(tree);
    for (const [path, image] of source) {
      if (image['kind'] !== 'file') continue;
      const to = alike(`${dateOf(image['lastWriteTime'] ?? '', snapshot)}/${path}`);
      const isRepeated = mayRepeat(path) && files.has(to);
      if (full || isRepeated || !isSame(before.get(alike(path)), image)) this.#save(to, image);
    }
    this.#before = source;
  }

  #save(to: string, image: EntryImage): void {
    for (const held of this.#held.keys()) {
      // What has the name as the other kind gives way.
      if (held.startsWith(`${to}/`) || to.startsWith(`${held}/`)) this.#held.delete(held);
    }
    this.#held.set(to, image);
  }

  differencesFrom(tree: TreeImage, ignore: readonly string[]): string[] {
    const files = filesOf(tree);
    const lines: string[] = [];
    for (const path of new Set([...files.keys(), ...this.#held.keys()])) {
      const [found, expected] = [files.get(path), this.#held.get(path)];
      if (found === undefined) lines.push(`${JSON.stringify(path)} is missing`);
      else if (expected === undefined) lines.push(`${JSON.stringify(path)} should not be there`);
      else
        for (const name of Object.keys(expected)) {
          if (found[name] !== expected[name] && !ignore.includes(name))
            lines.push(`${JSON.stringify(path)}: ${name} is ${found[name]} instead of ${expected[name]}`);
        }
    }
    return [...lines, ...this.#directoryDifferences(tree)];
  }

  /** Directories are those above files, and no others. */
  #directoryDifferences(tree: TreeImage): string[] {
    const needed = new Set(['']);
    for (const path of this.#held.keys()) {
      const parts = path.split('/');
      for (let depth = 1; depth < parts.length; depth += 1) needed.add(parts.slice(0, depth).join('/'));
    }
    const found = [...tree].filter(([, { kind }]) => kind === 'directory').map(([path]) => alike(path));
    return found.filter((path) => !needed.has(path)).map((path) => `the directory ${JSON.stringify(path)} is empty`);
  }
}

const filesOf = (tree: TreeImage): TreeImage =>
  new Map([...tree].filter(([, { kind }]) => kind === 'file').map(([path, image]) => [alike(path), image]));

const isSame = (before: EntryImage | undefined, image: EntryImage): boolean =>
  before !== undefined && Object.keys(image).every((name) => before[name] === image[name]);

/** Of the last write, unless that is no date that anybody can have meant. */
function dateOf(lastWrite: string, snapshot: string): string {
  const [written, run] = [Date.parse(lastWrite), Date.parse(snapshot)];
  const endOfTomorrow = (Math.floor(run / dayMs) + 2) * dayMs;
  const isMeant = written >= Date.UTC(1980, 0, 1) && written < endOfTomorrow;
  return new Date(isMeant ? written : run).toISOString().slice(0, 10);
}
