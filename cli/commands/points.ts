import { exitCodes, type Command } from '../command.ts';
import { configuredJob } from '../configured-job.ts';
import { formatTable, formatTime } from '../output/format.ts';

export const pointsCommand: Command = {
  name: 'points',
  usage: 'JOB',
  summary: 'List the restore points of a job, oldest first.',
  operands: { least: 1, most: 1 },
  options: {},
  examples: ['farshare points finance', 'farshare points finance --json'],
  execute: async ({ operands, config, engine, printer }) => {
    const [job = ''] = operands;
    configuredJob(config, job);
    const points = await (await engine()).points(job);
    if (printer.json) await printer.document({ points });
    else if (points.length === 0) printer.note('There are no restore points yet.');
    else {
      const rows = points.map((point) => [
        point.destination,
        formatTime(point.time),
        point.snapshot,
        `${point.complete === 'true' ? 'complete' : 'partial'}${point.pinnedUntil === undefined ? '' : `, pinned until ${point.pinnedUntil}`}`,
      ]);
      await printer.result(formatTable([['DESTINATION', 'TIME', 'SNAPSHOT', ''], ...rows]));
    }
    return exitCodes.done;
  },
};
