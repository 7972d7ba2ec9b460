/**
 * What Azure asks for each operation that lib/azure sends, by the REST documentation "Authorize with Microsoft Entra ID"
 * (market-and-practice.md §5.4), and on which side the engine sends it. `roles.test.ts` holds infra/roles.json to it.
 */
import type { OperationName } from '../../lib/azure/operations.ts';

export type Side = 'source' | 'destination';

interface Requirement {
  readonly sides: readonly Side[];
  readonly actions?: readonly string[];
  readonly dataActions?: readonly string[];
}

const fileServices = 'Microsoft.Storage/storageAccounts/fileServices';
const shares = {
  read: `${fileServices}/shares/read`,
  write: `${fileServices}/shares/write`,
  delete: `${fileServices}/shares/delete`,
  lease: `${fileServices}/shares/lease/action`,
};
const files = `${fileServices}/fileshares/files`;
const reading = [`${files}/read`, `${fileServices}/readFileBackupSemantics/action`];
const writing = [`${files}/write`, `${fileServices}/writeFileBackupSemantics/action`];
const permissions = `${files}/modifypermissions/action`;

const both: readonly Side[] = ['source', 'destination'];
const source: readonly Side[] = ['source'];
const destination: readonly Side[] = ['destination'];

const read = (sides: readonly Side[]): Requirement => ({ sides, dataActions: reading });
const write: Requirement = { sides: destination, dataActions: writing };
/** With `x-ms-file-permission-key`, as every one of them can be. */
const writeWithPermission: Requirement = { sides: destination, dataActions: [...writing, permissions] };
/**
 * The documentation asks `files/write` of a deletion, and the role that Azure has for this grants `files/delete` beside
 * it: whichever the service means [M], it is there.
 */
const remove: Requirement = { sides: destination, dataActions: [...writing, `${files}/delete`] };

export const requiredActions: Readonly<Record<OperationName, Requirement>> = {
  CreateShare: { sides: destination, actions: [shares.write] },
  GetShareProperties: { sides: both, actions: [shares.read] },
  GetShareStats: { sides: source, actions: [shares.read] },
  SetShareMetadata: { sides: destination, actions: [shares.write] },
  SnapshotShare: { sides: both, actions: [shares.write] },
  ListShares: { sides: both, actions: [shares.read] },
  DeleteShare: { sides: both, actions: [shares.delete] },
  AcquireShareLease: { sides: both, actions: [shares.lease] },
  RenewShareLease: { sides: destination, actions: [shares.lease] },
  ChangeShareLease: { sides: destination, actions: [shares.lease] },
  ReleaseShareLease: { sides: both, actions: [shares.lease] },
  GetUserDelegationKey: { sides: both, actions: [`${fileServices}/generateUserDelegationKey/action`] },
  ListFilesAndDirectories: read(both),
  GetFileProperties: read(both),
  GetDirectoryProperties: read(both),
  ListFileRanges: read(both),
  GetFile: read(both),
  GetFilePermission: read(both),
  CreateFilePermission: {
    sides: destination,
    dataActions: [permissions, `${fileServices}/writeFileBackupSemantics/action`],
  },
  CopyFile: writeWithPermission,
  AbortCopyFile: write,
  CreateFile: writeWithPermission,
  PutRangeFromURL: write,
  PutRange: write,
  ClearRange: write,
  SetFileProperties: writeWithPermission,
  SetFileMetadata: write,
  CreateDirectory: writeWithPermission,
  SetDirectoryProperties: writeWithPermission,
  SetDirectoryMetadata: write,
  DeleteFile: remove,
  DeleteDirectory: remove,
  RenameFile: writeWithPermission,
  RenameDirectory: writeWithPermission,
};

/** What the check before runs asks of Azure Resource Manager: the account, its file service, the identity's own rights. */
export const settingsActions: readonly string[] = [
  'Microsoft.Storage/storageAccounts/read',
  `${fileServices}/read`,
  'Microsoft.Authorization/permissions/read',
];

/** Perhaps in no run of the test, with the reason. All others must be seen there. */
export const notSeen: Readonly<Partial<Record<OperationName, string>>> = {
  GetShareStats: 'only asked by the check before runs',
  GetUserDelegationKey: 'only with Entra ID, which the emulator does not have',
  ChangeShareLease: 'only where a restore point is pinned',
  RenewShareLease: 'a renewal is sent as AcquireShareLease with the same id',
  AbortCopyFile: 'only after a copy stayed pending for hours',
  GetFile: 'only of files whose turn it is to be verified, and of the catalog',
  GetFilePermission: 'at the destination only when a restore is tried out',
  ListFileRanges: 'at the destination only to verify a large file',
  PutRange: 'only into the catalog',
  ClearRange: 'only in a changed large file',
};
