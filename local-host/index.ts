import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { env } from 'node:process';
import { answerAdmin } from './admin.ts';
import { defineFunctions } from './function-definition.ts';
import type { FunctionDefinition } from './function-definition.ts';
import { readHostJson } from './host-json.ts';
import type { HostJson } from './host-json.ts';
import { HttpFront } from './http-front.ts';
import { Invoker } from './invoker.ts';
import { loadKeys } from './keys.ts';
import { QueueListener } from './queue-listener.ts';
import { QueueOutputs } from './queue-outputs.ts';
import { AppSettings, readLocalSettings } from './settings.ts';
import { TimerListener } from './timer-listener.ts';
import { TimerStatusBlob } from './timer-status.ts';
import type { Log } from './worker-process.ts';
import { WorkerSupervisor } from './worker-supervisor.ts';

export { HostError } from './host-error.ts';

export interface LocalHostOptions {
  /** Folder with host.json and package.json. */
  appRoot: string;
  /** 0 takes a free one. */
  port: number;
  host?: string;
  /** App settings given by code: they win over the process environment and over the settings file. */
  settings?: Record<string, string>;
  /** A local.settings.json; its Values lose to the process environment. Default: the one in appRoot, if there is one. */
  settingsFile?: string;
  /** Folder for the keys file; hosts that share it share keys. */
  stateDir: string;
  /** How long the message of a host that died stays invisible; the real host's 600 by default. */
  invisibilitySeconds?: number;
  /** How long `stop` waits for running functions. */
  drainSeconds?: number;
  /** One call per line; default: standard error. */
  log?: Log;
}

export interface LocalHost {
  url: string;
  masterKey: string;
  functionKey: string;
  functions: string[];
  /** Process id of the worker; changes when the worker is replaced. */
  readonly pid: number;
  /** Takes no more work, lets running functions finish, ends the worker. May be called twice. */
  stop(): Promise<void>;
}

const defaultInvisibilitySeconds = 600;
const defaultDrainSeconds = 60;

/**
 * Runs a Functions app (Node v4 programming model): the host in this process, the app in a child process. Rejects with
 * HostError, and leaves nothing running, when the app has an error that keeps the real host from running it.
 */
export async function startLocalHost(options: LocalHostOptions): Promise<LocalHost> {
  const log = options.log ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const appRoot = realpathSync(options.appRoot);
  const keys = loadKeys(options.stateDir);
  const values = readLocalSettings(options.settingsFile ?? join(appRoot, 'local.settings.json'));
  const environment = { ...values, ...env, ...options.settings };
  const settings = new AppSettings(environment);
  const hostJson = readHostJson(appRoot, environment);
  const worker = new WorkerSupervisor({ appRoot, environment: workerEnvironment(environment, appRoot), log });
  try {
    const { functions } = await worker.started();
    const definitions = defineFunctions(functions, hostJson, settings);
    const parts = assemble({ options, hostJson, settings, definitions, worker, log, appRoot });
    const front = new HttpFront({
      definitions,
      routePrefix: hostJson.routePrefix,
      keys,
      invoker: parts.invoker,
      streamUrl: () => worker.capabilities['HttpUri'],
      admin: (request) => answerAdmin(request, definitions, parts.invoker),
      log,
    });
    const url = await front.listen(options.port, options.host ?? '127.0.0.1');
    for (const listener of parts.listeners) listener.start();
    log(`host ${url} runs ${definitions.length} functions of ${appRoot} in worker ${worker.pid}`);
    let stopping: Promise<void> | undefined;
    const drainMs = (options.drainSeconds ?? defaultDrainSeconds) * 1000;
    return {
      url,
      ...keys,
      functions: definitions.map(({ name }) => name),
      get pid() {
        return worker.pid;
      },
      stop: () => (stopping ??= stopAll({ ...parts, front, worker, drainMs, log })),
    };
  } catch (error) {
    await worker.stop('at once');
    throw error;
  }
}

/** What the real host tells its Node worker, as far as apps look at it. */
function workerEnvironment(environment: Record<string, string | undefined>, appRoot: string) {
  return {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    AzureWebJobsScriptRoot: appRoot,
    ...environment,
  };
}

interface Assembly {
  options: LocalHostOptions;
  hostJson: HostJson;
  settings: AppSettings;
  definitions: FunctionDefinition[];
  worker: WorkerSupervisor;
  log: Log;
  appRoot: string;
}

function assemble(assembly: Assembly): Parts {
  const { options, hostJson, settings, definitions, worker, log, appRoot } = assembly;
  const queueListeners: QueueListener[] = [];
  const wake = (queueName: string) => {
    for (const listener of queueListeners) if (listener.queueName === queueName) listener.wake();
  };
  const outputs = new QueueOutputs(hostJson.queues, wake);
  const invoker = new Invoker(worker, outputs, { functionTimeoutMs: hostJson.functionTimeoutMs, log });
  const timerListeners: TimerListener[] = [];
  const invisibilityMs = (options.invisibilitySeconds ?? defaultInvisibilitySeconds) * 1000;
  const hostId = settings.get('AzureFunctionsWebHost__hostId') ?? hostIdOf(appRoot);
  for (const definition of definitions.filter(({ isDisabled }) => !isDisabled)) {
    const { trigger } = definition;
    if (trigger.kind === 'queue') {
      const queueOptions = { settings: hostJson.queues, invisibilityMs, log, onPoison: wake };
      queueListeners.push(new QueueListener(definition, trigger, { invoker, options: queueOptions }));
    } else if (trigger.kind === 'timer') {
      const status = new TimerStatusBlob(settings.connectionString(undefined), hostId, definition.name);
      timerListeners.push(new TimerListener(definition, trigger, { invoker, status, log }));
    }
  }
  return { invoker, listeners: [...queueListeners, ...timerListeners] };
}

/** Hosts of one app folder share timers; the real host takes the app's name, or the machine's name and the folder. */
function hostIdOf(appRoot: string): string {
  return createHash('sha256').update(appRoot).digest('hex').slice(0, 32);
}

interface Parts {
  invoker: Invoker;
  listeners: (QueueListener | TimerListener)[];
}

interface Running extends Parts {
  front: HttpFront;
  worker: WorkerSupervisor;
  drainMs: number;
  log: Log;
}

async function stopAll({ front, worker, invoker, listeners, drainMs, log }: Running): Promise<void> {
  front.stopAccepting();
  const stopped = Promise.all(listeners.map((listener) => listener.stop()));
  const isDrained = await invoker.drain(drainMs);
  if (!isDrained) log('functions still running: their worker is killed');
  await worker.stop(isDrained ? 'orderly' : 'at once');
  // Killing the worker ends what a timer still waited for.
  await stopped;
  front.close();
}
