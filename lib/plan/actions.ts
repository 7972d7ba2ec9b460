/** What an entry needs, and what that is decided by. */
export interface PlanContext {
  /** When the source snapshot was taken that the destination equals, by the service's clock; absent: nothing is known. */
  readonly baseSnapshotMs?: number;
  /** False at a destination that does not keep ChangeTime as sent. */
  readonly compareChangeTime: boolean;
  /** Asks List Ranges about files written to since the base whose times do not tell of it: a writer may put them all back. */
  readonly diffTouched?: boolean;
  /** Compares the Content-MD5 that both sides store, where size alone does not tell. */
  readonly compareMd5?: boolean;
  /** The destination was filled by other means: equal content is taken over, whatever else differs. */
  readonly adopting?: boolean;
  /** Copies every file whatever the comparison says. */
  readonly full: boolean;
  /** Where some files may have been copied already: what was modified at the destination since then is not copied again. */
  readonly copiedSinceMs?: number;
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
   * List Ranges against the base snapshot decides about the content, if the base's file has this ChangeTime, which shows that
   * the destination's was made of it. Without other content, `propertiesDiffer` says that the rest is to be set; else it is
   * to be compared.
   */
  | ({
      readonly kind: 'compare-ranges';
      readonly reason: 'changed';
      readonly heldChange?: string;
      readonly propertiesDiffer: boolean;
    } & Matched)
  /** Equal in the listing, but the source was written to since the base: headers and metadata are to be compared. */
  | ({ readonly kind: 'compare-properties'; readonly reason: 'touched' } & Doubted)
  /** Equal in the listing, but perhaps an unfinished copy: believed only after a HEAD. */
  | ({ readonly kind: 'verify-copy'; readonly reason: 'distrusted' } & Matched)
  /** All times but the creation time are equal, as is the size: attributes or creation time are not. */
  | ({ readonly kind: 'set-properties'; readonly reason: 'attributes' } & Doubted)
  /** Not of our making, and equal in size and LastWriteTime: all but the content is compared, and set where it differs. */
  | ({ readonly kind: 'adopt'; readonly reason: 'adopted' } & Matched);

export type FileAction =
  | ListedFileAction
  /** The hashes that both sides store decide about the content; where one lacks, `otherwise` does. */
  | ({ readonly kind: 'compare-md5'; readonly reason: 'md5'; readonly otherwise: ListedFileAction } & Matched);

export type DirectoryAction =
  | { readonly kind: 'make-directory'; readonly reason: 'missing' }
  /** `differs`: its own times or attributes are to be set. `touched`: its metadata is to be compared. */
  | ({
      readonly kind: 'enter-directory';
      readonly reason: 'equal' | 'modified' | 'attributes' | 'touched' | 'adopted' | 'full';
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
