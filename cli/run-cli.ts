import { loadConfig, type Environment, type LoadedConfig } from '../lib/config.ts';
import type { LocalEngine } from '../lib/engine.ts';
import { asFarshareError, ConfigurationError, type ConfigProblem } from '../lib/errors.ts';
import { AppClient } from './app-client.ts';
import { parseArguments, type ParsedArguments } from './arguments.ts';
import { exitCodes, type Command, type ExitCode } from './command.ts';
import { commandHelp, generalHelp } from './help.ts';
import { Printer, type TextStream } from './output/printer.ts';
import { createRemoteEngine } from './remote-engine.ts';
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
  /** For `--app`; the global one when absent. */
  readonly fetch?: typeof fetch;
  /** Aborts on SIGINT. */
  readonly signal: AbortSignal;
}

const interruptedHere = 'Interrupted. The same command with the same --state goes on from here.';
const interruptedThere = 'Interrupted. The app goes on; `farshare show RUN --app URL` tells how far it is.';

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
      printer.error(world.argv.some((word) => word.startsWith('--app')) ? interruptedThere : interruptedHere);
      return exitCodes.interrupted;
    }
    await printError(printer, error);
    return error instanceof UsageError || error instanceof ConfigurationError ? exitCodes.usage : exitCodes.failed;
  }
}

async function dispatch(world: CliWorld, printer: Printer, parsed: ParsedArguments): Promise<ExitCode> {
  const { command, options } = parsed;
  if (options['help'] === true) {
    const width = Math.min(printer.width, 100);
    await printer.result(command === undefined ? generalHelp(width) : commandHelp(command, width));
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
  const app = options['app'] as string | undefined;
  const needsConfig = app === undefined && command.isStandalone !== true;
  const config = needsConfig ? await configOf(world, options['config']) : undefined;
  if (config !== undefined) printer.hide(config);
  const stateDirectory = (options['state'] as string | undefined) ?? '.farshare';
  let opened: Promise<LocalEngine> | undefined;
  const open = async (): Promise<LocalEngine> =>
    config === undefined
      ? openApp(world, printer, app ?? '')
      : world.openEngine({ config, stateDirectory, log: (line) => printer.note(line) });
  const engine = () => (opened ??= open());
  const interrupted = app === undefined ? interruptedHere : interruptedThere;
  try {
    const { readFile, signal } = world;
    return await command.execute({ operands, options, lists, config, engine, printer, readFile, signal, interrupted });
  } finally {
    // An engine that could not be opened has said so already.
    const toClose = await opened?.catch(() => undefined);
    await toClose?.close();
  }
}

const configOf = (world: CliWorld, named: string | boolean | undefined): Promise<LoadedConfig> => {
  const value = (named as string | undefined) ?? world.env['FARSHARE_CONFIG'];
  return loadConfig({ value: value || 'farshare.json', readFile: world.readFile, env: world.env });
};

function openApp({ env, fetch }: CliWorld, printer: Printer, url: string): LocalEngine {
  const [key, token] = [env['FARSHARE_APP_KEY'], env['FARSHARE_APP_TOKEN']];
  printer.hideTexts([key, token]);
  return createRemoteEngine(new AppClient({ url, key, token, ...(fetch && { fetch }) }));
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
