import { Stored } from './stored.ts';

/**
 * A persistent B-tree: every change returns a new tree that shares all untouched nodes with the old one. Values carry
 * their own key, so that an entry costs one slot. A leaf is a bare array, to be frugal with a million entries. Parts may lie
 * outside memory; they are loaded when looked into.
 */
export type Tree<V> = TreeNode<V> | Stored<TreeNode<V>>;

/** One node of a tree, in memory. */
export type TreeNode<V> = readonly V[] | Branch<V>;

/** How values are keyed and keys compared; the same for all calls on one tree. */
export type Order<K, V> = {
  readonly keyOf: (value: V) => K;
  readonly compare: (left: K, right: K) => number;
};

const MOST = 48;

export class Branch<V> {
  readonly children: readonly Tree<V>[];
  /** A lower bound of each child's keys, above all keys of the child before. */
  readonly bounds: readonly unknown[];
  readonly size: number;

  constructor(children: readonly Tree<V>[], bounds: readonly unknown[]) {
    this.children = children;
    this.bounds = bounds;
    this.size = children.reduce((sum, child) => sum + sizeOf(child), 0);
  }
}

const EMPTY: readonly never[] = [];

export function emptyTree<V>(): Tree<V> {
  return EMPTY;
}

/** Number of values, O(1). */
export function sizeOf<V>(tree: Tree<V>): number {
  return Array.isArray(tree) ? tree.length : (tree as Branch<V> | Stored<TreeNode<V>>).size;
}

function opened<V>(tree: Tree<V>): TreeNode<V> {
  return tree instanceof Stored ? tree.value : tree;
}

/** Index of the last element whose key is <= key, or -1. */
function lastAtMost<K, T>(items: readonly T[], key: K, keyAt: (item: T) => K, compare: (l: K, r: K) => number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(keyAt(items[middle] as T), key) <= 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low - 1;
}

const itself = (bound: unknown): unknown => bound;

function childIndex<K, V>(branch: Branch<V>, key: K, order: Order<K, V>): number {
  const found = lastAtMost(branch.bounds, key as unknown, itself, order.compare as (l: unknown, r: unknown) => number);
  return Math.max(found, 0);
}

/** The value with the greatest key <= `key`. */
export function floorOf<K, V>(tree: Tree<V>, key: K, order: Order<K, V>): V | undefined {
  const node = opened(tree);
  if (!(node instanceof Branch)) {
    return node[lastAtMost(node, key, order.keyOf, order.compare)];
  }
  const index = childIndex(node, key, order);
  for (let at = index; at >= 0; at -= 1) {
    const found = floorOf(node.children[at] as Tree<V>, key, order);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

/** The value of that key. */
export function valueOf<K, V>(tree: Tree<V>, key: K, order: Order<K, V>): V | undefined {
  let node = opened(tree);
  while (node instanceof Branch) {
    node = opened(node.children[childIndex(node, key, order)] as Tree<V>);
  }
  const found = node[lastAtMost(node, key, order.keyOf, order.compare)];
  return found !== undefined && order.compare(order.keyOf(found), key) === 0 ? found : undefined;
}

/** With `value` added, or in the place of the one of equal key. */
export function withValue<K, V>(tree: Tree<V>, value: V, order: Order<K, V>): Tree<V> {
  const parts = inserted(tree, value, order);
  return parts.length === 1 ? (parts[0] as TreeNode<V>) : branchOf(parts, order);
}

function inserted<K, V>(tree: Tree<V>, value: V, order: Order<K, V>): readonly TreeNode<V>[] {
  const key = order.keyOf(value);
  const node = opened(tree);
  if (!(node instanceof Branch)) {
    const index = lastAtMost(node, key, order.keyOf, order.compare);
    const found = node[index];
    if (found !== undefined && order.compare(order.keyOf(found), key) === 0) {
      return [node.with(index, value)];
    }
    return split(node.toSpliced(index + 1, 0, value));
  }
  const index = childIndex(node, key, order);
  const parts = inserted(node.children[index] as Tree<V>, value, order);
  const bounds = order.compare(node.bounds[index] as K, key) > 0 ? node.bounds.with(index, key) : node.bounds;
  if (parts.length === 1) {
    return [new Branch(node.children.with(index, parts[0] as TreeNode<V>), bounds)];
  }
  const added = parts.slice(1).map((part) => firstKey(part, order));
  return splitBranch(node.children.toSpliced(index, 1, ...parts), bounds.toSpliced(index + 1, 0, ...added));
}

/** At most MOST items in a node. */
function split<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length <= MOST) {
    return [items];
  }
  const at = items.length >>> 1;
  return [items.slice(0, at), items.slice(at)];
}

