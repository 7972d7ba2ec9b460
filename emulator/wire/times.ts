import type { FileTime } from '../store/index.ts';

// Entries of one listing mostly share their second, so a few remembered conversions save most of the work.
const remembered = new Map<string, string>();
const REMEMBERED = 1024;

/** RFC 1123 with whole seconds, as Last-Modified has it, from the store's 100 ns time. */
export function httpDate(time: FileTime): string {
  const second = time.slice(0, 19);
  const known = remembered.get(second);
  if (known !== undefined) return known;
  const date = new Date(`${second}Z`).toUTCString();
  if (remembered.size >= REMEMBERED) remembered.clear();
  remembered.set(second, date);
  return date;
}
