import { join } from 'node:path';
import { startChild } from './child.ts';
import type { Child, ChildOptions } from './child.ts';
import { requirePorts } from './ports.ts';
import type { Ports } from './ports.ts';
import {
  filesConnectionString,
  localAccounts,
  startAzurite,
  startFilesEmulator,
  startFunctionsHost,
} from './services.ts';

export interface StackOptions {
  ports: Ports;
  /** An existing folder for logs and working files. */
  directory: string;
  /** The caller's environment: the host gets it too, so that a configuration's `{"env": NAME}` finds its secrets. */
  environment: NodeJS.ProcessEnv;
  /** More flags of the Files emulator. */
  emulatorFlags?: readonly string[];
  /** Ends what was started; a start under way then rejects. */
  signal: AbortSignal;
  /** Called when the emulators are up and before the host starts; returns FARSHARE_CONFIG: a path or inline JSON. */
  configure(emulators: Emulators): Promise<string>;
}

export interface Emulators {
  /** Connection strings of the Files emulator's two accounts. */
  accounts: readonly [string, string];
  /** Where the host will look up a configuration's `{"env": NAME}`. */
  environment: NodeJS.ProcessEnv;
}

export interface Stack {
  functions: string;
  /** Opens every function and the admin endpoints of this host. */
  key: string;
  /** The Files emulator. */
  files: string;
  /** Of the functions host; its workers are its children. */
  hostPid: number;
  /** Azurite: blobs, queues and tables of the host and the engine. */
  storage: string;
  /** Connection strings of the Files emulator's two accounts. */
  accounts: readonly [string, string];
  /** Resolves when one of the processes ended by itself, with a sentence that says which and how. */
  broken: Promise<string>;
  /** Ends all processes, the host first. May be called twice. */
  stop(): Promise<void>;
}

/** Starts all or nothing: if a part does not start, what had started is ended and the error says why. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { ports, directory, environment, signal } = options;
  await requirePorts(ports);
  const children: Child[] = [];
  const around = {
    directory,
    environment,
    launch(child: ChildOptions): Child {
      signal.throwIfAborted();
      const started = startChild(child);
      children.unshift(started);
      return started;
    },
  };
  const stop = async () => {
    for (const child of [...children]) await child.stop();
  };
  signal.addEventListener('abort', () => void stop());
  try {
    const [{ connectionString: storage }, { url: files }] = await Promise.all([
      startAzurite(ports, around),
      startFilesEmulator(ports.files, around, options.emulatorFlags),
    ]);
    const accounts = [
      filesConnectionString(files, localAccounts[0]),
      filesConnectionString(files, localAccounts[1]),
    ] as const;
    const given = { ...accountVariables(accounts), ...environment };
    const settings = {
      ...given,
      FUNCTIONS_WORKER_RUNTIME: 'node',
      AzureWebJobsStorage: storage,
      FARSHARE_CONFIG: await options.configure({ accounts, environment: given }),
    };
    const host = await startFunctionsHost(ports.functions, { ...around, environment: settings });
    return {
      functions: host.url,
      key: host.key,
      files,
      hostPid: host.pid,
      storage,
      accounts,
      broken: firstToEnd(children, directory),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function firstToEnd(children: readonly Child[], directory: string): Promise<string> {
  return Promise.race(
    children.map(async ({ name, ended }) => `${name} ended: ${await ended} (log: ${join(directory, `${name}.log`)})`),
  );
}

/** What a configuration may name as `{"env": NAME}`; the caller's own variables of these names win. */
function accountVariables([first, second]: readonly [string, string]): NodeJS.ProcessEnv {
  return { FARSHARE_FILES_1: first, FARSHARE_FILES_2: second, LOCAL_FILES: first, LOCAL_FILES_2: second };
}
