import Module from 'node:module';
import type { FunctionMetadata, InvocationRequest, InvocationResponse } from '../rpc.ts';
import { registerHook, runLogHooks } from './hooks.ts';
import { send } from './send.ts';

export type Handler = (...inputs: unknown[]) => unknown;

/** What the library gets for one invocation (its InvocationModel reads these names). */
export interface CoreInvocationContext {
  invocationId: string;
  request: InvocationRequest;
  metadata: FunctionMetadata;
  state: 'preInvocationHooks' | 'invocation' | 'postInvocationHooks' | undefined;
  log(level: string, category: string, message: string): void;
}

export interface InvocationModel {
  getArguments(): Promise<{ context: object; inputs: unknown[] }>;
  invokeFunction(context: object, inputs: unknown[], handler: Handler): Promise<unknown>;
  getResponse(context: object, result: unknown): Promise<InvocationResponse>;
}

interface ProgrammingModel {
  getInvocationModel(context: CoreInvocationContext): InvocationModel;
  getCapabilities(capabilities: Record<string, string>): Promise<Record<string, string>>;
}

export interface RegisteredFunction {
  metadata: FunctionMetadata;
  handler: Handler;
}

/** The loaded app, as it registered itself through `@azure/functions`. */
export const app = {
  functions: new Map<string, RegisteredFunction>(),
  programmingModel: undefined as ProgrammingModel | undefined,
  isStarted: false,
};

/** Sends one log line through the log hooks to the host. */
export function log(level: string, category: string, message: string, invocation?: InvocationLog): void {
  const context = { level, category, message, hookData: {}, invocationContext: invocation?.context };
  runLogHooks(context);
  send({
    kind: 'log',
    level: context.level,
    message: context.message,
    ...(invocation && { functionName: invocation.functionName, invocationId: invocation.invocationId }),
  });
}

export interface InvocationLog {
  functionName: string;
  invocationId: string;
  context: object | undefined;
}

function registerFunction(metadata: FunctionMetadata, handler: Handler): { dispose(): void } {
  if (app.isStarted) throw new Error('A function can only be registered during app startup.');
  if (app.functions.has(metadata.name)) {
    throw new Error(`A function with id "${metadata.name}" has already been registered.`);
  }
  app.functions.set(metadata.name, { metadata, handler });
  return { dispose: () => void app.functions.delete(metadata.name) };
}

class Disposable {
  dispose: () => unknown;
  constructor(dispose: () => unknown) {
    this.dispose = dispose;
  }
}

const coreModule = {
  version: '3.9.1',
  hostVersion: '4.1037.0',
  registerFunction,
  registerHook,
  setProgrammingModel: (model: ProgrammingModel) => {
    app.programmingModel = model;
  },
  getProgrammingModel: () => app.programmingModel,
  log: (level: string, category: string, message: string) => log(level, category, message),
  Disposable,
};

/**
 * `@azure/functions` asks for the module `@azure/functions-core` by `require`, at its first registration. That module
 * exists only inside a worker: the real one answers the same `require`. Without it the library is in "test mode".
 */
export function installCoreModule(): void {
  // oxlint-disable-next-line typescript/unbound-method -- called with its module as `this` below
  const require = Module.prototype.require;
  Module.prototype.require = Object.assign(function requireWithCore(this: Module, id: string): unknown {
    return id === '@azure/functions-core' ? coreModule : require.call(this, id);
  }, require);
}
