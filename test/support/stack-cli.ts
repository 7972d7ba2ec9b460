import { join } from 'node:path';
import { projectRoot } from '../../local-stack/index.ts';
import { startProcess } from './stack-process.ts';
import type { StackProcess } from './stack-process.ts';
import { cleanEnvironment, makeFolder } from './stack-project.ts';

export interface CliOutcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `npm run -s farshare -- ARGUMENTS`, running. */
export const startCli = (options: readonly string[], environment: Record<string, string> = {}): StackProcess =>
  startProcess({
    command: 'npm',
    arguments: ['run', '--silent', 'farshare', '--', ...options],
    cwd: projectRoot,
    environment: cleanEnvironment(environment),
  });

/** The command line from start to end, as a user types it. */
export const farshare = (options: readonly string[], environment: Record<string, string> = {}): Promise<CliOutcome> =>
  outcomeOf(startCli(options, environment));

const compileCache = makeFolder('compile-cache');

/** The same process without npm around it and with its code compiled once, for tests that start very many. */
export const farshareWithoutNpm = (
  options: readonly string[],
  environment: Record<string, string>,
): Promise<CliOutcome> =>
  outcomeOf(
    startProcess({
      command: process.execPath,
      arguments: ['--disable-warning=ExperimentalWarning', join(projectRoot, 'cli/main.ts'), ...options],
      cwd: projectRoot,
      environment: cleanEnvironment({ ...environment, NODE_COMPILE_CACHE: compileCache }),
    }),
  );

async function outcomeOf(running: StackProcess): Promise<CliOutcome> {
  const { code } = await running.ended;
  return { code, stdout: running.stdout, stderr: running.stderr };
}

/** The one document that `--json` promises on stdout. */
export const documentOf = <Document>({ stdout }: CliOutcome): Document => JSON.parse(stdout) as Document;
