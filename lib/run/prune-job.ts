/** Pruning outside a run: `farshare prune`. */
import type { DestinationConfig, JobConfig, PruneReport } from '../model/index.ts';
import { emptyTally } from '../model/index.ts';
import type { RetentionDecision } from '../plan/index.ts';
import { meterInto, newId, type RunContext } from './context.ts';
import { withDestinationLock } from './destination-lock.ts';
import { readMarks } from './marks.ts';
import { holdAgain } from './point-leases.ts';
import type { SharePort, ShareRef, SnapshotInfo } from './ports.ts';
import { decidePoints, decideSource, deletePoints, deleteSnapshots, isOurSource } from './prune.ts';
import { neededSnapshots } from './source-needs.ts';
import { holdId, newestComplete } from './snapshots.ts';

/** Decides for both sides, and unless it is a dry run deletes what is not kept. Each side by its own rule. */
export async function pruneJob(context: RunContext, job: JobConfig, dryRun: boolean): Promise<PruneReport> {
  const destinations: Record<string, RetentionDecision> = {};
  const bases: Base[] = [];
  for (const destination of job.destinations) {
    const found = await pruneOne(context, { job, destination }, dryRun);
    destinations[destination.name] = found.decision;
    bases.push({ name: destination.name, snapshot: found.base, sealed: found.sealed });
  }
  const source = open(context, job.source);
  const ours = (await source.listSnapshots()).filter((snapshot) => isOurSource(context, job, snapshot));
  const protect = new Map([...waitedFor(ours, bases), ...(await neededSnapshots(context, job))]);
  const decision = decideSource(context, job, { ours, protect });
  if (!dryRun) {
    for (const snapshot of decision.prune) await source.releaseLease(holdId(context, { job }), snapshot);
    await deleteSnapshots(context, source, decision.prune);
  }
  return { source: decision, destinations };
}

const open = (context: RunContext, { account, share }: ShareRef): SharePort =>
  context.shares.open({ account, share }, { meter: meterInto(() => emptyTally().source) });

interface Base {
  readonly name: string;
  /** The source snapshot that the destination equals. */
  readonly snapshot: string | undefined;
  /** The one that its newest complete restore point equals: the base as long as the live destination is torn. */
  readonly sealed: string | undefined;
}

interface Place {
  readonly job: JobConfig;
  readonly destination: DestinationConfig;
}

async function pruneOne(
  context: RunContext,
  place: Place,
  dryRun: boolean,
): Promise<{ decision: RetentionDecision; base: string | undefined; sealed: string | undefined }> {
  const share = open(context, place.destination);
  if ((await share.getShare()) === undefined) {
    return { decision: { keep: [], prune: [] }, base: undefined, sealed: undefined };
  }
  const work = async () => {
    const { metadata } = (await share.getShare()) ?? { metadata: {} };
    const all = await share.listSnapshots();
    const decision = decidePoints(context, place, { all, metadata });
    if (!dryRun) {
      await holdAgain(context, share, { all, keep: decision.keep });
      await deletePoints(context, share, { prune: decision.prune, metadata });
    }
    const sealed = newestComplete(all, place)?.metadata['farshare_snapshot'];
    return { decision, base: readMarks(metadata, place.destination.path).head ?? sealed, sealed };
  };
  // A run that seals must not lose the point before its own, which it may have to take back.
  return dryRun ? work() : withDestinationLock(context, share, newId(), work);
}

/**
 * Source snapshots from each destination's base on: a delta needs the base, and a run, perhaps one of another process whose
 * state is not seen here, may be at work on a newer one. Without a base that is any of them.
 */
function waitedFor(ours: readonly SnapshotInfo[], bases: readonly Base[]): ReadonlyMap<string, string> {
  const waited = new Map<string, string>();
  for (const { name, snapshot: base, sealed } of bases) {
    if (sealed !== undefined) waited.set(sealed, `newest restore point of ${name}`);
    for (const { snapshot } of ours) {
      if (base === undefined) waited.set(snapshot, `${name} has no restore point`);
      else if (snapshot === base) waited.set(snapshot, `base of ${name}`);
      else if (Date.parse(snapshot) > Date.parse(base) && !waited.has(snapshot))
        waited.set(snapshot, `newer than ${name}`);
    }
  }
  return waited;
}
