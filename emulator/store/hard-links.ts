import { compareNames } from './collation.ts';
import { StoreError } from './errors.ts';
import type { DirectoryNode, FileNode } from './nodes.ts';
import type { ShareState } from './state.ts';
import { entryAt, withEntry, withoutEntry } from './tree-walk.ts';

/** A path inside a share, by components. */
type Path = readonly string[];
type Touch = (directory: DirectoryNode) => DirectoryNode;

/** Names a file may have [storage-files-scale-targets.md]. */
const MOST_NAMES = 178;

export const isSamePath = (left: Path, right: Path): boolean =>
  left.length === right.length && left.every((name, index) => compareNames(name, right[index] ?? '') === 0);

/** Puts a changed file at its path, and at its other names when it has any; `touch` changes the directory of the path. */
export function placeFile(share: ShareState, path: Path, node: FileNode, touch?: Touch): void {
  share.root = withEntry(share.root, path, node, touch);
  for (const other of share.hardLinks.get(node.id) ?? []) {
    if (!isSamePath(other, path)) {
      share.root = withEntry(share.root, other, { ...node, name: other.at(-1) ?? '' });
    }
  }
}

/** Takes one name of a file away; the file ends with its last one. Answers how many names remain. */
export function unlinkFile(share: ShareState, path: Path, node: FileNode, touch?: Touch): number {
  share.root = withoutEntry(share.root, path, touch);
  return forgetName(share, path, node);
}

/** As `unlinkFile`, for a name that something else has taken. */
export function forgetName(share: ShareState, path: Path, node: FileNode): number {
  const names = (share.hardLinks.get(node.id) ?? []).filter((other) => !isSamePath(other, path));
  if (names.length === 0) {
    share.hardLinks.delete(node.id);
    share.fileLeases.delete(node.id);
    return 0;
  }
  setNames(share, node, names);
  return names.length;
}

/** Gives a file one more name and answers the node that carries it. @throws InvalidInput beyond 178 names */
export function linkFile(share: ShareState, of: { from: Path; to: Path; node: FileNode }): FileNode {
  const names = [...(share.hardLinks.get(of.node.id) ?? [of.from]), of.to];
  if (names.length > MOST_NAMES) {
    throw new StoreError('InvalidInput', `A file has at most ${MOST_NAMES} hard links.`);
  }
  return setNames(share, of.node, names);
}

function setNames(share: ShareState, node: FileNode, names: readonly Path[]): FileNode {
  if (names.length > 1) {
    share.hardLinks.set(node.id, names);
  } else {
    share.hardLinks.delete(node.id);
  }
  const linkCount = names.length;
  const counted: FileNode = node.nfs === undefined ? node : { ...node, nfs: { ...node.nfs, linkCount } };
  for (const path of names) {
    share.root = withEntry(share.root, path, { ...counted, name: path.at(-1) ?? '' });
  }
  return counted;
}

/** After a rename from one path to another: the names at or beneath it follow. */
export function moveNames(share: ShareState, from: Path, to: Path): void {
  for (const [id, names] of share.hardLinks) {
    const moved = names.map((path) =>
      path.length >= from.length && isSamePath(path.slice(0, from.length), from)
        ? [...to, ...path.slice(from.length)]
        : path,
    );
    const different = moved.filter((path, index) => moved.findIndex((other) => isSamePath(other, path)) === index);
    share.hardLinks.set(id, different);
    const node = fileAt(share, to);
    // Renaming one name of a file over another one of its names leaves one name fewer.
    if (different.length < moved.length && node?.id === id) {
      setNames(share, node, different);
    }
  }
}

/** The file node at a path, if one is there. */
export function fileAt(share: ShareState, path: Path): FileNode | undefined {
  const node = entryAt(share.root, path)?.node;
  return node?.kind === 'file' ? node : undefined;
}
