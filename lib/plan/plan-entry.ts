import type { DirectoryEntry, Entry, FileEntry } from '../model/index.ts';

export interface PlanContext {
  /** When the source snapshot was taken that the destination equals, by the service's clock; absent: nothing is known. */
  readonly baseSnapshotMs?: number;
  /** False at a destination that does not keep ChangeTime as sent. */
  readonly compareChangeTime: boolean;
  /** Asks List Ranges about files written to since the base, since no ChangeTime tells of a write that keeps the others. */
  readonly diffTouched?: boolean;
  /** Compares the Content-MD5 that both sides store, where size alone does not tell. */
  readonly compareMd5?: boolean;
  /** Copies every file whatever the comparison says. */
  readonly full: boolean;
  /** Set while the destination may hold unfinished copies, or the shard came again: since when. */
  readonly distrustSinceMs?: number;
  readonly deletions: 'mirror' | 'keep';
  /** The patterns leave this entry out, on both sides. */
  readonly excluded?: boolean;
}

export type CopyReason = 'missing' | 'size' | 'modified' | 'changed' | 'md5' | 'full';

/** What a pair needs, whose destination may spell the name in other case and is renamed first. */
interface Matched {
  readonly renameCase: boolean;
}

/** `distrusted`: the copy status is to be asked besides, and anything but success or none means a whole copy. */
interface Doubted extends Matched {
  readonly distrusted: boolean;
}

/** What the listing says of a file. */
export type ListedFileAction =
  | ({ readonly kind: 'none'; readonly reason: 'equal' } & Matched)
  | ({ readonly kind: 'copy'; readonly reason: CopyReason } & Matched)
  /**
   * Only ChangeTime differs: List Ranges against the base snapshot decides between content and properties, if the base's file
   * has this ChangeTime, which shows that the destination's was made of it.
   */
  | ({ readonly kind: 'compare-ranges'; readonly reason: 'changed'; readonly heldChange?: string } & Matched)
  /** Equal in the listing, but the source was written to since the base: headers and metadata are to be compared. */
  | ({ readonly kind: 'compare-properties'; readonly reason: 'touched' } & Doubted)
  /** Equal in the listing, but perhaps an unfinished copy: believed only after a HEAD. */
  | ({ readonly kind: 'verify-copy'; readonly reason: 'distrusted' } & Matched)
  /** All times but the creation time are equal, as is the size: attributes or creation time are not. */
  | ({ readonly kind: 'set-properties'; readonly reason: 'attributes' } & Doubted);

export type FileAction =
  | ListedFileAction
  /** The hashes that both sides store decide about the content; where one lacks, `otherwise` does. */
  | ({ readonly kind: 'compare-md5'; readonly reason: 'md5'; readonly otherwise: ListedFileAction } & Matched);

export type DirectoryAction =
  | { readonly kind: 'make-directory'; readonly reason: 'missing' }
  /** `differs`: its own times or attributes are to be set. `touched`: its metadata is to be compared. */
  | ({
      readonly kind: 'enter-directory';
      readonly reason: 'equal' | 'modified' | 'attributes' | 'touched' | 'full';
      readonly differs: boolean;
      readonly touched: boolean;
    } & Matched);

export type Action =
  | FileAction
  | DirectoryAction
  /** The destination holds the name with the other kind: that is deleted, and the source's entry is made afterwards. */
  | { readonly kind: 'late'; readonly reason: 'kind' }
  | { readonly kind: 'delete'; readonly reason: 'extra' }
  /** Only the destination has it, and deletions are off. */
  | { readonly kind: 'keep'; readonly reason: 'deletions-off' }
  | { readonly kind: 'excluded'; readonly reason: 'pattern' };

/**
 * What one name needs. At least one side is there. A conflict of kinds is decided for the source even where deletions are
 * off, as an overwrite of a file is.
 */
export function planEntry(source: Entry | undefined, destination: Entry | undefined, context: PlanContext): Action {
  if (context.excluded === true) return { kind: 'excluded', reason: 'pattern' };
  if (source === undefined) {
    return context.deletions === 'mirror'
      ? { kind: 'delete', reason: 'extra' }
      : { kind: 'keep', reason: 'deletions-off' };
  }
  if (destination === undefined) {
    return source.kind === 'file'
      ? { kind: 'copy', reason: 'missing', renameCase: false }
      : { kind: 'make-directory', reason: 'missing' };
  }
  if (source.kind === 'file' && destination.kind === 'file') return planFile(source, destination, context);
  if (source.kind === 'directory' && destination.kind === 'directory')
    return planDirectory(source, destination, context);
  return { kind: 'late', reason: 'kind' };
}