function splitBranch<V>(children: readonly Tree<V>[], bounds: readonly unknown[]): readonly Branch<V>[] {
  const boundParts = split(bounds);
  return split(children).map((part, index) => new Branch(part, boundParts[index] ?? []));
}

function firstKey<K, V>(tree: Tree<V>, order: Order<K, V>): K {
  let node = opened(tree);
  while (node instanceof Branch) {
    node = opened(node.children[0] as Tree<V>);
  }
  return order.keyOf(node[0] as V);
}

function branchOf<K, V>(children: readonly Tree<V>[], order: Order<K, V>): Branch<V> {
  return new Branch(
    children,
    children.map((child) => firstKey(child, order)),
  );
}

/** Without the value of that key; the same tree if there is none. */
export function withoutKey<K, V>(tree: Tree<V>, key: K, order: Order<K, V>): Tree<V> {
  const node = opened(tree);
  if (!(node instanceof Branch)) {
    const index = lastAtMost(node, key, order.keyOf, order.compare);
    const found = node[index];
    return found !== undefined && order.compare(order.keyOf(found), key) === 0 ? node.toSpliced(index, 1) : tree;
  }
  const index = childIndex(node, key, order);
  const before = node.children[index] as Tree<V>;
  const after = withoutKey(before, key, order);
  if (after === before) {
    return tree;
  }
  const thinned = mergedAt(node, index, after);
  return thinned.children.length === 1 ? (thinned.children[0] as Tree<V>) : thinned;
}

const widthOf = <V>(node: TreeNode<V>): number => (node instanceof Branch ? node.children.length : node.length);

/** The branch with another child, kept from thinning out: an empty child goes, a thin one joins its left or right neighbour. */
function mergedAt<V>(branch: Branch<V>, index: number, child: Tree<V>): Branch<V> {
  if (sizeOf(child) === 0) {
    return new Branch(branch.children.toSpliced(index, 1), branch.bounds.toSpliced(index, 1));
  }
  const children = branch.children.with(index, child);
  const left = index > 0 ? index - 1 : 0;
  const joined = widthOf(opened(child)) > MOST / 2 ? undefined : joinedNodes(children[left], children[left + 1]);
  return joined === undefined
    ? new Branch(children, branch.bounds)
    : new Branch(children.toSpliced(left, 2, joined), branch.bounds.toSpliced(left + 1, 1));
}

/** Both in one node, if they are of one kind and there is room for more. */
function joinedNodes<V>(left: Tree<V> | undefined, right: Tree<V> | undefined): TreeNode<V> | undefined {
  if (left === undefined || right === undefined) {
    return undefined;
  }
  const first = opened(left);
  const second = opened(right);
  if (widthOf(first) + widthOf(second) > MOST / 2) {
    return undefined;
  }
  if (first instanceof Branch) {
    return second instanceof Branch
      ? new Branch([...first.children, ...second.children], [...first.bounds, ...second.bounds])
      : undefined;
  }
  return second instanceof Branch ? undefined : [...first, ...second];
}

/** A tree of values that ascend by key. */
export function treeOfSorted<K, V>(values: readonly V[], order: Order<K, V>): Tree<V> {
  let level: Tree<V>[] = [];
  for (let at = 0; at < values.length; at += MOST) {
    level.push(values.slice(at, at + MOST));
  }
  while (level.length > 1) {
    const above: Tree<V>[] = [];
    for (let at = 0; at < level.length; at += MOST) {
      above.push(branchOf(level.slice(at, at + MOST), order));
    }
    level = above;
  }
  return level[0] ?? emptyTree<V>();
}

/** Values from `key` on (all without one), ascending, each in amortised O(1). */
export function* valuesFrom<K, V>(tree: Tree<V>, order: Order<K, V>, key?: K): Generator<V> {
  const node = opened(tree);
  if (!(node instanceof Branch)) {
    let index = 0;
    if (key !== undefined) {
      index = lastAtMost(node, key, order.keyOf, order.compare);
      const found = node[index];
      index = found !== undefined && order.compare(order.keyOf(found), key) === 0 ? index : index + 1;
    }
    for (; index < node.length; index += 1) {
      yield node[index] as V;
    }
    return;
  }
  const start = key === undefined ? 0 : childIndex(node, key, order);
  for (let index = start; index < node.children.length; index += 1) {
    yield* valuesFrom(node.children[index] as Tree<V>, order, index === start ? key : undefined);
  }
}
