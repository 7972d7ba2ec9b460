import { compareNames, hasNamePrefix, OTHER_ORDERS } from './collation.ts';
import { asDirectory, pathOf } from './entry-access.ts';
import { leasePropertiesOf, UNLEASED } from './lease-record.ts';
import { decodeMarker, encodeMarker, pageSizeOf } from './markers.ts';
import {
  BY_NAME,
  type DirectoryNode,
  directoryPropertiesOf,
  type EntryNode,
  type FileNode,
  filePropertiesOf,
  formatId,
} from './nodes.ts';
import { valuesFrom } from './ordered-map.ts';
import type { State } from './state.ts';
import type { EntriesPage, ListEntriesOptions } from './store-directories.ts';
import type { EntryRef, LeaseProperties } from './store.ts';
import { requiredEntry } from './tree-walk.ts';

/** One page of a directory, in the order of `compareNames`; the marker is a name, so it holds whatever comes and goes. */
export function listEntries(state: State, ref: EntryRef, options: ListEntriesOptions): EntriesPage {
  const { root, share, snapshot } = state.open(ref);
  const { node: directory } = asDirectory(state, requiredEntry(root, pathOf(ref)));
  const size = Math.min(pageSizeOf(options.maxResults), state.switches.listingPageSize);
  const prefix = options.prefix ?? '';
  const after = options.marker ? decodeMarker(options.marker) : undefined;
  const nowMs = state.moments.nowMs();
  const leaseOf = (node: FileNode): LeaseProperties =>
    snapshot === undefined ? leasePropertiesOf(share.fileLeases.get(node.id), nowMs) : UNLEASED;

  const entries: EntriesPage['entries'][number][] = [];
  let nextMarker = '';
  for (const node of nodesAfter(state, directory, { prefix, after })) {
    if (entries.length === size) {
      nextMarker = encodeMarker(entries.at(-1)?.name ?? '');
      break;
    }
    entries.push(
      node.kind === 'file'
        ? filePropertiesOf(node, directory.id, leaseOf(node))
        : directoryPropertiesOf(node, directory.id),
    );
  }
  return { directoryId: formatId(directory.id), entries, nextMarker };
}

type Span = { readonly prefix: string; readonly after: string | undefined };

/** Children with the prefix that stand behind the marker, in the order of the listing. */
function* nodesAfter(state: State, directory: DirectoryNode, { prefix, after }: Span): Generator<EntryNode> {
  const other = OTHER_ORDERS.get(state.switches.listingOrder);
  if (other !== undefined) {
    for (const node of inOrderAfter(directory, other, after)) {
      if (hasNamePrefix(node.name, prefix)) yield node;
    }
    return;
  }
  for (const node of valuesFrom(directory.children, BY_NAME, startOf(prefix, after))) {
    if (!hasNamePrefix(node.name, prefix)) {
      return;
    }
    if (after === undefined || compareNames(node.name, after) > 0) {
      yield node;
    }
  }
}

type Compare = (left: string, right: string) => number;

/** Where the names behind `after` begin. */
function placeAfter(sorted: readonly EntryNode[], after: string, compare: Compare): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(sorted[middle]?.name ?? '', after) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

const sortedBefore = new WeakMap<object, readonly EntryNode[]>();
const listedBefore = new WeakSet();
/** More than the largest page has. */
const selectedAtOnce = 5_001;

/**
 * Only for the orders of the switch: the tree itself is kept in the order of lookups. A directory that is listed again as it was is
 * sorted, once; one that changes from page to page would be sorted for each.
 */
function* inOrderAfter(directory: DirectoryNode, compare: Compare, after: string | undefined): Generator<EntryNode> {
  if (!listedBefore.has(directory)) {
    listedBefore.add(directory);
    let last = after;
    let found: readonly EntryNode[];
    do {
      found = selectAfter(directory, compare, last);
      yield* found;
      last = found.at(-1)?.name;
    } while (found.length === selectedAtOnce);
    return;
  }
  const sorted = sortedBefore.get(directory) ?? childrenOf(directory).toSorted(byName(compare));
  sortedBefore.set(directory, sorted);
  yield* sorted.slice(after === undefined ? 0 : placeAfter(sorted, after, compare));
}

/** The first behind a name, in order, found without sorting the others. */
function selectAfter(directory: DirectoryNode, compare: Compare, after: string | undefined): readonly EntryNode[] {
  let selected: EntryNode[] = [];
  let last: string | undefined;
  for (const node of valuesFrom(directory.children, BY_NAME)) {
    if (after !== undefined && compare(node.name, after) <= 0) continue;
    if (last !== undefined && compare(node.name, last) >= 0) continue;
    selected.push(node);
    if (selected.length < 2 * selectedAtOnce) continue;
    selected = selected.toSorted(byName(compare)).slice(0, selectedAtOnce);
    last = selected.at(-1)?.name;
  }
  return selected.toSorted(byName(compare)).slice(0, selectedAtOnce);
}

const childrenOf = (directory: DirectoryNode): EntryNode[] => [...valuesFrom(directory.children, BY_NAME)];
const byName =
  (compare: Compare) =>
  (left: EntryNode, right: EntryNode): number =>
    compare(left.name, right.name);

/** Names with a prefix stand together, from the prefix itself on. */
function startOf(prefix: string, after: string | undefined): string | undefined {
  if (after === undefined) {
    return prefix === '' ? undefined : prefix;
  }
  return compareNames(prefix, after) > 0 ? prefix : after;
}
