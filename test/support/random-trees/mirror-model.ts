/** What a mirror holds after each run: the source, and what it had before where nothing is deleted. */
import { alike } from './dated-model.ts';
import { differencesOf, type TreeImage } from './image.ts';

export class MirrorModel {
  readonly #deletions: 'mirror' | 'keep';
  #held: TreeImage = new Map();

  constructor(deletions: 'mirror' | 'keep') {
    this.#deletions = deletions;
  }

  /** A run of this snapshot of the source was sealed. */
  take(source: TreeImage): void {
    this.#held = this.#deletions === 'mirror' ? source : withKept(source, this.#held);
  }

  differencesFrom(tree: TreeImage, ignore: readonly string[]): string[] {
    return differencesOf(this.#held, tree, ignore);
  }
}

/** What only the destination has stays as it is, but where the source has a file in the place of a directory above it. */
function withKept(source: TreeImage, held: TreeImage): TreeImage {
  const expected = new Map(source);
  const paths = new Map([...source.keys()].map((path) => [alike(path), path]));
  // Those above come before what they hold.
  for (const [path, image] of [...held].toSorted(([a], [b]) => a.length - b.length)) {
    if (paths.has(alike(path))) continue;
    const end = path.lastIndexOf('/');
    const above = paths.get(alike(path.slice(0, Math.max(0, end))));
    if (above === undefined || expected.get(above)?.['kind'] !== 'directory') continue;
    const stays = above === '' ? path : `${above}${path.slice(end)}`;
    paths.set(alike(stays), stays);
    expected.set(stays, image);
  }
  return expected;
}
