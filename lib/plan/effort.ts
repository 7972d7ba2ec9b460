/** The requests that one action of a dry run stands for. */
import type { PlannedAction, RequestCounts } from '../model/index.ts';
import { inlineLimitBytes, rangeLimitBytes } from './copy-ranges.ts';

export type CopyMethod = 'auto' | 'copy-file' | 'ranges';

export interface Effort {
  readonly source: RequestCounts;
  readonly destination: RequestCounts;
  /** The least number of requests, where the dry run's own floor does not hold it already. */
  readonly floor: number;
  readonly bytes: number;
}

/** Lock, marks, snapshots, leases, looking for what an earlier try has left, and the manifest. */
export const fixedEffort: Effort = {
  source: { GetShareProperties: 1, SnapshotShare: 1, AcquireShareLease: 1, ReleaseShareLease: 1, ListShares: 3 },
  destination: {
    GetShareProperties: 4,
    AcquireShareLease: 2,
    ReleaseShareLease: 1,
    SetShareMetadata: 2,
    SnapshotShare: 1,
    ListShares: 5,
    ListFilesAndDirectories: 1,
    CreateFile: 2,
    PutRange: 2,
  },
  floor: 27,
  bytes: 0,
};

function copyEffort(size: number, copyMethod: CopyMethod): Effort {
  const byRanges = copyMethod === 'ranges' || size === 0 || (copyMethod === 'auto' && size > inlineLimitBytes);
  if (!byRanges) return { source: {}, destination: { CopyFile: 1 }, floor: 1, bytes: size };
  const ranges = Math.ceil(size / rangeLimitBytes);
  return {
    source: { GetFileProperties: 1, ...(ranges > 1 ? { ListFileRanges: 1 } : {}) },
    destination: { CreateFile: 1, PutRangeFromURL: ranges, SetFileProperties: 1 },
    floor: (size > rangeLimitBytes ? 4 : 3) + ranges,
    bytes: size,
  };
}

const setFile = { source: { GetFileProperties: 1 }, destination: { GetFileProperties: 1, SetFileProperties: 1 } };
const setDirectory = {
  source: { GetDirectoryProperties: 1 },
  destination: { GetDirectoryProperties: 1, SetDirectoryProperties: 1 },
};
const makeDirectory = {
  source: { GetDirectoryProperties: 1 },
  destination: { CreateDirectory: 1, SetDirectoryProperties: 1 },
};
const remove = { source: { GetFileProperties: 1 }, destination: { DeleteFile: 1 } };

/** Undefined: the action needs none. */
export function effortOf({ kind, size }: PlannedAction, copyMethod: CopyMethod): Effort | undefined {
  switch (kind) {
    case 'copy':
      return copyEffort(size, copyMethod);
    case 'set-properties':
      return { ...setFile, floor: 0, bytes: 0 };
    case 'make-directory':
      return { ...makeDirectory, floor: 2, bytes: 0 };
    case 'enter-directory':
      return { ...setDirectory, floor: 2, bytes: 0 };
    case 'delete':
      return { ...remove, floor: 2, bytes: 0 };
    case 'late':
      return sumOf([copyEffort(size, copyMethod), { ...remove, floor: 2, bytes: 0 }]);
    default:
      return undefined;
  }
}

export const timesEffort = (directories: number): Effort => ({
  source: { GetDirectoryProperties: directories },
  destination: { GetDirectoryProperties: directories, SetDirectoryProperties: directories },
  floor: 0,
  bytes: 0,
});

export const countOf = (requests: RequestCounts): number =>
  Object.values(requests).reduce((sum, count) => sum + count, 0);

export const sumOf = (efforts: readonly Effort[]): Effort =>
  efforts.reduce((sum, { source, destination, floor, bytes }) => ({
    source: addCounts(sum.source, source),
    destination: addCounts(sum.destination, destination),
    floor: sum.floor + floor,
    bytes: sum.bytes + bytes,
  }));

function addCounts(a: RequestCounts, b: RequestCounts): RequestCounts {
  const sum = { ...a };
  for (const [operation, count] of Object.entries(b)) if (count > 0) sum[operation] = (sum[operation] ?? 0) + count;
  return sum;
}
