/** The catalog against the restore points, both ways: manifests, their digests, the rows of runs, and CRC-64s of blocks. */
import {
  type CatalogFinding,
  type DestinationConfig,
  hasEnded,
  type JobConfig,
  type RunReport,
} from '../model/index.ts';
import { parseDuration, subtractDuration } from '../plan/index.ts';
import { openCatalog } from './catalog-share.ts';
import { compareBlocks } from './compare-blocks.ts';
import { meterInto, newId, type RunContext } from './context.ts';
import { withDestinationLock } from './destination-lock.ts';
import { defaultHistory } from './history.ts';
import { listManifests, nextDigest, noParts, partPath, readCatalogFile, reportPath, writeReport } from './manifest.ts';
import type { SharePort, SnapshotInfo } from './ports.ts';
import { indexKey, indexPartition, readRun, runKey, runPartition } from './run-state.ts';
import { isRestorePointOf, sealedRuns, snapshotTimeMs } from './snapshots.ts';
import { destinationsOf, newRow } from './start-run.ts';

interface Place {
  readonly job: JobConfig;
  readonly destination: DestinationConfig;
  readonly catalog: SharePort;
  readonly repair: boolean;
}

/** What is not as it should be; with `repair`, what can be made good from the other side is, and the finding says so. */
export async function compareCatalog(
  context: RunContext,
  { job, destination: only, repair }: { job: JobConfig; destination?: string | undefined; repair: boolean },
): Promise<readonly CatalogFinding[]> {
  const findings: CatalogFinding[] = [];
  for (const destination of destinationsOf({ job, destination: only })) {
    const { account, share } = destination;
    const port = context.shares.open({ account, share }, { meter: meterInto(() => ({})) });
    if ((await port.getShare()) === undefined) continue;
    const place: Place = { job, destination, repair, catalog: openCatalog(context, account, { counts: () => ({}) }) };
    const compare = (): Promise<readonly CatalogFinding[]> => comparePlace(context, place, port);
    // A run under way, perhaps one of another process whose state is not seen here, has a manifest before it has a point.
    findings.push(...(await (repair ? withDestinationLock(context, port, newId(), compare) : compare())));
  }
  return findings;
}

async function comparePlace(context: RunContext, place: Place, port: SharePort): Promise<readonly CatalogFinding[]> {
  const share = await port.getShare();
  if (share === undefined) return [];
  const all = await port.listSnapshots();
  const findings: CatalogFinding[] = [];
  for (const point of all.filter((one) => isRestorePointOf(one, place))) {
    findings.push(...(await comparePoint(context, place, point)));
  }
  findings.push(...(await findOrphans(context, place, sealedRuns(all, place))));
  findings.push(...(await compareBlocks(context, { ...place, port, share })));
  return findings;
}

async function comparePoint(context: RunContext, place: Place, point: SnapshotInfo): Promise<CatalogFinding[]> {
  const runId = point.metadata['farshare_run'] ?? '';
  const found = (code: CatalogFinding['code'], message: string, repaired = false): CatalogFinding => ({
    ...{ destination: place.destination.name, runId, code, message, repaired },
  });
  const findings: CatalogFinding[] = [];
  if (!(await hasItsChanges(place, runId, point.metadata['farshare_manifest']))) {
    findings.push(found('ManifestDiffers', 'What the run changed is not in the catalog as it was written.'));
  }
  const report = await readReport(place, runId);
  const row = (await readRun(context.state, runId))?.value;
  if (report === undefined) {
    const known = row?.report;
    const repaired = place.repair && known !== undefined;
    if (repaired) await writeReport(place.catalog, place, known);
    findings.push(
      found('ReportMissing', 'The catalog has no report of the run that sealed this restore point.', repaired),
    );
  }
  if (row === undefined && snapshotTimeMs(point) > historyEndMs(context, place.job)) {
    const repaired = place.repair && report !== undefined;
    if (repaired) await rebuildRow(context, place, report);
    const why =
      'The state in use has no row of the run that sealed this restore point: it was lost, or is another machine’s.';
    findings.push(found('RunUnknown', why, repaired));
  }
  return findings;
}

const historyEndMs = (context: RunContext, { history }: JobConfig): number =>
  subtractDuration(context.clock.now(), parseDuration(history ?? defaultHistory));

async function hasItsChanges(place: Place, runId: string, digest: string | undefined): Promise<boolean> {
  return digest === undefined || digest === (await digestOf(place, runId, Number.parseInt(digest, 10)));
}

/** Undefined when a part is not there. */
async function digestOf(place: Place, runId: string, parts: number): Promise<string | undefined> {
  let digest = noParts;
  for (let part = 1; part <= parts; part += 1) {
    const text = await readCatalogFile(place.catalog, partPath(place, runId, { kind: 'changes', part }));
    if (text === undefined) return undefined;
    digest = nextDigest(digest, part, text);
  }
  return digest;
}

async function readReport(place: Place, runId: string): Promise<RunReport | undefined> {
  const text = await readCatalogFile(place.catalog, reportPath(place, runId));
  try {
    return text === undefined ? undefined : (JSON.parse(text) as RunReport);
  } catch {
    return undefined;
  }
}

/** The row of an ended run, as far as its report tells of it. */
async function rebuildRow(context: RunContext, { job, destination }: Place, report: RunReport): Promise<void> {
  const { runId, startedAt, endedAt, sourceSnapshot, restorePoint } = report;
  const createdAtMs = Date.parse(startedAt);
  const row = {
    ...newRow({ job, origin: 'cli' }, createdAtMs),
    ...{ runId, destination, snapshotRun: runId, status: 'succeeded', phase: 'done', report },
    endedAtMs: Date.parse(endedAt ?? startedAt),
    ...(sourceSnapshot !== null && { sourceSnapshot }),
    ...(restorePoint !== null && { restorePoint }),
  };
  await context.state.transact(runPartition(runId), [{ kind: 'upsert', key: runKey, value: row }]);
  const value = { runId, job: job.name, destination: destination.name };
  await context.state.transact(indexPartition, [{ kind: 'upsert', key: indexKey(createdAtMs, runId), value }]);
}

/** Manifests of restore points that are gone, and of runs that never sealed; those of runs under way are not looked at. */
async function findOrphans(
  context: RunContext,
  place: Place,
  sealed: ReadonlySet<string | undefined>,
): Promise<readonly CatalogFinding[]> {
  const orphans = new Set<string>();
  for await (const { path, runId } of listManifests(place.catalog, place)) {
    if (sealed.has(runId) || (await isUnderWay(context, runId))) continue;
    orphans.add(runId);
    if (place.repair) await place.catalog.deleteFile(path);
  }
  return [...orphans].map((runId) => ({
    ...{ destination: place.destination.name, runId, code: 'ManifestOrphaned', repaired: place.repair },
    message: 'The catalog has a manifest of a restore point that is not there.',
  }));
}

async function isUnderWay(context: RunContext, runId: string): Promise<boolean> {
  const row = (await readRun(context.state, runId))?.value;
  return row !== undefined && !hasEnded(row.status);
}
