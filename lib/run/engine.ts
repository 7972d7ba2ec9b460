import type { Engine } from '../engine.ts';
import type { JobConfig } from '../model/index.ts';
import { listEntries, openContent } from './browse.ts';
import { compareCatalog } from './compare-catalog.ts';
import type { RunContext } from './context.ts';
import { approveRun, cancelRun, retryRun } from './control.ts';
import { listJobs } from './jobs.ts';
import { pinPoints } from './pins.ts';
import { preflight } from './preflight.ts';
import { pruneJob } from './prune-job.ts';
import { checkedPath, openPlaces, pointAmong } from './point-places.ts';
import { actionsOf, estimateOf, failurePage, failuresOf, listPoints, listRuns, reportOf } from './queries.ts';
import { startDrills } from './drill.ts';
import { pointsFrom } from './find-restore-source.ts';
import { onceForKey } from './idempotency.ts';
import { jobNamed } from './job-named.ts';
import { startRestore } from './start-restore.ts';
import { startVerify } from './start-verify.ts';
import { startRuns } from './start-run.ts';
import { listVersions } from './versions.ts';

export function createEngine(context: RunContext, jobs: readonly JobConfig[], origin: 'app' | 'cli'): Engine {
  const configured = (name: string): JobConfig => jobNamed(jobs, name);
  const followUp = (runId: string) => ({ runId, origin, jobNamed: configured });
  /** Does it at most once for a key, if there is one. */
  const once = (key: string | undefined, asked: readonly unknown[], start: () => Promise<readonly string[]>) =>
    key === undefined ? start() : onceForKey(context, { key, asked: JSON.stringify(asked), start });
  return {
    startRuns: async (name, { destination, dryRun, full, approve, idempotencyKey }) => {
      const job = configured(name);
      const request = { job, origin, destination, dryRun, full, approved: approve };
      return once(idempotencyKey, [name, destination, dryRun, full, approve], () => startRuns(context, request));
    },
    cancel: async (runId, { idempotencyKey } = {}) => {
      await once(idempotencyKey, ['cancel', runId], async () => {
        await cancelRun(context, runId);
        return [];
      });
    },
    approve: async (runId, { idempotencyKey } = {}) => {
      const approve = async () => [await approveRun(context, followUp(runId))];
      return (await once(idempotencyKey, ['approve', runId], approve))[0] ?? '';
    },
    retry: async (runId, { idempotencyKey } = {}) => {
      const retry = async () => [await retryRun(context, followUp(runId))];
      return (await once(idempotencyKey, ['retry', runId], retry))[0] ?? '';
    },
    report: (runId) => reportOf(context, runId),
    runs: (query) => listRuns(context, query),
    jobs: () => listJobs(context, jobs),
    failurePage: (runId, page) => failurePage(context, runId, page),
    failures: (runId) => failuresOf(context, runId),
    actions: (runId) => actionsOf(context, runId),
    estimate: (runId, prices) => estimateOf(context, runId, prices),
    versions: async ({ from, path, cursor }) =>
      listVersions(await openPlaces(context, configured, from), { pattern: path, cursor }),
    entries: async ({ from, point, path, cursor }) => {
      const places = await openPlaces(context, configured, from);
      return listEntries(pointAmong(places, point), { path: checkedPath(path), cursor });
    },
    openContent: async ({ from, point, path }) =>
      openContent(pointAmong(await openPlaces(context, configured, from), point), checkedPath(path)),
    check: (options = {}) => preflight(context, jobs, options.subscription),
    points: async (job, destination) => listPoints(context, configured(job), destination),
    compareCatalog: async (job, options) => compareCatalog(context, { ...options, job: configured(job) }),
    startVerify: async (job, options) => startVerify(context, { ...options, job: configured(job), origin }),
    pin: async (job, options) => pinPoints(context, { job: configured(job), ...options }),
    prune: async (job, { dryRun }) => pruneJob(context, configured(job), dryRun),
    startRestore: (request) => startRestore(context, { jobs, origin }, request),
    startDrills: async (job, options = {}) => startDrills(context, { job: jobNamed(jobs, job), origin, ...options }),
    pointsFrom: (from) => pointsFrom(context, from),
  };
}
