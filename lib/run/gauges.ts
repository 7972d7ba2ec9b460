import type { JobConfig } from '../model/index.ts';
import type { RunContext } from './context.ts';
import { readOutcome } from './outcomes.ts';
import { keysFrom, runPartition } from './run-state.ts';
import { activeRuns } from './start-run.ts';

/** Enough to see that a run is far from its end, little to read each minute. */
const mostPending = 1_000;

/** What there is to tell each minute whether or not anything happened: how old each newest restore point is, and what waits. */
export async function tellGauges(context: RunContext, jobs: readonly JobConfig[]): Promise<void> {
  for (const job of jobs) {
    for (const { name } of job.destinations) {
      const sealed = (await readOutcome(context, job.name, name))?.sealedSnapshot;
      if (sealed === undefined) continue;
      const seconds = Math.max(0, Math.round((context.clock.now() - Date.parse(sealed)) / 1000));
      context.telemetry.metric('farshare.point.age', seconds, { job: job.name, destination: name });
    }
  }
  for (const { runId, job, destination } of await activeRuns(context)) {
    const of = { runId, job: job.name, destination: destination.name };
    context.telemetry.metric('farshare.shards.pending', await countPending(context, runId), of);
  }
}

async function countPending(context: RunContext, runId: string): Promise<number> {
  let pending = 0;
  for await (const _ of context.state.list(runPartition(runId), keysFrom('p-'))) {
    pending += 1;
    if (pending >= mostPending) break;
  }
  return pending;
}
