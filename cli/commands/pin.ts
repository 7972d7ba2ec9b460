import { exitCodes, type Command, type CommandContext, type ExitCode } from '../command.ts';
import { configuredJob } from '../configured-job.ts';
import { formatTime } from '../output/format.ts';
import { UsageError } from '../usage-error.ts';

const destinationOption = { type: 'string', value: 'NAME', help: 'Only at this destination.' } as const;

export const pinCommand: Command = {
  name: 'pin',
  usage: 'JOB WHEN',
  summary: 'Keep a restore point until a date, whatever the rule says.',
  operands: { least: 2, most: 2 },
  options: {
    until: { type: 'string', value: 'DATE', help: 'The last day, in UTC: 2027-12-31.' },
    destination: destinationOption,
  },
  examples: [
    'farshare pin finance latest --until 2036-12-31',
    'farshare pin finance 2026-11-22T03:00:00Z --until 2027-06-30',
  ],
  execute: async (context) => pin(context, dateOf(context.options['until'])),
};

export const unpinCommand: Command = {
  name: 'unpin',
  usage: 'JOB WHEN',
  summary: 'Keep a restore point no longer than the rule says.',
  operands: { least: 2, most: 2 },
  options: { destination: destinationOption },
  examples: ['farshare unpin finance 2026-11-22T03:00:00Z'],
  execute: async (context) => pin(context, undefined),
};

function dateOf(until: string | boolean | undefined): string {
  const isDate = typeof until === 'string' && /^\d{4}-\d{2}-\d{2}$/u.test(until);
  if (isDate && !Number.isNaN(Date.parse(until)) && new Date(until).toISOString().startsWith(until)) return until;
  throw new UsageError('InvalidUsage', 'pin needs --until DATE, a day such as 2027-12-31.');
}

async function pin(
  { operands, options, config, engine, printer }: CommandContext,
  until: string | undefined,
): Promise<ExitCode> {
  const [job = '', when = ''] = operands;
  const destination = options['destination'] as string | undefined;
  configuredJob(config, job, destination);
  if (when !== 'latest' && Number.isNaN(Date.parse(when))) {
    throw new UsageError(
      'InvalidUsage',
      `${JSON.stringify(when)} is no restore point: give latest, a time or a snapshot.`,
    );
  }
  const pinned = await (
    await engine()
  ).pin(job, {
    when,
    ...(until === undefined ? {} : { until }),
    ...(destination === undefined ? {} : { destination }),
  });
  if (printer.json) await printer.document({ pins: pinned });
  else {
    const lines = pinned.map(
      (point) =>
        `${point.destination}: the point of ${formatTime(point.time)} ${until === undefined ? 'follows the rule' : `stays until ${until}`}\n`,
    );
    await printer.result(lines.join(''));
  }
  return exitCodes.done;
}
