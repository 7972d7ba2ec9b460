import type { IncomingHttpHeaders } from 'node:http';
import type { RequiredAccess } from './wire/authorization.ts';
import { ServiceError } from './wire/errors.ts';
import type { Answer, ServiceRequest } from './wire/request.ts';
import type { Target } from './wire/target.ts';
import { abortCopyFile, copyFile } from './handlers/copy.ts';
import * as directory from './handlers/directory.ts';
import * as file from './handlers/file.ts';
import { forceCloseHandles, listHandles } from './handlers/handle.ts';
import * as link from './handlers/link.ts';
import { LEASE_ACTIONS } from './handlers/lease.ts';
import { listFilesAndDirectories } from './handlers/listing.ts';
import { createFilePermission, getFilePermission } from './handlers/permission.ts';
import { clearRange, listFileRanges, putRange, putRangeFromUrl } from './handlers/range.ts';
import { renameDirectory, renameFile } from './handlers/rename.ts';
import * as service from './handlers/service.ts';
import * as properties from './handlers/service-properties.ts';
import * as share from './handlers/share.ts';

/** One operation of the service. */
export type Operation = {
  /** As the storage logs have it. */
  name: string;
  access: RequiredAccess;
  run: (request: ServiceRequest) => Answer;
};

/**
 * `scope letters`, with scope s, c or o for the letter of `srt`. Which SAS may do what: Microsoft's tables in "Create an
 * account SAS" and "Create a service SAS"; [M] for the newer operations.
 */
function operation(name: string, rule: string, run: Operation['run']): Operation {
  const [scope, letters = ''] = rule.split(' ');
  const access: RequiredAccess = {
    resourceType: scope === 's' || scope === 'c' ? scope : 'o',
    letters,
    // A service SAS names a share or a file: it reaches what lies in it, never the share's own settings.
    serviceSas: scope === 'o' || scope === 'l',
    accountSas: letters !== '',
    bearerOnly: name === 'GetUserDelegationKey',
  };
  // Listing a directory asks for `c` of an account SAS although a share's SAS may do it.
  return { name, access: scope === 'l' ? { ...access, resourceType: 'c' } : access, run };
}

const SERVICE_ROUTES: Record<string, Operation> = {
  'GET::list': operation('ListShares', 's l', service.listShares),
  'GET:service:properties': operation('GetFileServiceProperties', 's r', properties.getFileServiceProperties),
  'PUT:service:properties': operation('SetFileServiceProperties', 's w', properties.setFileServiceProperties),
  'POST:service:userdelegationkey': operation('GetUserDelegationKey', 's', service.getUserDelegationKey),
};

const SHARE_ROUTES: Record<string, Operation> = {
  'PUT:share:': operation('CreateShare', 'c cw', share.createShare),
  'GET:share:': operation('GetShareProperties', 'c r', share.getShareProperties),
  'DELETE:share:': operation('DeleteShare', 'c d', share.deleteShare),
  'PUT:share:snapshot': operation('SnapshotShare', 'c cw', share.snapshotShare),
  'PUT:share:properties': operation('SetShareProperties', 'c w', share.setShareProperties),
  'PUT:share:metadata': operation('SetShareMetadata', 'c w', share.setShareMetadata),
  'GET:share:metadata': operation('GetShareMetadata', 'c r', share.getShareMetadata),
  'GET:share:stats': operation('GetShareStats', 'c r', share.getShareStats),
  'GET:share:acl': operation('GetShareAcl', 'c', share.getShareAcl),
  'PUT:share:acl': operation('SetShareAcl', 'c', share.setShareAcl),
  'PUT:share:undelete': operation('RestoreShare', 'c w', share.restoreShare),
  'PUT:share:filepermission': operation('CreateFilePermission', 'l cw', createFilePermission),
  'GET:share:filepermission': operation('GetFilePermission', 'l r', getFilePermission),
};

/** Directories, the root included, and handles, which need no restype. */
const DIRECTORY_ROUTES: Record<string, Operation> = {
  'PUT:directory:': operation('CreateDirectory', 'o cw', directory.createDirectory),
  'GET:directory:': operation('GetDirectoryProperties', 'o r', directory.getDirectoryProperties),
  'DELETE:directory:': operation('DeleteDirectory', 'o d', directory.deleteDirectory),
  'PUT:directory:properties': operation('SetDirectoryProperties', 'o w', directory.setDirectoryProperties),
  'PUT:directory:metadata': operation('SetDirectoryMetadata', 'o w', directory.setDirectoryMetadata),
  'GET:directory:metadata': operation('GetDirectoryMetadata', 'o r', directory.getDirectoryMetadata),
  'PUT:directory:rename': operation('RenameDirectory', 'o cw', renameDirectory),
  'GET:directory:list': operation('ListFilesAndDirectories', 'l l', listFilesAndDirectories),
  'GET::listhandles': operation('ListHandles', 'o l', listHandles),
  'PUT::forceclosehandles': operation('ForceCloseHandles', 'o wd', forceCloseHandles),
};

