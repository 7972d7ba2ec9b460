/** What the schedule and catch-up remember of each destination. All of it can be lost: the restore points say more. */
import { type DestinationRow, destinationRowSchema, isPartial, type JobConfig, type RunRow } from '../model/index.ts';
import type { RunContext } from './context.ts';
import { selectionDigest } from './known-base.ts';
import { readProgress } from './run-report.ts';
import { schedulePartition } from './run-state.ts';

/** The first try and the three that follow it on the same snapshot. */
const triesOnOneSnapshot = 4;

/** What a guard stopped may be approved for so long; its source snapshot is kept until then. */
export const approvableMs = 7 * 24 * 60 * 60 * 1000;

/** A run may end a second time while a few later ones end. */
const mostTold = 10;

/** Each run takes what there is now: no snapshot is tried again or waited for. */
export const isContinuous = ({ schedule }: JobConfig): boolean => typeof schedule === 'object';

export async function readOutcome(
  context: RunContext,
  job: string,
  destination: string,
): Promise<DestinationRow | undefined> {
  const held = await context.state.get(schedulePartition, `${job}.${destination}`);
  return destinationRowSchema.safeParse(held?.value).data;
}

/** For the schedule: how often this destination has failed in a row, and on which snapshot to try again. */
export async function rememberOutcome(context: RunContext, row: RunRow): Promise<void> {
  if (row.dryRun) return;
  const { job, destination, runId, status } = row;
  const known = await readOutcome(context, job.name, destination.name);
  const told = toldOf(known);
  if (told.includes(runId)) return;
  const failures = status === 'failed' ? (known?.failures ?? 0) + 1 : 0;
  const baseSnapshot = nextBase(row, known);
  const value: DestinationRow = {
    v: 1,
    lastRun: runId,
    told,
    failures,
    startedAtMs: row.createdAtMs,
    ...(baseSnapshot && { baseSnapshot }),
    ...(row.disorder === true && { unordered: true }),
    ...sealedBy(row, known),
    ...setAside(row, failures, known),
    ...toComeBackTo(row),
    ...(await unsealedBy(context, row, known)),
  };
  await context.state.transact(schedulePartition, [{ kind: 'upsert', key: `${job.name}.${destination.name}`, value }]);
}

/** What the next try, or the approval, goes on with. */
function toComeBackTo({ status, endedAtMs, snapshotRun, sourceSnapshot }: RunRow): Partial<DestinationRow> {
  const own = sourceSnapshot === undefined ? {} : { sourceSnapshot };
  if (status === 'failed') return { ...own, failedAtMs: endedAtMs, snapshotRun };
  return status === 'awaiting-approval' ? { ...own, awaitsUntilMs: (endedAtMs ?? 0) + approvableMs } : {};
}

/** What a run has overwritten that did not come to its end is found equal by the next one. */
async function unsealedBy(
  { state }: RunContext,
  row: RunRow,
  known: DestinationRow | undefined,
): Promise<Pick<DestinationRow, 'overwritten'>> {
  if (row.status === 'succeeded') return {};
  // Without a root shard it has not come to ask what was known.
  const overwritten =
    row.roots === 0 ? known?.overwritten : overwrittenInAll(row, (await readProgress(state, row)).tally.overwritten);
  return overwritten === undefined || overwritten === 0 ? {} : { overwritten };
}

/** With what runs before have overwritten: on one snapshot these are other files, else as likely the same. */
export function overwrittenInAll({ overwrittenBefore: before }: RunRow, files: number): number {
  if (before === undefined) return files;
  return before.sameSnapshot ? before.files + files : Math.max(before.files, files);
}

export async function overwrittenBefore(
  context: RunContext,
  { kind, job, destination }: RunRow,
  sourceSnapshot: string | undefined,
): Promise<Pick<RunRow, 'overwrittenBefore'>> {
  if (kind !== 'backup') return {};
  const outcome = await readOutcome(context, job.name, destination.name);
  if (outcome?.overwritten === undefined) return {};
  const sameSnapshot = outcome.sourceSnapshot === sourceSnapshot;
  return { overwrittenBefore: { files: outcome.overwritten, sameSnapshot } };
}

const toldOf = (known: DestinationRow | undefined): string[] =>
  known === undefined ? [] : [known.lastRun, ...(known.told ?? [])].slice(0, mostTold);

/** What the next run compares with. */
const nextBase = (row: RunRow, known: DestinationRow | undefined): string | undefined =>
  row.status === 'succeeded' && !isPartial(row) ? row.sourceSnapshot : (known?.baseSnapshot ?? row.baseSnapshot);

function sealedBy(
  row: RunRow,
  known: DestinationRow | undefined,
): Pick<DestinationRow, 'sealedAtMs' | 'sealedSnapshot' | 'sealedSelection'> {
  const { status, job, restorePoint, sourceSnapshot, createdAtMs } = row;
  const { sealedAtMs, sealedSnapshot, sealedSelection } = known ?? {};
  const before = {
    ...(sealedAtMs !== undefined && { sealedAtMs }),
    ...(sealedSnapshot !== undefined && { sealedSnapshot }),
    ...(sealedSelection !== undefined && { sealedSelection }),
  };
  if (status !== 'succeeded' || restorePoint === undefined || sourceSnapshot === undefined) return before;
  const sealed = { sealedAtMs: createdAtMs, sealedSelection: selectionDigest(job) };
  return { ...before, ...sealed, ...(!isPartial(row) && { sealedSnapshot: sourceSnapshot }) };
}

/** Source snapshots that the destination has missed, and those that stop nobody any more. */
function setAside(
  { status, roots, sourceSnapshot }: RunRow,
  failures: number,
  known: DestinationRow | undefined,
): Pick<DestinationRow, 'missed' | 'refused'> {
  const missed = new Set(known?.missed);
  const refused = new Set(known?.refused);
  if (sourceSnapshot !== undefined) {
    // A run without a root shard has not got past its preparation: the destination was not there.
    if (status === 'failed' && roots === 0) missed.add(sourceSnapshot);
    else if (status === 'awaiting-approval' || failures >= triesOnOneSnapshot) refused.add(sourceSnapshot);
  }
  const isLater = (snapshot: string): boolean =>
    status !== 'succeeded' || sourceSnapshot === undefined || snapshot > sourceSnapshot;
  return { missed: [...missed].filter(isLater), refused: [...refused].filter(isLater) };
}
