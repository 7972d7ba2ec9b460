import { StoreError } from './errors.ts';
import { BY_NAME, type DirectoryNode, type EntryNode, ROOT_ID } from './nodes.ts';
import { valueOf, valuesFrom, withoutKey, withValue } from './ordered-map.ts';

export type FoundEntry = { readonly node: EntryNode; readonly parent: DirectoryNode | undefined };

/** The directory that holds the last component, or undefined if one on the way is missing or a file. */
function parentAt(root: DirectoryNode, components: readonly string[]): DirectoryNode | undefined {
  let directory = root;
  for (const name of components.slice(0, -1)) {
    const child = valueOf(directory.children, name, BY_NAME);
    if (child?.kind !== 'directory') {
      return undefined;
    }
    directory = child;
  }
  return directory;
}

/** The entry of a path; the root for none. */
export function entryAt(root: DirectoryNode, components: readonly string[]): FoundEntry | undefined {
  const name = components.at(-1);
  if (name === undefined) {
    return { node: root, parent: undefined };
  }
  const parent = parentAt(root, components);
  const node = parent === undefined ? undefined : valueOf(parent.children, name, BY_NAME);
  return node === undefined ? undefined : { node, parent };
}

/** As `parentAt`. @throws ParentNotFound */
export function requiredParent(root: DirectoryNode, components: readonly string[]): DirectoryNode {
  const parent = parentAt(root, components);
  if (parent === undefined) {
    throw new StoreError('ParentNotFound');
  }
  return parent;
}

/** As `entryAt`. @throws ParentNotFound, ResourceNotFound */
export function requiredEntry(root: DirectoryNode, components: readonly string[]): FoundEntry {
  const name = components.at(-1);
  if (name === undefined) {
    return { node: root, parent: undefined };
  }
  const parent = requiredParent(root, components);
  const node = valueOf(parent.children, name, BY_NAME);
  if (node === undefined) {
    throw new StoreError('ResourceNotFound');
  }
  return { node, parent };
}

/** The parent's id; the root is its own. */
export function parentIdOf(found: FoundEntry): number {
  return found.parent?.id ?? ROOT_ID;
}

type DirectoryChange = (directory: DirectoryNode) => DirectoryNode;

/** A new root in which the directory of that path is changed; all that lies beside the path is shared. */
function withDirectory(root: DirectoryNode, path: readonly string[], change: DirectoryChange): DirectoryNode {
  const [name, ...rest] = path;
  if (name === undefined) {
    return change(root);
  }
  const child = valueOf(root.children, name, BY_NAME);
  if (child?.kind !== 'directory') {
    throw new StoreError('ParentNotFound');
  }
  return { ...root, children: withValue(root.children, withDirectory(child, rest, change), BY_NAME) };
}

const unchanged: DirectoryChange = (directory) => directory;

/** With `node` put at that path, in the place of what is there; `touch` changes the directory that holds it. */
export function withEntry(
  root: DirectoryNode,
  components: readonly string[],
  node: EntryNode,
  touch: DirectoryChange = unchanged,
): DirectoryNode {
  if (components.length === 0) {
    return node as DirectoryNode;
  }
  return withDirectory(root, components.slice(0, -1), (parent) =>
    touch({ ...parent, children: withValue(parent.children, node, BY_NAME) }),
  );
}

/** Without the entry of that path. */
export function withoutEntry(
  root: DirectoryNode,
  components: readonly string[],
  touch: DirectoryChange = unchanged,
): DirectoryNode {
  return withDirectory(root, components.slice(0, -1), (parent) =>
    touch({ ...parent, children: withoutKey(parent.children, components.at(-1) ?? '', BY_NAME) }),
  );
}

/** Every entry beneath a directory, depth first. */
export function* entriesBeneath(directory: DirectoryNode): Generator<EntryNode> {
  for (const node of valuesFrom(directory.children, BY_NAME)) {
    yield node;
    if (node.kind === 'directory') {
      yield* entriesBeneath(node);
    }
  }
}
