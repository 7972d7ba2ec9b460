/**
 * A persistent B-tree: every change returns a new tree that shares all untouched nodes with the old one. Values carry
 * their own key, so that an entry costs one slot. A leaf is a bare array, to be frugal with a million entries.
 */
export type Tree<V> = readonly V[] | Branch<V>;

/** How values are keyed and keys compared; the same for all calls on one tree. */
export type Order<K, V> = {
  readonly keyOf: (value: V) => K;
  readonly compare: (left: K, right: K) => number;
};

const MOST = 48;

class Branch<V> {
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
  return tree instanceof Branch ? tree.size : tree.length;
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
  if (!(tree instanceof Branch)) {
    return tree[lastAtMost(tree, key, order.keyOf, order.compare)];
  }
  const index = childIndex(tree, key, order);
  for (let at = index; at >= 0; at -= 1) {
    const found = floorOf(tree.children[at] as Tree<V>, key, order);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

/** The value of that key. */
export function valueOf<K, V>(tree: Tree<V>, key: K, order: Order<K, V>): V | undefined {
  let node = tree;
  while (node instanceof Branch) {
    node = node.children[childIndex(node, key, order)] as Tree<V>;
  }
  const found = node[lastAtMost(node, key, order.keyOf, order.compare)];
  return found !== undefined && order.compare(order.keyOf(found), key) === 0 ? found : undefined;
}

/** With `value` added, or in the place of the one of equal key. */
export function withValue<K, V>(tree: Tree<V>, value: V, order: Order<K, V>): Tree<V> {
  const parts = inserted(tree, value, order);
  return parts.length === 1 ? (parts[0] as Tree<V>) : branchOf(parts, order);
}

function inserted<K, V>(tree: Tree<V>, value: V, order: Order<K, V>): readonly Tree<V>[] {
  const key = order.keyOf(value);
  if (!(tree instanceof Branch)) {
    const index = lastAtMost(tree, key, order.keyOf, order.compare);
    const found = tree[index];
    if (found !== undefined && order.compare(order.keyOf(found), key) === 0) {
      return [tree.with(index, value)];
    }
    return split(tree.toSpliced(index + 1, 0, value));
  }
  const index = childIndex(tree, key, order);
  const parts = inserted(tree.children[index] as Tree<V>, value, order);
  if (parts.length === 1) {
    const bounds = order.compare(tree.bounds[index] as K, key) > 0 ? tree.bounds.with(index, key) : tree.bounds;
    return [new Branch(tree.children.with(index, parts[0] as Tree<V>), bounds)];
  }
  const children = tree.children.toSpliced(index, 1, ...parts);
  return split(children).map((part) => branchOf(part, order));
}

/** At most MOST items in a node; appending leaves a full node behind, so that ascending inserts fill the tree. */
function split<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length <= MOST) {
    return [items];
  }
  const at = items.length >>> 1;
  return [items.slice(0, at), items.slice(at)];
}

function firstKey<K, V>(tree: Tree<V>, order: Order<K, V>): K {
  let node = tree;
  while (node instanceof Branch) {
    node = node.children[0] as Tree<V>;
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
  if (!(tree instanceof Branch)) {
    const index = lastAtMost(tree, key, order.keyOf, order.compare);
    const found = tree[index];
    return found !== undefined && order.compare(order.keyOf(found), key) === 0 ? tree.toSpliced(index, 1) : tree;
  }
  const index = childIndex(tree, key, order);
  const before = tree.children[index] as Tree<V>;
  const after = withoutKey(before, key, order);
  if (after === before) {
    return tree;
  }
  const children = mergedAt(tree.children.with(index, after), index, order);
  return children.length === 1 ? (children[0] as Tree<V>) : branchOf(children, order);
}

const widthOf = <V>(tree: Tree<V>): number => (tree instanceof Branch ? tree.children.length : tree.length);

/** Keeps nodes from thinning out: an empty child goes, a thin one joins its left or right neighbour. */
function mergedAt<K, V>(children: readonly Tree<V>[], index: number, order: Order<K, V>): readonly Tree<V>[] {
  if (sizeOf(children[index] as Tree<V>) === 0) {
    return children.toSpliced(index, 1);
  }
  const left = index > 0 ? index - 1 : 0;
  const first = children[left] as Tree<V>;
  const second = children[left + 1];
  if (second === undefined || widthOf(first) + widthOf(second) > MOST / 2) {
    return children;
  }
  const joined = joinedNodes(first, second, order);
  return joined === undefined ? children : children.toSpliced(left, 2, joined);
}

function joinedNodes<K, V>(first: Tree<V>, second: Tree<V>, order: Order<K, V>): Tree<V> | undefined {
  if (first instanceof Branch) {
    return second instanceof Branch ? branchOf([...first.children, ...second.children], order) : undefined;
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
  if (!(tree instanceof Branch)) {
    let index = 0;
    if (key !== undefined) {
      index = lastAtMost(tree, key, order.keyOf, order.compare);
      const found = tree[index];
      index = found !== undefined && order.compare(order.keyOf(found), key) === 0 ? index : index + 1;
    }
    for (; index < tree.length; index += 1) {
      yield tree[index] as V;
    }
    return;
  }
  const start = key === undefined ? 0 : childIndex(tree, key, order);
  for (let index = start; index < tree.children.length; index += 1) {
    yield* valuesFrom(tree.children[index] as Tree<V>, order, index === start ? key : undefined);
  }
}
