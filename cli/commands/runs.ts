import type { RunQuery } from '../../lib/engine.ts';
import { runStatusSchema, type RunReport } from '../../lib/model/index.ts';
import { exitCodes, type Command, type CommandContext } from '../command.ts';
import { configuredJob } from '../configured-job.ts';
import { formatCount, formatList } from '../output/format.ts';
import { UsageError } from '../usage-error.ts';

const defaultLimit = 50;

export const runsCommand: Command = {
  name: 'runs',
  usage: '[JOB]',
  summary: 'List runs, newest first.',
  operands: { least: 0, most: 1 },
  options: {
    status: { type: 'string', value: 'STATUS', help: `Only these: ${runStatusSchema.options.join(', ')}.` },
    limit: { type: 'string', value: 'N', help: `At most so many (${defaultLimit}).` },
  },
  examples: ['farshare runs', 'farshare runs finance --status failed --limit 5'],
  execute: async (context) => {
    const { config, printer, operands } = context;
    const [job] = operands;
    if (job !== undefined) configuredJob(config, job);
    const runs = await collectRuns(context, job);
    if (printer.json) await printer.document({ runs });
    else if (runs.length === 0) printer.note('There are no runs yet.');
    else await printer.result(formatList(head, runs.map(rowOf), printer.width));
    return exitCodes.done;
  },
};

const head = ['RUN', 'STATUS', 'FILES', 'COPIED', 'FAILED'];

const rowOf = ({ runId, status, counts }: RunReport): readonly string[] => [
  runId,
  status,
  formatCount(counts.files),
  formatCount(counts.copied + counts.rangeCopied),
  formatCount(counts.failed),
];

async function collectRuns({ engine, options }: CommandContext, job: string | undefined): Promise<RunReport[]> {
  const limit = limitOf(options['limit']);
  const status = statusOf(options['status']);
  const query = { ...(job === undefined ? {} : { job }), ...(status === undefined ? {} : { status }) };
  const runs: RunReport[] = [];
  let cursor: string | undefined;
  do {
    const page = await (
      await engine()
    ).runs({
      ...query,
      limit: limit - runs.length,
      ...(cursor === undefined ? {} : { cursor }),
    });
    runs.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined && runs.length < limit);
  return runs.slice(0, limit);
}

function limitOf(text: string | boolean | undefined): number {
  if (text === undefined) return defaultLimit;
  const limit = Number(text);
  if (Number.isSafeInteger(limit) && limit > 0) return limit;
  throw wrongValue('--limit', text, 'Give a whole number above 0.');
}

function statusOf(text: string | boolean | undefined): RunQuery['status'] {
  if (text === undefined) return undefined;
  const status = runStatusSchema.safeParse(text);
  if (status.success) return status.data;
  throw wrongValue('--status', text, `Use one of ${runStatusSchema.options.join(', ')}.`);
}

const wrongValue = (path: string, given: unknown, fix: string): UsageError =>
  new UsageError('InvalidUsage', `${path} has a wrong value.`, [
    { path, message: 'has a wrong value', value: JSON.stringify(given), fix },
  ]);
