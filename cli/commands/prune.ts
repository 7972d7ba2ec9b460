import type { PruneDecision } from '../../lib/model/index.ts';
import { exitCodes, type Command } from '../command.ts';
import { configuredJob } from '../configured-job.ts';
import { formatList } from '../output/format.ts';

export const pruneCommand: Command = {
  name: 'prune',
  usage: 'JOB',
  summary: 'Delete what retention does not keep, on both sides.',
  operands: { least: 1, most: 1 },
  options: { 'dry-run': { type: 'boolean', help: 'Only say what stays, and why, and what would go.' } },
  examples: ['farshare prune finance --dry-run', 'farshare prune finance --json'],
  execute: async ({ operands, options, config, engine, printer }) => {
    const [job = ''] = operands;
    configuredJob(config, job);
    const dryRun = options['dry-run'] === true;
    const report = await (await engine()).prune(job, { dryRun });
    if (printer.json) await printer.document(report);
    else {
      const gone = dryRun ? 'would go' : 'goes';
      const sides = [['source', report.source] as const, ...Object.entries(report.destinations)];
      const rows = sides.flatMap(([side, decision]) => rowsOf(side, decision, gone));
      await printer.result(formatList(['SIDE', 'SNAPSHOT', '', 'REASONS'], rows, printer.width));
    }
    return exitCodes.done;
  },
};

/** Newest first; the reasons tell which rule, or which need, keeps a snapshot. */
function rowsOf(side: string, { keep, prune }: PruneDecision, gone: string): readonly (readonly string[])[] {
  const rows = [
    ...keep.map(({ snapshot, reasons }) => [side, snapshot, 'stays', reasons.join(', ')]),
    ...prune.map((snapshot) => [side, snapshot, gone, '']),
  ];
  return rows.toSorted(([, a = ''], [, b = '']) => (a < b ? 1 : -1));
}
