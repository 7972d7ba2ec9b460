import type { BigIntStats } from 'node:fs';

/** Times of an entry as the Files service writes them: ISO 8601 UTC with seven digits, 100 ns. */
export interface SmbTimes {
  creationTime: string;
  lastWriteTime: string;
  changeTime: string;
}

export function timesOf(stats: BigIntStats): SmbTimes {
  return {
    creationTime: smbTime(stats.birthtimeNs),
    lastWriteTime: smbTime(stats.mtimeNs),
    changeTime: smbTime(stats.ctimeNs),
  };
}

/** `nanoseconds` since 1970 to the last whole 100 ns. */
function smbTime(nanoseconds: bigint): string {
  const seconds = new Date(Number(nanoseconds / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  const digits = String((nanoseconds % 1_000_000_000n) / 100n).padStart(7, '0');
  return `${seconds}.${digits}Z`;
}
