import type { RunReport } from '../../lib/model/index.ts';
import type { Engine } from '../../lib/engine.ts';
import { exitCodes, type Command, type CommandContext, type ExitCode } from '../command.ts';
import { configuredJob } from '../configured-job.ts';
import { watchRuns } from '../drive-runs.ts';
import { formatTable } from '../output/format.ts';
import { reportText } from '../output/report-text.ts';

export const verifyCommand: Command = {
  name: 'verify',
  usage: 'JOB',
  summary: 'Compare restore points with what they are of: whole listings, and content.',
  operands: { least: 1, most: 1 },
  options: {
    all: { type: 'boolean', help: 'The content of every file, instead of a part that differs each time.' },
    destination: { type: 'string', value: 'NAME', help: 'Only at this destination.' },
    catalog: { type: 'boolean', help: 'The catalog against the restore points, both ways, instead of content.' },
    repair: { type: 'boolean', help: 'With --catalog: make good what the other side tells.' },
    point: { type: 'string', value: 'WHEN', help: 'latest (default), an ISO time, or a snapshot.' },
  },
  examples: [
    'farshare verify finance --catalog --repair',
    'farshare verify finance',
    'farshare verify finance --all --destination west --json',
  ],
  execute: async (context) => {
    const { operands, options, config, signal } = context;
    const [job = ''] = operands;
    const destination = options['destination'] as string | undefined;
    const point = options['point'] as string | undefined;
    configuredJob(config, job, destination);
    const engine = await context.engine();
    if (options['catalog'] === true) return compareCatalog(context, engine, { job, destination });
    const runIds = await engine.startVerify(job, { destination, point, all: options['all'] === true });
    const reports = await watchRuns(context, engine, runIds);
    await print(context, reports);
    if (signal.aborted) return exitCodes.interrupted;
    const isGood = reports.length > 0 && reports.every(({ status }) => status === 'succeeded');
    return isGood ? exitCodes.done : exitCodes.failed;
  },
};

async function compareCatalog(
  { printer, options }: CommandContext,
  engine: Engine,
  { job, destination }: { readonly job: string; readonly destination: string | undefined },
): Promise<ExitCode> {
  const findings = await engine.compareCatalog(job, { destination, repair: options['repair'] === true });
  if (printer.json) await printer.document({ findings });
  else if (findings.length === 0) await printer.result('The catalog agrees with the restore points.\n');
  else {
    const rows = findings.map(({ repaired, runId, code, message }) => [
      repaired ? 'repaired' : 'differs',
      runId,
      code,
      message,
    ]);
    await printer.result(formatTable(rows, 400));
  }
  return findings.every(({ repaired }) => repaired) ? exitCodes.done : exitCodes.failed;
}

async function print({ printer }: CommandContext, reports: readonly RunReport[]): Promise<void> {
  if (printer.json) return printer.document(reports.length === 1 ? reports[0] : { runs: reports });
  const shown = reports.filter((report) => !printer.quiet || report.status !== 'succeeded');
  await printer.result(shown.map((report) => reportText(report, printer)).join('\n'));
}
