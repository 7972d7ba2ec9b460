import type { PointSource } from '../../lib/engine.ts';
import { asFarshareError } from '../../lib/errors.ts';
import type { FileVersion } from '../../lib/model/index.ts';
import { exitCodes, type Command, type CommandContext } from '../command.ts';
import { configuredJob } from '../configured-job.ts';
import { formatBytes, formatTime } from '../output/format.ts';
import { fromOption, restoreFrom } from '../restore-place.ts';
import { UsageError } from '../usage-error.ts';

export const versionsCommand: Command = {
  name: 'versions',
  usage: 'JOB PATH|--from ACCOUNT/SHARE PATH',
  summary: 'List every version of a file, or of what a pattern matches, that restore points hold.',
  operands: { least: 1, most: 2 },
  options: {
    from: fromOption,
    destination: { type: 'string', value: 'NAME', help: 'Only at this destination of the job.' },
  },
  examples: [
    'farshare versions finance plans/2026.xlsx',
    "farshare versions finance 'plans/**/*.xlsx' --json",
    'farshare versions --from vault/finance plans/2026.xlsx',
  ],
  execute: async (context) => {
    const { operands, options, config, printer } = context;
    const path = operands.at(-1) ?? '';
    const place = restoreFrom('versions', operands.length === 2 ? operands[0] : undefined, options['from']);
    const destination = options['destination'] as string | undefined;
    if ('job' in place) configuredJob(config, place.job, destination);
    const from = 'job' in place ? { ...place, ...(destination !== undefined && { destination }) } : placeOf(place);
    let count = 0;
    if (printer.json) await printer.result('{"versions":[');
    for await (const version of versionsOf(context, from, path)) {
      if (printer.json) await printer.result(`${count === 0 ? '\n' : ',\n'}${JSON.stringify(version)}`);
      else await printer.result(versionText(version));
      count += 1;
    }
    if (printer.json) await printer.result(']}\n');
    else if (count === 0) printer.note('No restore point holds such a file.');
    return exitCodes.done;
  },
};

/** Without a directory, whichever was backed up to. */
const placeOf = ({ account, share, path }: { account: string; share: string; path: string }): PointSource =>
  path === '' ? { account, share } : { account, share, path };

/** Page after page: nothing piles up, however many there are. */
async function* versionsOf({ engine }: CommandContext, from: PointSource, path: string): AsyncGenerator<FileVersion> {
  let cursor: string | undefined;
  do {
    const asked = { from, path, ...(cursor !== undefined && { cursor }) };
    const page = await (await engine()).versions(asked).catch((error: unknown) => {
      const { code, message } = asFarshareError(error);
      throw code === 'InvalidPath' ? new UsageError(code, message) : error;
    });
    yield* page.items;
    cursor = page.next;
  } while (cursor !== undefined);
}

/** The path, then what is told of the version, then where it is: lines that fit into a narrow terminal. */
function versionText({ path, size, modifiedAt, points }: FileVersion): string {
  const [first, last] = [points[0], points.at(-1)];
  const span = first === last ? '' : ` to ${formatTime(last?.time ?? '')}`;
  const where = [...new Set(points.map(({ destination }) => destination))].join(', ');
  const count = points.length === 1 ? 'one restore point' : `${points.length} restore points`;
  return `${path}
  ${formatBytes(size)}, modified ${formatTime(modifiedAt)}
  in ${count} of ${where}:
  ${formatTime(first?.time ?? '')}${span}
`;
}