function planFile(source: FileEntry, destination: FileEntry, context: PlanContext): FileAction {
  const listed = planListedFile(source, destination, context);
  // What may be torn carries the hash of what it was to become.
  const mayHash = context.compareMd5 === true && !context.full && !isDistrusted(destination, context);
  if (!mayHash || source.sizeBytes !== destination.sizeBytes) return listed;
  return { kind: 'compare-md5', reason: 'md5', otherwise: listed, renameCase: listed.renameCase };
}

function planListedFile(source: FileEntry, destination: FileEntry, context: PlanContext): ListedFileAction {
  const renameCase = source.name !== destination.name;
  const reason = wholeCopyReason(source, destination, context);
  if (reason !== undefined) return { kind: 'copy', reason, renameCase };
  const distrusted = isDistrusted(destination, context);
  if (context.compareChangeTime && source.times.change !== destination.times.change) {
    // Without a base there is nothing to diff against; and a diff says nothing about a copy that may be torn.
    return context.baseSnapshotMs === undefined || distrusted
      ? { kind: 'copy', reason: 'changed', renameCase }
      : { kind: 'compare-ranges', reason: 'changed', heldChange: destination.times.change, renameCase };
  }
  if (haveOtherAttributes(source, destination)) {
    return { kind: 'set-properties', reason: 'attributes', distrusted, renameCase };
  }
  if (isTouched(source, context)) return planTouched(context, { distrusted, renameCase });
  if (distrusted) return { kind: 'verify-copy', reason: 'distrusted', renameCase };
  return { kind: 'none', reason: 'equal', renameCase };
}

/** Equal in the listing, but written to since the base: in headers and metadata, or unseen in its content as well. */
function planTouched(context: PlanContext, of: { distrusted: boolean; renameCase: boolean }): ListedFileAction {
  const { distrusted, renameCase } = of;
  const mayDiff = context.diffTouched === true && context.baseSnapshotMs !== undefined;
  if (!mayDiff) return { kind: 'compare-properties', reason: 'touched', distrusted, renameCase };
  if (distrusted) return { kind: 'copy', reason: 'changed', renameCase };
  return { kind: 'compare-ranges', reason: 'changed', renameCase };
}

/** Times are compared for inequality, never for "newer than": a file restored from elsewhere may be older. */
function wholeCopyReason(source: FileEntry, destination: FileEntry, context: PlanContext): CopyReason | undefined {
  if (context.full) return 'full';
  if (source.sizeBytes !== destination.sizeBytes) return 'size';
  return source.times.lastWrite === destination.times.lastWrite ? undefined : 'modified';
}

function planDirectory(source: DirectoryEntry, destination: DirectoryEntry, context: PlanContext): DirectoryAction {
  const reason = directoryReason(source, destination, context);
  return {
    kind: 'enter-directory',
    reason,
    differs: reason !== 'equal' && reason !== 'touched',
    touched: context.full || isTouched(source, context),
    renameCase: source.name !== destination.name,
  };
}

function directoryReason(source: DirectoryEntry, destination: DirectoryEntry, context: PlanContext) {
  if (context.full) return 'full';
  const changed = context.compareChangeTime && source.times.change !== destination.times.change;
  if (changed || source.times.lastWrite !== destination.times.lastWrite) return 'modified';
  if (haveOtherAttributes(source, destination)) return 'attributes';
  return isTouched(source, context) ? 'touched' : 'equal';
}

const haveOtherAttributes = (source: Entry, destination: Entry): boolean =>
  source.attributes !== destination.attributes || source.times.creation !== destination.times.creation;

/**
 * Whether the source entry may have been written to since the base. The service shows whole seconds of Last-Modified, so
 * the base's second counts as since. Without a base everything may have been.
 */
const isTouched = (source: Entry, { baseSnapshotMs }: PlanContext): boolean =>
  baseSnapshotMs === undefined || source.lastModifiedMs >= Math.floor(baseSnapshotMs / 1000) * 1000;

/** The mark is written by one server and Last-Modified by another, and both are cut to whole seconds. */
const distrustMarginMs = 2000;

const isDistrusted = (destination: Entry, { distrustSinceMs }: PlanContext): boolean =>
  distrustSinceMs !== undefined && destination.lastModifiedMs >= distrustSinceMs - distrustMarginMs;
