import { emptyTally, type RunRow, type Tally } from './run.ts';

function addRecords<T extends Record<string, number>>(into: T, from: T): void {
  const target = into as Record<string, number>;
  for (const [name, count] of Object.entries(from)) target[name] = (target[name] ?? 0) + count;
}

/** Adds `from` to `into`. */
export function addTally(into: Tally, from: Tally): void {
  addRecords(into.counts, from.counts);
  addRecords(into.source, from.source);
  addRecords(into.destination, from.destination);
  addRecords(into.verified, from.verified);
  into.bytesScanned += from.bytesScanned;
  into.bytesCopied += from.bytesCopied;
  into.floor += from.floor;
  into.found += from.found;
  into.foundFiles += from.foundFiles;
  into.toDelete += from.toDelete;
  into.toOverwrite += from.toOverwrite;
  into.overwritten += from.overwritten;
  into.changed += from.changed;
  into.unlisted += from.unlisted;
  into.renamed += from.renamed;
  addRecords(into.extensions, from.extensions);
  into.skipped += from.skipped;
  into.besides += from.besides;
  into.differing += from.differing;
  into.foundWritten += from.foundWritten;
}

/** Of a turn that is given up, what the next one does not find to do again. */
export function lastingOf(tally: Tally, { dryRun }: Pick<RunRow, 'dryRun'>): Tally {
  const { source, destination, bytesCopied, overwritten } = tally;
  const lasting = { ...emptyTally(), source, destination, bytesCopied, overwritten, toOverwrite: overwritten };
  lasting.verified.requests = tally.verified.requests;
  if (!dryRun) lasting.counts.deleted = tally.counts.deleted;
  return lasting;
}
