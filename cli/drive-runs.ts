import type { LocalEngine, StartOptions } from '../lib/engine.ts';
import type { RunReport } from '../lib/model/index.ts';
import { type CommandContext, exitCodes, type ExitCode } from './command.ts';
import { reportText } from './output/report-text.ts';
import { showProgress } from './output/show-progress.ts';

/** Starts the job's runs, works until they have ended or the user interrupts, and answers their reports. */
export async function driveRuns(
  context: CommandContext,
  engine: LocalEngine,
  start: { readonly job: string; readonly options: StartOptions },
): Promise<readonly RunReport[]> {
  return watchRuns(context, engine, await engine.startRuns(start.job, start.options));
}

/** Works until the runs have ended or the user interrupts. */
export async function watchRuns(
  { printer, signal }: CommandContext,
  engine: LocalEngine,
  runIds: readonly string[],
): Promise<readonly RunReport[]> {
  return engine.drive(runIds, { signal, onProgress: showProgress(printer, await lastFiles(engine, runIds)) });
}

/** How many files the last run to the same place went through: what there is to do now, more or less. */
async function lastFiles(engine: LocalEngine, runIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const files = new Map<string, number>();
  for (const runId of runIds) {
    const { job, destination, kind } = (await engine.report(runId)) ?? {};
    if (job === undefined || kind !== 'backup') continue;
    const { items } = await engine.runs({ job, kind, status: 'succeeded', limit: 20 });
    const last = items.find((run) => run.destination === destination && run.endedAt !== null);
    if (last !== undefined) files.set(runId, last.counts.files);
  }
  return files;
}

/** Prints the reports and answers the exit code. */
export async function endRuns(context: CommandContext, reports: readonly RunReport[]): Promise<ExitCode> {
  await printReports(context, reports);
  if (!context.signal.aborted) return exitCodeOf(reports);
  context.printer.note(context.interrupted);
  return exitCodes.interrupted;
}

async function printReports({ printer }: CommandContext, reports: readonly RunReport[]): Promise<void> {
  if (printer.json) return printer.document(reports.length === 1 ? reports[0] : { runs: reports });
  const shown = reports.filter((report) => !printer.quiet || report.status !== 'succeeded');
  await printer.result(shown.map((report) => reportText(report, printer)).join('\n'));
}

/** One failed run outweighs one that waits. */
function exitCodeOf(reports: readonly RunReport[]): ExitCode {
  if (reports.length === 0) return exitCodes.failed;
  if (reports.some(({ status }) => status !== 'succeeded' && status !== 'awaiting-approval')) return exitCodes.failed;
  return reports.some(({ status }) => status === 'awaiting-approval') ? exitCodes.awaitingApproval : exitCodes.done;
}
