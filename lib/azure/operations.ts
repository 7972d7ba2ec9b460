/**
 * Every request this adapter makes, by its operation name in the storage logs (`StorageFileLogs.OperationName`). The
 * names are also the emulator's counters: a report is compared with them.
 */
interface OperationTraits {
  /** What the request addresses: a failure on an entry concerns that entry, one on the share the whole run. */
  readonly concerns: 'share' | 'entry';
  /** Changes what a share holds: asked for leave before each attempt, and given up early. */
  readonly writes?: true;
  /** Given up early without being a write: a late lease answer is worth nothing. */
  readonly short?: true;
}

export const operations = {
  CreateShare: { concerns: 'share', writes: true },
  GetShareProperties: { concerns: 'share' },
  GetShareStats: { concerns: 'share' },
  SetShareMetadata: { concerns: 'share', writes: true },
  SnapshotShare: { concerns: 'share', writes: true },
  ListShares: { concerns: 'share' },
  DeleteShare: { concerns: 'share', writes: true },
  AcquireShareLease: { concerns: 'share', short: true },
  RenewShareLease: { concerns: 'share', short: true },
  ChangeShareLease: { concerns: 'share', short: true },
  ReleaseShareLease: { concerns: 'share', short: true },
  GetUserDelegationKey: { concerns: 'share' },
  ListFilesAndDirectories: { concerns: 'entry' },
  GetFileProperties: { concerns: 'entry' },
  GetFile: { concerns: 'entry' },
  GetDirectoryProperties: { concerns: 'entry' },
  ListFileRanges: { concerns: 'entry' },
  GetFilePermission: { concerns: 'entry' },
  CreateFilePermission: { concerns: 'entry', writes: true },
  CopyFile: { concerns: 'entry', writes: true },
  AbortCopyFile: { concerns: 'entry', writes: true },
  CreateFile: { concerns: 'entry', writes: true },
  PutRangeFromURL: { concerns: 'entry', writes: true },
  PutRange: { concerns: 'entry', writes: true },
  ClearRange: { concerns: 'entry', writes: true },
  SetFileProperties: { concerns: 'entry', writes: true },
  SetFileMetadata: { concerns: 'entry', writes: true },
  CreateDirectory: { concerns: 'entry', writes: true },
  SetDirectoryProperties: { concerns: 'entry', writes: true },
  SetDirectoryMetadata: { concerns: 'entry', writes: true },
  DeleteFile: { concerns: 'entry', writes: true },
  DeleteDirectory: { concerns: 'entry', writes: true },
  RenameFile: { concerns: 'entry', writes: true },
  RenameDirectory: { concerns: 'entry', writes: true },
} as const satisfies Record<string, OperationTraits>;

export type OperationName = keyof typeof operations;

export const traitsOf = (name: OperationName): OperationTraits => operations[name];

/** Fencing (design.md §5): no write is sent within 20 s of the lease's end, so it must be over before that. */
const writeTimeoutMs = 10_000;
/** Long enough for the page of 5,000 entries or the range list of a fragmented file from a throttled account. */
const readTimeoutMs = 60_000;

export const timeoutOf = ({ writes, short }: OperationTraits): number =>
  writes === true || short === true ? writeTimeoutMs : readTimeoutMs;