const FILE_ROUTES: Record<string, Operation> = {
  'PUT::': operation('CreateFile', 'o cw', file.createFile),
  'GET::': operation('GetFile', 'o r', file.getFile),
  'HEAD::': operation('GetFileProperties', 'o r', file.getFileProperties),
  'DELETE::': operation('DeleteFile', 'o d', file.deleteFile),
  'PUT::properties': operation('SetFileProperties', 'o w', file.setFileProperties),
  'PUT::metadata': operation('SetFileMetadata', 'o w', file.setFileMetadata),
  'GET::metadata': operation('GetFileMetadata', 'o r', file.getFileMetadata),
  'HEAD::metadata': operation('GetFileMetadata', 'o r', file.getFileMetadata),
  'PUT::range': operation('PutRange', 'o w', putRange),
  'GET::rangelist': operation('ListFileRanges', 'o r', listFileRanges),
  'PUT::copy': operation('AbortCopyFile', 'o w', abortCopyFile),
  'PUT::rename': operation('RenameFile', 'o cw', renameFile),
  'PUT:symboliclink:': operation('CreateSymbolicLink', 'o cw', link.createSymbolicLink),
  'GET:symboliclink:': operation('GetSymbolicLink', 'o r', link.getSymbolicLink),
  'PUT:hardlink:': operation('CreateHardLink', 'o cw', link.createHardLink),
};

const COPY_FILE = operation('CopyFile', 'o cw', copyFile);
const PREFLIGHT = operation('PreflightFileRequest', 'o r', properties.preflightFileRequest);
const CLEAR_RANGE = operation('ClearRange', 'o w', clearRange);
const PUT_RANGE_FROM_URL = operation('PutRangeFromURL', 'o w', putRangeFromUrl);

type LeaseAction = keyof typeof LEASE_ACTIONS;
const LEASE_NAMES: Record<LeaseAction, string> = {
  acquire: 'Acquire',
  renew: 'Renew',
  change: 'Change',
  release: 'Release',
  break: 'Break',
};

const leases = (kind: 'Share' | 'File') =>
  new Map(
    (Object.keys(LEASE_ACTIONS) as LeaseAction[])
      .filter((action) => kind === 'Share' || action !== 'renew')
      .map((action) => [
        action as string,
        operation(`${LEASE_NAMES[action]}${kind}Lease`, kind === 'Share' ? 'c wd' : 'o wd', LEASE_ACTIONS[action]),
      ]),
  );
const SHARE_LEASES = leases('Share');
const FILE_LEASES = leases('File');

/** Finds the operation a request asks for. @throws UnsupportedHttpVerb, InvalidQueryParameterValue, InvalidHeaderValue … */
export function route(method: string, target: Target, headers: IncomingHttpHeaders): Operation {
  const restype = target.query.get('restype')?.toLowerCase() ?? '';
  const comp = target.query.get('comp')?.toLowerCase() ?? '';
  if (method === 'OPTIONS') return PREFLIGHT;
  if (comp === 'lease' && method === 'PUT' && target.share !== '') return leaseRoute(target, restype, headers);
  const key = `${method}:${restype}:${comp}`;
  const found = find(target, key, headers) ?? findForHead(target, key, headers);
  if (found) return found;
  throw unroutable(method, target, { restype, comp });
}

/** HEAD does as GET where the service has no HEAD of its own. */
function findForHead(target: Target, key: string, headers: IncomingHttpHeaders): Operation | undefined {
  return key.startsWith('HEAD') ? find(target, `GET${key.slice('HEAD'.length)}`, headers) : undefined;
}

function unroutable(
  method: string,
  target: Target,
  { restype, comp }: { restype: string; comp: string },
): ServiceError {
  if (!METHODS.has(method)) return new ServiceError('UnsupportedHttpVerb');
  if (comp === '' && restype === '') {
    return new ServiceError(target.path === '' ? 'InvalidUri' : 'UnsupportedHttpVerb');
  }
  const [name, value] = comp === '' ? ['restype', restype] : ['comp', comp];
  return new ServiceError('InvalidQueryParameterValue', {
    details: { QueryParameterName: name, QueryParameterValue: value },
  });
}

const METHODS = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'POST']);

function find(target: Target, key: string, headers: IncomingHttpHeaders): Operation | undefined {
  if (target.share === '') return SERVICE_ROUTES[key];
  if (key.includes(':share:')) return target.path === '' ? SHARE_ROUTES[key] : undefined;
  const inDirectory = DIRECTORY_ROUTES[key];
  if (inDirectory) return inDirectory;
  if (target.path === '') return undefined;
  if (key === 'PUT::' && headers['x-ms-copy-source'] !== undefined) return COPY_FILE;
  return key === 'PUT::range' ? rangeRoute(headers) : FILE_ROUTES[key];
}

function rangeRoute(headers: IncomingHttpHeaders): Operation | undefined {
  if (headers['x-ms-copy-source'] !== undefined) return PUT_RANGE_FROM_URL;
  const write = headers['x-ms-write'];
  if (write === undefined) throw new ServiceError('MissingRequiredHeader', { details: { HeaderName: 'x-ms-write' } });
  if (String(write).toLowerCase() === 'clear') return CLEAR_RANGE;
  if (String(write).toLowerCase() === 'update') return FILE_ROUTES['PUT::range'];
  throw new ServiceError('InvalidHeaderValue', { details: { HeaderName: 'x-ms-write', HeaderValue: String(write) } });
}

function leaseRoute(target: Target, restype: string, headers: IncomingHttpHeaders): Operation {
  const action = String(headers['x-ms-lease-action'] ?? '').toLowerCase();
  if (action === '') {
    throw new ServiceError('MissingRequiredHeader', { details: { HeaderName: 'x-ms-lease-action' } });
  }
  const isShare = restype === 'share' && target.path === '';
  if (!isShare && (restype !== '' || target.path === '')) throw new ServiceError('InvalidUri');
  const found = (isShare ? SHARE_LEASES : FILE_LEASES).get(action);
  if (found) return found;
  throw new ServiceError('InvalidHeaderValue', {
    details: { HeaderName: 'x-ms-lease-action', HeaderValue: action },
  });
}
