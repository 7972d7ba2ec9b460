/** `node local-host/main.ts --app DIR --port N --settings FILE --state DIR [--invisibility-seconds N] [--drain-seconds N]` */
import { parseArgs } from 'node:util';
import { HostError, startLocalHost } from './index.ts';
import type { LocalHostOptions } from './index.ts';

const usage = `usage: node local-host/main.ts --app DIR [--port N] [--host ADDRESS] [--settings FILE] [--state DIR]
                              [--invisibility-seconds N] [--drain-seconds N]\n`;

process.exitCode = await main();

async function main(): Promise<number> {
  let options: LocalHostOptions;
  try {
    options = readOptions();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return 2;
  }
  try {
    const host = await startLocalHost(options);
    const { url, functionKey, masterKey, functions } = host;
    const line = { url, functionKey, masterKey, functions, pid: process.pid, workerPid: host.pid };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    await signalled();
    await host.stop();
    return 0;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

function readOptions(): LocalHostOptions {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      app: { type: 'string', default: '.' },
      port: { type: 'string', default: '7071' },
      host: text,
      settings: text,
      state: { type: 'string', default: '.local' },
      'invisibility-seconds': text,
      'drain-seconds': text,
    },
  });
  const [invisibility, drain] = [values['invisibility-seconds'], values['drain-seconds']];
  return {
    appRoot: values.app,
    port: wholeNumber('--port', values.port),
    stateDir: values.state,
    ...(values.host !== undefined && { host: values.host }),
    ...(values.settings !== undefined && { settingsFile: values.settings }),
    ...(invisibility !== undefined && { invisibilitySeconds: wholeNumber('--invisibility-seconds', invisibility) }),
    ...(drain !== undefined && { drainSeconds: wholeNumber('--drain-seconds', drain) }),
  };
}

function wholeNumber(flag: string, value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new Error(`${flag} must be a whole number, not "${value}"`);
  return Number(value);
}

/** The first SIGINT or SIGTERM; a second one ends the process without waiting for running functions. */
async function signalled(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        resolve();
        process.on(signal, () => process.exit(130));
      });
    }
  });
}
