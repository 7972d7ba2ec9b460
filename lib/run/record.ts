/** Writes what a run noted into its manifest. */
import type { NoteKind, RunRow, ShardWork } from '../model/index.ts';
import type { AdvanceSession } from './advance-session.ts';
import { openCatalog, usingCatalog } from './catalog-share.ts';
import type { RunContext } from './context.ts';
import { listManifests, nextDigest, noParts, partPath, writeCatalogFile, writeReport } from './manifest.ts';
import type { SnapshotInfo } from './ports.ts';
import { buildReport } from './run-report.ts';
import { afterKey, indexKey, indexPartition, keysFrom, runPartition, updateRun } from './run-state.ts';
import { sealedRuns } from './snapshots.ts';
import type { ShardSession } from './shard-session.ts';

type RecordWork = Extract<ShardWork, { kind: 'record' }>;
type RecordPhase = 'recording' | 'recording-verified';

const notesOf = { recording: 'change', 'recording-verified': 'verified' } as const;

/** Goes to the phase that records, if there is something to record. */
export async function beginRecording(session: AdvanceSession, phase: RecordPhase): Promise<boolean> {
  const notes = notesOf[phase];
  const { kind, dryRun, unsealed } = session.row;
  if (kind !== 'backup' || dryRun || unsealed === true) return false;
  const { context, row } = session;
  if (!(await hasNoted(context, notes === 'change' ? await changedSince(context, row) : [row.runId], notes)))
    return false;
  await session.beginPhase(
    phase,
    { kind: 'record', notes, after: '', part: 0, digest: noParts },
    { status: 'finalizing', ...(phase === 'recording' && { manifest: undefined }) },
  );
  return true;
}

/** Whichever pass noted it: what was done is done. */
async function hasNoted({ state }: RunContext, runIds: readonly string[], notes: NoteKind): Promise<boolean> {
  for (const runId of runIds) {
    if ((await state.first(runPartition(runId), keysFrom(`n-${notes}-`))) !== undefined) return true;
  }
  return false;
}

/**
 * The run itself, and before it those to the same destination since the newest restore point, in their order: in continuous mode
 * most seal none, and what a failed run has copied the next one finds there. As far as the state knows of them.
 */
async function changedSince({ state }: RunContext, row: RunRow): Promise<readonly string[]> {
  const { runId, job, destination, createdAtMs, lastSealed = '' } = row;
  const earlier: string[] = [];
  const range = { from: afterKey(indexKey(createdAtMs, runId)), to: keysFrom('').to };
  for await (const { value } of state.list<{ runId: string; job: string; destination: string }>(
    indexPartition,
    range,
  )) {
    if (value.job !== job.name || value.destination !== destination.name) continue;
    // Ids of one job at one destination differ in their times, which sort as text does.
    if (value.runId <= lastSealed) break;
    earlier.push(value.runId);
  }
  return [...earlier.toReversed(), runId];
}

/** Part after part; what was noted in earlier passes was done all the same. */
export async function recordNotes(context: RunContext, session: ShardSession, work: RecordWork): Promise<void> {
  const { runId } = session.run;
  let isOver = false;
  await usingCatalog(context, runId, async () => {
    const last = await writeParts(context, session, work);
    isOver = last === undefined;
    if (last === undefined || work.notes !== 'change') return;
    await updateRun(context, runId, (row) => ({ ...row, manifest: last.digest }));
  });
  if (!isOver) await session.finish('done');
}

/** Undefined when the turn is over before the end. */
async function writeParts(
  context: RunContext,
  session: ShardSession,
  work: RecordWork,
): Promise<RecordWork | undefined> {
  const { manifestPartBytes } = context.margins;
  let [current, text] = [work, ''];
  for await (const { of, after, lines } of linesFrom(context, session.run, work)) {
    if (text !== '' && Buffer.byteLength(text) + Buffer.byteLength(lines) > manifestPartBytes) {
      current = await writePart(session, current, text);
      text = '';
      if (session.isOverBudget()) {
        await session.continueLater(current);
        return undefined;
      }
      await session.checkpoint(current);
    }
    text += lines;
    current = { ...current, of, after };
  }
  return text === '' ? current : writePart(session, current, text);
}

/** What is left to write, a row of notes at a time. */
async function* linesFrom(
  context: RunContext,
  run: RunRow,
  work: RecordWork,
): AsyncGenerator<{ readonly of: string; readonly after: string; readonly lines: string }> {
  const all = work.notes === 'change' ? await changedSince(context, run) : [run.runId];
  for (const of of all.filter((runId) => work.of === undefined || runId >= work.of)) {
    const { from, to } = keysFrom(`n-${work.notes}-`);
    const range = { from: work.of === of && work.after !== '' ? afterKey(work.after) : from, to };
    for await (const { key, value } of context.state.list<unknown[]>(runPartition(of), range)) {
      yield { of, after: key, lines: value.map((note) => `${JSON.stringify(note)}\n`).join('') };
    }
  }
}

async function writePart(session: ShardSession, work: RecordWork, text: string): Promise<RecordWork> {
  const part = work.part + 1;
  const kind = work.notes === 'change' ? 'changes' : 'verified';
  const before = { ...session.tally.destination };
  await writeCatalogFile(session.catalog, partPath(session.run, session.run.runId, { kind, part }), text);
  // What the catalog costs is part of the least that a run needs.
  for (const [name, count] of Object.entries(session.tally.destination)) {
    session.tally.floor += count - (before[name] ?? 0);
  }
  return { ...work, part, digest: nextDigest(work.digest, part, text) };
}

/** The report as it will be, beside what it is of. */
export async function recordReport(session: AdvanceSession): Promise<void> {
  const { row, context } = session;
  if (row.restorePoint === undefined || row.unsealed === true) return;
  const report = await buildReport(context.state, { ...row, status: 'succeeded', endedAtMs: context.clock.now() });
  await usingCatalog(context, row.runId, () => writeReport(catalogOf(session), row, report));
}

/**
 * Removes manifests of restore points that are gone, whoever deleted them, and of runs that never sealed. Only who holds the
 * destination's lock may: a run under way has a manifest before it has a point.
 */
export async function sweepManifests(session: AdvanceSession, snapshots?: readonly SnapshotInfo[]): Promise<void> {
  const { row, context } = session;
  if (row.restorePoint === undefined || row.unsealed === true) return;
  const all = snapshots ?? (await session.destination.listSnapshots());
  const kept = new Set([row.runId, ...sealedRuns(all, row)]);
  await usingCatalog(context, row.runId, async () => {
    const catalog = catalogOf(session);
    for await (const { path, runId } of listManifests(catalog, row)) {
      if (!kept.has(runId)) await catalog.deleteFile(path);
    }
  });
}

const catalogOf = (session: AdvanceSession) =>
  openCatalog(session.context, session.row.destination.account, {
    counts: () => session.tally.destination,
    beforeWrite: () => session.beforeWrite(),
  });
