import type { Engine } from '../engine.ts';
import { FarshareError } from '../errors.ts';
import type { JobConfig } from '../model/index.ts';
import type { RunContext } from './context.ts';
import { pinPoints } from './pins.ts';
import { pruneJob } from './prune-job.ts';
import { actionsOf, estimateOf, failuresOf, listPoints, listRuns, reportOf } from './queries.ts';
import { onceForKey } from './idempotency.ts';
import { startRuns } from './start-run.ts';

export function createEngine(context: RunContext, jobs: readonly JobConfig[], origin: 'app' | 'cli'): Engine {
  const jobNamed = (name: string): JobConfig => {
    const job = jobs.find((candidate) => candidate.name === name);
    if (job !== undefined) return job;
    const known = jobs.map((candidate) => candidate.name).join(', ');
    throw new FarshareError('JobNotFound', `There is no job ${name}; the configuration has: ${known || 'none'}.`, {
      disposition: 'run',
    });
  };
  return {
    startRuns: async (name, { destination, dryRun, full, approve, idempotencyKey }) => {
      const job = jobNamed(name);
      const request = { job, origin, destination, dryRun, full, approved: approve };
      const start = () => startRuns(context, request);
      if (idempotencyKey === undefined) return start();
      const asked = JSON.stringify([name, destination, dryRun, full, approve]);
      return onceForKey(context, { key: idempotencyKey, asked, start });
    },
    report: (runId) => reportOf(context, runId),
    runs: (query) => listRuns(context, query),
    failures: (runId) => failuresOf(context, runId),
    actions: (runId) => actionsOf(context, runId),
    estimate: (runId, prices) => estimateOf(context, runId, prices),
    points: async (job) => listPoints(context, jobNamed(job)),
    pin: async (job, options) => pinPoints(context, { job: jobNamed(job), ...options }),
    prune: async (job, { dryRun }) => pruneJob(context, jobNamed(job), dryRun),
  };
}
