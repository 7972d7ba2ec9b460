import { FarshareError } from '../errors.ts';
import type { ShareAccess, ShareOpener, SharePort, ShareRef } from '../run/ports.ts';
import { toFileService, type AccountAccess } from './account-access.ts';
import { connect, type ConnectionOptions } from './connection.ts';
import { createCopySourceSas, type CopySourceSas } from './copy-source.ts';
import * as reading from './read-operations.ts';
import type { AccountConnection } from './requests.ts';
import type { ShareClient } from './share-client.ts';
import * as shares from './share-operations.ts';
import * as writing from './write-operations.ts';

interface ShareOpenerOptions extends Omit<ConnectionOptions, 'onThrottled'> {
  /** By their names in the configuration. */
  readonly accounts: Readonly<Record<string, AccountAccess>>;
  /** Called with an account's name at each of its answers 503 and 429. */
  readonly onThrottled?: (account: string) => void;
}

interface Account {
  readonly connection: AccountConnection;
  readonly copySourceSas: CopySourceSas;
}

/** One per process: it holds credentials, connections and limiters, each account's made when first asked for. */
export function createShareOpener(options: ShareOpenerOptions): ShareOpener {
  const opened = new Map<string, Account>();
  const accountOf = (name: string): Account => {
    let account = opened.get(name);
    if (account === undefined) {
      account = openAccount(name, options);
      opened.set(name, account);
    }
    return account;
  };
  return {
    open(ref: ShareRef, access: ShareAccess): SharePort {
      return createSharePort({ ref, access, ...accountOf(ref.account) });
    },
  };
}

function openAccount(name: string, options: ShareOpenerOptions): Account {
  const access = Object.hasOwn(options.accounts, name) ? options.accounts[name] : undefined;
  if (access === undefined) {
    throw new FarshareError('UnknownAccount', `No account is named ${name}`, { disposition: 'run' });
  }
  const service = toFileService(name, access);
  const connection = connect(service, { ...options, onThrottled: () => options.onThrottled?.(name) });
  return { connection, copySourceSas: createCopySourceSas(service, connection) };
}

function createSharePort(client: ShareClient): SharePort {
  return {
    ref: client.ref,
    getShare: () => shares.getShare(client),
    getUsedBytes: () => shares.getUsedBytes(client),
    createShare: (options) => shares.createShare(client, options),
    setShareMetadata: (metadata, leaseId) => shares.setShareMetadata(client, metadata, leaseId),
    createSnapshot: (metadata) => shares.createSnapshot(client, metadata),
    listSnapshots: () => shares.listSnapshots(client),
    deleteSnapshot: (snapshot, leaseId) => shares.deleteSnapshot(client, snapshot, leaseId),
    acquireLease: (options) => shares.acquireLease(client, options),
    renewLease: (leaseId) => shares.renewLease(client, leaseId),
    changeLease: (snapshot, from, to) => shares.changeLease(client, snapshot, { from, to }),
    releaseLease: (leaseId, snapshot) => shares.releaseLease(client, leaseId, snapshot),
    getPermission: (permissionKey) => shares.getPermission(client, permissionKey),
    createPermission: (sddl) => shares.createPermission(client, sddl),

    list: (directory, options) => reading.list(client, directory, options),
    getFile: (path, options) => reading.getFile(client, path, options),
    getDirectory: (path, options) => reading.getDirectory(client, path, options),
    getBytes: (path, options) => reading.getBytes(client, path, options),
    listRanges: (path, options) => reading.listRanges(client, path, options),
    copySource: (path, options) => reading.copySource(client, path, options),

    copyFile: (path, source, settings) => writing.copyFile(client, path, { source, settings }),
    abortCopy: (path, copyId) => writing.abortCopy(client, path, copyId),
    createFile: (path, options) => writing.createFile(client, path, options),
    putRangeFromUrl: (path, source, { range, unlessCrc64 }) =>
      writing.putRangeFromUrl(client, path, { source, range, unlessCrc64 }),
    putBytes: (path, start, bytes) => writing.putRange(client, path, { start, bytes: Buffer.from(bytes) }),
    clearRange: (path, range) => writing.clearRange(client, path, range),
    setFileProperties: (path, settings) => writing.setFileProperties(client, path, settings),
    setFileMetadata: (path, metadata) => writing.setFileMetadata(client, path, metadata),
    createDirectory: (path, settings) => writing.createDirectory(client, path, settings),
    setDirectoryProperties: (path, settings) => writing.setDirectoryProperties(client, path, settings),
    setDirectoryMetadata: (path, metadata) => writing.setDirectoryMetadata(client, path, metadata),
    deleteFile: (path) => writing.deleteEntry(client, 'file', path),
    deleteDirectory: (path) => writing.deleteEntry(client, 'directory', path),
    renameEntry: (kind, from, to) => writing.renameEntry(client, kind, { from, to }),
  };
}
