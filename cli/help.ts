import type { Command, OptionSpec } from './command.ts';
import { commands } from './commands/index.ts';
import { globalOptions } from './global-options.ts';
import { formatTexts, wrapText } from './output/format.ts';

const exitText = `Exit codes: 0 done, 1 failed or differences,
2 wrong usage or configuration, 3 awaiting approval,
130 interrupted and resumable.
`;

const optionText = (options: Readonly<Record<string, OptionSpec>>, width: number): string =>
  formatTexts(
    Object.entries(options).map(([name, { value, help }]) => [
      `  --${name}${value === undefined ? '' : ` ${value}`}`,
      help,
    ]),
    width,
  );

export const generalHelp = (width: number): string => `Farshare backs Azure Files shares up to another account
and region.

Usage: farshare COMMAND [OPTIONS]

${formatTexts(
  commands.map(({ name, summary }) => [`  ${name}`, summary]),
  width,
)}
Options:
${optionText(globalOptions, width)}
Examples:
  farshare check --config farshare.json
  farshare run finance
  farshare restore finance --path 'plans/**' --dry-run
  farshare runs --app https://NAME.azurewebsites.net
  farshare COMMAND --help

${exitText}`;

export function commandHelp({ name, usage, summary, options, examples }: Command, width: number): string {
  const own = Object.keys(options).length === 0 ? '' : `Options:\n${optionText(options, width)}\n`;
  return `${wrapText(summary, width).join('\n')}

Usage: farshare ${[name, usage, '[OPTIONS]'].filter((part) => part !== '').join(' ')}

${own}Global options:
${optionText(globalOptions, width)}
Examples:
${examples.map((example) => `  ${example}\n`).join('')}
${exitText}`;
}
