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
  /** What came with a later service version is refused, or not seen, in a request of an older one. */
  readonly versionsAreGated: boolean;
  /** A service version that this emulator has never heard of is taken. */
  readonly unknownVersionsAreTaken: boolean;
  /** If-Match and its kin are refused (ConditionHeadersNotSupported); otherwise they are not looked at. */
  readonly conditionHeadersAreRefused: boolean;
  /** Milliseconds a Copy File across accounts stays pending when no fault says otherwise. */
  readonly crossAccountCopyPendingMs: number;
  /** Copy File takes the permission of a source in another account (`x-ms-file-permission-copy-mode: source`). */
  readonly permissionCopiesAcrossAccounts: boolean;
  /** Create Directory where a file is answers ResourceTypeMismatch instead of ResourceAlreadyExists. */
  readonly directoryOverFileIsMismatch: boolean;
  /** Writing content sets the attribute Archive. */
  readonly writeSetsArchive: boolean;
  /** Get and set of the root directory answer 404 until its properties have been read once. */
  readonly rootIsCreatedLate: boolean;
  /** x-ms-file-property-semantics New (the default) drops the auto-inherited flag of a permission; Restore keeps it. */
  readonly newSemanticsDropInherited: boolean;
  /** The order of a listing: `upper`, `lower` (folded so, by UTF-16 unit), `ordinal` (as they are) or `scattered` (by a hash: none that a client could guess). Names are equal without case in all. */
  readonly listingOrder: string;
  /** Entries of a page at most, whatever is asked for: the service may answer fewer than that. */
  readonly listingPageSize: number;
  /** A share's own provisioned IOPS and bandwidth limit it. */
  readonly provisionedLimitsHold: boolean;
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
  versionsAreGated: true,
  unknownVersionsAreTaken: false,
  conditionHeadersAreRefused: false,
  crossAccountCopyPendingMs: 0,
  permissionCopiesAcrossAccounts: true,
  directoryOverFileIsMismatch: false,
  writeSetsArchive: false,
  rootIsCreatedLate: false,
  newSemanticsDropInherited: false,
  listingOrder: 'upper',
  listingPageSize: 5000,
  provisionedLimitsHold: false,
  snapshotLimit: 200,
};
