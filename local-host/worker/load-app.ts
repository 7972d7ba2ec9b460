import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { app } from './core-module.ts';
import { runHooks } from './hooks.ts';
import { describeThrown, send } from './send.ts';

/** Loads every file that package.json's `main` (a glob) matches, then tells the host which functions there are. */
export async function loadApp(appRoot: string): Promise<void> {
  try {
    for (const file of entryPoints(appRoot)) await loadFile(file);
    await runHooks('appStart', { hookData: {}, appHookData: {}, functionAppDirectory: appRoot });
    app.isStarted = true;
    const capabilities = (await app.programmingModel?.getCapabilities({})) ?? {};
    send({ kind: 'started', functions: [...app.functions.values()].map(({ metadata }) => metadata), capabilities });
  } catch (error) {
    send({ kind: 'startFailed', message: `Worker was unable to load the app: ${describeThrown(error)}` });
  }
}

interface EntryPoint {
  path: string;
  isModule: boolean;
}

function entryPoints(appRoot: string): EntryPoint[] {
  const { main, type } = JSON.parse(readFileSync(join(appRoot, 'package.json'), 'utf8')) as Record<string, unknown>;
  if (typeof main !== 'string' || main === '') return [];
  const files = globSync(main, { cwd: appRoot }).toSorted();
  if (files.length === 0) throw new Error(`Found zero files matching the supplied pattern "${main}" of package.json`);
  return files.map((file) => ({
    path: resolve(appRoot, file),
    isModule: file.endsWith('.mjs') || (!file.endsWith('.cjs') && type === 'module'),
  }));
}

async function loadFile({ path, isModule }: EntryPoint): Promise<void> {
  if (isModule) await import(pathToFileURL(path).href);
  else createRequire(path)(path);
}
