import { compareNames, hasNamePrefix } from './collation.ts';
import { asDirectory, pathOf } from './entry-access.ts';
import { leasePropertiesOf, UNLEASED } from './lease-record.ts';
import { decodeMarker, encodeMarker, pageSizeOf } from './markers.ts';
import { BY_NAME, directoryPropertiesOf, type FileNode, filePropertiesOf, formatId } from './nodes.ts';
import { valuesFrom } from './ordered-map.ts';
import type { State } from './state.ts';
import type { EntriesPage, ListEntriesOptions } from './store-directories.ts';
import type { EntryRef, LeaseProperties } from './store.ts';
import { requiredEntry } from './tree-walk.ts';

/** One page of a directory, in the order of `compareNames`; the marker is a name, so it holds whatever comes and goes. */
export function listEntries(state: State, ref: EntryRef, options: ListEntriesOptions): EntriesPage {
  const { root, share, snapshot } = state.open(ref);
  const { node: directory } = asDirectory(state, requiredEntry(root, pathOf(ref)));
  const size = pageSizeOf(options.maxResults);
  const prefix = options.prefix ?? '';
  const after = options.marker ? decodeMarker(options.marker) : undefined;
  const nowMs = state.moments.nowMs();
  const leaseOf = (node: FileNode): LeaseProperties =>
    snapshot === undefined ? leasePropertiesOf(share.fileLeases.get(node.id), nowMs) : UNLEASED;

  const entries: EntriesPage['entries'][number][] = [];
  let nextMarker = '';
  for (const node of valuesFrom(directory.children, BY_NAME, startOf(prefix, after))) {
    if (!hasNamePrefix(node.name, prefix)) {
      break;
    }
    if (after === undefined || compareNames(node.name, after) > 0) {
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
  }
  return { directoryId: formatId(directory.id), entries, nextMarker };
}

/** Names with a prefix stand together, from the prefix itself on. */
function startOf(prefix: string, after: string | undefined): string | undefined {
  if (after === undefined) {
    return prefix === '' ? undefined : prefix;
  }
  return compareNames(prefix, after) > 0 ? prefix : after;
}
