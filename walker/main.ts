import { parseArgs } from 'node:util';
import { comparePlaces } from './index.ts';
import type { Comparison, Place } from './index.ts';

const usage = `node walker/main.ts --left NAME[:SHARE[/DIRECTORY]] --right NAME[:SHARE[/DIRECTORY]]
    [--left-snapshot S] [--right-snapshot S] [--no-content] [--json]

NAME is an environment variable that holds a connection string, or a share's URL with a SAS (then SHARE is left out:
NAME or NAME:/DIRECTORY), so that no secret stands on a command line. Exit 0: equal, 1: differences, 2: wrong usage.
`;

class UsageError extends Error {}

function placeOf(spec: string | undefined, snapshot: string | undefined, environment: NodeJS.ProcessEnv): Place {
  const match = /^([A-Za-z_]\w*)(?::([^/]*)(?:\/(.*))?)?$/.exec(spec ?? '');
  if (!match) throw new UsageError(`--left and --right must be NAME[:SHARE[/DIRECTORY]]`);
  const [, name = '', share = '', directory = ''] = match;
  const secret = environment[name];
  if (!secret) throw new UsageError(`The environment variable ${name} is not set`);
  const within = { directory, ...(snapshot === undefined ? {} : { snapshot }) };
  if (/^https?:/.test(secret)) return { shareUrl: secret, ...within };
  if (share === '') throw new UsageError(`${name} holds a connection string: say which share, as ${name}:SHARE`);
  return { connectionString: secret, share, ...within };
}

function readable({ entries, bytes, equal, differences, differenceCount }: Comparison): string {
  const lines = differences.map(
    ({ path, what, left, right }) => `/${path}: ${what}: ${left ?? '(none)'} | ${right ?? '(none)'}`,
  );
  if (differenceCount > lines.length) lines.push(`and ${differenceCount - lines.length} more`);
  const verdict = equal ? 'equal' : `${differenceCount} differences`;
  return `${[...lines, `${entries} entries, ${bytes} bytes: ${verdict}`].join('\n')}\n`;
}

function parseCommandLine() {
  const string = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const options = {
    left: string,
    right: string,
    'left-snapshot': string,
    'right-snapshot': string,
    'no-content': flag,
    json: flag,
  };
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

async function main(): Promise<number> {
  const values = parseCommandLine();
  // oxlint-disable-next-line node/no-process-env -- the entry point: secrets come by environment
  const environment = process.env;
  const comparison = await comparePlaces(
    placeOf(values.left, values['left-snapshot'], environment),
    placeOf(values.right, values['right-snapshot'], environment),
    { content: values['no-content'] ? 'none' : 'hash' },
  );
  process.stdout.write(values.json ? `${JSON.stringify(comparison)}\n` : readable(comparison));
  return comparison.equal ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  const wrongUsage = error instanceof UsageError;
  process.stderr.write(`${(error as Error).message}\n${wrongUsage ? usage : ''}`);
  process.exitCode = wrongUsage ? 2 : 1;
}
