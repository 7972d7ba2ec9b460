/** Hook contexts are plain objects here; `@azure/functions` wraps them in the classes that hook handlers see. */
export type HookContext = Record<string, unknown>;
type Hook = (context: HookContext) => unknown;

const hookNames = ['appStart', 'appTerminate', 'preInvocation', 'postInvocation', 'log'] as const;
export type HookName = (typeof hookNames)[number];

const hooks: Record<HookName, Hook[]> = {
  appStart: [],
  appTerminate: [],
  preInvocation: [],
  postInvocation: [],
  log: [],
};

/** Throws for a name the real worker does not know either. */
export function registerHook(name: string, hook: Hook): { dispose(): void } {
  const list = hooks[hookNames.find((known) => known === name) ?? unknownHook(name)];
  list.push(hook);
  return {
    dispose() {
      const index = list.indexOf(hook);
      if (index >= 0) list.splice(index, 1);
    },
  };
}

function unknownHook(name: string): never {
  throw new RangeError(`Unrecognized hook "${name}"`);
}

/** Runs the hooks of one kind in the order of registration; they may change the context. */
export async function runHooks(name: HookName, context: HookContext): Promise<void> {
  for (const hook of hooks[name]) await hook(context);
}

/** Log hooks cannot wait: a log call is synchronous. */
export function runLogHooks(context: HookContext): void {
  for (const hook of hooks.log) hook(context);
}
