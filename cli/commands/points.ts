import { exitCodes, type Command } from '../command.ts';
import { configuredJob } from '../configured-job.ts';
import { formatList, formatTime } from '../output/format.ts';
import { fromOption, restoreFrom } from '../restore-place.ts';

export const pointsCommand: Command = {
  name: 'points',
  usage: 'JOB|--from ACCOUNT/SHARE',
  summary: 'List the restore points of a job, or those in a share, oldest first.',
  operands: { least: 0, most: 1 },
  options: { from: fromOption },
  examples: ['farshare points finance', 'farshare points --from vault/finance --json'],
  execute: async ({ operands, options, config, engine, printer }) => {
    const from = restoreFrom('points', operands[0], options['from']);
    if ('job' in from) configuredJob(config, from.job);
    const opened = await engine();
    const points = await ('job' in from ? opened.points(from.job) : opened.pointsFrom(from));
    if (printer.json) await printer.document({ points });
    else if (points.length === 0) printer.note('There are no restore points yet.');
    else {
      const rows = points.map((point) => [
        point.destination,
        formatTime(point.time),
        point.snapshot,
        `${point.complete === 'true' ? 'complete' : 'partial'}${point.pinnedUntil === undefined ? '' : `, pinned until ${point.pinnedUntil}`}${point.damagedFiles === undefined ? '' : `, ${point.damagedFiles} files differ`}`,
      ]);
      await printer.result(formatList(['DESTINATION', 'TIME', 'SNAPSHOT', 'STATE'], rows, printer.width));
    }
    return exitCodes.done;
  },
};
