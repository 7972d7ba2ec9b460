import { join } from 'node:path';
import { AppApi } from './stack-api.ts';
import { startProcess } from './stack-process.ts';
import type { StackProcess } from './stack-process.ts';
import { cleanEnvironment } from './stack-project.ts';

/** The first line of `node local-host/main.ts`. */
interface HostLine {
  readonly url: string;
  readonly masterKey: string;
  readonly functions: readonly string[];
  readonly pid: number;
  readonly workerPid: number;
}

export interface HostProcess extends HostLine {
  readonly process: StackProcess;
  readonly api: AppApi;
  /** To the host and to its worker: a machine that freezes freezes both. */
  signalBoth(name: NodeJS.Signals): void;
}

export interface HostOptions {
  /** A folder with the built app. */
  readonly app: string;
  /** The project whose local host runs it: the app's own folder, if it is a copy of the project. */
  readonly local?: string;
  /** The Node to run it; by default the one that runs the test. */
  readonly node?: string;
  /** Folder of keys.json; hosts that share it share keys. */
  readonly state: string;
  readonly settings: Record<string, string>;
  /** How long the message of a dead host stays invisible. */
  readonly invisibilitySeconds?: number;
}

/** A functions host on a free port, as a process of its own. */
export async function startHost(options: HostOptions): Promise<HostProcess> {
  const { app, local = app, node = globalThis.process.execPath, state, settings, invisibilitySeconds = 600 } = options;
  const process = startProcess({
    command: node,
    arguments: [
      ...['--disable-warning=ExperimentalWarning', join(local, 'local-host/main.ts'), '--app', app, '--port', '0'],
      ...['--state', state, '--invisibility-seconds', `${invisibilitySeconds}`, '--drain-seconds', '1'],
    ],
    cwd: app,
    environment: cleanEnvironment(settings),
  });
  const line = await process.firstJson<HostLine>();
  return {
    ...line,
    process,
    api: new AppApi(line.url, line.masterKey),
    signalBoth: (name) => {
      globalThis.process.kill(line.pid, name);
      globalThis.process.kill(line.workerPid, name);
    },
  };
}
