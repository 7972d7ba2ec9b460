import type { LocalEngine, StartOptions } from '../lib/engine.ts';
import type { RunReport } from '../lib/model/index.ts';
import type { CommandContext } from './command.ts';
import { showProgress } from './output/show-progress.ts';

/** Starts the job's runs, works until they have ended or the user interrupts, and answers their reports. */
export async function driveRuns(
  context: CommandContext,
  engine: LocalEngine,
  start: { readonly job: string; readonly options: StartOptions },
): Promise<readonly RunReport[]> {
  const runIds = await engine.startRuns(start.job, start.options);
  return engine.drive(runIds, { signal: context.signal, onProgress: showProgress(context.printer) });
}
