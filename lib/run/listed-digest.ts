/** What the scan has listed of the source, kept as a digest, so that the check need not list it again (docs/adr/0022-check-by-digest.md). */
import { hash } from 'node:crypto';
import { isFullRun, isListingAgain, isPartial, joinPath, type RunRow, type SharePath } from '../model/index.ts';
import { type FacetRules, ListingDigest } from '../plan/index.ts';
import { destinationPath } from './copy-file.ts';
import { ListingReader } from './listing-reader.ts';
import { selectionOf } from './selection.ts';
import type { ShardSession } from './shard-session.ts';

const newDigest = (rules: FacetRules): ListingDigest =>
  new ListingDigest((text) => hash('sha256', text, 'buffer'), rules);

/**
 * Whether what a run's scan has listed may stand for the source in its check: a run over a base, which goes over everything
 * once, and wants the destination to hold nothing else. Whatever is out of the ordinary has both sides listed again.
 */
function isOrdinary(run: RunRow): boolean {
  const { baseSnapshot, restore, kind, job } = run;
  return (
    kind === 'backup' &&
    restore === undefined &&
    baseSnapshot !== undefined &&
    !isFullRun(run) &&
    !isListingAgain(run) &&
    job.deletions === 'mirror'
  );
}

/** The digest that a directory of the scan is to have, empty; undefined where none is kept. */
export const digestFor = ({ run, isRepeat }: ShardSession): ListingDigest | undefined =>
  isOrdinary(run) && !isRepeat ? newDigest(run) : undefined;

/**
 * Whether the directory in the restore point holds exactly the selected entries that the scan saw in the source snapshot.
 * False also where that is not known: then both sides are to be compared.
 */
export async function isAsListed(session: ShardSession, path: SharePath, digest: string | undefined): Promise<boolean> {
  const { run } = session;
  if (digest === undefined || !isOrdinary(run) || isPartial(run)) return false;
  const selection = selectionOf(run);
  const reader = new ListingReader(session.destination, destinationPath(session, path), {
    snapshot: run.restorePoint,
    wanted: true,
    resume: undefined,
    ordered: false,
  });
  const found = newDigest(run);
  for await (const entries of reader.pages()) {
    session.countEntries(entries.length);
    for (const entry of entries) {
      if (!selection.leavesOut(joinPath(path, entry.name), entry)) found.add(entry);
    }
  }
  if (reader.isMissing() || found.value !== digest) return false;
  session.tally.floor += reader.requests;
  return true;
}
