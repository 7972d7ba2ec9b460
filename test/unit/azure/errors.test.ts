import { expect, test } from 'vitest';
import { dispositionOf, redact, refusedRequest, unansweredRequest, unlessRefused } from '../../../lib/azure/errors.ts';
import { operations, type OperationName } from '../../../lib/azure/operations.ts';
import type { Disposition } from '../../../lib/errors.ts';

const table: readonly [OperationName, number, string, Disposition][] = [
  // Busy or broken for the moment, whatever was asked.
  ['CopyFile', 500, 'InternalError', 'retry'],
  ['CopyFile', 500, 'OperationTimedOut', 'retry'],
  ['ListFilesAndDirectories', 503, 'ServerBusy', 'retry'],
  ['GetShareProperties', 429, 'TooManyRequests', 'retry'],
  ['GetFileProperties', 502, '', 'retry'],
  ['GetFileProperties', 504, '', 'retry'],
  ['DeleteFile', 408, '', 'retry'],
  ['CreateShare', 409, 'ShareBeingDeleted', 'retry'],
  ['SnapshotShare', 409, 'ShareSnapshotInProgress', 'retry'],
  // The share or the account is not to be had.
  ['ListFilesAndDirectories', 404, 'ShareNotFound', 'run'],
  ['GetFileProperties', 404, 'ShareSnapshotNotFound', 'run'],
  ['ListFilesAndDirectories', 403, 'ShareDisabled', 'run'],
  ['CopyFile', 403, 'AccountIsDisabled', 'run'],
  ['CopyFile', 401, 'NoAuthenticationInformation', 'run'],
  ['CopyFile', 407, '', 'run'],
  ['GetShareProperties', 403, 'AuthorizationFailure', 'run'],
  ['ListShares', 403, 'AuthorizationPermissionMismatch', 'run'],
  ['SnapshotShare', 409, 'ShareSnapshotCountExceeded', 'run'],
  ['SetShareMetadata', 412, 'LeaseIdMismatchWithShareOperation', 'run'],
  ['DeleteShare', 409, 'DeleteShareWhenSnapshotLeased', 'run'],
  // One entry cannot be had now.
  ['ListFilesAndDirectories', 403, 'AuthorizationFailure', 'entry'],
  ['GetFileProperties', 403, 'AuthenticationFailed', 'entry'],
  ['GetFileProperties', 404, 'ResourceNotFound', 'entry'],
  ['CreateFile', 404, 'ParentNotFound', 'entry'],
  ['ListFileRanges', 404, 'PreviousSnapshotNotFound', 'entry'],
  ['ListFileRanges', 409, 'FileGenerationMismatch', 'entry'],
  ['CopyFile', 409, 'SharingViolation', 'entry'],
  ['CopyFile', 409, 'FileLockConflict', 'entry'],
  ['DeleteFile', 409, 'ReadOnlyAttribute', 'entry'],
  ['DeleteFile', 409, 'DeletePending', 'entry'],
  ['SetFileMetadata', 409, 'PendingCopyOperation', 'entry'],
  ['DeleteDirectory', 409, 'DirectoryNotEmpty', 'entry'],
  ['CreateFile', 400, 'InvalidFileOrDirectoryPathName', 'entry'],
  ['CreateFilePermission', 400, 'FileInvalidPermission', 'entry'],
  ['PutRangeFromURL', 413, 'RequestBodyTooLarge', 'entry'],
  ['PutRangeFromURL', 416, 'InvalidRange', 'entry'],
  ['CopyFile', 403, 'CannotVerifyCopySource', 'entry'],
  ['CopyFile', 404, 'CannotVerifyCopySource', 'entry'],
  ['GetFileProperties', 404, '', 'entry'],
];

test.for(table)('%s answered %i %s has the disposition %s', ([operation, status, code, disposition]) => {
  expect(dispositionOf(operation, { status, code, message: '' })).toBe(disposition);
});

test('a copy source that was busy is worth another attempt, one that refused is not', () => {
  const answer = { status: 403, code: 'CannotVerifyCopySource', message: '' };

  expect(dispositionOf('CopyFile', { ...answer, copySourceStatus: 503 })).toBe('retry');
  expect(dispositionOf('CopyFile', { ...answer, copySourceStatus: 403 })).toBe('entry');
});

test('an answer without a code is named by its status, and never taken for absence', async () => {
  const error = refusedRequest('GetFileProperties', { status: 404, code: '', message: '' }, false);

  expect(error.code).toBe('Http404');
  await expect(unlessRefused(['ResourceNotFound'], Promise.reject(error))).rejects.toBe(error);
});

const messages: readonly [said: string, kept: string][] = [
  ['The specified resource does not exist.\nRequestId:1\nTime:2', 'The specified resource does not exist.'],
  ['Cannot read https://prod.file.core.windows.net/s/f?sv=2026-04-06&sig=abc%2B now', 'Cannot read (url) now'],
  ['connect ECONNREFUSED 127.0.0.1:10004', 'connect ECONNREFUSED 127.0.0.1:10004'],
  ['bad source /share/file?sv=2026-04-06&sr=s&sig=abc', 'bad source /share/file(query)'],
  ['bad sig=abc%2Bdef%3D and se=2026-11-23', 'bad (secret) and (secret)'],
  ['refused Bearer eyJhbGciOi.x.y for you', 'refused (secret) for you'],
  ['refused SharedKey account:c2lnbmF0dXJl= for you', 'refused (secret) for you'],
  ['AccountName=a;AccountKey=c2VjcmV0;', 'AccountName=a;(secret);'],
];

test.for(messages)('%j is told as %j', ([said, kept]) => {
  expect(redact(said)).toBe(kept);
});

test('no error keeps the request it came of', () => {
  const cause = Object.assign(new Error('socket hang up at https://a/b?sig=s3cret'), { request: { url: 's3cret' } });

  const error = unansweredRequest('CopyFile', cause);

  expect(error).toMatchObject({ code: 'ConnectionFailed', disposition: 'retry', operation: 'CopyFile' });
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('s3cret');
});

test('a missing credential fails the run, a token that was not to be had now is tried again', () => {
  const named = (name: string) => Object.assign(new Error('no'), { name });

  expect(unansweredRequest('ListShares', named('CredentialUnavailableError')).disposition).toBe('run');
  expect(unansweredRequest('ListShares', named('AuthenticationError')).disposition).toBe('retry');
});

test('every operation that changes a share is marked as a write', () => {
  const reads = Object.entries(operations).flatMap(([name, traits]) => ('writes' in traits ? [] : [name]));

  expect(reads.every((name) => /^(?:Get|List)|ShareLease$/u.test(name))).toBe(true);
});
