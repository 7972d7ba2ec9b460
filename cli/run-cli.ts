import { loadConfig, type Environment, type LoadedConfig } from '../lib/config.ts';
import type { LocalEngine } from '../lib/engine.ts';
import { asFarshareError, ConfigurationError, type ConfigProblem } from '../lib/errors.ts';
import { parseArguments, type ParsedArguments } from './arguments.ts';
import { exitCodes, type Command, type ExitCode } from './command.ts';
import { commandHelp, generalHelp } from './help.ts';
import { Printer, type TextStream } from './output/printer.ts';
import { UsageError } from './usage-error.ts';

export interface EngineOptions {
  readonly config: LoadedConfig;
  readonly stateDirectory: string;
  /** Lines for people, beside the result. */
  readonly log: (line: string) => void;
}

/** Everything that the command line touches. */
export interface CliWorld {
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly readFile: (path: string) => Promise<string>;
  readonly openEngine: (options: EngineOptions) => Promise<LocalEngine>;
  /** Aborts on SIGINT. */
  readonly signal: AbortSignal;
}

/** Runs one command and answers the exit code. Never throws, never prints a stack trace. */
export async function runCli(world: CliWorld): Promise<ExitCode> {
  const printer = new Printer({
    stdout: world.stdout,
    stderr: world.stderr,
    json: world.argv.includes('--json'),
    quiet: world.argv.includes('--quiet'),
    color: (world.env['NO_COLOR'] ?? '') === '',
  });
  try {
    return await dispatch(world, printer, parseArguments(world.argv));
  } catch (error) {
    if (world.signal.aborted && !(error instanceof UsageError)) {
      printer.error('Interrupted. The same command with the same --state goes on from here.');
      return exitCodes.interrupted;
    }
    await printError(printer, error);
    return error instanceof UsageError || error instanceof ConfigurationError ? exitCodes.usage : exitCodes.failed;
  }
}

async function dispatch(world: CliWorld, printer: Printer, parsed: ParsedArguments): Promise<ExitCode> {
  const { command, options } = parsed;
  if (options['help'] === true) {
    await printer.result(command === undefined ? generalHelp() : commandHelp(command));
    return exitCodes.done;
  }
  if (command === undefined) throw new UsageError('InvalidUsage', 'No command given; see farshare --help.');
  return execute(world, printer, { ...parsed, command });
}

async function execute(
  world: CliWorld,
  printer: Printer,
  { command, operands, options, lists }: ParsedArguments & { readonly command: Command },
): Promise<ExitCode> {
  const named = (options['config'] as string | undefined) ?? world.env['FARSHARE_CONFIG'];
  const config = await loadConfig({ value: named || 'farshare.json', readFile: world.readFile, env: world.env });
  printer.hide(config);
  const stateDirectory = (options['state'] as string | undefined) ?? '.farshare';
  let opened: Promise<LocalEngine> | undefined;
  const engine = () => (opened ??= world.openEngine({ config, stateDirectory, log: (line) => printer.note(line) }));
  try {
    const { readFile, signal } = world;
    return await command.execute({ operands, options, lists, config, engine, printer, readFile, signal });
  } finally {
    // An engine that could not be opened has said so already.
    const toClose = await opened?.catch(() => undefined);
    await toClose?.close();
  }
}

async function printError(printer: Printer, error: unknown): Promise<void> {
  const { code, message } = asFarshareError(error);
  const problems = error instanceof UsageError || error instanceof ConfigurationError ? error.problems : [];
  const safe = hideSignatures(message);
  if (printer.json) return printer.document({ error: { code, message: safe, problems } });
  printer.error(
    `farshare: ${safe}${error instanceof ConfigurationError || error instanceof UsageError ? '' : ` (${code})`}`,
  );
  for (const problem of problems) printer.error(problemText(problem));
  if (error instanceof UsageError && problems.length === 0) printer.error('Try: farshare --help');
}

const problemText = ({ path, message, value, fix }: ConfigProblem): string =>
  `  ${path}: ${message}\n      is:  ${value}\n      fix: ${fix}`;

/** Secrets of URLs and connection strings that an error of a library may quote. */
const hideSignatures = (text: string): string =>
  text.replace(/(sig=|AccountKey=|SharedAccessSignature=)[^&;\s"']+/giu, '$1(secret)');
