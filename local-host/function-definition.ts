import { HostError } from './host-error.ts';
import type { HostJson } from './host-json.ts';
import type { Binding, FunctionMetadata, RetryOptions } from './rpc.ts';
import type { AppSettings } from './settings.ts';
import { parseSchedule } from './timer-schedule.ts';
import type { Schedule } from './timer-schedule.ts';
import { parseRoute } from './http-route.ts';
import type { Route } from './http-route.ts';

/** One function of the app, with every setting resolved. */
export interface FunctionDefinition {
  name: string;
  /** By the setting `AzureWebJobs.NAME.Disabled`: listed, but nothing triggers it. */
  isDisabled: boolean;
  /** Name of the trigger's binding: what the library expects as the name of the input. */
  triggerName: string;
  trigger: TimerTrigger | QueueTrigger | HttpTrigger;
  /** By binding name; `$return` is the handler's return value. */
  queueOutputs: Map<string, QueueReference>;
  retry: RetryOptions | undefined;
}

export interface TimerTrigger {
  kind: 'timer';
  schedule: Schedule;
  runOnStartup: boolean;
  useMonitor: boolean;
}

export interface QueueReference {
  queueName: string;
  connectionString: string;
}

export interface QueueTrigger extends QueueReference {
  kind: 'queue';
}

export interface HttpTrigger {
  kind: 'http';
  route: Route;
  /** Upper case. */
  methods: string[];
  authLevel: 'anonymous' | 'function' | 'admin';
}

/** Turns what the app registered into definitions; throws one HostError with every problem of every function. */
export function defineFunctions(
  functions: FunctionMetadata[],
  hostJson: HostJson,
  settings: AppSettings,
): FunctionDefinition[] {
  const problems: string[] = [];
  const definitions: FunctionDefinition[] = [];
  const seen = new Set<string>();
  for (const metadata of functions) {
    try {
      if (seen.has(metadata.name.toLowerCase())) throw new HostError(['its name is taken by another function']);
      seen.add(metadata.name.toLowerCase());
      definitions.push(defineFunction(metadata, hostJson, settings));
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      problems.push(...error.problems.map((problem) => `The '${metadata.name}' function is in error: ${problem}`));
    }
  }
  if (problems.length > 0) throw new HostError(problems);
  return definitions;
}

/** The real host's rule for names of functions. */
const validName = /^[a-zA-Z][a-zA-Z0-9_-]{0,127}$/;

function defineFunction(metadata: FunctionMetadata, hostJson: HostJson, settings: AppSettings): FunctionDefinition {
  const { name } = metadata;
  if (!validName.test(name)) throw new HostError([`'${name}' is not a valid function name.`]);
  const triggerEntry = Object.entries(metadata.bindings).find(([, binding]) => /trigger$/i.test(binding.type));
  if (!triggerEntry) throw new HostError(['it has no trigger']);
  const [triggerName, binding] = triggerEntry;
  const trigger = defineTrigger(name, binding, settings);
  const queueOutputs = defineOutputs(metadata, settings);
  if (!hostJson.hasExtensionBundle && (trigger.kind === 'queue' || queueOutputs.size > 0)) {
    // Timers and HTTP are built into the host; the storage bindings come with the bundle.
    throw new HostError(["The binding type(s) 'queueTrigger' are not registered: host.json has no extensionBundle."]);
  }
  const isDisabled = ['true', '1'].includes((settings.get(`AzureWebJobs.${name}.Disabled`) ?? '').toLowerCase());
  return { name, isDisabled, triggerName, trigger, queueOutputs, retry: metadata.retryOptions };
}

function defineTrigger(name: string, binding: Binding, settings: AppSettings): FunctionDefinition['trigger'] {
  switch (binding.type.toLowerCase()) {
    case 'timertrigger':
      return defineTimer(binding, settings);
    case 'queuetrigger':
      return { kind: 'queue', ...queueReference(binding, settings) };
    case 'httptrigger':
      return defineHttp(name, binding);
    default:
      throw new HostError([`the local host has no '${binding.type}', only timer, storage queue and HTTP triggers`]);
  }
}

function defineTimer(binding: Binding, settings: AppSettings): TimerTrigger {
  const schedule = parseSchedule(settings.resolve(text(binding, 'schedule') ?? ''));
  return {
    kind: 'timer',
    schedule,
    runOnStartup: binding['runOnStartup'] === true,
    useMonitor: binding['useMonitor'] !== false && !schedule.isUnderOneMinute,
  };
}

function defineHttp(name: string, binding: Binding): HttpTrigger {
  const methods = Array.isArray(binding['methods']) ? binding['methods'].map((method) => String(method)) : [];
  const authLevel = (text(binding, 'authLevel') ?? 'function').toLowerCase();
  if (authLevel !== 'anonymous' && authLevel !== 'function' && authLevel !== 'admin') {
    throw new HostError([`unknown authLevel '${authLevel}'`]);
  }
  return {
    kind: 'http',
    route: parseRoute(text(binding, 'route') ?? name),
    methods: methods.map((method) => method.toUpperCase()),
    authLevel,
  };
}

function defineOutputs(metadata: FunctionMetadata, settings: AppSettings): Map<string, QueueReference> {
  const outputs = new Map<string, QueueReference>();
  for (const [name, binding] of Object.entries(metadata.bindings)) {
    if (binding.direction !== 'out' || binding.type.toLowerCase() === 'http') continue;
    if (binding.type.toLowerCase() !== 'queue') throw new HostError([`the local host has no output '${binding.type}'`]);
    outputs.set(name, queueReference(binding, settings));
  }
  return outputs;
}

/** https://learn.microsoft.com/rest/api/storageservices/naming-queues-and-metadata */
const validQueueName = /^(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*$/;

function queueReference(binding: Binding, settings: AppSettings): QueueReference {
  // The real host lower-cases queue names before it checks them.
  const queueName = settings.resolve(text(binding, 'queueName') ?? '').toLowerCase();
  if (!validQueueName.test(queueName)) throw new HostError([`'${queueName}' is not a valid queue name`]);
  return { queueName, connectionString: settings.connectionString(text(binding, 'connection')) };
}

function text(binding: Binding, property: string): string | undefined {
  const value = binding[property];
  return typeof value === 'string' ? value : undefined;
}
