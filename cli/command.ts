import type { LoadedConfig } from '../lib/config.ts';
import type { LocalEngine } from '../lib/engine.ts';
import type { Printer } from './output/printer.ts';

/** 130 is the shell's code for SIGINT: interrupted, and resumable with the same `--state`. */
export const exitCodes = { done: 0, failed: 1, usage: 2, awaitingApproval: 3, interrupted: 130 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export interface OptionSpec {
  readonly type: 'string' | 'boolean';
  /** Placeholder of the value in the help. */
  readonly value?: string;
  readonly help: string;
  /** May be given several times; the values are in the context's `lists`. */
  readonly multiple?: true;
}

/** What a command works with. The engine is opened when it is first asked for, and closed by the caller. */
export interface CommandContext {
  readonly operands: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  /** The values of options that may be given several times. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
  /** Undefined with `--app`: the app has its own. */
  readonly config: LoadedConfig | undefined;
  readonly engine: () => Promise<LocalEngine>;
  readonly printer: Printer;
  readonly readFile: (path: string) => Promise<string>;
  /** Aborts on SIGINT. */
  readonly signal: AbortSignal;
  /** What is said to who interrupted: how it goes on. */
  readonly interrupted: string;
}

export interface Command {
  readonly name: string;
  /** Operands as the help shows them: `JOB`, `[JOB]`. */
  readonly usage: string;
  readonly summary: string;
  readonly operands: { readonly least: number; readonly most: number };
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly examples: readonly string[];
  /** Needs neither configuration nor app. */
  readonly isStandalone?: true;
  execute(context: CommandContext): Promise<ExitCode>;
}
