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
    const sorted = sortedChildren(directory, other);
    for (let at = after === undefined ? 0 : placeAfter(sorted, after, other); at < sorted.length; at += 1) {
      const node = sorted[at];
      if (node !== undefined && hasNamePrefix(node.name, prefix)) yield node;
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

/** Only for the orders of the switch: the tree itself is kept in the order of lookups. */
function sortedChildren(directory: DirectoryNode, compare: Compare): readonly EntryNode[] {
  let sorted = sortedBefore.get(directory);
  if (sorted === undefined) {
    sorted = [...valuesFrom(directory.children, BY_NAME)].toSorted((left, right) => compare(left.name, right.name));
    sortedBefore.set(directory, sorted);
  }
  return sorted;
}

/** Names with a prefix stand together, from the prefix itself on. */
function startOf(prefix: string, after: string | undefined): string | undefined {
  if (after === undefined) {
    return prefix === '' ? undefined : prefix;
  }
  return compareNames(prefix, after) > 0 ? prefix : after;
}
