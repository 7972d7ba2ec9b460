import type { Command } from '../command.ts';
import { configuredJob } from '../configured-job.ts';
import { driveRuns, endRuns } from '../drive-runs.ts';

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
    const { operands, options, config } = context;
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
    return endRuns(context, reports);
  },
};
