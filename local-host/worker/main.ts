/** The worker process: loads the app and runs its functions when the host says so. Started by worker-process.ts. */
import type { HostMessage } from '../rpc.ts';
import { installCoreModule } from './core-module.ts';
import { runHooks } from './hooks.ts';
import { runInvocation } from './invocation.ts';
import { loadApp } from './load-app.ts';
import { send } from './send.ts';

installCoreModule();

// Ctrl-C reaches the whole process group: the host decides when its worker ends, so that running functions can finish.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
// The host is gone (killed, perhaps): nobody would acknowledge what a function still does.
process.on('disconnect', () => process.exit(1));

process.on('message', (message: HostMessage) => {
  void obey(message);
});

async function obey(message: HostMessage): Promise<void> {
  if (message.kind === 'start') await loadApp(message.appRoot);
  else if (message.kind === 'invoke') await runInvocation(message.functionName, message.request);
  else await terminate();
}

async function terminate(): Promise<void> {
  try {
    await runHooks('appTerminate', {});
  } catch (error) {
    send({ kind: 'log', level: 'error', message: `appTerminate hook failed: ${String(error)}` });
  }
  process.exit(0);
}
