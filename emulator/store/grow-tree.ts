import { generatedContent } from './content.ts';
import { componentsOf } from './names.ts';
import { StoreError } from './errors.ts';
import { BY_NAME, type DirectoryNode, type EntryNode, newDirectory, newFile } from './nodes.ts';
import { treeOfSorted, valueOf, withValue } from './ordered-map.ts';
import type { ShareState, State } from './state.ts';
import type { TreeOperations, TreeSpec } from './store-directories.ts';
import { syntheticContent } from './synthetic.ts';
import type { FileTime } from './store.ts';

export function treeOperations(state: State): TreeOperations {
  return { grow: (ref, spec) => growTree(state, state.openForWriting(ref), spec) };
}

/**
 * ceil(files / filesPerDirectory) directories `d00000…`, numbered through; every `depth` of them stand one inside the other,
 * the next ones beside. Files `f00000000.bin` are numbered through the whole tree. All of it has one moment's times.
 */
function growTree(state: State, share: ShareState, spec: TreeSpec): ReturnType<TreeOperations['grow']> {
  checkSpec(spec);
  const at = state.moments.next();
  const base = componentsOf(spec.path, true);
  const directories = Math.ceil(spec.files / spec.filesPerDirectory);
  share.root = withDirectories(share.root, base, {
    make: (name, parent) => emptyDirectory(state, { name, at, permissionKey: parent.permissionKey }),
    fill(directory) {
      let children = directory.children;
      for (let first = 0; first < directories; first += spec.depth) {
        const count = Math.min(spec.depth, directories - first);
        const chain = grownChain(state, { spec, at, base, first, count, permissionKey: directory.permissionKey });
        children = withValue(children, chain, BY_NAME);
      }
      return { ...directory, children };
    },
  });
  state.flush();
  return { files: spec.files, directories, bytes: spec.files * spec.sizeBytes };
}

function checkSpec(spec: TreeSpec): void {
  const counts = [spec.files, spec.filesPerDirectory, spec.depth, spec.sizeBytes];
  const areCounts = counts.every((count) => Number.isSafeInteger(count) && count >= 0);
  if (!areCounts || spec.filesPerDirectory < 1 || spec.depth < 1) {
    throw new StoreError('InvalidInput', 'A tree needs whole numbers, filesPerDirectory and depth of at least 1.');
  }
}

type Growth = {
  readonly make: (name: string, parent: DirectoryNode) => DirectoryNode;
  readonly fill: (directory: DirectoryNode) => DirectoryNode;
};

/** Fills the directory of that path, made when missing. */
function withDirectories(directory: DirectoryNode, path: readonly string[], growth: Growth): DirectoryNode {
  const [name, ...rest] = path;
  if (name === undefined) {
    return growth.fill(directory);
  }
  const child = valueOf(directory.children, name, BY_NAME) ?? growth.make(name, directory);
  if (child.kind !== 'directory') {
    throw new StoreError('ResourceTypeMismatch');
  }
  const grown = withDirectories(child, rest, growth);
  return { ...directory, children: withValue(directory.children, grown, BY_NAME) };
}

function emptyDirectory(state: State, node: { name: string; at: FileTime; permissionKey: string }): DirectoryNode {
  return newDirectory({ ...node, id: state.nextNumber(), version: state.nextNumber() });
}

type Chain = {
  readonly spec: TreeSpec;
  readonly at: FileTime;
  readonly base: readonly string[];
  readonly first: number;
  readonly count: number;
  readonly permissionKey: string;
};

const directoryName = (index: number): string => `d${String(index).padStart(5, '0')}`;

/** `count` directories, each inside the one before, with their files. */
function grownChain(state: State, chain: Chain): DirectoryNode {
  const { spec, at, base, first, count, permissionKey } = chain;
  const names = Array.from({ length: count }, (_, index) => directoryName(first + index));
  let inner: DirectoryNode | undefined;
  for (let depth = count - 1; depth >= 0; depth -= 1) {
    const path = [...base, ...names.slice(0, depth + 1)].join('/');
    const children: EntryNode[] = inner === undefined ? [] : [inner];
    const start = (first + depth) * spec.filesPerDirectory;
    const end = Math.min(spec.files, start + spec.filesPerDirectory);
    for (let index = start; index < end; index += 1) {
      const name = `f${String(index).padStart(8, '0')}.bin`;
      const version = state.nextNumber();
      const content = generatedContent(spec.sizeBytes, syntheticContent(spec.seed, `${path}/${name}`), version);
      children.push(newFile({ name, id: state.nextNumber(), version, at, permissionKey }, content));
    }
    const empty = emptyDirectory(state, { name: names[depth] ?? '', at, permissionKey });
    inner = { ...empty, children: treeOfSorted(children, BY_NAME) };
  }
  return inner as DirectoryNode;
}
