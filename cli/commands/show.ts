import type { LocalEngine } from '../../lib/engine.ts';
import type { RunReport } from '../../lib/model/index.ts';
import { exitCodes, type Command } from '../command.ts';
import { reportText } from '../output/report-text.ts';
import { UsageError } from '../usage-error.ts';

export const showCommand: Command = {
  name: 'show',
  usage: 'RUN',
  summary: 'Show the report of a run.',
  operands: { least: 1, most: 1 },
  options: {},
  examples: ['farshare show finance-west-20261122t030000z-1a2b3c'],
  execute: async ({ operands, engine, printer }) => {
    const report = await knownRun(await engine(), operands[0] ?? '');
    if (printer.json) await printer.document(report);
    else await printer.result(reportText(report, printer));
    return exitCodes.done;
  },
};

/** The report of a run that is in the state; throws UsageError otherwise. */
export async function knownRun(engine: LocalEngine, runId: string): Promise<RunReport> {
  const report = await engine.report(runId);
  if (report !== undefined) return report;
  const fix = 'Use an id that `farshare runs` lists, with the same --state.';
  const value = JSON.stringify(runId);
  throw new UsageError('UnknownRun', `There is no run ${value}.`, [
    { path: 'RUN', message: 'names no run', value, fix },
  ]);
}
