import type { FunctionDefinition } from './function-definition.ts';
import type { AdminRequest } from './http-front.ts';
import type { InvocationInput, Invoker } from './invoker.ts';
import type { TypedData } from './rpc.ts';
import { never, timestamp } from './timer-status.ts';
import { timerInput } from './timer-listener.ts';

export interface AdminAnswer {
  status: number;
  body?: unknown;
}

/**
 * The admin endpoints of the real host that are of use locally: `GET host/status`, `GET functions` and
 * `POST functions/NAME` with `{"input": "text"}`, which runs a timer or queue function by hand (202, not waited for).
 * https://learn.microsoft.com/azure/azure-functions/functions-manually-run-non-http
 */
export async function answerAdmin(
  request: AdminRequest,
  definitions: FunctionDefinition[],
  invoker: Invoker,
): Promise<AdminAnswer> {
  const { method, path, body } = request;
  if (method === 'GET' && path === 'host/status') return { status: 200, body: { state: 'Running' } };
  if (method === 'GET' && path === 'functions') {
    const list = definitions.map(({ name, trigger, isDisabled }) => ({ name, trigger: trigger.kind, isDisabled }));
    return { status: 200, body: list };
  }
  const name = /^functions\/([^/]+)$/.exec(path)?.[1]?.toLowerCase();
  const definition = definitions.find((candidate) => candidate.name.toLowerCase() === name);
  if (method !== 'POST' || !definition || definition.trigger.kind === 'http') return { status: 404 };
  const input = manualInput(definition, body);
  if (!input) return { status: 400, body: { error: 'The body must be JSON like {"input": "text"}.' } };
  // Invoker.invoke never rejects, and it logs the outcome.
  void invoker.invoke(definition, input);
  return { status: 202 };
}

function manualInput(definition: FunctionDefinition, body: string): InvocationInput | undefined {
  const { trigger } = definition;
  if (trigger.kind === 'timer') {
    const next = timestamp(trigger.schedule.next(new Date()) ?? new Date());
    const status = trigger.useMonitor ? { Last: never, Next: next, LastUpdated: never } : undefined;
    return { data: timerInput(status, false) };
  }
  try {
    const { input } = JSON.parse(body === '' ? '{}' : body) as { input?: unknown };
    const text = typeof input === 'string' ? input : JSON.stringify(input ?? '');
    const triggerMetadata: Record<string, TypedData> = { QueueTrigger: { string: text } };
    return { data: { string: text }, triggerMetadata };
  } catch {
    return undefined;
  }
}
