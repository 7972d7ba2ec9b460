import type { RunReport } from '../../lib/model/index.ts';
import { exitCodes, type Command, type CommandContext, type ExitCode } from '../command.ts';
import { configuredJob } from '../configured-job.ts';
import { driveRuns } from '../drive-runs.ts';
import { reportText } from '../output/report-text.ts';

export const runCommand: Command = {
  name: 'run',
  usage: 'JOB',
  summary: 'Back a job up now, to all of its destinations.',
  operands: { least: 1, most: 1 },
  options: {
    destination: { type: 'string', value: 'NAME', help: 'Only to this destination.' },
    approve: { type: 'boolean', help: 'Go ahead where the guard would stop and ask.' },
    full: { type: 'boolean', help: 'Copy everything, whatever the comparison says.' },
  },
  examples: ['farshare run finance', 'farshare run finance --destination west --json --config farshare.json'],
  execute: async (context) => {
    const { operands, options, config, printer, signal } = context;
    const [job = ''] = operands;
    const destination = options['destination'] as string | undefined;
    configuredJob(config, job, destination);
    const reports = await driveRuns(context, await context.engine(), {
      job,
      options: {
        ...(destination === undefined ? {} : { destination }),
        ...(options['approve'] === true ? { approve: true } : {}),
        ...(options['full'] === true ? { full: true } : {}),
      },
    });
    await printReports(context, reports);
    if (!signal.aborted) return exitCodeOf(reports);
    printer.note('Interrupted. The same command with the same --state goes on from here.');
    return exitCodes.interrupted;
  },
};

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
