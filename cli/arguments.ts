import { parseArgs } from 'node:util';
import type { Command, OptionSpec } from './command.ts';
import { commands } from './commands/index.ts';
import { globalOptions } from './global-options.ts';
import { UsageError } from './usage-error.ts';

export interface ParsedArguments {
  /** Absent: help was asked for, or nothing. */
  readonly command?: Command;
  readonly operands: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly lists: Readonly<Record<string, readonly string[]>>;
}

/** Throws UsageError. Global options may stand before the command. */
export function parseArguments(argv: readonly string[]): ParsedArguments {
  const name = commandName(argv);
  if (name === undefined) return { operands: [], ...apart(parseStrictly(argv, globalOptions).values) };
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) throw unknownCommand(name);
  const { values, positionals } = parseStrictly(argv, { ...globalOptions, ...command.options });
  const operands = positionals.slice(1);
  if (values['help'] !== true) checkOperands(command, operands);
  return { command, operands, ...apart(values) };
}

type Values = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

/** Options given once, and those that may be given several times. */
function apart(values: Values): Pick<ParsedArguments, 'options' | 'lists'> {
  const options: Record<string, string | boolean | undefined> = {};
  const lists: Record<string, readonly string[]> = {};
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'object') lists[name] = value.map(String);
    else options[name] = value;
  }
  return { options, lists };
}

const optionsOf = (specs: Readonly<Record<string, OptionSpec>>) =>
  Object.fromEntries(Object.entries(specs).map(([name, { type, multiple = false }]) => [name, { type, multiple }]));

/** The first word that is no option and no option's value. */
function commandName(argv: readonly string[]): string | undefined {
  const all = Object.assign({}, globalOptions, ...commands.map((command) => command.options));
  return parseArgs({ args: [...argv], options: optionsOf(all), strict: false, allowPositionals: true }).positionals[0];
}

function parseStrictly(argv: readonly string[], specs: Readonly<Record<string, OptionSpec>>) {
  try {
    return parseArgs({ args: [...argv], options: optionsOf(specs), strict: true, allowPositionals: true });
  } catch (error) {
    const [sentence = ''] = String((error as Error).message).split('. ');
    throw new UsageError('InvalidUsage', `${sentence.replace(/\.$/u, '')}.`);
  }
}

const unknownCommand = (name: string): UsageError =>
  new UsageError('InvalidUsage', `There is no command ${JSON.stringify(name)}.`);

function checkOperands({ name, usage, operands: bounds }: Command, operands: readonly string[]): void {
  if (operands.length < bounds.least) throw new UsageError('InvalidUsage', `${name} needs ${usage}.`);
  const extra = operands[bounds.most];
  if (extra !== undefined) {
    throw new UsageError('InvalidUsage', `${name} does not know what to do with ${JSON.stringify(extra)}.`);
  }
}
