/**
 * Service behaviour that nobody here has seen on a real account ([M] in the facts), each settable, each listed in
 * docs/emulator.md. The defaults are what the facts hold likelier.
 */
export type Switches = {
  /** Creating, deleting or renaming a child moves LastWriteTime and ChangeTime of its directory. */
  readonly childChangeMovesDirectoryTimes: boolean;
  /** Set Metadata moves ChangeTime (it always moves Last-Modified and the ETag). */
  readonly setMetadataMovesChangeTime: boolean;
  /** A ChangeTime sent with a request is kept as sent; otherwise every request that changes an entry sets it to now. */
  readonly changeTimeIsSettable: boolean;
  /** Reading a file's content moves LastAccessTime. */
  readonly readMovesLastAccessTime: boolean;
  /** While a copy is pending the destination already shows the source's size instead of 0. */
  readonly pendingCopyShowsFullSize: boolean;
  /** Resizing by Set Properties moves LastWriteTime. */
  readonly resizeMovesLastWriteTime: boolean;
  /** Renaming an entry moves its ChangeTime. */
  readonly renameMovesChangeTime: boolean;
  /** A snapshot created with metadata carries that instead of the share's. */
  readonly snapshotMetadataReplaces: boolean;
  /** Milliseconds during which a deleted share's name answers ShareBeingDeleted. The service: 30,000 or more. */
  readonly shareBeingDeletedMs: number;
  /** Days a deleted share can be restored (the ARM setting shareDeleteRetentionPolicy); 0: soft delete is off. */
  readonly softDeleteDays: number;
  /** Accounts in which soft delete is on, by name and separated by commas; `*` for all. */
  readonly softDeleteAccounts: string;
  /** The name of a soft-deleted share is free at once; otherwise it is blocked for shareBeingDeletedMs. */
  readonly softDeletedNameIsFree: boolean;
  /** Restore Share brings the snapshots back too. */
  readonly restoreBringsSnapshots: boolean;
  /** Create File over an existing file counts as a new generation for List Ranges diffs. */
  readonly overwriteIsNewGeneration: boolean;
  /** A leased share refuses Set Properties, Metadata and ACL without its lease id (the SDK: "for set and delete share operations"). */
  readonly shareLeaseGuardsSets: boolean;
  /** A file operation on a directory, or the reverse, answers 404 ResourceNotFound instead of 409 ResourceTypeMismatch. */
  readonly otherKindIsNotFound: boolean;
  /** Snapshots a share may have. */
  readonly snapshotLimit: number;
};

export const DEFAULT_SWITCHES: Switches = {
  childChangeMovesDirectoryTimes: true,
  setMetadataMovesChangeTime: true,
  changeTimeIsSettable: true,
  readMovesLastAccessTime: false,
  pendingCopyShowsFullSize: false,
  resizeMovesLastWriteTime: false,
  renameMovesChangeTime: true,
  snapshotMetadataReplaces: true,
  shareBeingDeletedMs: 0,
  softDeleteDays: 0,
  softDeleteAccounts: '*',
  softDeletedNameIsFree: true,
  restoreBringsSnapshots: true,
  overwriteIsNewGeneration: true,
  shareLeaseGuardsSets: true,
  otherKindIsNotFound: false,
  snapshotLimit: 200,
};
