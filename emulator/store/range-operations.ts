import { ARCHIVE } from './attributes.ts';
import { asFile, fileToChange, keepFile, pathOf } from './entry-access.ts';
import { clearContent, type Content, writeContent, writeFromContent } from './content.ts';
import { allocatedRanges, diffContents } from './content-ranges.ts';
import { StoreError } from './errors.ts';
import { checkLease } from './lease-record.ts';
import type { DirectoryNode, FileNode } from './nodes.ts';
import { changedOf } from './share-operations.ts';
import { snapshotOf, type SnapshotState, type State } from './state.ts';
import type { FileOperations, ListRangesOptions, RangeList, WriteOptions, Written } from './store-files.ts';
import type { EntryRef } from './store.ts';
import { entriesBeneath, entryAt, requiredEntry } from './tree-walk.ts';

type RangeWrites = Pick<FileOperations, 'putRange' | 'clearRange' | 'putRangeFromFile'>;

export function rangeWrites(state: State): RangeWrites {
  return {
    putRange(ref, start, bytes, options = {}) {
      const range = { start, end: start + bytes.length };
      return writeFile(state, ref, {
        range,
        options,
        write: (content, stamp) => writeContent(content, start, bytes, stamp),
      });
    },
    clearRange: (ref, range, options = {}) =>
      writeFile(state, ref, { range, options, write: (content, stamp) => clearContent(content, range, stamp) }),
    // oxlint-disable-next-line max-params -- two ranges, two files and options: the wire's call, stated so in the interface
    putRangeFromFile(ref, range, source, sourceStart, options = {}) {
      const { content } = copySourceOf(state, source);
      if (sourceStart + range.end - range.start > content.sizeBytes) {
        throw aboutSource(new StoreError('InvalidRange'));
      }
      const from = { content, start: sourceStart };
      return writeFile(state, ref, {
        range,
        options,
        write: (target, stamp) => writeFromContent(target, range, from, stamp),
      });
    },
  };
}

type FileWrite = {
  readonly range: { readonly start: number; readonly end: number };
  readonly options: WriteOptions;
  readonly write: (content: Content, stamp: number) => Content;
};

/** A write of content: moves LastWriteTime unless told to preserve it, and ChangeTime. @throws InvalidRange */
function writeFile(state: State, ref: EntryRef, { range, options, write }: FileWrite): Written {
  const change = fileToChange(state, ref, { leaseId: options.leaseId, mayBeReadOnly: false });
  const { node, at } = change;
  if (range.start < 0 || range.end <= range.start || range.end > node.content.sizeBytes) {
    throw new StoreError('InvalidRange');
  }
  const lastWriteTime = options.lastWriteTime === 'preserve' ? node.lastWriteTime : at;
  const content = write(node.content, state.nextNumber());
  const attributes = state.switches.writeSetsArchive ? node.attributes | ARCHIVE : node.attributes;
  const kept = keepFile(state, change, { ...node, content, attributes, lastWriteTime, changeTime: at });
  state.wrote(range.end - range.start);
  return { ...changedOf(kept), lastWriteTime };
}

function aboutSource(error: unknown): unknown {
  if (error instanceof StoreError) {
    error.ofCopySource = true;
  }
  return error;
}

/** The file that is read from; its refusals are marked `ofCopySource`. */
export function copySourceOf(state: State, source: EntryRef): FileNode {
  try {
    return asFile(state, requiredEntry(state.open(source).root, pathOf(source))).node;
  } catch (error) {
    throw aboutSource(error);
  }
}

/** List Ranges, with `previousSnapshot` what changed since. Both ends may be snapshots, the previous one older. */
export function listFileRanges(state: State, ref: EntryRef, options: ListRangesOptions): RangeList {
  const { share, snapshot, root } = state.open(ref);
  const components = pathOf(ref);
  const { node } = asFile(state, requiredEntry(root, components));
  const record = snapshot === undefined ? share.fileLeases.get(node.id) : undefined;
  checkLease('file', { record, nowMs: state.moments.nowMs(), leaseId: options.leaseId, writes: false });
  const shown = { ...changedOf(node), sizeBytes: node.content.sizeBytes };
  if (options.previousSnapshot === undefined) {
    return { ...shown, ranges: allocatedRanges(node.content, options.range), clearRanges: [] };
  }
  const previous = snapshotOf(share, options.previousSnapshot);
  if (previous === undefined) {
    throw new StoreError('PreviousSnapshotNotFound');
  }
  if (snapshot !== undefined && previous.at > snapshot.at) {
    throw new StoreError('InvalidQueryParameterValue', 'The previous snapshot is the newer one.');
  }
  const before = previousStateOf(previous, node, { components, supportRename: options.supportRename === true });
  return { ...shown, ...diffContents(before.content, node.content, options.range) };
}

type DiffPlace = { readonly components: readonly string[]; readonly supportRename: boolean };

/**
 * The file as it was in `previous`. A generation numbered after the snapshot was born since; an older one that is not at
 * this path was renamed, itself or a directory above it. @throws FileGenerationMismatch, ResourceNotFound
 */
function previousStateOf(previous: SnapshotState, node: FileNode, place: DiffPlace): FileNode {
  const at = entryAt(previous.root, place.components)?.node;
  if (at?.kind === 'file' && at.generation === node.generation) {
    return at;
  }
  if (node.generation > previous.sequence) {
    throw new StoreError(at?.kind === 'file' ? 'FileGenerationMismatch' : 'ResourceNotFound');
  }
  const renamed = place.supportRename ? fileOfGeneration(previous.root, node.generation) : undefined;
  if (renamed === undefined) {
    throw new StoreError('FileGenerationMismatch');
  }
  return renamed;
}

/** Looks through the whole snapshot: renames are rare, and an index would cost every snapshot. */
function fileOfGeneration(root: DirectoryNode, generation: number): FileNode | undefined {
  for (const node of entriesBeneath(root)) {
    if (node.kind === 'file' && node.generation === generation) {
      return node;
    }
  }
  return undefined;
}
