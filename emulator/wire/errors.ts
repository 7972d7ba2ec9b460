// Error codes of the service with the status and the sentence it sends for each. Statuses marked [M] in
// docs/emulator.md are from memory.

/** A failure as the service words it. Thrown anywhere on the wire side, written once by the server. */
export class ServiceError extends Error {
  readonly code: string;
  readonly status: number;
  /** Extra members of the XML body and extra headers, by name. */
  readonly details: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: string, options: ServiceErrorOptions = {}) {
    super(options.message ?? ERRORS[code]?.[1] ?? code);
    this.name = 'ServiceError';
    this.code = code;
    this.status = options.status ?? ERRORS[code]?.[0] ?? 400;
    this.details = options.details ?? {};
    this.headers = options.headers ?? {};
  }
}

/** What may differ from the table below for one failure. */
export type ServiceErrorOptions = {
  status?: number;
  message?: string;
  details?: Record<string, string>;
  headers?: Record<string, string>;
};

// Also what a fault script may name: hence codes nobody here throws.
const ERRORS: Record<string, readonly [status: number, message: string]> = {
  // 304
  NotModified: [304, 'The condition specified in the conditional header(s) was not met for a read operation.'],
  // 400
  CannotConvertToSddlDueToCustomAce: [
    400,
    'The permission holds a custom access control entry that SDDL cannot carry.',
  ],
  ConditionHeadersNotSupported: [400, 'Condition headers are not supported.'],
  EmptyMetadataKey: [400, 'The key for one of the metadata key-value pairs is empty.'],
  FeatureVersionMismatch: [
    400,
    'The operation for Azure Storage Files failed because the request version does not support it.',
  ],
  FileInvalidPermission: [400, 'The file permission is not valid.'],
  FileInvalidPermissionKey: [400, 'The file permission key is not valid.'],
  FilePermissionFormatMismatch: [400, 'The file permission is not in the format given.'],
  InvalidAuthenticationInfo: [400, 'Authentication information is not given in the correct format.'],
  InvalidContinuationToken: [400, 'The specified continuation token is invalid.'],
  InvalidFileOrDirectoryPathName: [400, 'The specified file or directory path name is invalid.'],
  InvalidHeaderValue: [400, 'The value for one of the HTTP headers is not in the correct format.'],
  InvalidInput: [400, 'One of the request inputs is not valid.'],
  InvalidMd5: [
    400,
    'The MD5 value specified in the request is invalid. MD5 value must be 128 bits and base64-encoded.',
  ],
  InvalidMetadata: [400, 'The metadata specified is invalid. It has characters that are not permitted.'],
  InvalidQueryParameterValue: [400, 'Value for one of the query parameters specified in the request URI is invalid.'],
  InvalidResourceName: [400, 'The specified resource name contains invalid characters.'],
  InvalidUri: [400, 'The requested URI does not represent any resource on the server.'],
  InvalidXmlDocument: [400, 'XML specified is not syntactically valid.'],
  InvalidXmlNodeValue: [400, 'The value for one of the XML nodes is not in the correct format.'],
  Crc64Mismatch: [
    400,
    'The CRC64 value specified in the request did not match with the CRC64 value calculated by the server.',
  ],
  Md5Mismatch: [
    400,
    'The MD5 value specified in the request did not match with the MD5 value calculated by the server.',
  ],
  MetadataTooLarge: [400, 'The size of the specified metadata exceeds the maximum size permitted.'],
  MissingRequiredHeader: [400, 'An HTTP header that is mandatory for this request is not specified.'],
  MissingRequiredQueryParameter: [400, 'A query parameter that is mandatory for this request is not specified.'],
  MissingRequiredXmlNode: [400, 'A required XML node was not specified in the request body.'],
  OutOfRangeInput: [400, 'One of the request inputs is out of range.'],
  OutOfRangeQueryParameterValue: [
    400,
    'One of the query parameters specified in the request URI is outside the permissible range.',
  ],
  RequestUrlFailedToParse: [400, 'The URL in the request could not be parsed.'],
  ShareSnapshotOperationNotSupported: [400, 'The specified operation is not supported on a share snapshot.'],
  UnsupportedHeader: [400, 'One of the HTTP headers specified in the request is not supported.'],
  UnsupportedQueryParameter: [400, 'One of the query parameters specified in the request URI is not supported.'],
  // 401
  NoAuthenticationInformation: [
    401,
    'Server failed to authenticate the request. Please refer to the information in the www-authenticate header.',
  ],
  // 403
  AccountIsDisabled: [403, 'The specified account is disabled.'],
  AuthenticationFailed: [
    403,
    'Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.',
  ],
  AuthorizationFailure: [403, 'This request is not authorized to perform this operation.'],
  AuthorizationPermissionMismatch: [
    403,
    'This request is not authorized to perform this operation using this permission.',
  ],
  AuthorizationProtocolMismatch: [403, 'This request is not authorized to perform this operation using this protocol.'],
  AuthorizationResourceTypeMismatch: [
    403,
    'This request is not authorized to perform this operation using this resource type.',
  ],
  AuthorizationServiceMismatch: [403, 'This request is not authorized to perform this operation using this service.'],
  AuthorizationSourceIPMismatch: [
    403,
    'This request is not authorized to perform this operation using this source IP {0}.',
  ],
  CannotVerifyCopySource: [
    403,
    'Could not verify the copy source within the specified time. Examine the HTTP status code and message for more information about the failure.',
  ],
  CorsPreflightFailure: [403, 'CORS not enabled or no matching rule found for this request.'],
  InsufficientAccountPermissions: [403, 'The account being accessed does not have sufficient permissions.'],
  ShareDisabled: [403, 'The specified share is disabled by the administrator.'],
  // 404
  ParentNotFound: [404, 'The specified parent path does not exist.'],
  PreviousSnapshotNotFound: [404, 'The previous snapshot is not found.'],
  ResourceNotFound: [404, 'The specified resource does not exist.'],
  ShareNotFound: [404, 'The specified share does not exist.'],
  ShareSnapshotNotFound: [404, 'The specified share snapshot does not exist.'],
  // 405, 411, 412, 413, 416
  UnsupportedHttpVerb: [405, 'The resource does not support the specified HTTP verb.'],
  MissingContentLengthHeader: [411, 'The Content-Length header was not specified.'],
  ConditionNotMet: [412, 'The condition specified using HTTP conditional header(s) is not met.'],
  CannotVerifyCopySourceCondition: [412, 'The condition on the copy source is not met.'],
  LeaseIdMismatchWithFileOperation: [412, 'The lease ID specified did not match the lease ID for the file.'],
  LeaseIdMismatchWithShareOperation: [412, 'The lease ID specified did not match the lease ID for the file share.'],
  LeaseIdMissing: [412, 'There is currently a lease on the resource and no lease ID was specified in the request.'],
  LeaseLost: [412, 'A lease ID was specified, but the lease for the resource has expired.'],
  LeaseNotPresentWithFileOperation: [412, 'There is currently no lease on the file.'],
  LeaseNotPresentWithShareOperation: [412, 'There is currently no lease on the file share.'],
  SourceConditionNotMet: [412, 'The source condition specified using HTTP conditional header(s) is not met.'],
  RequestBodyTooLarge: [413, 'The request body is too large and exceeds the maximum permissible limit.'],
  InvalidRange: [416, 'The range specified is invalid for the current size of the resource.'],
  // 409
  CannotDeleteFileOrDirectory: [
    409,
    'The file or directory could not be deleted because it is in use by an SMB client.',
  ],
  ContainerQuotaDowngradeNotAllowed: [409, 'The share quota cannot be decreased yet.'],
  CopyIdMismatch: [409, 'The specified copy ID did not match the copy ID for the pending copy operation.'],
  DeletePending: [409, 'The specified resource is marked for deletion by an SMB client.'],
  DeleteShareWhenSnapshotLeased: [409, 'Unable to delete the share because one or more of its snapshots are leased.'],
  DirectoryNotEmpty: [409, 'The specified directory is not empty.'],
  FileGenerationMismatch: [
    409,
    'The file was deleted and recreated, or overwritten by a copy, since the previous snapshot.',
  ],
  FileLockConflict: [409, 'A portion of the specified file is locked by an SMB client.'],
  FileOpenBySmbClient: [409, 'The file is open by an SMB client.'],
  LeaseAlreadyBroken: [409, 'The lease ID matched, but the lease has been broken explicitly.'],
  LeaseAlreadyPresent: [409, 'There is already a lease present.'],
  LeaseIdMismatchWithLeaseOperation: [409, 'The lease ID specified did not match the lease ID for the resource.'],
  LeaseIsBreakingAndCannotBeAcquired: [
    409,
    'The lease ID matched, but the lease is currently in breaking state and cannot be acquired until it is broken.',
  ],
  LeaseIsBreakingAndCannotBeChanged: [
    409,
    'The lease ID matched, but the lease is currently in breaking state and cannot be changed.',
  ],
  LeaseIsBrokenAndCannotBeRenewed: [409, 'The lease ID matched, but the lease has been broken and cannot be renewed.'],
  LeaseNotPresentWithLeaseOperation: [409, 'There is currently no lease on the resource.'],
  NoPendingCopyOperation: [409, 'There is currently no pending copy operation.'],
  PendingCopyOperation: [409, 'There is currently a pending copy operation.'],
  ReadOnlyAttribute: [409, 'The specified resource is read-only and cannot be modified at this time.'],
  ResourceAlreadyExists: [409, 'The specified resource already exists.'],
  ResourceTypeMismatch: [409, 'The specified resource type does not match the type of the existing resource.'],
  ShareAlreadyExists: [409, 'The specified share already exists.'],
  ShareBeingDeleted: [409, 'The specified share is being deleted. Try operation later.'],
  ShareHasSnapshots: [409, 'The share has snapshots and the operation requires no snapshots.'],
  ShareSnapshotCountExceeded: [409, 'The total number of snapshots for the share is over the limit.'],
  ShareSnapshotInProgress: [409, 'Another share snapshot operation is in progress for the share.'],
  SharingViolation: [409, 'The specified resource may be in use by an SMB client.'],
  // 500, 501, 503
  InternalError: [500, 'The server encountered an internal error. Please retry the request.'],
  OperationTimedOut: [500, 'The operation could not be completed within the permitted time.'],
  NotImplemented: [501, 'The requested operation is not implemented on the specified resource.'],
  ServerBusy: [503, 'The server is currently unable to receive requests. Please retry your request.'],
};
