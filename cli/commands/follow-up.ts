/** What a person says to a run: end, go on, try again. */
import { asFarshareError } from '../../lib/errors.ts';
import { exitCodes, type Command, type CommandContext, type ExitCode } from '../command.ts';
import { endRuns, watchRuns } from '../drive-runs.ts';
import { reportText } from '../output/report-text.ts';
import { UsageError } from '../usage-error.ts';
import { knownRun } from './show.ts';

const operands = { least: 1, most: 1 };

export const cancelCommand: Command = {
  name: 'cancel',
  usage: 'RUN',
  summary: 'End a run: what it has not begun is left undone.',
  operands,
  options: {},
  examples: ['farshare cancel finance-west-20261122t030000z-1a2b3c'],
  execute: async (context) => {
    const engine = await context.engine();
    const { runId } = await knownRun(engine, context.operands[0] ?? '');
    await refusing(() => engine.cancel(runId));
    // Of an interrupted run nobody is left to do it but this command.
    const [report] = await watchRuns(context, engine, [runId]);
    if (report === undefined) return exitCodes.failed;
    const { printer } = context;
    if (printer.json) await printer.document(report);
    else if (!printer.quiet) await printer.result(reportText(report, printer));
    return report.status === 'cancelled' ? exitCodes.done : exitCodes.failed;
  },
};

export const approveCommand: Command = {
  name: 'approve',
  usage: 'RUN',
  summary: 'Go on where a guard stopped a run, on its snapshot, and no further than it showed.',
  operands,
  options: {},
  examples: ['farshare approve finance-west-20261122t030000z-1a2b3c'],
  execute: (context) => followUp(context, 'approve'),
};

export const retryCommand: Command = {
  name: 'retry',
  usage: 'RUN',
  summary: 'Try a failed or cancelled run again, on its snapshot.',
  operands,
  options: {},
  examples: ['farshare retry finance-west-20261122t030000z-1a2b3c --json'],
  execute: (context) => followUp(context, 'retry'),
};

async function followUp(context: CommandContext, what: 'approve' | 'retry'): Promise<ExitCode> {
  const engine = await context.engine();
  const { runId } = await knownRun(engine, context.operands[0] ?? '');
  const next = await refusing(() => engine[what](runId));
  return endRuns(context, await watchRuns(context, engine, [next]));
}

const usageCodes: ReadonlySet<string> = new Set([
  ...['RunEnded', 'NotAwaiting', 'NotRetryable', 'Superseded', 'ApprovalExpired', 'SnapshotGone'],
]);

/** What cannot be done to this run, ever, is a wrong command. */
async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, message } = asFarshareError(error);
    if (usageCodes.has(code)) throw new UsageError(code, message);
    throw error;
  }
}
