import { allocatedBytes } from './content-ranges.ts';
import { BY_NAME, type DirectoryNode, type EntryNode } from './nodes.ts';
import { valuesFrom } from './ordered-map.ts';

/** Bytes allocated by the files of a tree. What is in `seen` is left out and what is met is added to it. */
export function usageOf(root: DirectoryNode, seen = new Set<EntryNode>()): number {
  let bytes = 0;
  for (const node of valuesFrom(root.children, BY_NAME)) {
    if (!seen.has(node)) {
      seen.add(node);
      bytes += node.kind === 'file' ? allocatedBytes(node.content) : usageOf(node, seen);
    }
  }
  return bytes;
}
