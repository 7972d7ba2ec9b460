/** A day of all jobs, or of one, in figures: what `digest` of a webhook sends. */
import type { DeliveryRow, JobConfig, RunReport, Webhook } from '../model/index.ts';
import { isDue } from '../plan/index.ts';
import type { RunContext } from './context.ts';
import { indexKey, indexPartition, keysFrom, readRun } from './run-state.ts';

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;
/** Runs that began so long before the day may have ended in it. */
const longestRunMs = 7 * dayMs;
/** A day of continuous mode has 1,440 runs a destination; beyond this the oldest are left out. */
const mostRuns = 10_000;

const digestPartition = 'digests';

/** The digests that are due; their time is remembered by `remember`. */
export async function dueDigests(
  context: RunContext,
  jobs: readonly JobConfig[],
): Promise<readonly { readonly delivery: DeliveryRow; readonly remember: () => Promise<void> }[]> {
  const nowMs = context.clock.now();
  const due = [];
  for (const webhook of context.webhooks?.webhooks ?? []) {
    if (webhook.digest === undefined) continue;
    const lastAtMs = (await context.state.get<{ atMs: number }>(digestPartition, webhook.id))?.value.atMs;
    const remember = async (): Promise<void> => {
      await context.state.transact(digestPartition, [{ kind: 'upsert', key: webhook.id, value: { atMs: nowMs } }]);
    };
    // One that was never sent comes at its next time, not at once.
    if (lastAtMs === undefined) await remember();
    else if (isDigestDue(webhook.digest, lastAtMs, nowMs)) {
      due.push({ delivery: digestRow(webhook, jobs, { fromMs: lastAtMs, toMs: nowMs }), remember });
    }
  }
  return due;
}

function isDigestDue({ at, timeZone }: NonNullable<Webhook['digest']>, lastAtMs: number, nowMs: number): boolean {
  const [hour, minute] = at.split(':').map(Number);
  return isDue({ schedule: `0 ${minute} ${hour} * * *`, timeZone, lastAtMs, nowMs });
}

function digestRow(
  webhook: Webhook,
  jobs: readonly JobConfig[],
  period: { fromMs: number; toMs: number },
): DeliveryRow {
  const places = jobs
    .filter(({ name }) => (webhook.job ?? name) === name)
    .flatMap(({ name, destinations }) => destinations.map((one) => ({ job: name, destination: one.name })));
  return {
    v: 1,
    webhook: webhook.id,
    event: 'digest',
    runId: '',
    madeAtMs: period.toMs,
    attempts: 0,
    nextAtMs: period.toMs,
    digest: { ...period, places },
  };
}

/** What a destination of a job had of a day. */
interface PlaceDigest {
  readonly job: string;
  readonly destination: string;
  /** Backup runs that ended in the period, by status; dry runs left out. */
  readonly runs: Record<string, number>;
  copied: number;
  deleted: number;
  failed: number;
  bytesCopied: number;
  /** The newest restore point that was sealed in the period. */
  newest: { readonly runId: string; readonly restorePoint: string; readonly endedAt: string } | null;
}

/** Every configured destination is in it, also one that had no run at all. */
export async function digestOf(
  context: RunContext,
  { fromMs, toMs, places }: NonNullable<DeliveryRow['digest']>,
): Promise<unknown> {
  const digests = new Map(
    places.map(({ job, destination }): [string, PlaceDigest] => [
      `${job}/${destination}`,
      { job, destination, runs: {}, copied: 0, deleted: 0, failed: 0, bytesCopied: 0, newest: null },
    ]),
  );
  const others: Record<string, Record<string, number>> = {};
  for await (const report of endedReports(context, { fromMs, toMs })) {
    if (report.kind !== 'backup') {
      const counts = (others[report.kind] ??= {});
      counts[report.status] = (counts[report.status] ?? 0) + 1;
      continue;
    }
    const digest = digests.get(`${report.job}/${report.destination}`);
    if (digest !== undefined) addReport(digest, report);
  }
  return {
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    destinations: [...digests.values()],
    others,
  };
}

/** Newest first. */
function addReport(
  digest: PlaceDigest,
  { runId, status, counts, bytes, restorePoint, endedAt, complete }: RunReport,
): void {
  const outcome = complete ?? status;
  digest.runs[outcome] = (digest.runs[outcome] ?? 0) + 1;
  digest.copied += counts.copied + counts.rangeCopied;
  digest.deleted += counts.deleted;
  digest.failed += counts.failed;
  digest.bytesCopied += bytes.copied;
  if (restorePoint !== null && complete === undefined)
    digest.newest ??= { runId, restorePoint, endedAt: endedAt ?? '' };
}

async function* endedReports(
  context: RunContext,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): AsyncIterable<RunReport> {
  const range = { from: keysFrom('').from, to: indexKey(fromMs - longestRunMs, '') };
  let seen = 0;
  for await (const { value } of context.state.list<{ runId: string }>(indexPartition, range)) {
    seen += 1;
    if (seen > mostRuns) return;
    const row = (await readRun(context.state, value.runId))?.value;
    const { endedAtMs = 0, report } = row ?? {};
    if (report !== undefined && !report.dryRun && endedAtMs >= fromMs && endedAtMs < toMs) yield report;
  }
}
