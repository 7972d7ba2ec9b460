/**
 * Every refusal the state side can answer with. Statuses and names: azure-files-facts.md §5; the wire side renders them.
 * Statuses the facts mark [M] are marked here too.
 */
const TABLE = {
  // 400
  InvalidInput: [400, 'One of the request inputs is not valid.'],
  InvalidHeaderValue: [400, 'The value for one of the HTTP headers is not in the correct format.'],
  InvalidQueryParameterValue: [400, 'Value for one of the query parameters specified in the request URI is invalid.'],
  OutOfRangeInput: [400, 'One of the request inputs is out of range.'],
  OutOfRangeQueryParameterValue: [
    400,
    'One of the query parameters specified in the request URI is outside the permissible range.',
  ],
  InvalidResourceName: [400, 'The specified resource name contains invalid characters.'],
  InvalidFileOrDirectoryPathName: [400, 'The specified file or directory path name is too long or too deep.'],
  InvalidMetadata: [400, 'The metadata specified is invalid. It has characters that are not permitted.'],
  EmptyMetadataKey: [400, 'The key for one of the metadata key-value pairs is empty.'],
  MetadataTooLarge: [400, 'The size of the specified metadata exceeds the maximum size permitted.'],
  FileInvalidPermission: [400, 'The specified permission is not a valid security descriptor.'],
  CannotConvertToSddlDueToCustomAce: [
    400,
    'The permission holds a custom access control entry that cannot be converted.',
  ],
  FileInvalidPermissionKey: [400, 'The specified permission key is not known in this share.'],
  UnsupportedHeader: [400, 'One of the HTTP headers specified in the request is not supported.'],
  ShareSnapshotOperationNotSupported: [400, 'The operation is not supported on a share snapshot.'],
  InvalidContinuationToken: [400, 'The specified marker is not valid.'],
  // 404
  ShareNotFound: [404, 'The specified share does not exist.'],
  ShareSnapshotNotFound: [404, 'The specified share snapshot does not exist.'],
  PreviousSnapshotNotFound: [404, 'The previous snapshot is not found.'],
  ParentNotFound: [404, 'The specified parent path does not exist.'],
  ResourceNotFound: [404, 'The specified resource does not exist.'],
  // 409
  ResourceAlreadyExists: [409, 'The specified resource already exists.'],
  ResourceTypeMismatch: [409, 'The specified resource type does not match the type of the existing resource.'],
  ShareAlreadyExists: [409, 'The specified share already exists.'],
  ShareBeingDeleted: [409, 'The specified share is being deleted. Try operation later.'],
  ShareHasSnapshots: [409, 'The share has snapshots and the operation requires no snapshots.'],
  ShareSnapshotCountExceeded: [409, 'The total number of snapshots for the share is over the limit.'],
  DeleteShareWhenSnapshotLeased: [
    409,
    'Unable to delete the share because one or more of its snapshots have active leases.',
  ],
  DeletePending: [409, 'The specified resource is marked for deletion by an SMB client.'],
  SharingViolation: [409, 'The specified resource may be in use by an SMB client.'],
  DirectoryNotEmpty: [409, 'The specified directory is not empty.'],
  ReadOnlyAttribute: [409, 'The specified resource is read-only and cannot be modified at this time.'],
  CannotDeleteFileOrDirectory: [409, 'The file or directory could not be deleted.'],
  FileGenerationMismatch: [
    409,
    'The file has been deleted and re-created, overwritten by a copy, or renamed since the previous snapshot.',
  ],
  NoPendingCopyOperation: [409, 'There is currently no pending copy operation.'],
  PendingCopyOperation: [409, 'There is currently a pending copy operation.'],
  CopyIdMismatch: [409, 'The specified copy ID did not match the copy ID for the pending copy operation.'],
  LeaseAlreadyPresent: [409, 'There is already a lease present.'],
  LeaseIdMismatchWithLeaseOperation: [409, 'The lease ID specified did not match the lease ID for the resource.'],
  LeaseNotPresentWithLeaseOperation: [409, 'There is currently no lease on the resource.'],
  LeaseIsBreakingAndCannotBeAcquired: [409, 'The lease is breaking and cannot be acquired until it is broken.'],
  LeaseIsBreakingAndCannotBeChanged: [409, 'The lease is breaking and cannot be changed.'],
  LeaseIsBrokenAndCannotBeRenewed: [409, 'The lease has been broken explicitly and cannot be renewed.'],
  // 412 [M: the names]
  LeaseIdMissing: [412, 'There is currently a lease on the resource and no lease ID was specified in the request.'],
  LeaseIdMismatchWithFileOperation: [412, 'The lease ID specified did not match the lease ID for the file.'],
  LeaseNotPresentWithFileOperation: [412, 'There is currently no lease on the file.'],
  LeaseIdMismatchWithContainerOperation: [412, 'The lease ID specified did not match the lease ID for the share.'],
  LeaseNotPresentWithContainerOperation: [412, 'There is currently no lease on the share.'],
  LeaseLost: [412, 'A lease ID was specified, but the lease has expired or was broken.'],
  // 413, 416
  RequestBodyTooLarge: [413, 'The request body is too large and exceeds the maximum permissible limit.'],
  InvalidRange: [416, 'The range specified is invalid for the current size of the resource.'],
} as const satisfies Record<string, readonly [number, string]>;

export type StoreErrorCode = keyof typeof TABLE;

/** A refusal by the state side; `code` and `status` are what the service answers with. No state was changed. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  readonly status: number;
  /** The refusal is about the source of a copy or of a Put Range From URL, not about the destination. */
  ofCopySource = false;

  constructor(code: StoreErrorCode, detail?: string) {
    const [status, message] = TABLE[code];
    super(detail === undefined ? message : `${message} ${detail}`);
    this.name = 'StoreError';
    this.code = code;
    this.status = status;
  }
}
