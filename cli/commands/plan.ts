import type { LocalEngine } from '../../lib/engine.ts';
import type { PlannedAction, PriceTable, RunReport } from '../../lib/model/index.ts';
import { exitCodes, type Command } from '../command.ts';
import { configuredJob } from '../configured-job.ts';
import { driveRuns, endRuns } from '../drive-runs.ts';
import { estimateText } from '../output/estimate-text.ts';
import { formatBytes } from '../output/format.ts';
import type { Printer } from '../output/printer.ts';
import { reportText } from '../output/report-text.ts';
import { readPriceTable } from '../price-table.ts';

export const planCommand: Command = {
  name: 'plan',
  usage: 'JOB',
  summary: 'Show what a run would do, without writing to any destination.',
  operands: { least: 1, most: 1 },
  options: {
    destination: { type: 'string', value: 'NAME', help: 'Only for this destination.' },
    full: { type: 'boolean', help: 'As `run --full`.' },
    prices: { type: 'string', value: 'FILE', help: 'Price table to reckon with, as cli/prices.json.' },
  },
  examples: [
    'farshare plan finance',
    'farshare plan finance --json | jq \'.runs[].actions[] | select(.kind == "delete")\'',
  ],
  execute: async (context) => {
    const { operands, options, config, printer, signal } = context;
    const [job = ''] = operands;
    const destination = options['destination'] as string | undefined;
    configuredJob(config, job, destination);
    const prices = await readPriceTable(options['prices'] as string | undefined, context.readFile);
    const engine = await context.engine();
    const reports = await driveRuns(context, engine, {
      job,
      options: {
        dryRun: true,
        ...(destination === undefined ? {} : { destination }),
        ...(options['full'] === true ? { full: true } : {}),
      },
    });
    // An app tells how much there is to do; what, only the one who plans.
    if (config === undefined) return endRuns(context, reports);
    const plan: PrintedPlan = { engine, reports, printer, prices };
    await (printer.json ? printDocument(plan) : printText(plan));
    if (signal.aborted) {
      printer.note(context.interrupted);
      return exitCodes.interrupted;
    }
    const isSound = reports.length > 0 && reports.every(({ status }) => status !== 'failed' && status !== 'cancelled');
    return isSound ? exitCodes.done : exitCodes.failed;
  },
};

interface PrintedPlan {
  readonly engine: LocalEngine;
  readonly reports: readonly RunReport[];
  readonly printer: Printer;
  readonly prices: PriceTable;
}

/** Written piece by piece: a first run has as many actions as the share has entries. */
async function printDocument({ engine, reports, printer, prices }: PrintedPlan): Promise<void> {
  await printer.result('{"runs":[');
  for (const [index, report] of reports.entries()) {
    await printer.result(`${index === 0 ? '' : ','}${JSON.stringify(report).slice(0, -1)},"actions":[`);
    let separator = '\n';
    for await (const action of engine.actions(report.runId)) {
      await printer.result(`${separator}${JSON.stringify(action)}`);
      separator = ',\n';
    }
    await printer.result(`],"estimate":${JSON.stringify(await engine.estimate(report.runId, prices))}}`);
  }
  await printer.result(']}\n');
}

async function printText({ engine, reports, printer, prices }: PrintedPlan): Promise<void> {
  for (const report of reports) {
    for await (const action of engine.actions(report.runId)) await printer.result(actionLine(action));
    await printer.result(reportText(report, printer));
    await printer.result(estimateText(await engine.estimate(report.runId, prices), printer.width));
  }
}

const actionLine = ({ kind, path, reason, size }: PlannedAction): string =>
  `${kind.padEnd(16)}  ${reason.padEnd(10)}  ${(size > 0 ? formatBytes(size) : '').padStart(10)}  ${path}\n`;
