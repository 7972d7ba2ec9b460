import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface LocalFile {
  /** Relative, `/`-separated. */
  path: string;
  sizeBytes: number;
}

export interface LocalFolder {
  root: string;
  /** In the order of the sorted paths. */
  files: LocalFile[];
  /** Parents before children, without the folder itself; those that hold a selected file, and empty ones before the last. */
  directories: string[];
  /** What an Azure Files share cannot hold: links, special files, forbidden names, names equal but for case. */
  skipped: string[];
}

/** Names Azure Files refuses: learn.microsoft.com, Naming and referencing shares, directories, files, and metadata. */
const forbiddenName = /["\\/:|<>*?\p{Cc}]|^(?:LPT[1-9]|COM[1-9]|PRN|AUX|NUL|CON|CLOCK\$)$|\.$/iu;

/** The first `maxFiles` files of a folder by sorted path, with the directories on the way to them. */
export async function readLocalFolder(
  root: string,
  maxFiles: number,
  isWanted: (path: string) => boolean = () => true,
): Promise<LocalFolder> {
  const folder: LocalFolder = { root, files: [], directories: [], skipped: [] };
  await addChildren(folder, '', { maxFiles, isWanted });
  return folder;
}

interface Selection {
  maxFiles: number;
  isWanted: (path: string) => boolean;
}

async function addChildren(folder: LocalFolder, parent: string, selection: Selection): Promise<void> {
  const { maxFiles, isWanted } = selection;
  const taken = new Set<string>();
  for (const child of await sortedChildren(join(folder.root, parent))) {
    if (folder.files.length >= maxFiles) return;
    const path = parent === '' ? child.name : `${parent}/${child.name}`;
    if (!isWanted(path)) continue;
    const folded = child.name.toUpperCase();
    if (!(child.isFile() || child.isDirectory()) || forbiddenName.test(child.name) || taken.has(folded)) {
      folder.skipped.push(path);
      continue;
    }
    taken.add(folded);
    if (child.isDirectory()) {
      folder.directories.push(path);
      await addChildren(folder, path, selection);
    } else {
      folder.files.push({ path, sizeBytes: (await stat(join(folder.root, path))).size });
    }
  }
}

/** A directory sorts as its name and a slash: so walking depth first visits files in the order of their whole paths. */
async function sortedChildren(directory: string) {
  const children = await readdir(directory, { withFileTypes: true });
  const key = (child: (typeof children)[number]) => (child.isDirectory() ? `${child.name}/` : child.name);
  return children.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}
