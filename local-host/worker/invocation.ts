import type { InvocationRequest, InvocationResponse } from '../rpc.ts';
import { app, log } from './core-module.ts';
import type { CoreInvocationContext, InvocationLog, RegisteredFunction } from './core-module.ts';
import { runHooks } from './hooks.ts';
import { describeThrown, send } from './send.ts';

/** Runs one function and answers the host, whatever happens. */
export async function runInvocation(functionName: string, request: InvocationRequest): Promise<void> {
  const { invocationId } = request;
  try {
    const registered = app.functions.get(functionName);
    if (!registered) throw new Error(`Function code for "${functionName}" is not loaded and cannot be invoked.`);
    send({ kind: 'succeeded', invocationId, response: await respond(registered, request) });
  } catch (error) {
    send({ kind: 'failed', invocationId, message: describeThrown(error) });
  }
}

/** The order of the real worker: arguments, pre-hooks, function, post-hooks (they see result and error), outputs. */
async function respond({ metadata, handler }: RegisteredFunction, request: InvocationRequest) {
  const { invocationId } = request;
  const invocation: InvocationLog = { functionName: metadata.name, invocationId, context: undefined };
  const core: CoreInvocationContext = {
    invocationId,
    request,
    metadata,
    state: undefined,
    log: (level, category, message) => log(level, category, message, invocation),
  };
  const model = app.programmingModel?.getInvocationModel(core);
  if (!model) throw new Error('The app set no programming model.');
  const { context, inputs } = await model.getArguments();
  invocation.context = context;
  const hookData = {};

  const before = { hookData, invocationContext: context, functionCallback: handler, inputs };
  core.state = 'preInvocationHooks';
  await runHooks('preInvocation', before);

  const after = { hookData, invocationContext: context, inputs: before.inputs, ...noOutcome };
  core.state = 'invocation';
  try {
    after.result = await model.invokeFunction(context, before.inputs, before.functionCallback);
  } catch (error) {
    // A thrown null or undefined must still fail the invocation.
    after.error = error ?? new Error('Function threw no value.');
  }
  core.state = 'postInvocationHooks';
  await runHooks('postInvocation', after);
  core.state = undefined;
  if (after.error !== null && after.error !== undefined) {
    throw after.error instanceof Error ? after.error : new Error(describeThrown(after.error));
  }
  return cloneable(await model.getResponse(context, after.result));
}

const noOutcome: { result: unknown; error: unknown } = { result: null, error: null };

/** Buffers survive the channel, class instances do not: keep only what the host reads. */
function cloneable({ outputData, returnValue }: InvocationResponse): InvocationResponse {
  return { ...(outputData && { outputData }), ...(returnValue && { returnValue }) };
}
