import type { DirectoryEntry, Entry, FileEntry } from '../model/index.ts';
import type { Action, CopyReason, DirectoryAction, FileAction, ListedFileAction, PlanContext } from './actions.ts';

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
  const { compareMd5, full, adopting } = context;
  const mayHash = compareMd5 === true && !full && adopting !== true && !isDistrusted(destination, context);
  if (!mayHash || source.sizeBytes !== destination.sizeBytes) return listed;
  return { kind: 'compare-md5', reason: 'md5', otherwise: listed, renameCase: listed.renameCase };
}

function planListedFile(source: FileEntry, destination: FileEntry, context: PlanContext): ListedFileAction {
  const renameCase = source.name !== destination.name;
  const reason = wholeCopyReason(source, destination, context);
  if (reason !== undefined) return { kind: 'copy', reason, renameCase };
  if (context.adopting === true) return { kind: 'adopt', reason: 'adopted', renameCase };
  const distrusted = isDistrusted(destination, context);
  if (context.compareChangeTime && source.times.change !== destination.times.change) {
    // Without a base there is nothing to diff against; and a diff says nothing about a copy that may be torn.
    return context.baseSnapshotMs === undefined || distrusted
      ? { kind: 'copy', reason: 'changed', renameCase }
      : comparingRanges({ heldChange: destination.times.change, propertiesDiffer: true, renameCase });
  }
  return planSameTimes(context, {
    propertiesDiffer: haveOtherAttributes(source, destination),
    touched: isTouched(source, context),
    distrusted,
    renameCase,
  });
}

/** Of equal size, LastWriteTime and, where it is kept, ChangeTime. */
function planSameTimes(
  context: PlanContext,
  of: { propertiesDiffer: boolean; touched: boolean; distrusted: boolean; renameCase: boolean },
): ListedFileAction {
  const { propertiesDiffer, touched, distrusted, renameCase } = of;
  if (touched && mayDiff(context) && !distrusted) return comparingRanges({ propertiesDiffer, renameCase });
  if (propertiesDiffer) return { kind: 'set-properties', reason: 'attributes', distrusted, renameCase };
  if (touched) return planTouched(context, { distrusted, renameCase });
  if (distrusted) return { kind: 'verify-copy', reason: 'distrusted', renameCase };
  return { kind: 'none', reason: 'equal', renameCase };
}

const comparingRanges = (of: {
  heldChange?: string;
  propertiesDiffer: boolean;
  renameCase: boolean;
}): ListedFileAction => ({ kind: 'compare-ranges', reason: 'changed', ...of });

const mayDiff = ({ diffTouched, baseSnapshotMs }: PlanContext): boolean =>
  diffTouched === true && baseSnapshotMs !== undefined;

/**
 * Equal in the listing, but written to since a base that cannot be asked about its ranges, or whose file the destination's
 * may not be. What an interrupted run has copied is looked at and not copied again, unless no ChangeTime vouches for it.
 */
function planTouched(
  context: PlanContext,
  { distrusted, renameCase }: { distrusted: boolean; renameCase: boolean },
): ListedFileAction {
  if (mayDiff(context) && !context.compareChangeTime) return { kind: 'copy', reason: 'changed', renameCase };
  return { kind: 'compare-properties', reason: 'touched', distrusted, renameCase };
}

/**
 * Times are compared for inequality, never for "newer than": a file restored from elsewhere may be older. `full` is the reason
 * only where there is no other: such a copy replaces content by its equal.
 */
function wholeCopyReason(source: FileEntry, destination: FileEntry, context: PlanContext): CopyReason | undefined {
  if (source.sizeBytes !== destination.sizeBytes) return 'size';
  if (source.times.lastWrite !== destination.times.lastWrite) return 'modified';
  if (!isCopiedAnyway(destination, context)) return undefined;
  return context.compareChangeTime && source.times.change !== destination.times.change ? 'changed' : 'full';
}

const isCopiedAnyway = ({ lastModifiedMs }: FileEntry, { full, copiedSinceMs }: PlanContext): boolean =>
  full && (copiedSinceMs === undefined || lastModifiedMs < copiedSinceMs);

function planDirectory(source: DirectoryEntry, destination: DirectoryEntry, context: PlanContext): DirectoryAction {
  const reason = directoryReason(source, destination, context);
  return {
    kind: 'enter-directory',
    reason,
    differs: reason !== 'equal' && reason !== 'touched',
    touched: context.full || context.adopting === true || isTouched(source, context),
    renameCase: source.name !== destination.name,
  };
}

function directoryReason(source: DirectoryEntry, destination: DirectoryEntry, context: PlanContext) {
  if (context.full) return 'full';
  if (context.adopting === true) return 'adopted';
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
export const distrustMarginMs = 2000;

const isDistrusted = (destination: Entry, { distrustSinceMs }: PlanContext): boolean =>
  distrustSinceMs !== undefined && destination.lastModifiedMs >= distrustSinceMs - distrustMarginMs;
