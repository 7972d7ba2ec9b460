/** A verification of its own: the whole listing of a restore point, and more of its content than a backup looks at. */
import type { VerifyOptions } from '../engine.ts';
import type { DestinationConfig, JobConfig, RunRow } from '../model/index.ts';
import { keysFrom, activePartition, readRun, sendAdvance } from './run-state.ts';
import type { RunContext } from './context.ts';
import { destinationsOf, newRow, runIdFor, storeRun } from './start-run.ts';
import { hasEnded } from '../model/index.ts';

export interface VerifyRequest extends VerifyOptions {
  readonly job: JobConfig;
  readonly origin: 'app' | 'cli';
}

/** A run for each destination asked for; one that is under way already, of the same kind, is gone on with. */
export async function startVerify(context: RunContext, request: VerifyRequest): Promise<readonly string[]> {
  const runIds: string[] = [];
  for (const destination of destinationsOf({ job: request.job, destination: request.destination })) {
    runIds.push((await underWay(context, request, destination)) ?? (await startOne(context, request, destination)));
  }
  return runIds;
}

async function startOne(
  context: RunContext,
  { job, origin, point = 'latest', all = false }: VerifyRequest,
  destination: DestinationConfig,
): Promise<string> {
  const now = context.clock.now();
  const runId = runIdFor(job.name, destination.name, now);
  const row: RunRow = {
    ...newRow({ job, origin }, now),
    kind: 'verify',
    runId,
    destination,
    snapshotRun: runId,
    verify: { when: point, all },
  };
  await storeRun(context, row);
  await sendAdvance(context, runId);
  return runId;
}

async function underWay(
  context: RunContext,
  { job, point = 'latest', all = false }: VerifyRequest,
  { name }: DestinationConfig,
): Promise<string | undefined> {
  const active = context.state.list<{ job: string; destination: string }>(activePartition, keysFrom(''));
  for await (const { key, value } of active) {
    if (value.job !== job.name || value.destination !== name) continue;
    const row = (await readRun(context.state, key))?.value;
    if (row?.verify?.when === point && row.verify.all === all && !hasEnded(row.status)) return key;
  }
  return undefined;
}
