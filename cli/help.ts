import { globalOptions } from './arguments.ts';
import type { Command, OptionSpec } from './command.ts';
import { commands, laterCommands } from './commands/index.ts';
import { formatTable } from './output/format.ts';

const exitText = `Exit codes: 0 done, 1 failed or differences, 2 wrong usage or configuration,
3 awaiting approval, 130 interrupted and resumable.
`;

const optionRows = (options: Readonly<Record<string, OptionSpec>>): string =>
  formatTable(
    Object.entries(options).map(([name, { value, help }]) => [
      `  --${name}${value === undefined ? '' : ` ${value}`}`,
      help,
    ]),
    200,
  );

export const generalHelp = (): string => `Farshare backs Azure Files shares up to another account and region.

Usage: farshare COMMAND [OPTIONS]

${formatTable(commands.map(({ name, usage, summary }) => [`  ${name} ${usage}`, summary]))}
With a later version: ${laterCommands.join(', ')}.

Options:
${optionRows(globalOptions)}
Examples:
  farshare run finance --config farshare.json
  farshare COMMAND --help

${exitText}`;

export function commandHelp({ name, usage, summary, options, examples }: Command): string {
  const own = Object.keys(options).length === 0 ? '' : `Options:\n${optionRows(options)}\n`;
  return `${summary}

Usage: farshare ${name} ${usage} [OPTIONS]

${own}Global options:
${optionRows(globalOptions)}
Examples:
${examples.map((example) => `  ${example}\n`).join('')}
${exitText}`;
}
