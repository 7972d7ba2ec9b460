/** Writes what a run noted into its manifest. */
import type { ShardWork } from '../model/index.ts';
import type { AdvanceSession } from './advance-session.ts';
import { openCatalog, usingCatalog } from './catalog-share.ts';
import type { RunContext } from './context.ts';
import { listManifests, nextDigest, noParts, partBytes, partPath, writeCatalogFile, writeReport } from './manifest.ts';
import { buildReport } from './run-report.ts';
import { afterKey, keysFrom, runPartition, updateRun } from './run-state.ts';
import { isRestorePointOf } from './snapshots.ts';
import type { ShardSession } from './shard-session.ts';

type RecordWork = Extract<ShardWork, { kind: 'record' }>;
type RecordPhase = 'recording' | 'recording-verified';

const notesOf = { recording: 'change', 'recording-verified': 'verified' } as const;

/** Goes to the phase that records, if there is something to record. */
export async function beginRecording(session: AdvanceSession, phase: RecordPhase): Promise<boolean> {
  const notes = notesOf[phase];
  const { kind, dryRun, unsealed } = session.row;
  if (kind !== 'backup' || dryRun || unsealed === true) return false;
  // Whichever pass noted it: what was done is done.
  const { context, row } = session;
  if ((await context.state.first(runPartition(row.runId), keysFrom(`n-${notes}-`))) === undefined) return false;
  await session.beginPhase(
    phase,
    { kind: 'record', notes, after: '', part: 0, digest: noParts },
    { status: 'finalizing', ...(phase === 'recording' && { manifest: undefined }) },
  );
  return true;
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
  const range = keysFrom(`n-${work.notes}-`);
  const from = work.after === '' ? range.from : afterKey(work.after);
  let [current, text] = [work, ''];
  for await (const { key, value } of context.state.list<unknown[]>(runPartition(session.run.runId), {
    from,
    to: range.to,
  })) {
    const lines = value.map((note) => `${JSON.stringify(note)}\n`).join('');
    if (text !== '' && Buffer.byteLength(text) + Buffer.byteLength(lines) > partBytes) {
      current = await writePart(session, current, text);
      text = '';
      if (session.isOverBudget()) {
        await session.continueLater(current);
        return undefined;
      }
      await session.checkpoint(current);
    }
    text += lines;
    current = { ...current, after: key };
  }
  return text === '' ? current : writePart(session, current, text);
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
export async function sweepManifests(session: AdvanceSession): Promise<void> {
  const { row, context } = session;
  if (row.restorePoint === undefined || row.unsealed === true) return;
  const points = (await session.destination.listSnapshots()).filter((point) => isRestorePointOf(point, row));
  const kept = new Set([row.runId, ...points.map(({ metadata }) => metadata['farshare_run'])]);
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
